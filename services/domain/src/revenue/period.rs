//! When the paid period of a subscription ends.

use chrono::{DateTime, Days, Months, Utc};

use crate::fact::BillingInterval;

/// The first end after an instant, of periods that are counted from when the terms were last set; absent where the
/// calendar ends before.
///
/// Months are counted from the first day each time, so that a period that began on the 31st ends on the last day of
/// shorter months and on the 31st of others.
pub fn period_end(
    since: DateTime<Utc>,
    interval: BillingInterval,
    count: i32,
    at: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let count = u32::try_from(count).ok().filter(|count| *count > 0)?;
    let end = |period: u32| {
        let units = period.checked_mul(count)?;
        match interval {
            BillingInterval::Day => since.checked_add_days(Days::new(units.into())),
            BillingInterval::Week => since.checked_add_days(Days::new(u64::from(units) * 7)),
            BillingInterval::Month => since.checked_add_months(Months::new(units)),
            BillingInterval::Quarter => {
                since.checked_add_months(Months::new(units.checked_mul(3)?))
            }
            BillingInterval::Year => since.checked_add_months(Months::new(units.checked_mul(12)?)),
        }
    };
    let days = match interval {
        BillingInterval::Day => 1,
        BillingInterval::Week => 7,
        BillingInterval::Month => 31,
        BillingInterval::Quarter => 92,
        BillingInterval::Year => 366,
    };
    // No period is longer than this, so that none of those before can be the first that ends later.
    let passed = (at - since).num_days().max(0) / (days * i64::from(count));
    let first = u32::try_from(passed).ok()?.max(1);
    (first..).map_while(end).find(|end| *end > at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_period_ends_where_the_calendar_says() {
        let since = at("2026-01-31T10:00:00Z");
        for (interval, count, now, end) in [
            (
                BillingInterval::Month,
                1,
                "2026-02-01T00:00:00Z",
                "2026-02-28T10:00:00Z",
            ),
            (
                BillingInterval::Month,
                1,
                "2026-02-28T10:00:00Z",
                "2026-03-31T10:00:00Z",
            ),
            (
                BillingInterval::Quarter,
                1,
                "2026-02-01T00:00:00Z",
                "2026-04-30T10:00:00Z",
            ),
            (
                BillingInterval::Year,
                1,
                "2027-02-01T00:00:00Z",
                "2028-01-31T10:00:00Z",
            ),
            (
                BillingInterval::Week,
                2,
                "2026-02-01T00:00:00Z",
                "2026-02-14T10:00:00Z",
            ),
            (
                BillingInterval::Day,
                1,
                "2026-02-01T00:00:00Z",
                "2026-02-01T10:00:00Z",
            ),
        ] {
            let found = period_end(since, interval, count, at(now));
            assert_eq!(found, Some(at(end)), "{interval:?} × {count} at {now}");
        }
        assert_eq!(period_end(since, BillingInterval::Day, 0, since), None);
    }

    proptest! {
        #[test]
        fn it_is_the_first_end_that_is_later(
            interval in prop::sample::select(BillingInterval::ALL),
            count in 1..5_i32,
            hours in 0..50_000_i64,
        ) {
            let since = at("2024-01-31T10:00:00Z");
            let now = since + chrono::TimeDelta::hours(hours);
            let end = period_end(since, interval, count, now).unwrap();
            prop_assert!(end > now);
            // Just before it is still the same period, and whatever ended before now is another.
            let before = end - chrono::TimeDelta::microseconds(1);
            prop_assert_eq!(period_end(since, interval, count, before), Some(end));
            let next = period_end(since, interval, count, end).unwrap();
            prop_assert!(next > end);
        }
    }
}
