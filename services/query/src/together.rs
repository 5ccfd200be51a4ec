//! What selections that group by nothing read of the same cells: folded once for all of them, in the parts of time that
//! each puts its buckets together from.
//!
//! A day that is whole for a selection stays whole: where others would cut it, they are folded apart. So nothing is read
//! more finely than it was asked for, and days and quarter-hours can still be held against each other.

use std::collections::BTreeSet;

use shadow_domain::{
    partial::{Partial, Sections},
    time::{QuarterHour, Range},
};
use shadow_storage::Error;

use crate::{
    cells::{Cells, USERS, add_users},
    grouping::Grouping,
    plan::Planned,
    timeline::Timeline,
};

/// What was folded for a request.
pub(crate) struct Together<'p>(Vec<Shared<'p>>);

struct Shared<'p> {
    source: usize,
    grouping: &'p Grouping,
    wanted: Vec<(&'p Timeline, Sections)>,
    parts: Parts,
}

/// Adjoining parts of time with what was folded of each; a timeline's bucket is one or several of them.
pub(crate) struct Parts {
    timeline: Timeline,
    folded: Vec<Partial>,
}

impl<'p> Together<'p> {
    /// Folds what can be folded for several at once.
    pub(crate) fn new(selections: &'p [Planned], cells: &[Cells<'_>]) -> Result<Self, Error> {
        let mut all = Self(Vec::new());
        for planned in selections.iter().filter(|planned| planned.ungrouped()) {
            let series = planned
                .periods()
                .map(|period| (&period.series, planned.reads));
            let trailing = planned
                .periods()
                .filter_map(|period| period.trailing.as_ref());
            all.want(
                planned.source,
                &planned.grouping,
                series.chain(trailing.map(|trailing| (&trailing.days, USERS))),
            );
        }
        for folded in &mut all.0 {
            folded.fold(&cells[folded.source])?;
        }
        Ok(all)
    }

    fn want(
        &mut self,
        source: usize,
        grouping: &'p Grouping,
        timelines: impl Iterator<Item = (&'p Timeline, Sections)>,
    ) {
        let timelines: Vec<_> = timelines.collect();
        let with = |wanted: &[(&'p Timeline, Sections)]| {
            let all = wanted.iter().chain(&timelines);
            let parts = parts(all.clone().map(|(timeline, _)| *timeline));
            let kept = all
                .clone()
                .all(|(timeline, _)| leaves_whole(&parts, timeline));
            kept.then_some(parts)
        };
        for folded in &mut self.0 {
            if folded.source == source
                && folded.grouping == grouping
                && let Some(timeline) = with(&folded.wanted)
            {
                folded.wanted.extend(timelines);
                folded.parts.timeline = timeline;
                return;
            }
        }
        if let Some(timeline) = with(&[]) {
            self.0.push(Shared {
                source,
                grouping,
                wanted: timelines,
                parts: Parts {
                    timeline,
                    folded: Vec::new(),
                },
            });
        }
    }

    /// The parts that a selection is put together from, where it was folded with others.
    pub(crate) fn of(&self, planned: &Planned) -> Option<&Parts> {
        let found = self.0.iter().find(|one| {
            let same = one.source == planned.source && *one.grouping == planned.grouping;
            same && planned.ungrouped() && planned.timelines().all(|wanted| one.has(wanted))
        });
        found.map(|one| &one.parts)
    }

    /// Openings less ends of each bucket, where they were folded.
    pub(crate) fn open(&self, planned: &Planned, timeline: &Timeline) -> Option<Vec<i64>> {
        let found = self.0.iter().find(|one| {
            let same = one.source == planned.open_source && *one.grouping == planned.open;
            same && one.has(timeline)
        })?;
        let open = |part: &Partial| part.opened as i64 - part.ended() as i64;
        let buckets = found.parts.buckets(timeline);
        Some(buckets.map(|parts| parts.iter().map(open).sum()).collect())
    }
}

impl Shared<'_> {
    fn has(&self, timeline: &Timeline) -> bool {
        let mut wanted = self.wanted.iter();
        wanted.any(|(known, _)| known.buckets == timeline.buckets)
    }

    fn fold(&mut self, cells: &Cells<'_>) -> Result<(), Error> {
        let parts = &mut self.parts;
        parts.folded = vec![Partial::default(); parts.timeline.buckets.len()];
        let mut reads = vec![Sections::NONE; parts.folded.len()];
        for (timeline, wanted) in &self.wanted {
            for within in parts.ranges(timeline) {
                for part in &mut reads[within] {
                    *part = part.and(*wanted);
                }
            }
        }
        let members = cells.members(self.grouping);
        let folded = &mut parts.folded;
        cells.each_reading(
            &members,
            &parts.timeline,
            |part| reads[part],
            |_, part, partial| folded[part].merge(partial),
        )
    }
}

