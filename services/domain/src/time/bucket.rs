//! Cutting a range into calendar buckets.

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};

use super::{Range, Zone, day_start, local_date};

/// The length of one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Granularity {
    /// The whole range.
    Total,
    /// A minute.
    Minute,
    /// Fifteen minutes.
    QuarterHour,
    /// An hour of the zone's clock.
    Hour,
    /// A local day.
    Day,
    /// A local week, from Monday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// A calendar year.
    Year,
}

/// A series would have more points than its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the series would have more than {max} points")]
pub struct TooManyPoints {
    /// The limit.
    pub max: usize,
}

/// The buckets that tile a range, in order; the first and the last are clipped to it.
pub fn buckets(
    range: &Range,
    granularity: Granularity,
    zone: &dyn Zone,
    max: usize,
) -> Result<Vec<Range>, TooManyPoints> {
    let mut found = Vec::new();
    let mut start = range.start;
    while start < range.end {
        if found.len() == max {
            return Err(TooManyPoints { max });
        }
        let end = next_edge(start, granularity, zone).filter(|edge| *edge < range.end);
        let end = end.unwrap_or(range.end);
        found.push(Range { start, end });
        start = end;
    }
    Ok(found)
}

/// The first edge after an instant; none where there is no later one.
fn next_edge(
    at: DateTime<Utc>,
    granularity: Granularity,
    zone: &dyn Zone,
) -> Option<DateTime<Utc>> {
    match granularity {
        Granularity::Total => None,
        Granularity::Minute => next_multiple(at, 60, 0),
        Granularity::QuarterHour => next_multiple(at, 900, 0),
        Granularity::Hour => next_hour(at, zone),
        _ => next_date_edge(at, granularity, zone),
    }
}

fn next_hour(at: DateTime<Utc>, zone: &dyn Zone) -> Option<DateTime<Utc>> {
    let offset = i64::from(zone.offset_seconds(at));
    let edge = next_multiple(at, 3600, offset)?;
    let new = i64::from(zone.offset_seconds(edge));
    if new == offset {
        return Some(edge);
    }
    // The clocks change on the way: the hour ends when they first show a full one by then.
    let by_new = next_multiple(at, 3600, new)?;
    let changed_before = i64::from(zone.offset_seconds(by_new)) == new;
    Some(if changed_before {
        edge.min(by_new)
    } else {
        edge
    })
}

fn next_multiple(at: DateTime<Utc>, seconds: i64, offset: i64) -> Option<DateTime<Utc>> {
    let local = at.timestamp() + offset;
    DateTime::from_timestamp((local.div_euclid(seconds) + 1) * seconds - offset, 0)
}

fn next_date_edge(
    at: DateTime<Utc>,
    granularity: Granularity,
    zone: &dyn Zone,
) -> Option<DateTime<Utc>> {
    let mut date = local_date(zone, at);
    // Where clocks went back over midnight, an instant can show the date of the day before the one
    // that it belongs to; and a date can be skipped. So the edge must lie after the instant.
    loop {
        date = following(date, granularity)?;
        let edge = day_start(zone, date);
        if edge > at {
            return Some(edge);
        }
    }
}

/// The first date of the next unit.
fn following(date: NaiveDate, granularity: Granularity) -> Option<NaiveDate> {
    let months = match granularity {
        Granularity::Week => {
            let left = 7 - i64::from(date.weekday().num_days_from_monday());
            return date.checked_add_signed(TimeDelta::days(left));
        }
        Granularity::Month => 1,
        Granularity::Quarter => 3 - date.month0() % 3,
        Granularity::Year => 12 - date.month0(),
        _ => return date.succ_opt(),
    };
    date.with_day(1)?.checked_add_months(Months::new(months))
}

