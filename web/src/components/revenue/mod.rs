//! What the page of revenue is made of.

mod bridge;
mod choices;
mod movements;
mod numbers;
mod over_months;
mod plans;

pub use bridge::MovementBridge;
pub use choices::MoneyChoices;
pub use movements::Movements;
pub use numbers::Numbers;
pub use over_months::OverMonths;
pub use plans::Plans;
