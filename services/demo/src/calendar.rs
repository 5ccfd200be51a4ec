//! The days of the story, counted from a year before its end, and what happens to the whole platform on them.

use chrono::{DateTime, Datelike, TimeDelta, Utc, Weekday};
use shadow_domain::time::UtcDay;

/// The day of the end. Stories go on behind it, so that a platform that is started again later has a present.
pub(crate) const LAST_DAY: i32 = 365;

/// The day of the outage, unless it is at a weekend.
const OUTAGE_DAY: i32 = LAST_DAY - 38;

/// The hours of the outage, in UTC.
const OUTAGE_HOURS: (i64, i64) = (12, 17);

/// When the bad version was rolled out, and when it was rolled back: days, and hours of them.
const BAD_VERSION: ((i32, i64), (i32, i64)) = ((LAST_DAY - 23, 9), (LAST_DAY - 21, 16));

/// When the index of documents breaks: it is mended, and weeks later it breaks again.
const BROKEN_INDEX: [(i32, i32); 2] = [
    (LAST_DAY - 81, LAST_DAY - 70),
    (LAST_DAY - 12, LAST_DAY - 4),
];

/// Which day of the story a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Calendar {
    /// The day that is [`LAST_DAY`].
    last: UtcDay,
}

impl Calendar {
    /// The calendar of a story that ends on the day of an instant.
    pub(crate) fn new(end: DateTime<Utc>) -> Self {
        Self {
            last: UtcDay::of(end),
        }
    }

    /// The day of the story.
    pub(crate) fn day(&self, day: UtcDay) -> i32 {
        day.0 - self.last.0 + LAST_DAY
    }

    /// The day on which the story is at a day of its own.
    pub(crate) fn utc(&self, day: i32) -> UtcDay {
        UtcDay(self.last.0 - LAST_DAY + day)
    }

    /// The day of the outage: a working day.
    pub(crate) fn outage_day(&self) -> UtcDay {
        let day = self.utc(OUTAGE_DAY);
        match day.date().weekday() {
            Weekday::Sat => UtcDay(day.0 - 1),
            Weekday::Sun => UtcDay(day.0 + 1),
            _ => day,
        }
    }

    /// Whether the unsteady provider is down.
    pub(crate) fn is_outage(&self, at: DateTime<Utc>) -> bool {
        let start = self.outage_day().start();
        let (from, to) = OUTAGE_HOURS;
        (start + TimeDelta::hours(from)..start + TimeDelta::hours(to)).contains(&at)
    }

    /// Whether the agent that had a bad version runs it.
    pub(crate) fn is_bad_version(&self, at: DateTime<Utc>) -> bool {
        let instant = |(day, hour)| self.utc(day).start() + TimeDelta::hours(hour);
        (instant(BAD_VERSION.0)..instant(BAD_VERSION.1)).contains(&at)
    }

    /// Whether the index of documents is broken.
    pub(crate) fn is_index_broken(&self, day: UtcDay) -> bool {
        let day = self.day(day);
        BROKEN_INDEX
            .iter()
            .any(|(from, to)| (*from..*to).contains(&day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outage_is_one_working_afternoon() {
        for end in [20_000, 20_001, 20_002, 20_003, 20_004, 20_005, 20_006] {
            let calendar = Calendar::new(UtcDay(end).start());
            let hours: Vec<_> = (0..90 * 24)
                .map(|hour| UtcDay(end - 90).start() + TimeDelta::hours(hour))
                .filter(|at| calendar.is_outage(*at))
                .collect();
            assert_eq!(hours.len(), 5);
            assert!(hours.iter().all(|at| at.weekday().number_from_monday() < 6));
        }
    }
}
