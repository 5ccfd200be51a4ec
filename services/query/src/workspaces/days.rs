//! The local days of a workspace, as far as its health is judged by them.

use chrono::{DateTime, Datelike, Days as CalendarDays, NaiveDate, TimeDelta, Utc};
use shadow_domain::cell::{Delta, Dimension};
use shadow_domain::credits;
use shadow_domain::health::{ACTIVE_DAYS, Evidence, JUDGED_DAYS, ZOMBIE_DAYS};
use shadow_domain::partial::{Ordinals, Partial, Reader, Sections, Spend};
use shadow_domain::statistics::Proportion;
use shadow_domain::time::{IanaZone, QuarterHour, Range, day_start, local_date};
use shadow_storage::Error;
use shadow_storage::partials::StoredPage;

use crate::timeline::{self, Timeline};

/// The longest that is looked back over, the last day included: four weeks before a week.
pub(super) const WINDOW_DAYS: usize = (ACTIVE_DAYS + JUDGED_DAYS) as usize;

/// So many days up to the last one are told apart where all is asked of one instant: of those before only who was active
/// on any of them is, so that their quarter-hours are not needed.
const TOLD_APART: usize = ZOMBIE_DAYS as usize;

/// The days of a zone, as far as they have to be told apart.
pub(super) struct Calendar {
    first: NaiveDate,
    /// How many days there are.
    dates: usize,
    /// How many days are in the first bucket; all others have one.
    together: usize,
    pub(super) timeline: Timeline,
}

impl Calendar {
    /// The days that healths from one instant to another take.
    pub(super) fn new(zone: &IanaZone, from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        let first = date_before(zone, from) - CalendarDays::new(WINDOW_DAYS as u64 - 1);
        let last = date_before(zone, until);
        let starts: Vec<DateTime<Utc>> = first
            .iter_days()
            .take_while(|date| date <= &last)
            .map(|date| QuarterHour::of(day_start(zone, date)).start())
            .collect();
        let together = match starts.len() {
            WINDOW_DAYS => WINDOW_DAYS - TOLD_APART,
            _ => 1,
        };
        let begin = || starts.iter().take(1).chain(starts.iter().skip(together));
        let ends = begin().skip(1).copied().chain([until]);
        let ranges = begin()
            .zip(ends)
            .map(|(start, end)| Range { start: *start, end });
        Self {
            first,
            dates: starts.len(),
            together,
            timeline: Timeline::new(ranges.collect()),
        }
    }

    /// The day in which a bucket is kept: that of several is kept in the first of them.
    fn day(&self, bucket: usize) -> usize {
        match bucket {
            0 => 0,
            _ => bucket + self.together - 1,
        }
    }
}

/// Days that follow each other, the last of which holds the last instant before a time.
pub(super) struct Days {
    first: NaiveDate,
    days: Vec<Day>,
}

/// One day.
#[derive(Debug, Clone, Default)]
struct Day {
    /// Who was active.
    users: Ordinals,
    /// Runs that completed.
    completed: u64,
    /// Runs that completed, failed or timed out.
    judged: u64,
    /// Credits of runs that were opened.
    credits: Spend,
    /// Credits of runs that ended.
    booked: u128,
}

impl Days {
    /// What pages and what waits have of the days.
    pub(super) fn new(
        calendar: &Calendar,
        pages: &[StoredPage],
        pending: &[Delta],
    ) -> Result<Self, Error> {
        let timeline = &calendar.timeline;
        let mut days = vec![Day::default(); calendar.dates];
        let reads = Sections::RUNS.and(Sections::USERS);
        let mut reader = Reader::new(reads.and(Sections::CREDITS).and(Sections::BOOKED));
        for row in pages {
            match timeline.day(row.day) {
                timeline::Day::Outside => {}
                timeline::Day::Whole(bucket) => {
                    days[calendar.day(bucket)].add(row.whole_day(&mut reader)?);
                }
                timeline::Day::Split(slots) => row.places(
                    &mut reader,
                    |quarter| timeline::slot(slots, quarter),
                    |bucket, partial| days[calendar.day(bucket)].add(partial),
                )?,
            }
        }
        for (cell, partial) in pending.iter().flat_map(|delta| &delta.0) {
            if cell.dimension == Dimension::Total
                && let Some(bucket) = timeline.quarter(cell.quarter)
            {
                days[calendar.day(bucket)].add(partial);
            }
        }
        Ok(Self {
            first: calendar.first,
            days,
        })
    }

