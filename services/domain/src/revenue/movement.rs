//! When a customer's revenue moves, and how.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::execution::{Currency, coded};

use super::Interval;

coded! {
    /// How a customer's revenue moved.
    MovementKind {
        /// From nothing; the customer never paid before.
        New = 1, "new";
        /// From nothing; the customer paid before.
        Reactivation = 2, "reactivation";
        /// To more.
        Expansion = 3, "expansion";
        /// To less.
        Contraction = 4, "contraction";
        /// To nothing.
        Churn = 5, "churn";
    }
}

/// A change of what a customer pays per month in a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// When.
    pub at: DateTime<Utc>,
    /// In which currency.
    pub currency: Currency,
    /// How.
    pub kind: MovementKind,
    /// What was paid per month before, in millionths.
    pub before_micros: i64,
    /// What is paid per month from then on.
    pub after_micros: i64,
}

/// The movements of a customer, by time, then currency.
pub(super) fn of(intervals: &[Interval]) -> Vec<Movement> {
    let mut changes = BTreeMap::<(DateTime<Utc>, Currency), i128>::new();
    let mut first_paid = None;
    for interval in intervals {
        let Some((currency, micros)) = interval.state.paid() else {
            continue;
        };
        let micros = i128::from(micros);
        *changes.entry((interval.start, currency)).or_default() += micros;
        if let Some(end) = interval.end {
            *changes.entry((end, currency)).or_default() -= micros;
        }
        first_paid = first_paid.into_iter().chain([interval.start]).min();
    }
    let mut paid = BTreeMap::<Currency, i128>::new();
    let mut movements = Vec::new();
    for ((at, currency), change) in changes {
        let paid = paid.entry(currency).or_default();
        let (before, after) = (*paid, *paid + change);
        *paid = after;
        let kind = match (before, after) {
            _ if change == 0 => continue,
            (0, _) if first_paid == Some(at) => MovementKind::New,
            (0, _) => MovementKind::Reactivation,
            (_, 0) => MovementKind::Churn,
            _ if change > 0 => MovementKind::Expansion,
            _ => MovementKind::Contraction,
        };
        movements.push(Movement {
            at,
            currency,
            kind,
            before_micros: narrow(before),
            after_micros: narrow(after),
        });
    }
    movements
}

/// It takes thousands of subscriptions at the ceiling of each to get there.
fn narrow(micros: i128) -> i64 {
    i64::try_from(micros).unwrap_or(i64::MAX)
}
