//! Subscriptions of workspaces.

use chrono::{DateTime, Utc};

use crate::execution::{Money, coded};

/// What a subscription is from a time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionChanged {
    /// Its id within the workspace.
    pub subscription_id: String,
    /// What happened.
    pub change: SubscriptionChange,
    /// What is paid from now on; there for what begins or changes, absent for what keeps the terms.
    pub terms: Option<Terms>,
    /// When a cancellation at the end of the period takes effect; only for that.
    pub ends_at: Option<DateTime<Utc>>,
}

/// What is paid for a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The plan.
    pub plan_id: String,
    /// Price of one unit for one period.
    pub price: Money,
    /// The unit of the period.
    pub interval: BillingInterval,
    /// How many intervals make a period.
    pub interval_count: i32,
    /// Units.
    pub quantity: i32,
    /// Taken off each period's price × quantity, in millionths of the price's currency.
    pub recurring_discount_micros: i64,
}

coded! {
    /// What happened to a subscription.
    SubscriptionChange {
        /// Paid from now on.
        Started = 1, "started";
        /// Used from now on, not paid.
        TrialStarted = 2, "trial_started";
        /// Other terms from now on.
        Changed = 3, "changed";
        /// Neither used nor paid from now on.
        Paused = 4, "paused";
        /// A payment failed.
        PastDue = 5, "past_due";
        /// Ends at a time that is named, and counts until then.
        CancelAtPeriodEnd = 6, "cancel_at_period_end";
        /// Ended.
        Cancelled = 7, "cancelled";
        /// Paid again from now on.
        Reactivated = 8, "reactivated";
    }
}

coded! {
    /// A unit of time between payments.
    BillingInterval {
        /// A day.
        Day = 1, "day";
        /// A week.
        Week = 2, "week";
        /// A month.
        Month = 3, "month";
        /// Three months.
        Quarter = 4, "quarter";
        /// A year.
        Year = 5, "year";
    }
}

impl SubscriptionChanged {
    /// The first field whose content differs.
    pub fn difference(&self, other: &SubscriptionChanged) -> Option<&'static str> {
        [
            (
                "subscription_id",
                self.subscription_id == other.subscription_id,
            ),
            ("change", self.change == other.change),
            ("terms", self.terms == other.terms),
            ("ends_at", self.ends_at == other.ends_at),
        ]
        .into_iter()
        .find_map(|(field, same)| (!same).then_some(field))
    }
}

impl SubscriptionChange {
    /// Whether it says what is paid from now on.
    pub fn has_terms(self) -> bool {
        matches!(
            self,
            Self::Started | Self::TrialStarted | Self::Changed | Self::Reactivated
        )
    }
}