#[cfg(test)]
#[cfg(feature = "zones")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::IanaZone;

    fn range(start: &str, end: &str) -> Range {
        Range::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
    }

    fn cut(zone: &str, start: &str, end: &str, granularity: Granularity) -> Vec<i64> {
        let zone = IanaZone::parse(zone).unwrap();
        let cut = buckets(&range(start, end), granularity, &zone, 1000).unwrap();
        cut.iter()
            .map(|bucket| bucket.length().num_minutes())
            .collect()
    }

    #[test]
    fn days_and_hours_over_daylight_saving() {
        let day = Granularity::Day;
        let hours = |lengths: Vec<i64>| {
            lengths
                .iter()
                .map(|minutes| minutes / 60)
                .collect::<Vec<_>>()
        };
        let spring = cut(
            "America/New_York",
            "2026-03-07T05:00:00Z",
            "2026-03-10T04:00:00Z",
            day,
        );
        assert_eq!(hours(spring), [24, 23, 24]);
        let autumn = cut(
            "America/New_York",
            "2026-10-31T04:00:00Z",
            "2026-11-03T05:00:00Z",
            day,
        );
        assert_eq!(hours(autumn), [24, 25, 24]);
        let skipped = cut(
            "Pacific/Apia",
            "2011-12-29T10:00:00Z",
            "2012-01-01T10:00:00Z",
            day,
        );
        assert_eq!(hours(skipped), [24, 24, 24]);
        let hour = Granularity::Hour;
        let lord_howe = cut(
            "Australia/Lord_Howe",
            "2026-04-04T14:00:00Z",
            "2026-04-04T17:00:00Z",
            hour,
        );
        assert_eq!(lord_howe, [60, 30, 60, 30]);
        assert_eq!(
            cut(
                "Asia/Kolkata",
                "2026-01-01T00:00:00Z",
                "2026-01-01T02:00:00Z",
                hour
            ),
            [30, 60, 30]
        );
    }

    #[test]
    fn calendar_units_are_clipped_to_the_range() {
        let days = |granularity| {
            let lengths = cut(
                "UTC",
                "2026-01-07T00:00:00Z",
                "2027-02-01T00:00:00Z",
                granularity,
            );
            lengths
                .iter()
                .map(|minutes| minutes / 1440)
                .collect::<Vec<_>>()
        };
        assert_eq!(days(Granularity::Year), [359, 31]);
        assert_eq!(days(Granularity::Quarter), [84, 91, 92, 92, 31]);
        assert_eq!(
            days(Granularity::Month),
            [25, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31]
        );
        let weeks = days(Granularity::Week);
        assert_eq!((weeks[0], weeks[1], weeks.len()), (5, 7, 56));
        assert_eq!(days(Granularity::Total), [390]);
    }

    #[test]
    fn more_points_than_the_limit_are_refused() {
        let hour = range("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z");
        assert_eq!(
            buckets(&hour, Granularity::Minute, &Utc, 60).unwrap().len(),
            60
        );
        assert_eq!(
            buckets(&hour, Granularity::Minute, &Utc, 59),
            Err(TooManyPoints { max: 59 })
        );
    }

    proptest! {
        #[test]
        fn buckets_tile_the_range(
            start in 946_684_800i64..2_000_000_000,
            minutes in 1i64..200_000,
            zone in prop::sample::select(vec![
                "UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns",
                "Africa/Cairo", "Pacific/Apia", "Asia/Kathmandu", "America/Sao_Paulo",
            ]),
            granularity in prop::sample::select(vec![
                Granularity::Total, Granularity::QuarterHour, Granularity::Hour, Granularity::Day,
                Granularity::Week, Granularity::Month, Granularity::Quarter, Granularity::Year,
            ]),
        ) {
            let zone = IanaZone::parse(zone).unwrap();
            let start = DateTime::from_timestamp(start, 0).unwrap();
            let range = Range::new(start, start + TimeDelta::minutes(minutes)).unwrap();
            let cut = buckets(&range, granularity, &zone, usize::MAX).unwrap();
            prop_assert_eq!(cut[0].start, range.start);
            prop_assert_eq!(cut[cut.len() - 1].end, range.end);
            prop_assert!(cut.windows(2).all(|pair| pair[0].end == pair[1].start));
            prop_assert!(cut.iter().all(|bucket| bucket.start < bucket.end));
            for edge in cut.iter().skip(1).map(|bucket| bucket.start) {
                prop_assert_eq!(edge.timestamp() % 900, 0, "edges lie on quarter-hours");
                if granularity >= Granularity::Day {
                    let before = edge - TimeDelta::microseconds(1);
                    prop_assert!(local_date(&zone, before) < local_date(&zone, edge));
                }
            }
        }
    }
}
