//! Errors by time, and the hours in which there were too many.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::error_group::{self, BASELINE_DAYS};
use shadow_domain::time::{Granularity, IanaZone, Range, buckets};
use shadow_storage::error_group::{GroupKey, GroupQuarter};

use crate::limits::MAX_POINTS;

/// How long a range may be whose timeline is of hours.
const HOURS_WITHIN: TimeDelta = TimeDelta::days(14);

/// An interval of a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorBucket {
    /// The interval.
    pub range: Range,
    /// How many errors were opened in it.
    pub occurrences: u64,
    /// How many hours that begin in it were a spike.
    pub spikes: u32,
}

/// The time before a range that says what is usual at each of its hours. A day more than the rule looks at, because not
/// every day has 24 hours.
pub(super) fn usual(range: &Range) -> Range {
    Range {
        start: range.start - TimeDelta::days(BASELINE_DAYS as i64 + 1),
        end: range.start,
    }
}

/// The groups of which the counts of a range alone do not tell that there was no spike.
pub(super) fn may_spike(quarters: &[GroupQuarter], zone: &IanaZone) -> Vec<GroupKey> {
    let mut apart: HashMap<GroupKey, Vec<(DateTime<Utc>, u64)>> = HashMap::new();
    for (key, at, count) in quarters {
        apart.entry(*key).or_default().push((*at, *count));
    }
    apart.retain(|_, counts| error_group::may_spike(zone, counts.iter().copied()));
    apart.into_keys().collect()
}

/// The timeline of a range, and the hours in which there were too many, from counts by quarter-hour that begin early
/// enough.
pub(super) fn timeline(
    quarters: &[(DateTime<Utc>, u64)],
    range: &Range,
    zone: &IanaZone,
) -> (Vec<ErrorBucket>, Vec<DateTime<Utc>>) {
    let granularity = if range.length() <= HOURS_WITHIN {
        Granularity::Hour
    } else {
        Granularity::Day
    };
    let spikes = error_group::spikes(zone, quarters.iter().copied(), range);
    let counts: BTreeMap<_, _> = quarters.iter().copied().collect();
    // A range that was let in has fewer.
    let cut = buckets(range, granularity, zone, MAX_POINTS).unwrap_or_default();
    let cut = cut.into_iter().map(|range| ErrorBucket {
        range,
        occurrences: counts
            .range(range.start..range.end)
            .map(|(_, count)| count)
            .sum(),
        spikes: spikes
            .iter()
            .filter(|start| range.contains(**start))
            .count() as u32,
    });
    (cut.collect(), spikes)
}

/// The hours in which each group was a spike.
pub(super) fn spikes_of_each(
    quarters: Vec<GroupQuarter>,
    range: &Range,
    zone: &IanaZone,
) -> HashMap<GroupKey, Vec<DateTime<Utc>>> {
    let mut apart: HashMap<GroupKey, Vec<(DateTime<Utc>, u64)>> = HashMap::new();
    for (key, at, count) in quarters {
        apart.entry(key).or_default().push((at, count));
    }
    apart
        .into_iter()
        .map(|(key, counts)| (key, error_group::spikes(zone, counts, range)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_timeline_tiles_its_range_and_marks_the_hours_that_are_too_much() {
        let zone = IanaZone::parse("Asia/Kolkata").unwrap();
        let range = Range::new(at("2026-03-01T18:30:00Z"), at("2026-03-03T18:30:00Z")).unwrap();
        let quarters = [
            (at("2026-02-20T03:30:00Z"), 40),
            (at("2026-03-02T03:30:00Z"), 6),
            (at("2026-03-02T04:15:00Z"), 6),
            (at("2026-03-02T04:30:00Z"), 9),
        ];
        let (timeline, spikes) = timeline(&quarters, &range, &zone);
        assert_eq!(timeline.len(), 48);
        // The quarter-hour at half past belongs to another hour here than in UTC.
        assert_eq!(spikes, [at("2026-03-02T03:30:00Z")]);
        let counted: Vec<_> = timeline
            .iter()
            .filter(|hour| hour.occurrences > 0)
            .collect();
        assert_eq!((counted[0].occurrences, counted[0].spikes), (12, 1));
        assert_eq!((counted[1].occurrences, counted[1].spikes), (9, 0));
        assert_eq!(
            timeline.iter().map(|hour| hour.occurrences).sum::<u64>(),
            21
        );
    }

    #[test]
    fn a_long_range_has_days() {
        let range = Range::new(at("2026-03-01T00:00:00Z"), at("2026-03-31T00:00:00Z")).unwrap();
        let quarters = [
            (at("2026-03-05T10:00:00Z"), 11),
            (at("2026-03-05T22:00:00Z"), 12),
        ];
        let (timeline, spikes) = timeline(&quarters, &range, &IanaZone::UTC);
        assert_eq!((timeline.len(), spikes.len()), (30, 2));
        assert_eq!((timeline[4].occurrences, timeline[4].spikes), (23, 2));
        assert_eq!(usual(&range).length(), TimeDelta::days(15));
    }
}