impl Parts {
    /// What each bucket of a timeline amounts to, for which this was folded.
    pub(crate) fn merged(&self, timeline: &Timeline) -> Vec<Partial> {
        let merged = |parts: &[Partial]| match parts {
            [only] => only.clone(),
            several => several.iter().fold(Partial::default(), |mut all, one| {
                all.merge(one);
                all
            }),
        };
        self.buckets(timeline).map(merged).collect()
    }

    /// As much of it as metrics that look back are computed from.
    pub(crate) fn users(&self, timeline: &Timeline) -> Vec<Partial> {
        let users = |parts: &[Partial]| {
            parts.iter().fold(Partial::default(), |mut all, one| {
                add_users(&mut all, one);
                all
            })
        };
        self.buckets(timeline).map(users).collect()
    }

    /// The parts of each bucket.
    fn buckets(&self, timeline: &Timeline) -> impl Iterator<Item = &[Partial]> {
        let ranges = self.ranges(timeline);
        ranges.into_iter().map(|within| &self.folded[within])
    }

    fn ranges(&self, timeline: &Timeline) -> Vec<std::ops::Range<usize>> {
        let starts = &self.timeline.buckets;
        let edges = timeline.edges();
        let at: Vec<usize> = edges
            .iter()
            .map(|edge| starts.partition_point(|part| part.start < edge.start()))
            .collect();
        at.windows(2).map(|two| two[0]..two[1]).collect()
    }
}

impl Planned {
    /// Whether it is folded by time and by nothing else, and not by the minute: then there are other buckets than the cells'.
    fn ungrouped(&self) -> bool {
        let mut periods = self.periods();
        self.grouping.positions.is_empty()
            && periods.all(|period| period.series.buckets == period.buckets)
    }

    fn timelines(&self) -> impl Iterator<Item = &Timeline> {
        self.periods().flat_map(|period| {
            let trailing = period.trailing.as_ref();
            [&period.series]
                .into_iter()
                .chain(trailing.map(|trailing| &trailing.days))
        })
    }
}

/// The parts between all edges of some timelines.
fn parts<'t>(timelines: impl Iterator<Item = &'t Timeline>) -> Timeline {
    let edges: BTreeSet<QuarterHour> = timelines.flat_map(Timeline::edges).collect();
    let ends = edges.iter().skip(1);
    let parts = edges.iter().zip(ends).map(|(start, end)| Range {
        start: start.start(),
        end: end.start(),
    });
    Timeline::new(parts.collect())
}

/// Whether no day that is whole in a timeline is cut in another.
fn leaves_whole(cut: &Timeline, timeline: &Timeline) -> bool {
    let mut cut = cut.days().filter(|(_, whole)| !whole).map(|(day, _)| day);
    let whole: BTreeSet<_> = timeline
        .days()
        .filter(|(_, whole)| *whole)
        .map(|(day, _)| day)
        .collect();
    !cut.any(|day| whole.contains(&day))
}

#[cfg(test)]
mod tests;
