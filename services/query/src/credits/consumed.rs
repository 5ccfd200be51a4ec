//! What runs consumed, by time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Utc};
use shadow_domain::cell::{Delta, Dimension};
use shadow_domain::credits::{Day, WINDOW_DAYS};
use shadow_domain::partial::{Partial, Sections, Spend};
use shadow_domain::time::{Granularity, IanaZone, QuarterHour, Range, UtcDay, buckets, local_date};
use shadow_storage::Snapshot;
use shadow_storage::credits::Booked;
use shadow_storage::partials::{Keys, StoredPage};
use uuid::Uuid;

use super::{ever, signed};
use crate::cells::Cells;
use crate::grouping::Grouping;
use crate::plan::Source;
use crate::timeline::Timeline;

/// The parts of time that anything is asked about: between each two of the edges all is one. So a day that no edge cuts is
/// read as a whole, however many quarter-hours it has.
pub(super) fn timeline(
    edges: &[DateTime<Utc>],
    window: &Range,
    zone: &IanaZone,
    days: &[Range],
) -> Timeline {
    let window = buckets(window, Granularity::Day, zone, WINDOW_DAYS + 1);
    let days = window.iter().flatten().chain(days);
    let days = days.flat_map(|day| [day.start, day.end]);
    let edges: BTreeSet<QuarterHour> = days
        .chain(edges.iter().copied())
        .map(QuarterHour::of)
        .collect();
    let ends = edges.iter().skip(1);
    let parts = edges.iter().zip(ends).map(|(start, end)| Range {
        start: start.start(),
        end: end.start(),
    });
    Timeline::new(parts.collect())
}

/// What was read of what runs consumed.
pub(super) struct Stored {
    booked: Booked,
    timeline: Timeline,
    pages: Vec<StoredPage>,
    pending: Vec<(Uuid, Delta)>,
}

impl Stored {
    pub(super) async fn read(
        snapshot: &mut Snapshot,
        first: UtcDay,
        timeline: Timeline,
    ) -> Result<Self, shadow_storage::Error> {
        let booked = snapshot.booked(first).await?;
        let mut source = Source::new(Dimension::Total, Keys::All, false);
        source.need(&timeline);
        let mut pages = Vec::new();
        for load in source.loads() {
            pages.extend(snapshot.stored_together(&load).await?);
        }
        Ok(Self {
            booked,
            timeline,
            pages,
            pending: snapshot.pending(&ever()).await?,
        })
    }

    pub(super) fn consumed(self, first: UtcDay) -> Result<Consumed, shadow_storage::Error> {
        let mut booked = self.booked;
        let mut quarters = BTreeMap::<QuarterHour, Spend>::new();
        let cells = Cells {
            pages: &self.pages,
            pending: Vec::new(),
        };
        let members = cells.members(&Grouping::everything());
        let add = |_, part: usize, partial: &Partial| {
            let start = QuarterHour::of(self.timeline.buckets[part].start);
            quarters.entry(start).or_default().merge(&partial.booked);
        };
        cells.each(&members, &self.timeline, Sections::BOOKED, add)?;
        for (cell, partial) in self.pending.iter().flat_map(|(_, delta)| &delta.0) {
            if cell.dimension != Dimension::Total {
                continue;
            }
            booked.ever_micro += signed(partial.booked.sum);
            booked.opened_ever_micro += signed(partial.credits_micro());
            if cell.quarter.day() < first {
                booked.before_micro += signed(partial.booked.sum);
            } else {
                let quarter = quarters.entry(cell.quarter).or_default();
                quarter.merge(&partial.booked);
            }
        }
        Ok(Consumed { booked, quarters })
    }
}

/// What runs consumed, by the time at which they ended.
pub(super) struct Consumed {
    /// What pages and what waits amount to; `before_micro` is before the first quarter-hour that is here.
    pub(super) booked: Booked,
    /// By the first quarter-hour of the part of time that it belongs to, or by its own.
    quarters: BTreeMap<QuarterHour, Spend>,
}

impl Consumed {
    /// All that was consumed before an instant on the grid, at which a part begins.
    pub(super) fn until(&self, at: DateTime<Utc>) -> i128 {
        let quarters = self.quarters.range(..QuarterHour::of(at));
        let since: i128 = quarters.map(|(_, spend)| signed(spend.sum)).sum();
        self.booked.before_micro + since
    }

    /// What was consumed in a range of whole parts, and what of that was wasted.
    pub(super) fn within(&self, range: &Range) -> (i128, i128) {
        let quarters = QuarterHour::of(range.start)..QuarterHour::of(range.end);
        self.quarters
            .range(quarters)
            .fold((0, 0), |(sum, wasted), (_, spend)| {
                (sum + signed(spend.sum), wasted + signed(spend.wasted))
            })
    }

    /// The days of a range; from the first one on that consumed anything, where nothing was consumed before it.
    pub(super) fn days(&self, range: &Range, zone: &IanaZone) -> Vec<Day> {
        let days = buckets(range, Granularity::Day, zone, WINDOW_DAYS + 1).unwrap_or_default();
        let mut began = self.until(range.start) > 0;
        days.into_iter()
            .map(|day| Day {
                weekday: local_date(zone, day.start).weekday().num_days_from_monday() as u8,
                consumed_micro: self.within(&day).0.unsigned_abs(),
            })
            .filter(|day| {
                began |= day.consumed_micro > 0;
                began
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// Ten at noon of each of some days of November, after something that was consumed earlier.
    fn consumed(before_micro: i128, days: &[u32]) -> Consumed {
        let spend = Spend {
            sum: 10,
            ..Spend::default()
        };
        Consumed {
            booked: Booked {
                before_micro,
                ..Booked::default()
            },
            quarters: days
                .iter()
                .map(|day| at(&format!("2026-11-{day:02}T12:00:00Z")))
                .map(|noon| (QuarterHour::of(noon), spend))
                .collect(),
        }
    }

    #[test]
    fn a_pause_is_no_beginning() {
        let window = Range {
            start: at("2026-11-01T00:00:00Z"),
            end: at("2026-11-29T00:00:00Z"),
        };
        let days = |consumed: &Consumed| consumed.days(&window, &IanaZone::UTC).len();
        assert_eq!(days(&consumed(0, &[11, 28])), 18);
        assert_eq!(days(&consumed(1, &[11, 28])), 28);
        assert_eq!(days(&consumed(0, &[])), 0);
        assert_eq!(days(&consumed(1, &[])), 28);
    }
}
