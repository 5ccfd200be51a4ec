//! The times of one selection: its buckets, its whole, and the days before it that trailing metrics look back to.

use chrono::{DateTime, Days, TimeDelta, Utc};
use shadow_domain::time::{self, Granularity, IanaZone, Range, TooManyPoints};

use crate::timeline::Timeline;

/// One period, the current or the compared one.
#[derive(Debug, Clone)]
pub struct Period {
    /// What is answered, edges snapped.
    pub range: Range,
    /// What values are given for.
    pub buckets: Vec<Range>,
    /// The buckets over stored cells; one of quarter-hours where buckets are finer than those.
    pub series: Timeline,
    /// The whole period as one bucket.
    pub total: Timeline,
    /// Local days, for metrics that look back.
    pub trailing: Option<Trailing>,
}

/// Local days up to the end of a period, and for each bucket the last of its days.
#[derive(Debug, Clone)]
pub struct Trailing {
    /// One bucket for each local day.
    pub days: Timeline,
    /// For each bucket of the period the position of the day it ends in, today where it is not over; none where it has
    /// not begun.
    pub last_days: Vec<Option<usize>>,
}

impl Period {
    /// The period of a range in at most so many buckets, looking back so many days before its first bucket's last day;
    /// none when zero.
    pub(crate) fn new(
        range: Range,
        granularity: Granularity,
        zone: &IanaZone,
        look_back_days: u32,
        points: usize,
        now: DateTime<Utc>,
    ) -> Result<Self, TooManyPoints> {
        let range = snapped(&range, granularity);
        let buckets = time::buckets(&range, granularity, zone, points)?;
        let cells = time::snap_outwards(&range);
        let total = Timeline::new(vec![cells]);
        let series = match granularity {
            Granularity::Minute => Timeline::of_quarters(cells),
            _ => Timeline::new(buckets.clone()),
        };
        let trailing =
            (look_back_days > 0).then(|| Trailing::new(&buckets, zone, look_back_days, now));
        Ok(Self {
            range,
            buckets,
            series,
            total,
            trailing,
        })
    }
}

impl Trailing {
    fn new(buckets: &[Range], zone: &IanaZone, look_back_days: u32, now: DateTime<Utc>) -> Self {
        let begun = buckets.partition_point(|bucket| bucket.start <= now);
        // Days to come are nobody's last: a bucket that is not over stands at today.
        let last_date = |bucket: &Range| {
            let last = bucket.end - TimeDelta::microseconds(1);
            time::local_date(zone, last.min(now))
        };
        let dates: Vec<_> = buckets[..begun].iter().map(last_date).collect();
        let (Some(first), Some(last), Some(bucket)) =
            (dates.first(), dates.last(), buckets[..begun].last())
        else {
            return Self {
                days: Timeline::new(Vec::new()),
                last_days: vec![None; buckets.len()],
            };
        };
        let first = *first - Days::new(u64::from(look_back_days.saturating_sub(1)));
        let end = last.succ_opt().map_or(bucket.end, |next| {
            bucket.end.min(time::day_start(zone, next))
        });
        let starts: Vec<_> = first
            .iter_days()
            .take_while(|date| date <= last)
            .map(|date| time::day_start(zone, date))
            .collect();
        let ends = starts.iter().skip(1).copied().chain([end]);
        // A date that a zone skipped is empty: it keeps its place, so that positions stay dates.
        let days = starts
            .iter()
            .zip(ends)
            .map(|(start, end)| Range { start: *start, end })
            .collect();
        let last_days = dates
            .iter()
            .map(|date| Some((*date - first).num_days() as usize))
            .chain(buckets[begun..].iter().map(|_| None))
            .collect();
        Self {
            days: Timeline::new(days),
            last_days,
        }
    }
}

/// Outwards to what is stored: minutes where only those are asked for, else quarter-hours.
fn snapped(range: &Range, granularity: Granularity) -> Range {
    if granularity != Granularity::Minute {
        return time::snap_outwards(range);
    }
    let minute = TimeDelta::minutes(1);
    let start = floor_minute(range.start);
    let end = floor_minute(range.end);
    Range {
        start,
        end: if end < range.end { end + minute } else { end },
    }
}

fn floor_minute(at: DateTime<Utc>) -> DateTime<Utc> {
    let past = at.timestamp_micros().rem_euclid(60_000_000);
    at - TimeDelta::microseconds(past)
}
