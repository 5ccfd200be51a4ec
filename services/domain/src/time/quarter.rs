//! The grid on which cells are kept: quarter-hours and days in UTC.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::Range;

const SECONDS: i64 = 900;
const PER_DAY: i64 = 96;

/// A quarter of an hour in UTC, counted from 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuarterHour(
    /// How many quarter-hours lie between 1970 and its start.
    pub i64,
);

/// A day in UTC, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UtcDay(
    /// How many days lie between 1970-01-01 and it.
    pub i32,
);

impl QuarterHour {
    /// The quarter-hour that holds the instant.
    pub fn of(at: DateTime<Utc>) -> QuarterHour {
        QuarterHour(at.timestamp().div_euclid(SECONDS))
    }

    /// Its first instant.
    pub fn start(self) -> DateTime<Utc> {
        instant(self.0.saturating_mul(SECONDS))
    }

    /// The first instant after it.
    pub fn end(self) -> DateTime<Utc> {
        QuarterHour(self.0.saturating_add(1)).start()
    }

    /// The day that holds it.
    pub fn day(self) -> UtcDay {
        let days = self.0.div_euclid(PER_DAY);
        UtcDay(days.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
    }

    /// Which of its fifteen minutes holds the instant; the instant must lie in it.
    pub fn minute(at: DateTime<Utc>) -> usize {
        (at.timestamp().rem_euclid(SECONDS) / 60) as usize
    }
}

impl UtcDay {
    /// The day that holds the instant.
    pub fn of(at: DateTime<Utc>) -> UtcDay {
        QuarterHour::of(at).day()
    }

    /// The day with this date.
    pub fn of_date(date: NaiveDate) -> UtcDay {
        UtcDay((date - NaiveDate::default()).num_days() as i32)
    }

    /// Its date.
    pub fn date(self) -> NaiveDate {
        self.start().date_naive()
    }

    /// Its first instant.
    pub fn start(self) -> DateTime<Utc> {
        instant(i64::from(self.0) * PER_DAY * SECONDS)
    }

    /// The first instant after it.
    pub fn end(self) -> DateTime<Utc> {
        instant((i64::from(self.0) + 1) * PER_DAY * SECONDS)
    }

    /// Its first quarter-hour.
    pub fn first_quarter(self) -> QuarterHour {
        QuarterHour(i64::from(self.0) * PER_DAY)
    }

    /// Its last quarter-hour.
    pub fn last_quarter(self) -> QuarterHour {
        QuarterHour(i64::from(self.0) * PER_DAY + PER_DAY - 1)
    }
}

/// Moves the edges of a range outwards to quarter-hours.
pub fn snap_outwards(range: &Range) -> Range {
    let last = QuarterHour::of(range.end);
    let end = if last.start() == range.end {
        last.start()
    } else {
        last.end()
    };
    Range {
        start: QuarterHour::of(range.start).start(),
        end,
    }
}

fn instant(seconds: i64) -> DateTime<Utc> {
    let edge = if seconds < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    };
    TimeDelta::try_seconds(seconds)
        .and_then(|since| DateTime::UNIX_EPOCH.checked_add_signed(since))
        .unwrap_or(edge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn quarters_and_days() {
        let quarter = QuarterHour::of(at("2026-11-23T21:14:59.999999Z"));
        assert_eq!(quarter.start(), at("2026-11-23T21:00:00Z"));
        assert_eq!(quarter.end(), at("2026-11-23T21:15:00Z"));
        assert_eq!(
            quarter.day().date(),
            NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
        );
        assert_eq!(QuarterHour::minute(at("2026-11-23T21:14:59Z")), 14);
        assert_eq!(QuarterHour::of(at("1969-12-31T23:59:00Z")), QuarterHour(-1));
        assert_eq!(UtcDay::of(at("1969-12-31T23:59:00Z")), UtcDay(-1));
        let day = quarter.day();
        assert_eq!(UtcDay::of_date(day.date()), day);
        assert_eq!(
            (day.first_quarter().start(), day.last_quarter().end()),
            (day.start(), day.end())
        );
    }

    #[test]
    fn snapping_moves_only_edges_that_need_it() {
        let range = Range::new(at("2026-01-01T00:15:00Z"), at("2026-01-01T00:30:00Z")).unwrap();
        assert_eq!(snap_outwards(&range), range);
        let range = Range::new(
            at("2026-01-01T00:15:01Z"),
            at("2026-01-01T00:30:00.000001Z"),
        )
        .unwrap();
        let snapped = snap_outwards(&range);
        assert_eq!(
            (snapped.start, snapped.end),
            (at("2026-01-01T00:15:00Z"), at("2026-01-01T00:45:00Z"))
        );
    }

    #[test]
    fn the_far_ends_do_not_panic() {
        assert_eq!(QuarterHour(i64::MAX).end(), DateTime::<Utc>::MAX_UTC);
        assert_eq!(QuarterHour(i64::MIN).start(), DateTime::<Utc>::MIN_UTC);
        assert_eq!(QuarterHour(i64::MAX).day(), UtcDay(i32::MAX));
    }
}
