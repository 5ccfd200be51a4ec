//! Recurring revenue of a customer, which is a workspace: what its subscriptions amount to per month, when that moves,
//! and what follows from it. Amounts of different currencies are never added.
//!
//! Everything is a function of the set of a workspace's subscription events, whatever the order they came in. No clock is
//! asked: what is known to end is an interval with a known end.

mod movement;
mod mrr;
mod period;
mod rates;
mod smooth;
mod timeline;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::execution::{Currency, coded};
use crate::fact::SubscriptionChanged;

pub use movement::{Movement, MovementKind};
pub use mrr::mrr_micros;
pub use period::period_end;
pub use rates::{Retention, Waterfall, arpa_micros, half_even, income_micros, ltv_micros, margin};

/// For how long a subscription counts as paid after a payment failed.
pub const GRACE: TimeDelta = TimeDelta::days(14);

/// Changes of one customer's revenue that are no further apart are read as one, at the time of the first.
pub const READ_AS_ONE: TimeDelta = TimeDelta::minutes(60);

/// Something that happened to a subscription, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// The producer's id of the event; of two at the same time the higher one counts last.
    pub event_id: Uuid,
    /// What.
    pub changed: SubscriptionChanged,
}

coded! {
    /// What a subscription is.
    Status {
        /// Paid.
        Active = 1, "active";
        /// Used, not paid.
        Trial = 2, "trial";
        /// Neither used nor paid.
        Paused = 3, "paused";
        /// A payment failed.
        PastDue = 4, "past_due";
        /// Ended.
        Cancelled = 5, "cancelled";
    }
}

/// A time during which a subscription was the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// The subscription, within its workspace.
    pub subscription_id: String,
    /// From when on.
    pub start: DateTime<Utc>,
    /// Until when; absent where no end is known.
    pub end: Option<DateTime<Utc>>,
    /// What it was.
    pub state: State,
}

/// What a subscription is at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// What it is.
    pub status: Status,
    /// The plan.
    pub plan_id: String,
    /// Units.
    pub quantity: i32,
    /// In which it is paid.
    pub currency: Currency,
    /// What it amounts to per month, in millionths of the currency's unit.
    pub mrr_micros: i64,
}

/// What follows from a workspace's subscription events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    /// By subscription, then time; without a gap from a subscription's first event on.
    pub intervals: Vec<Interval>,
    /// By time, then currency.
    pub movements: Vec<Movement>,
}

impl Ledger {
    /// The ledger of a workspace's events, given in any order, each once.
    pub fn of(events: &[Dated]) -> Ledger {
        let intervals = smooth::read_as_one(timeline::of(events));
        let movements = movement::of(&intervals);
        Ledger {
            intervals,
            movements,
        }
    }
}

impl State {
    /// What is paid: nothing, or an amount in a currency.
    pub(crate) fn paid(&self) -> Option<(Currency, i64)> {
        (self.mrr_micros > 0).then_some((self.currency, self.mrr_micros))
    }
}

impl Interval {
    /// Whether an instant lies in it.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.start <= at && self.end.is_none_or(|end| at < end)
    }
}
