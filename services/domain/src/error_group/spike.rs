//! When errors are too many: more than usual at this hour.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Timelike, Utc};

use crate::time::{Range, Zone, first_instant, local_time};

/// How many days before make up what is usual.
pub const BASELINE_DAYS: u64 = 14;

/// How many times the usual is too many.
pub const FACTOR: u64 = 3;

/// Fewer than this in an hour are never too many.
pub const LEAST: u64 = 10;

/// Whether so many in an hour are a spike: at least [`LEAST`], and more than [`FACTOR`] × the median of what the same
/// hour had on the days before.
pub fn is_spike(count: u64, before: &[u64]) -> bool {
    let mut sorted = before.to_vec();
    sorted.sort_unstable();
    // Of an even number the median is half way between the middle two: both sides are doubled instead.
    let twice = match (sorted.len(), sorted.len() / 2) {
        (0, _) => 0,
        (length, middle) if length % 2 == 1 => 2 * sorted[middle],
        (_, middle) => sorted[middle - 1] + sorted[middle],
    };
    count >= LEAST && 2 * count > FACTOR * twice
}

/// The first instants of the hours with a spike that begin in a range, in order, from counts, each at its instant; those
/// of [`BASELINE_DAYS`] before the range must be among them. Hours are those that the clocks of the zone show; one that
/// comes twice is one of two hours' length.
pub fn spikes(
    zone: &dyn Zone,
    counts: impl IntoIterator<Item = (DateTime<Utc>, u64)>,
    range: &Range,
) -> Vec<DateTime<Utc>> {
    let clock = Clock::new(zone, counts);
    let busy = clock.hours.iter().filter(|(_, count)| **count >= LEAST);
    busy.filter(|((date, hour), count)| is_spike(**count, &clock.before(*date, *hour)))
        .filter_map(|((date, hour), _)| clock.start(*date, *hour))
        .filter(|start| range.contains(*start))
        .collect()
}

/// Whether any hour of a range may be one with a spike, from the counts of the range alone: where not, what is usual makes
/// no difference.
pub fn may_spike(zone: &dyn Zone, counts: impl IntoIterator<Item = (DateTime<Utc>, u64)>) -> bool {
    let clock = Clock::new(zone, counts);
    clock.hours.values().any(|count| *count >= LEAST)
}

/// Counts by the hours that the clocks of a zone show.
struct Clock<'z> {
    zone: &'z dyn Zone,
    hours: BTreeMap<(NaiveDate, u32), u64>,
}

impl<'z> Clock<'z> {
    fn new(zone: &'z dyn Zone, counts: impl IntoIterator<Item = (DateTime<Utc>, u64)>) -> Self {
        let mut hours = BTreeMap::new();
        for (at, count) in counts {
            let local = local_time(zone, at);
            *hours.entry((local.date(), local.hour())).or_default() += count;
        }
        Self { zone, hours }
    }

    /// What the same hour had on the days before. A day without that hour is left out; one without errors has none.
    fn before(&self, date: NaiveDate, hour: u32) -> Vec<u64> {
        (1..=BASELINE_DAYS)
            .filter_map(|back| {
                let date = date.checked_sub_days(Days::new(back))?;
                match self.hours.get(&(date, hour)) {
                    Some(count) => Some(*count),
                    None => self.start(date, hour).map(|_| 0),
                }
            })
            .collect()
    }

    /// When an hour begins; nothing where the clocks skip it.
    fn start(&self, date: NaiveDate, hour: u32) -> Option<DateTime<Utc>> {
        let local = date.and_hms_opt(hour, 0, 0)?;
        let start = first_instant(self.zone, local);
        let shown = local_time(self.zone, start);
        ((shown.date(), shown.hour()) == (date, hour)).then_some(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_is_more_than_three_medians_and_at_least_ten() {
        for (count, before, spike) in [
            (9, vec![], false),
            (10, vec![], true),
            (10, vec![0; 14], true),
            (30, vec![10; 14], false),
            (31, vec![10; 14], true),
            // The median of 3 and 4 is 3.5: 10.5 is not exceeded by 10.
            (10, vec![3, 3, 4, 4], false),
            (11, vec![4, 3, 4, 3], true),
            // One outlier moves a mean and not a median.
            (12, vec![0, 0, 900, 1, 2], true),
        ] {
            assert_eq!(is_spike(count, &before), spike, "{count} after {before:?}");
        }
    }

    #[cfg(feature = "zones")]
    #[test]
    fn the_same_hour_is_that_of_the_clock() {
        use crate::time::IanaZone;
        let zone = IanaZone::parse("America/New_York").unwrap();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        // Eight at nine in the morning for a fortnight, over the change of clocks on the 8th.
        let usual = (1..15).map(|day| {
            let hour = if day < 8 { 14 } else { 13 };
            (at(&format!("2026-03-{day:02}T{hour}:20:00Z")), 8)
        });
        let today = at("2026-03-15T13:45:00Z");
        let day = Range {
            start: at("2026-03-15T04:00:00Z"),
            end: at("2026-03-16T04:00:00Z"),
        };
        let spikes = |count| super::spikes(&zone, usual.clone().chain([(today, count)]), &day);
        assert!(spikes(24).is_empty());
        assert_eq!(spikes(25), [at("2026-03-15T13:00:00Z")]);
        // At another hour nothing is usual.
        let elsewhen = usual.chain([(at("2026-03-15T15:00:00Z"), 10)]);
        let found = super::spikes(&zone, elsewhen, &day);
        assert_eq!(found, [at("2026-03-15T15:00:00Z")]);
        // Only what the day has itself decides whether to look at the days before.
        let of_hour = |count| [(today, 4), (today - chrono::TimeDelta::minutes(30), count)];
        assert!(may_spike(&zone, of_hour(6)));
        assert!(!may_spike(&zone, of_hour(5)));
    }

    #[cfg(feature = "zones")]
    #[test]
    fn an_hour_that_did_not_exist_is_no_hour_without_errors() {
        use crate::time::IanaZone;
        let zone = IanaZone::parse("America/New_York").unwrap();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        // Two in the morning was skipped on the 8th. Of the 13 other days seven had five: the median is five, and with
        // a zero more it would be two and a half.
        let usual = (9..16).map(|day| (at(&format!("2026-03-{day:02}T06:30:00Z")), 5));
        let today = (at("2026-03-16T06:30:00Z"), 15);
        let clock = Clock::new(&zone, usual.clone().chain([today]));
        assert_eq!(clock.before("2026-03-16".parse().unwrap(), 2).len(), 13);
        let day = Range {
            start: at("2026-03-16T04:00:00Z"),
            end: at("2026-03-17T04:00:00Z"),
        };
        assert!(spikes(&zone, usual.chain([today]), &day).is_empty());
    }
}
