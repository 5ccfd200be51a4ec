//! Cells that were read, and how they are added up into groups and buckets.

use std::collections::HashMap;

use shadow_domain::{partial::Partial, time::QuarterHour};
use shadow_storage::partials::PageRow;
use uuid::Uuid;

use crate::{
    grouping::{GroupKey, Grouping},
    timeline::{self, Day, Timeline},
};

/// What was read of one source: pages, and what waits to be compacted into them.
pub(crate) struct Cells<'a> {
    pub(crate) pages: &'a [PageRow],
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

    /// Calls `add` with the group, the bucket and the partial of everything that lies in the timeline.
    pub(crate) fn each(
        &self,
        members: &Members,
        timeline: &Timeline,
        mut add: impl FnMut(usize, usize, &'a Partial),
    ) {
        for (row, group) in self.pages.iter().zip(&members.pages) {
            let Some(group) = *group else { continue };
            match timeline.day(row.day) {
                Day::Outside => {}
                Day::Whole(bucket) => add(group, bucket, &row.page.day),
                Day::Split(slots) => {
                    for (quarter, partial) in &row.page.quarters {
                        if let Some(bucket) = timeline::slot(slots, *quarter) {
                            add(group, bucket, partial);
                        }
                    }
                }
            }
        }
        for (cell, group) in self.pending.iter().zip(&members.pending) {
            if let (Some(group), Some(bucket)) = (*group, timeline.quarter(cell.quarter)) {
                add(group, bucket, cell.partial);
            }
        }
    }

    /// Calls `add` with every quarter-hour that lies in the timeline.
    pub(crate) fn each_quarter(
        &self,
        members: &Members,
        timeline: &Timeline,
        mut add: impl FnMut(QuarterHour, &'a Partial),
    ) {
        for (row, _) in self
            .pages
            .iter()
            .zip(&members.pages)
            .filter(|(_, group)| group.is_some())
        {
            for (quarter, partial) in &row.page.quarters {
                if timeline.quarter(*quarter).is_some() {
                    add(*quarter, partial);
                }
            }
        }
        for (cell, _) in self
            .pending
            .iter()
            .zip(&members.pending)
            .filter(|(_, group)| group.is_some())
        {
            if timeline.quarter(cell.quarter).is_some() {
                add(cell.quarter, cell.partial);
            }
        }
    }
}

/// Merged partials: for each place of a group, one for each bucket.
pub(crate) fn fold(
    cells: &Cells<'_>,
    members: &Members,
    timeline: &Timeline,
    places: usize,
    place: impl Fn(usize) -> Option<usize>,
) -> Vec<Vec<Partial>> {
    let mut folded = vec![vec![Partial::default(); timeline.buckets.len()]; places];
    cells.each(members, timeline, |group, bucket, partial| {
        if let Some(place) = place(group) {
            folded[place][bucket].merge(partial);
        }
    });
    folded
}

/// What trailing metrics are computed from, and no more: over days that lie before the range nothing else is asked for.
pub(crate) fn fold_users(
    cells: &Cells<'_>,
    members: &Members,
    timeline: &Timeline,
    places: usize,
    place: impl Fn(usize) -> Option<usize>,
) -> Vec<Vec<Partial>> {
    let mut folded = vec![vec![Partial::default(); timeline.buckets.len()]; places];
    cells.each(members, timeline, |group, bucket, partial| {
        if let Some(place) = place(group) {
            let sum = &mut folded[place][bucket];
            sum.users.merge(&partial.users);
            sum.users.merge(&partial.activity_users);
            sum.opened += partial.opened;
            sum.outcomes
                .iter_mut()
                .zip(&partial.outcomes)
                .for_each(|(sum, count)| *sum += count);
        }
    });
    folded
}
