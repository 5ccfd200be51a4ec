//! What all executions of a scope amount to, by time: total cells of every workspace together.

use shadow_domain::cell::{Delta, Dimension};
use shadow_domain::partial::{Partial, Sections};
use shadow_domain::time::{QuarterHour, Range};
use shadow_storage::partials::{Keys, StoredPage};
use shadow_storage::{Error, Snapshot};
use uuid::Uuid;

use crate::cells::{Cells, Members, Pending};
use crate::grouping::Grouping;
use crate::plan::Source;
use crate::timeline::Timeline;

/// Total cells that were read.
pub(crate) struct Totals {
    pages: Vec<StoredPage>,
    pending: Vec<(Uuid, Delta)>,
}

impl Totals {
    /// Reads what some timelines need; quarter-hours only of days that do not lie in one bucket.
    pub(crate) async fn read(
        snapshot: &mut Snapshot,
        timelines: &[&Timeline],
    ) -> Result<Self, Error> {
        let mut source = Source::new(Dimension::Total, Keys::All, false);
        timelines.iter().for_each(|timeline| source.need(timeline));
        let mut pages = Vec::new();
        for load in source.loads() {
            pages.extend(snapshot.stored_together(&load).await?);
        }
        let days = (source.days.first_key_value(), source.days.last_key_value());
        let pending = match days {
            (Some((first, _)), Some((last, _))) => {
                let range = Range {
                    start: first.start(),
                    end: last.end(),
                };
                snapshot.pending(&range).await?
            }
            _ => Vec::new(),
        };
        Ok(Self { pages, pending })
    }

    /// Calls `add` with what is read of everything that lies in a timeline.
    pub(crate) fn each(
        &self,
        timeline: &Timeline,
        reads: Sections,
        mut add: impl FnMut(&Partial),
    ) -> Result<(), Error> {
        let (cells, members) = self.cells();
        cells.each(&members, timeline, reads, |_, _, partial| add(partial))
    }

    /// Calls `add` with what is read of every quarter-hour that lies in a timeline of quarter-hours.
    pub(crate) fn each_quarter(
        &self,
        timeline: &Timeline,
        reads: Sections,
        add: impl FnMut(QuarterHour, &Partial),
    ) -> Result<(), Error> {
        let (cells, members) = self.cells();
        cells.each_quarter(&members, timeline, reads, add)
    }

    fn cells(&self) -> (Cells<'_>, Members) {
        let pending = self.pending.iter().flat_map(|(workspace, delta)| {
            let totals = delta
                .0
                .iter()
                .filter(|(cell, _)| cell.dimension == Dimension::Total);
            totals.map(|(cell, partial)| Pending {
                workspace: *workspace,
                key: &cell.key,
                quarter: cell.quarter,
                partial,
            })
        });
        let cells = Cells {
            pages: &self.pages,
            pending: pending.collect(),
        };
        let members = cells.members(&Grouping::everything());
        (cells, members)
    }
}
