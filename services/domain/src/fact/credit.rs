//! Credits that come and go other than by consumption.

use crate::execution::{Money, coded};

/// An entry of a workspace's credit ledger. Consumption is no entry: it comes from executions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditEntry {
    /// Why credits came or went.
    pub kind: CreditKind,
    /// Millionths of a credit; less than zero only in an adjustment.
    pub amount_micro: i64,
    /// What was paid.
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
    /// What it adds to the balance, in millionths of a credit.
    pub fn balance_micro(&self) -> i64 {
        match self.kind {
            CreditKind::Expiry => -self.amount_micro,
            _ => self.amount_micro,
        }
    }
}
