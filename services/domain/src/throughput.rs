//! How executions flow: how many are opened and ended by the minute, each by its own time, and how many are open at once.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::partial::Minutes;
use crate::time::{QuarterHour, Range};

/// What happened in an interval, and what was open at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flow {
    /// Executions opened.
    pub opened: u64,
    /// Executions started.
    pub started: u64,
    /// Executions ended.
    pub ended: u64,
    /// Of those that ended, failed or timed out.
    pub failed: u64,
    /// Opened so far less ended so far.
    pub open: u64,
}

/// A minute with the most of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peak {
    /// Its first instant.
    pub minute: DateTime<Utc>,
    /// How much there was.
    pub count: u64,
}

/// How executions flowed over a range.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Throughput {
    /// By bucket.
    pub buckets: Vec<Flow>,
    /// How many minutes of the range have begun, the idle ones among them.
    pub minutes: u64,
    /// What happened in all of them; `open` is at the end of the last.
    pub whole: Flow,
    /// The first minute with the most openings; absent where there were none.
    pub peak_opened: Option<Peak>,
    /// The first minute with the most ends; absent where there were none.
    pub peak_ended: Option<Peak>,
    /// The first minute at whose end the most were open; absent where there never were any.
    pub peak_open: Option<Peak>,
}

impl Throughput {
    /// Follows the counts of the quarter-hours through buckets that tile a range from a full minute on, up to the minute of
    /// `now`. Quarter-hours outside of the buckets say nothing here.
    pub fn of(
        quarters: &BTreeMap<QuarterHour, Minutes>,
        buckets: &[Range],
        open_at_start: u64,
        now: DateTime<Utc>,
    ) -> Self {
        let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else {
            return Self::default();
        };
        let end = last.end.min(now).max(first.start);
        let mut found = Self {
            buckets: vec![Flow::default(); buckets.len()],
            // A minute that has begun counts.
            minutes: ((end - first.start).num_seconds() as u64).div_ceil(60),
            ..Self::default()
        };
        found.whole.open = open_at_start;
        if open_at_start > 0 {
            found.peak_open = Some(Peak {
                minute: first.start,
                count: open_at_start,
            });
        }
        let mut at = 0;
        for (quarter, minutes) in quarters.range(QuarterHour::of(first.start)..) {
            for number in 0..15 {
                let minute = quarter.start() + TimeDelta::minutes(number);
                if minute < first.start || minute >= end {
                    continue;
                }
                while minute >= buckets[at].end {
                    found.buckets[at].open = found.whole.open;
                    at += 1;
                }
                found.follow(at, minute, &minutes.get(number as usize));
            }
        }
        for bucket in &mut found.buckets[at..] {
            bucket.open = found.whole.open;
        }
        found
    }

    fn follow(&mut self, at: usize, minute: DateTime<Utc>, counts: &crate::partial::MinuteCounts) {
        for flow in [&mut self.whole, &mut self.buckets[at]] {
            flow.opened += counts.opened;
            flow.started += counts.started;
            flow.ended += counts.ended;
            flow.failed += counts.failed;
        }
        let open = self.whole.open + counts.opened;
        self.whole.open = open.saturating_sub(counts.ended);
        raise(&mut self.peak_opened, minute, counts.opened);
        raise(&mut self.peak_ended, minute, counts.ended);
        raise(&mut self.peak_open, minute, self.whole.open);
    }
}