    /// What the days before an instant say of a workspace's health, for who is a member now.
    pub(super) fn evidence(
        &self,
        zone: &IanaZone,
        at: DateTime<Utc>,
        members: &Ordinals,
        count: u64,
    ) -> Evidence {
        let judged = self.last(zone, at, JUDGED_DAYS);
        let lately = self.last(zone, at, ACTIVE_DAYS);
        let (engaged_members, engaged_days) = engaged(judged, members);
        let mut credits = Spend::default();
        let mut success = Proportion::default();
        for day in judged {
            credits.merge(&day.credits);
            success.successes += day.completed;
            success.trials += day.judged;
        }
        Evidence {
            members: count,
            active_members: shared(&union(lately), members),
            engaged_members,
            engaged_days,
            consumed_micro: credits.sum,
            wasted_micro: credits.wasted,
            success,
        }
    }

    /// Distinct active users of a week, and of the four weeks before it.
    pub(super) fn active_users(&self, zone: &IanaZone, at: DateTime<Utc>) -> (u64, u64) {
        let both = self.last(zone, at, ACTIVE_DAYS + JUDGED_DAYS);
        let (before, lately) = both.split_at(both.len().saturating_sub(ACTIVE_DAYS as usize));
        (union(lately).len(), union(before).len())
    }

    /// Runs that completed of late.
    pub(super) fn completed(&self, zone: &IanaZone, at: DateTime<Utc>) -> u64 {
        let days = self.last(zone, at, ZOMBIE_DAYS);
        days.iter().map(|day| day.completed).sum()
    }

    /// On how many of the judged days a member was active, and whether lately.
    pub(super) fn active_days(
        &self,
        zone: &IanaZone,
        at: DateTime<Utc>,
        ordinal: Option<u32>,
    ) -> (u32, bool) {
        let Some(ordinal) = ordinal else {
            return (0, false);
        };
        let active = |days: &[Day]| {
            days.iter()
                .filter(|day| day.users.contains(ordinal))
                .count()
        };
        let days = active(self.last(zone, at, JUDGED_DAYS));
        (days as u32, active(self.last(zone, at, ACTIVE_DAYS)) > 0)
    }

    /// What complete days before an instant consumed, from the first of them on that consumed anything.
    pub(super) fn consumed(&self, zone: &IanaZone, at: DateTime<Utc>) -> Vec<credits::Day> {
        let today = local_date(zone, at);
        let end = self.position(today).min(self.days.len());
        let start = end.saturating_sub(credits::WINDOW_DAYS);
        let dates = self.first.iter_days().skip(start);
        let days = self.days[start..end].iter().zip(dates);
        days.map(|(day, date)| credits::Day {
            weekday: date.weekday().num_days_from_monday() as u8,
            consumed_micro: day.booked,
        })
        .skip_while(|day| day.consumed_micro == 0)
        .collect()
    }

    /// So many days up to the one that holds the last instant before a time.
    fn last(&self, zone: &IanaZone, at: DateTime<Utc>, days: u64) -> &[Day] {
        let end = (self.position(date_before(zone, at)) + 1).min(self.days.len());
        &self.days[end.saturating_sub(days as usize)..end]
    }

    fn position(&self, date: NaiveDate) -> usize {
        usize::try_from((date - self.first).num_days()).unwrap_or(0)
    }
}

impl Day {
    fn add(&mut self, partial: &Partial) {
        self.users.merge(&partial.users);
        self.users.merge(&partial.activity_users);
        self.completed += partial.completed();
        self.judged += partial.completed() + partial.failed() + partial.timed_out();
        if let Some(usage) = &partial.usage {
            self.credits.merge(&usage.credits);
        }
        self.booked = self.booked.saturating_add(partial.booked.sum);
    }
}

/// The date of the last instant before a time.
pub(super) fn date_before(zone: &IanaZone, at: DateTime<Utc>) -> NaiveDate {
    local_date(zone, at - TimeDelta::microseconds(1))
}

fn union(days: &[Day]) -> Ordinals {
    days.iter().fold(Ordinals::default(), |mut all, day| {
        all.merge(&day.users);
        all
    })
}

/// How many of the members are among the users.
fn shared(users: &Ordinals, members: &Ordinals) -> u64 {
    members.iter().filter(|one| users.contains(*one)).count() as u64
}

/// How many members were active at all, and on how many days together.
fn engaged(days: &[Day], members: &Ordinals) -> (u64, u64) {
    let active = |ordinal: u32| {
        let active = days.iter().filter(|day| day.users.contains(ordinal));
        active.count() as u64
    };
    let days = members.iter().map(active).filter(|days| *days > 0);
    days.fold((0, 0), |(members, sum), days| (members + 1, sum + days))
}
