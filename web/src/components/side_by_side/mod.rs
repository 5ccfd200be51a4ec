//! What is compared, side by side.

mod comparison;

pub use comparison::Comparison;
