//! Buckets, and which of them a day or a quarter-hour falls into, found by index and not by search.

use shadow_domain::time::{QuarterHour, Range, UtcDay};

/// Quarter-hours of a UTC day.
const QUARTERS: i64 = 96;
const OUTSIDE: u32 = u32::MAX;

/// The buckets of one period.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// Adjoining, in order.
    pub buckets: Vec<Range>,
    first_day: i32,
    days: Vec<Slot>,
}

/// How a UTC day lies in the buckets.
#[derive(Debug, Clone)]
enum Slot {
    /// All of it in one bucket: the day's partial is enough.
    Whole(u32),
    /// For each of its quarter-hours the bucket.
    Split(Box<[u32]>),
}

/// How a UTC day lies in a timeline.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Day<'a> {
    /// No quarter-hour of it is inside.
    Outside,
    /// All of it is in this bucket.
    Whole(usize),
    /// Its quarter-hours are in these buckets.
    Split(&'a [u32]),
}

impl Timeline {
    /// The timeline of adjoining buckets, whose edges lie on quarter-hours.
    pub(crate) fn new(buckets: Vec<Range>) -> Self {
        let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else {
            return Self {
                buckets,
                first_day: 0,
                days: Vec::new(),
            };
        };
        let starts: Vec<i64> = buckets
            .iter()
            .map(|bucket| QuarterHour::of(bucket.start).0)
            .collect();
        let end = end(last).0;
        let first_day = starts[0].div_euclid(QUARTERS);
        let last_day = (end - 1).div_euclid(QUARTERS);
        let mut bucket = 0;
        let mut days = Vec::with_capacity((last_day - first_day + 1) as usize);
        for day in first_day..=last_day {
            let midnight = day * QUARTERS;
            let at = |quarter: i64, bucket: &mut usize| {
                if quarter < starts[0] || quarter >= end {
                    return OUTSIDE;
                }
                while starts.get(*bucket + 1).is_some_and(|next| *next <= quarter) {
                    *bucket += 1;
                }
                *bucket as u32
            };
            let slots: Box<[u32]> = (midnight..midnight + QUARTERS)
                .map(|quarter| at(quarter, &mut bucket))
                .collect();
            let whole = slots[0] != OUTSIDE && slots.iter().all(|slot| *slot == slots[0]);
            days.push(if whole {
                Slot::Whole(slots[0])
            } else {
                Slot::Split(slots)
            });
        }
        debug_assert!(first.start < last.end);
        Self {
            buckets,
            first_day: first_day as i32,
            days,
        }
    }

    /// One bucket for a range, of which every quarter-hour is needed.
    pub(crate) fn of_quarters(range: Range) -> Self {
        let mut timeline = Self::new(vec![range]);
        for slot in &mut timeline.days {
            if let Slot::Whole(bucket) = *slot {
                *slot = Slot::Split(vec![bucket; QUARTERS as usize].into());
            }
        }
        timeline
    }

    /// The quarter-hours with which its buckets begin, and the first one after them.
    pub(crate) fn edges(&self) -> Vec<QuarterHour> {
        let starts = self.buckets.iter();
        let starts = starts.map(|bucket| QuarterHour::of(bucket.start));
        starts.chain(self.buckets.last().map(end)).collect()
    }

    /// Its UTC days, each with whether the day's own partial is enough.
    pub(crate) fn days(&self) -> impl Iterator<Item = (UtcDay, bool)> + '_ {
        self.days
            .iter()
            .zip(self.first_day..)
            .map(|(slot, day)| (UtcDay(day), matches!(slot, Slot::Whole(_))))
    }

    /// Days from which on a day may lie in another bucket than the one before, or in none.
    pub(crate) fn starts(&self) -> impl Iterator<Item = UtcDay> + '_ {
        let place = |at: usize| match self.days.get(at) {
            Some(Slot::Whole(bucket)) => Some(*bucket),
            Some(Slot::Split(_)) | None => None,
        };
        let changes =
            (0..=self.days.len()).filter(move |at| at.checked_sub(1).and_then(place) != place(*at));
        changes.map(|at| UtcDay(self.first_day + at as i32))
    }

    /// How a day lies in it.
    pub(crate) fn day(&self, day: UtcDay) -> Day<'_> {
        let index = usize::try_from(i64::from(day.0) - i64::from(self.first_day));
        match index.ok().and_then(|index| self.days.get(index)) {
            None => Day::Outside,
            Some(Slot::Whole(bucket)) => Day::Whole(*bucket as usize),
            Some(Slot::Split(slots)) => Day::Split(slots),
        }
    }

    /// The bucket of a quarter-hour.
    pub(crate) fn quarter(&self, quarter: QuarterHour) -> Option<usize> {
        match self.day(quarter.day()) {
            Day::Outside => None,
            Day::Whole(bucket) => Some(bucket),
            Day::Split(slots) => slot(slots, quarter),
        }
    }
}

/// The quarter-hour after the last one that has an instant of a range.
fn end(range: &Range) -> QuarterHour {
    QuarterHour(QuarterHour::of(range.end - chrono::TimeDelta::microseconds(1)).0 + 1)
}

/// The buckets of a day, each once.
pub(crate) fn buckets(slots: &[u32]) -> impl Iterator<Item = usize> + '_ {
    let mut last = OUTSIDE;
    let new = slots.iter().filter(move |slot| {
        let new = **slot != OUTSIDE && **slot != last;
        last = **slot;
        new
    });
    new.map(|slot| *slot as usize)
}

/// The bucket of a quarter-hour in the day it belongs to.
pub(crate) fn slot(slots: &[u32], quarter: QuarterHour) -> Option<usize> {
    let bucket = slots[quarter.0.rem_euclid(QUARTERS) as usize];
    (bucket != OUTSIDE).then_some(bucket as usize)
}
