//! What can be said of how far a number is to be trusted.

use chrono::{DateTime, Utc};

use crate::execution::Currency;
use crate::partial::Partial;
use crate::time::Range;

/// Whether nothing of a range can still change its rates: it is over, and none of its executions is
/// open. While some are open, rates move, because fast failures end first.
pub fn is_complete(range: &Range, open_executions: u64, now: DateTime<Utc>) -> bool {
    range.end <= now && open_executions == 0
}

/// The part of the executions that could have had a value and did; absent where there are none.
pub fn share_known(known: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| known as f64 / of as f64)
}

/// The currencies in which a partial has costs that an answer in `currency` leaves out.
pub fn other_currencies(partial: &Partial, currency: Currency) -> Vec<Currency> {
    let costs = partial.usage.iter().flat_map(|usage| &usage.costs);
    costs
        .map(|(other, _)| *other)
        .filter(|other| *other != currency)
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn complete_is_over_and_closed() {
        let now = DateTime::UNIX_EPOCH;
        let hour = |start: i64| Range {
            start: now + TimeDelta::hours(start),
            end: now + TimeDelta::hours(start + 1),
        };
        assert!(is_complete(&hour(-1), 0, now));
        assert!(!is_complete(&hour(-1), 1, now));
        assert!(!is_complete(&hour(0), 0, now));
        assert_eq!((share_known(1, 4), share_known(0, 0)), (Some(0.25), None));
    }
}
