//! Events of subscriptions, and what they amount to.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::execution::{Currency, Money};
use shadow_domain::fact::{BillingInterval, SubscriptionChange, SubscriptionChanged, Terms};
use shadow_domain::revenue::{Dated, Interval};
use uuid::Uuid;

pub(crate) fn at(hours: i64) -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
}

pub(crate) fn days(days: i64) -> DateTime<Utc> {
    at(days * 24)
}

pub(crate) fn usd(units: i64) -> Terms {
    Terms {
        plan_id: format!("plan-{units}"),
        price: Money {
            currency: Currency::USD,
            micros: units * 1_000_000,
        },
        interval: BillingInterval::Month,
        interval_count: 1,
        quantity: 1,
        recurring_discount_micros: 0,
    }
}

/// An event with terms where there must be some.
pub(crate) fn event(at: DateTime<Utc>, id: &str, change: SubscriptionChange, units: i64) -> Dated {
    Dated {
        occurred_at: at,
        event_id: Uuid::from_u128(at.timestamp_micros() as u128),
        changed: SubscriptionChanged {
            subscription_id: id.to_owned(),
            change,
            terms: change.has_terms().then(|| usd(units)),
            ends_at: None,
        },
    }
}

pub(crate) fn mrr_at(intervals: &[Interval], currency: Currency, at: DateTime<Utc>) -> i128 {
    intervals
        .iter()
        .filter(|interval| interval.contains(at) && interval.state.currency == currency)
        .map(|interval| i128::from(interval.state.mrr_micros))
        .sum()
}
