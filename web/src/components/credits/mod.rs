//! What the page of credits is made of.

mod account;
mod days;
mod ledger;
mod numbers;

pub use account::Account;
pub use days::Days;
pub use ledger::Ledger;
pub use numbers::Numbers;
