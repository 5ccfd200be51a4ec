//! The period that a period is compared with.
//!
//! The previous period is the same calendar units directly before: whole months for whole months
//! (a quarter for a quarter, a year for a year), local days for local days, so that a week across
//! daylight saving stays a week; and the same length of time for everything shorter. The previous
//! year is the same dates one year earlier. A period that is not over is compared up to the same
//! point.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use super::{Range, Zone, day_start, first_instant, local_date, local_time};

/// What a range is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Comparison {
    /// The same calendar units directly before.
    PreviousPeriod,
    /// The same dates one year earlier.
    PreviousYear,
}

/// How far back the compared period lies.
#[derive(Clone, Copy)]
enum Shift {
    Months(u32),
    Days(i64),
    Time(TimeDelta),
}

/// The period that `range` is compared with, seen at `now`.
pub fn compared_range(
    range: &Range,
    comparison: Comparison,
    zone: &dyn Zone,
    now: DateTime<Utc>,
) -> Range {
    let shift = match comparison {
        Comparison::PreviousPeriod => previous_shift(range, zone),
        Comparison::PreviousYear => Shift::Months(12),
    };
    let start = back(range.start, shift, zone, Missing::LastDay);
    let end = match comparison {
        Comparison::PreviousPeriod => range.start,
        Comparison::PreviousYear => back(range.end, shift, zone, Missing::NextDay),
    };
    let same_point = back(now, shift, zone, Missing::NextDay).min(end);
    let over = now >= range.end || same_point <= start;
    Range {
        start,
        end: if over { end } else { same_point },
    }
}

fn previous_shift(range: &Range, zone: &dyn Zone) -> Shift {
    let (first, last) = (local_time(zone, range.start), local_time(zone, range.end));
    let begins_day = |at| day_start(zone, local_date(zone, at)) == at;
    let whole_days = begins_day(range.start) && begins_day(range.end);
    let days = (last.date() - first.date()).num_days();
    if whole_days && first.day() == 1 && last.day() == 1 {
        let months = |date: NaiveDateTime| date.year() * 12 + date.month0() as i32;
        Shift::Months(months(last).abs_diff(months(first)))
    } else if days > 0 && (whole_days || first.time() == last.time()) {
        Shift::Days(days)
    } else {
        Shift::Time(range.length())
    }
}

/// What stands for a day that a shorter month does not have.
#[derive(Clone, Copy)]
enum Missing {
    LastDay,
    NextDay,
}

fn back(at: DateTime<Utc>, shift: Shift, zone: &dyn Zone, missing: Missing) -> DateTime<Utc> {
    let local = local_time(zone, at);
    match shift {
        Shift::Time(length) => at - length,
        Shift::Days(days) => first_instant(zone, local - TimeDelta::days(days)),
        Shift::Months(months) => {
            let date = months_back(local.date(), months);
            match missing {
                Missing::NextDay if date.day() != local.day() => {
                    day_start(zone, date.succ_opt().unwrap_or(date))
                }
                _ => first_instant(zone, date.and_time(local.time())),
            }
        }
    }
}

/// The same day of an earlier month, or its last day.
fn months_back(date: NaiveDate, months: u32) -> NaiveDate {
    date.checked_sub_months(Months::new(months))
        .unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
#[cfg(feature = "zones")]
mod tests {
    use super::*;
    use crate::time::IanaZone;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_same_calendar_units() {
        use Comparison::{PreviousPeriod, PreviousYear};
        let late = "2030-01-01T00:00:00Z";
        for (what, zone, comparison, range, now, expected) in [
            (
                "an hour",
                "UTC",
                PreviousPeriod,
                ("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z"),
                late,
                ("2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"),
            ),
            (
                "a week across spring",
                "America/New_York",
                PreviousPeriod,
                ("2026-03-09T04:00:00Z", "2026-03-16T04:00:00Z"),
                late,
                ("2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z"),
            ),
            (
                "a day across autumn",
                "America/New_York",
                PreviousPeriod,
                ("2026-11-02T05:00:00Z", "2026-11-03T05:00:00Z"),
                late,
                ("2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
            ),
            (
                "24 hours by the clock",
                "America/New_York",
                PreviousPeriod,
                ("2026-11-01T17:00:00Z", "2026-11-02T17:00:00Z"),
                late,
                ("2026-10-31T16:00:00Z", "2026-11-01T17:00:00Z"),
            ),
            (
                "a month",
                "UTC",
                PreviousPeriod,
                ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"),
                late,
                ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            ),
            (
                "a quarter",
                "UTC",
                PreviousPeriod,
                ("2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z"),
                late,
                ("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"),
            ),
            (
                "a month that is not over",
                "UTC",
                PreviousPeriod,
                ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
                "2026-11-23T21:00:00Z",
                ("2026-10-01T00:00:00Z", "2026-10-23T21:00:00Z"),
            ),
            (
                "the 31st against a short month",
                "UTC",
                PreviousPeriod,
                ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"),
                "2026-03-31T12:00:00Z",
                ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
            ),
            (
                "today",
                "Asia/Kolkata",
                PreviousPeriod,
                ("2026-11-22T18:30:00Z", "2026-11-23T18:30:00Z"),
                "2026-11-23T06:00:00Z",
                ("2026-11-21T18:30:00Z", "2026-11-22T06:00:00Z"),
            ),
            (
                "a month, last year",
                "UTC",
                PreviousYear,
                ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
                "2026-11-23T21:00:00Z",
                ("2025-11-01T00:00:00Z", "2025-11-23T21:00:00Z"),
            ),
            (
                "a leap day, last year",
                "UTC",
                PreviousYear,
                ("2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
                late,
                ("2023-02-28T00:00:00Z", "2023-03-01T00:00:00Z"),
            ),
            (
                "up to a leap day, last year",
                "UTC",
                PreviousYear,
                ("2024-02-28T00:00:00Z", "2024-02-29T00:00:00Z"),
                late,
                ("2023-02-28T00:00:00Z", "2023-03-01T00:00:00Z"),
            ),
            (
                "what has not begun",
                "UTC",
                PreviousPeriod,
                ("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
                "2026-11-20T00:00:00Z",
                ("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z"),
            ),
        ] {
            let range = Range::new(at(range.0), at(range.1)).unwrap();
            let zone = IanaZone::parse(zone).unwrap();
            let found = compared_range(&range, comparison, &zone, at(now));
            assert_eq!(
                (found.start, found.end),
                (at(expected.0), at(expected.1)),
                "{what}"
            );
        }
    }
}
