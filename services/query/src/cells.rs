//! Cells that were read, and how they are added up into groups and buckets.

use std::collections::HashMap;

use shadow_domain::{
    partial::{Partial, Reader, Sections},
    time::QuarterHour,
};
use shadow_storage::{Error, partials::StoredPage};
use uuid::Uuid;

use crate::{
    grouping::{GroupKey, Grouping},
    timeline::{self, Day, Timeline},
};

/// What was read of one source: pages, and what waits to be compacted into them.
pub(crate) struct Cells<'a> {
    pub(crate) pages: &'a [StoredPage],
    pub(crate) pending: Vec<Pending<'a>>,
}

/// One quarter-hour of one key, not compacted yet.
#[derive(Clone, Copy)]
pub(crate) struct Pending<'a> {
    pub(crate) workspace: Uuid,
    pub(crate) key: &'a str,
    pub(crate) quarter: QuarterHour,
    pub(crate) partial: &'a Partial,
}

/// The groups of a selection, and for each page and pending cell the group it belongs to.
pub(crate) struct Members {
    pub(crate) groups: Vec<GroupKey>,
    pages: Vec<Option<usize>>,
    pending: Vec<Option<usize>>,
}

impl<'a> Cells<'a> {
    /// Finds each cell's group, once, so that adding up needs no look-up.
    pub(crate) fn members(&self, grouping: &Grouping) -> Members {
        let mut groups = Vec::new();
        let mut numbers: HashMap<GroupKey, usize> = HashMap::new();
        let mut known: HashMap<(Uuid, &'a str), Option<usize>> = HashMap::new();
        let mut number = |workspace: Uuid, key: &'a str| {
            *known.entry((workspace, key)).or_insert_with(|| {
                let group = grouping.group(workspace, key)?;
                Some(*numbers.entry(group).or_insert_with_key(|group| {
                    groups.push(group.clone());
                    groups.len() - 1
                }))
            })
        };
        let pages = self
            .pages
            .iter()
            .map(|page| number(page.workspace_id, page.key.as_str()))
            .collect();
        let pending = self
            .pending
            .iter()
            .map(|cell| number(cell.workspace, cell.key))
            .collect();
        Members {
            groups,
            pages,
            pending,
        }
    }

    /// Calls `add` with the group, the bucket and what is read of the partial of everything that lies in the timeline.
    pub(crate) fn each(
        &self,
        members: &Members,
        timeline: &Timeline,
        reads: Sections,
        add: impl FnMut(usize, usize, &Partial),
    ) -> Result<(), Error> {
        self.each_reading(members, timeline, |_| reads, add)
    }

    /// The same where it depends on the bucket what is read.
    pub(crate) fn each_reading(
        &self,
        members: &Members,
        timeline: &Timeline,
        reads: impl Fn(usize) -> Sections,
        mut add: impl FnMut(usize, usize, &Partial),
    ) -> Result<(), Error> {
        let mut readers = Readers::default();
        for (row, group) in self.pages.iter().zip(&members.pages) {
            let Some(group) = *group else { continue };
            match timeline.day(row.day) {
                Day::Outside => {}
                Day::Whole(bucket) => {
                    let reader = readers.of(reads(bucket));
                    add(group, bucket, row.whole_day(reader)?);
                }
                Day::Split(slots) => row.places(
                    readers.of(timeline::buckets(slots)
                        .fold(Sections::NONE, |all, bucket| all.and(reads(bucket)))),
                    |quarter| timeline::slot(slots, quarter),
                    |bucket, partial| add(group, bucket, partial),
                )?,
            }
        }
        for (cell, group) in self.pending.iter().zip(&members.pending) {
            if let (Some(group), Some(bucket)) = (*group, timeline.quarter(cell.quarter)) {
                add(group, bucket, cell.partial);
            }
        }
        Ok(())
    }

