//! Which users were active when: sets of them, from pages and what waits to be compacted, without looking at a fact.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use shadow_domain::cell::Dimension;
use shadow_domain::execution::limits::EARLIEST_SECONDS;
use shadow_domain::ordinals::Ordinals;
use shadow_domain::partial::{Partial, Reader, Sections};
use shadow_domain::time::{
    Granularity, IanaZone, QuarterHour, Range, UtcDay, day_start, local_date,
};
use shadow_storage::partials::{Keys, Load, Quarters};
use shadow_storage::{Error, Snapshot};

use crate::timeline::{self, Day, Timeline};

/// So many days of pages are read at once: sketches of more would only take memory.
const DAYS_AT_ONCE: i32 = 31;

/// Users by what made them active.
#[derive(Debug, Clone, Default)]
pub(crate) struct Active {
    /// They asked for an execution.
    pub(crate) ran: Ordinals,
    /// They did something on the platform.
    pub(crate) did: Ordinals,
}

impl Active {
    /// Everybody.
    pub(crate) fn all(&self) -> Ordinals {
        let mut all = self.ran.clone();
        all.merge(&self.did);
        all
    }

    fn add(&mut self, partial: &Partial) {
        self.ran.merge(&partial.users);
        self.did.merge(&partial.activity_users);
    }
}

/// Who was active in each bucket of a timeline, by the cells of a dimension with these keys. Nothing before `first` is
/// looked for in pages.
pub(crate) async fn read(
    snapshot: &mut Snapshot,
    timeline: &Timeline,
    first: UtcDay,
    dimension: Dimension,
    keys: &Keys,
) -> Result<Vec<Active>, Error> {
    let mut active = vec![Active::default(); timeline.buckets.len()];
    let mut reader = Reader::new(Sections::USERS);
    for load in loads(timeline, first, dimension, keys) {
        for row in snapshot.stored_together(&load).await? {
            match timeline.day(row.day) {
                Day::Outside => {}
                Day::Whole(bucket) => active[bucket].add(row.whole_day(&mut reader)?),
                Day::Split(slots) => row.places(
                    &mut reader,
                    |quarter| timeline::slot(slots, quarter),
                    |bucket, partial| active[bucket].add(partial),
                )?,
            }
        }
    }
    let (Some(start), Some(end)) = (timeline.buckets.first(), timeline.buckets.last()) else {
        return Ok(active);
    };
    let range = Range {
        start: start.start,
        end: end.end,
    };
    let named = |key: &str| match keys {
        Keys::All => true,
        Keys::Exact(some) => some.iter().any(|one| one == key),
        Keys::Prefix(prefix) => key.starts_with(prefix),
    };
    for (_, delta) in snapshot.pending(&range).await? {
        let cells = delta.0.iter();
        for (cell, partial) in
            cells.filter(|(cell, _)| cell.dimension == dimension && named(&cell.key))
        {
            if let Some(bucket) = timeline.quarter(cell.quarter) {
                active[bucket].add(partial);
            }
        }
    }
    Ok(active)
}

fn loads(timeline: &Timeline, first: UtcDay, dimension: Dimension, keys: &Keys) -> Vec<Load> {
    let days: Vec<(UtcDay, bool)> = timeline.days().filter(|(day, _)| *day >= first).collect();
    days.chunks(DAYS_AT_ONCE as usize)
        .filter_map(|some| {
            let cut = some.iter().filter(|(_, whole)| !whole);
            Some(Load {
                dimension,
                keys: keys.clone(),
                days: (some.first()?.0, some.last()?.0),
                quarters: Quarters::Of(cut.map(|(day, _)| *day).collect()),
            })
        })
        .collect()
}

/// Calls `add` with the active users of every UTC day that there ever was, in pieces and in no order.
pub(crate) async fn each_day(
    snapshot: &mut Snapshot,
    mut add: impl FnMut(UtcDay, &Ordinals),
) -> Result<(), Error> {
    let range = Range {
        start: earliest(),
        end: snapshot.snapshot_time() + TimeDelta::days(366),
    };
    if let Some(first) = snapshot.first_page().await? {
        let mut reader = Reader::new(Sections::USERS);
        let last = UtcDay::of(range.end);
        let mut day = first;
        while day <= last {
            let until = UtcDay((day.0 + DAYS_AT_ONCE - 1).min(last.0));
            let load = Load {
                dimension: Dimension::Total,
                keys: Keys::All,
                days: (day, until),
                quarters: Quarters::None,
            };
            for row in snapshot.stored_together(&load).await? {
                let partial = row.whole_day(&mut reader)?;
                add(row.day, &partial.users);
                add(row.day, &partial.activity_users);
            }
            day = UtcDay(until.0 + 1);
        }
    }
    for (_, delta) in snapshot.pending(&range).await? {
        let cells = delta.0.iter();
        for (cell, partial) in cells.filter(|(cell, _)| cell.dimension == Dimension::Total) {
            add(cell.quarter.day(), &partial.users);
            add(cell.quarter.day(), &partial.activity_users);
        }
    }
    Ok(())
}