fn raise(peak: &mut Option<Peak>, minute: DateTime<Utc>, count: u64) {
    if count > peak.map_or(0, |peak| peak.count) {
        *peak = Some(Peak { minute, count });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::execution::Outcome;
    use crate::partial::Partial;
    use crate::time::{Granularity, buckets};

    fn start() -> DateTime<Utc> {
        "2026-03-01T00:00:00Z".parse().unwrap()
    }

    fn minute(number: i64) -> DateTime<Utc> {
        start() + TimeDelta::minutes(number)
    }

    /// The quarter-hours of executions, each by the minutes of its opening and of its end.
    fn quarters(executions: &[(i64, Option<i64>)]) -> BTreeMap<QuarterHour, Minutes> {
        let mut cells = BTreeMap::<QuarterHour, Partial>::new();
        let mut cell = |number: i64, count: &dyn Fn(&mut Partial, usize)| {
            let at = minute(number);
            let partial = cells.entry(QuarterHour::of(at)).or_default();
            count(partial, QuarterHour::minute(at));
        };
        for (opened, ended) in executions {
            cell(*opened, &|partial, at| partial.count_opened(at));
            if let Some(ended) = ended {
                cell(*ended, &|partial, at| {
                    partial.count_ended(at, Outcome::Failed);
                });
            }
        }
        let minutes = cells.into_iter();
        minutes
            .filter_map(|(quarter, partial)| Some((quarter, *partial.minutes?)))
            .collect()
    }

    fn tiles(minutes: i64, granularity: Granularity) -> Vec<Range> {
        let range = Range::new(start(), minute(minutes)).unwrap();
        buckets(&range, granularity, &Utc, 10_000).unwrap()
    }

    #[test]
    fn idle_minutes_count_and_the_first_peak_is_named() {
        let executions = [(1, Some(3)), (1, Some(3)), (20, None), (20, Some(21))];
        let tiles = tiles(60, Granularity::QuarterHour);
        let found = Throughput::of(&quarters(&executions), &tiles, 1, minute(600));
        assert_eq!((found.minutes, found.whole.opened), (60, 4));
        let peak = |number, count| {
            Some(Peak {
                minute: minute(number),
                count,
            })
        };
        assert_eq!(found.peak_opened, peak(1, 2));
        assert_eq!(found.peak_ended, peak(3, 2));
        assert_eq!(found.peak_open, peak(1, 3));
        let open: Vec<u64> = found.buckets.iter().map(|bucket| bucket.open).collect();
        assert_eq!(open, [1, 2, 2, 2]);
    }

    #[test]
    fn what_has_not_begun_is_left_out() {
        let executions = [(1, None), (7, None)];
        let tiles = tiles(60, Granularity::Minute);
        let now = minute(5) + TimeDelta::seconds(1);
        let found = Throughput::of(&quarters(&executions), &tiles, 0, now);
        assert_eq!((found.minutes, found.whole.opened), (6, 1));
        let nothing = Throughput::of(&BTreeMap::new(), &tiles, 0, minute(-1));
        assert_eq!((nothing.minutes, nothing.peak_open), (0, None));
    }

    proptest! {
        #[test]
        fn the_flow_is_that_of_the_executions(
            executions in prop::collection::vec(
                (0i64..400, prop::option::of(0i64..300)).prop_map(|(opened, after)| {
                    (opened, after.map(|after| opened + after))
                }),
                0..60,
            ),
            from in 0i64..10,
            granularity in prop::sample::select(vec![
                Granularity::Minute, Granularity::QuarterHour, Granularity::Hour, Granularity::Total,
            ]),
        ) {
            let from = from * 15;
            let range = Range::new(minute(from), minute(600)).unwrap();
            let tiles = buckets(&range, granularity, &Utc, 10_000).unwrap();
            // Open before a minute: opened by then, and not ended by then.
            let open = |number: i64| executions
                .iter()
                .filter(|(opened, ended)| *opened < number && ended.is_none_or(|ended| ended >= number))
                .count() as u64;
            let found = Throughput::of(&quarters(&executions), &tiles, open(from), minute(10_000));
            let within = |tile: &Range, at: i64| tile.start <= minute(at) && minute(at) < tile.end;
            for (tile, flow) in tiles.iter().zip(&found.buckets) {
                let opened = executions.iter().filter(|(opened, _)| within(tile, *opened)).count();
                let ended = executions.iter().filter_map(|(_, ended)| *ended);
                let ended = ended.filter(|ended| within(tile, *ended)).count();
                prop_assert_eq!((flow.opened, flow.ended), (opened as u64, ended as u64));
                let until = (tile.end - start()).num_minutes();
                prop_assert_eq!(flow.open, open(until));
            }
            let most = (from..600).map(|number| open(number + 1)).max().unwrap_or(0).max(open(from));
            prop_assert_eq!(found.peak_open.map_or(0, |peak| peak.count), most);
            prop_assert_eq!(found.minutes, (600 - from) as u64);
        }
    }
}