    /// Calls `add` with what is read of every quarter-hour that lies in the timeline.
    pub(crate) fn each_quarter(
        &self,
        members: &Members,
        timeline: &Timeline,
        reads: Sections,
        mut add: impl FnMut(QuarterHour, &Partial),
    ) -> Result<(), Error> {
        let mut reader = Reader::new(reads);
        for (row, group) in self.pages.iter().zip(&members.pages) {
            if group.is_none() || matches!(timeline.day(row.day), Day::Outside) {
                continue;
            }
            row.quarters(&mut reader, |quarter, partial| {
                if timeline.quarter(quarter).is_some() {
                    add(quarter, partial);
                }
            })?;
        }
        for (cell, group) in self.pending.iter().zip(&members.pending) {
            if group.is_some() && timeline.quarter(cell.quarter).is_some() {
                add(cell.quarter, cell.partial);
            }
        }
        Ok(())
    }

    /// Marks the groups of which anything lies in the timeline.
    pub(crate) fn mark_present(
        &self,
        members: &Members,
        timeline: &Timeline,
        present: &mut [bool],
    ) -> Result<(), Error> {
        let mut reader = Reader::new(Sections::NONE);
        for (row, group) in self.pages.iter().zip(&members.pages) {
            let Some(group) = group.filter(|group| !present[*group]) else {
                continue;
            };
            match timeline.day(row.day) {
                Day::Outside => {}
                Day::Whole(_) => present[group] = !row.is_empty()?,
                // No quarter-hour that is stored is empty.
                Day::Split(slots) => row.places(
                    &mut reader,
                    |quarter| timeline::slot(slots, quarter).map(|_| ()),
                    |(), _| present[group] = true,
                )?,
            }
        }
        for (cell, group) in self.pending.iter().zip(&members.pending) {
            if let (Some(group), Some(_)) = (*group, timeline.quarter(cell.quarter)) {
                present[group] |= !cell.partial.is_empty();
            }
        }
        Ok(())
    }
}

/// One reader for each choice of sections: there are few.
#[derive(Default)]
struct Readers(Vec<(Sections, Reader)>);

impl Readers {
    fn of(&mut self, reads: Sections) -> &mut Reader {
        let at = match self.0.iter().position(|(known, _)| *known == reads) {
            Some(at) => at,
            None => {
                self.0.push((reads, Reader::new(reads)));
                self.0.len() - 1
            }
        };
        &mut self.0[at].1
    }
}

/// Merged partials: for each place of a group, one for each bucket.
pub(crate) fn fold(
    cells: &Cells<'_>,
    members: &Members,
    timeline: &Timeline,
    reads: Sections,
    places: usize,
    place: impl Fn(usize) -> Option<usize>,
) -> Result<Vec<Vec<Partial>>, Error> {
    let mut folded = vec![vec![Partial::default(); timeline.buckets.len()]; places];
    cells.each(members, timeline, reads, |group, bucket, partial| {
        if let Some(place) = place(group) {
            folded[place][bucket].merge(partial);
        }
    })?;
    Ok(folded)
}

/// What trailing metrics are computed from, and no more: over days that lie before the range nothing else is asked for.
pub(crate) fn fold_users(
    cells: &Cells<'_>,
    members: &Members,
    timeline: &Timeline,
    places: usize,
    place: impl Fn(usize) -> Option<usize>,
) -> Result<Vec<Vec<Partial>>, Error> {
    let mut folded = vec![vec![Partial::default(); timeline.buckets.len()]; places];
    cells.each(members, timeline, USERS, |group, bucket, partial| {
        if let Some(place) = place(group) {
            add_users(&mut folded[place][bucket], partial);
        }
    })?;
    Ok(folded)
}

/// What is read for metrics that look back.
pub(crate) const USERS: Sections = Sections::RUNS.and(Sections::USERS);

/// Adds as much of a partial as metrics that look back are computed from.
pub(crate) fn add_users(sum: &mut Partial, partial: &Partial) {
    sum.users.merge(&partial.users);
    sum.users.merge(&partial.activity_users);
    sum.opened += partial.opened;
    sum.outcomes
        .iter_mut()
        .zip(&partial.outcomes)
        .for_each(|(sum, count)| *sum += count);
}
