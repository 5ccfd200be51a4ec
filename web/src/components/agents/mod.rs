//! What the board of agents and the page of one agent are made of.

mod board;
mod durations;
mod filters;
mod hours;
mod suggestions;
mod versions;

pub use board::{Board, standing};
pub use durations::Durations;
pub use filters::Filters;
pub use hours::Hours;
pub use suggestions::Suggestions;
pub use versions::Versions;
