//! Credits that come and go other than by consumption.

use crate::execution::{Money, coded};

/// An entry of a workspace's credit ledger. Consumption is no entry: it comes from executions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditEntry {
    /// Why credits came or went.
    pub kind: CreditKind,
    /// Millionths of a credit; less than zero only in an adjustment.
    pub amount_micro: i64,
    /// What was paid for a purchase.
    pub price: Option<Money>,
    /// For a person.
    pub note: Option<String>,
}

coded! {
    /// Why credits came or went.
    CreditKind {
        /// Bought.
        Purchase = 1, "purchase";
        /// Given.
        Grant = 2, "grant";
        /// Corrected, by a signed amount.
        Adjustment = 3, "adjustment";
        /// Given back to the workspace.
        Refund = 4, "refund";
        /// Ran out unused.
        Expiry = 5, "expiry";
    }
}

impl CreditEntry {
    /// The first field whose content differs.
    pub fn difference(&self, other: &CreditEntry) -> Option<&'static str> {
        [
            ("kind", self.kind == other.kind),
            ("amount_micro", self.amount_micro == other.amount_micro),
            ("price", self.price == other.price),
            ("note", self.note == other.note),
        ]
        .into_iter()
        .find_map(|(field, same)| (!same).then_some(field))
    }
}