/// The first instant of which anything is kept.
pub(crate) fn earliest() -> DateTime<Utc> {
    DateTime::from_timestamp(EARLIEST_SECONDS, 0).unwrap_or_default()
}

/// A range moved outwards to whole days, weeks or months of a zone, on the grid of cells.
pub(crate) fn whole_intervals(range: &Range, interval: Granularity, zone: &IanaZone) -> Range {
    let first = interval_of(local_date(zone, range.start), interval);
    let last = local_date(zone, range.end - TimeDelta::microseconds(1));
    let end = start_of(following(interval_of(last, interval), interval), zone);
    Range {
        start: start_of(first, zone).min(range.start),
        end: end.max(range.end),
    }
}

/// The interval just before one that starts at an instant.
pub(crate) fn interval_before(
    start: DateTime<Utc>,
    interval: Granularity,
    zone: &IanaZone,
) -> DateTime<Utc> {
    let last = local_date(zone, start - TimeDelta::microseconds(1));
    start_of(interval_of(last, interval), zone)
}

fn start_of(date: NaiveDate, zone: &IanaZone) -> DateTime<Utc> {
    QuarterHour::of(day_start(zone, date)).start()
}

/// The first date of the day, week or month that holds a date.
fn interval_of(date: NaiveDate, interval: Granularity) -> NaiveDate {
    match interval {
        Granularity::Week => date - Days::new(date.weekday().num_days_from_monday().into()),
        Granularity::Month => date.with_day(1).unwrap_or(date),
        _ => date,
    }
}

fn following(date: NaiveDate, interval: Granularity) -> NaiveDate {
    match interval {
        Granularity::Week => date + Days::new(7),
        Granularity::Month => date + Months::new(1),
        _ => date + Days::new(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: &str, end: &str) -> Range {
        Range::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
    }

    #[test]
    fn ranges_are_moved_outwards_to_whole_intervals() {
        let zone = IanaZone::parse("America/New_York").unwrap();
        let asked = range("2026-03-05T12:00:00Z", "2026-03-10T00:00:00Z");
        for (interval, start, end) in [
            (
                Granularity::Day,
                "2026-03-05T05:00:00Z",
                "2026-03-10T04:00:00Z",
            ),
            (
                Granularity::Week,
                "2026-03-02T05:00:00Z",
                "2026-03-16T04:00:00Z",
            ),
            (
                Granularity::Month,
                "2026-03-01T05:00:00Z",
                "2026-04-01T04:00:00Z",
            ),
        ] {
            let whole = whole_intervals(&asked, interval, &zone);
            assert_eq!(whole, range(start, end), "{interval:?}");
            assert_eq!(whole_intervals(&whole, interval, &zone), whole);
        }
        let march = "2026-03-01T05:00:00Z".parse().unwrap();
        assert_eq!(
            interval_before(march, Granularity::Month, &zone),
            "2026-02-01T05:00:00Z".parse::<DateTime<Utc>>().unwrap()
        );
    }

    #[test]
    fn pages_are_read_in_pieces() {
        let zone = IanaZone::parse("Asia/Kolkata").unwrap();
        let months = range("2025-12-31T18:30:00Z", "2026-02-28T18:30:00Z");
        let buckets = shadow_domain::time::buckets(&months, Granularity::Month, &zone, 9).unwrap();
        let timeline = Timeline::new(buckets);
        let first = UtcDay::of("2026-01-02T00:00:00Z".parse().unwrap());
        let loads = loads(&timeline, first, Dimension::Total, &Keys::All);
        let days: Vec<_> = loads
            .iter()
            .map(|load| {
                let Quarters::Of(cut) = &load.quarters else {
                    panic!("days that are cut are named")
                };
                (load.days.1.0 - load.days.0.0 + 1, cut.clone())
            })
            .collect();
        let cut = |day: &str| vec![UtcDay::of(format!("{day}T00:00:00Z").parse().unwrap())];
        assert_eq!(days, [(31, cut("2026-01-31")), (27, cut("2026-02-28"))]);
    }
}
