//! How many executions of each bucket are open: counted once, however many selections of a request ask.

use std::cell::RefCell;
use std::rc::Rc;

use shadow_domain::partial::Sections;
use shadow_domain::time::Range;
use shadow_storage::Error;

use crate::cells::Cells;
use crate::grouping::Grouping;
use crate::timeline::Timeline;

/// What was counted so far.
#[derive(Default)]
pub(crate) struct Open(RefCell<Vec<Counted>>);

struct Counted {
    source: usize,
    grouping: Grouping,
    buckets: Vec<Range>,
    open: Rc<[i64]>,
}

impl Open {
    /// Openings less ends of each bucket, of the cells of a source.
    pub(crate) fn of(
        &self,
        (source, cells): (usize, &Cells<'_>),
        grouping: &Grouping,
        timeline: &Timeline,
    ) -> Result<Rc<[i64]>, Error> {
        let mut counted = self.0.borrow_mut();
        let same = |one: &&Counted| {
            one.source == source && one.grouping == *grouping && one.buckets == timeline.buckets
        };
        if let Some(found) = counted.iter().find(same) {
            return Ok(Rc::clone(&found.open));
        }
        let members = cells.members(grouping);
        let mut open = vec![0i64; timeline.buckets.len()];
        // What waits to be compacted may hold an end whose opening lies in a page: only the sum means something.
        cells.each(&members, timeline, Sections::RUNS, |_, bucket, partial| {
            open[bucket] += partial.opened as i64 - partial.ended() as i64;
        })?;
        let open: Rc<[i64]> = open.into();
        counted.push(Counted {
            source,
            grouping: grouping.clone(),
            buckets: timeline.buckets.clone(),
            open: Rc::clone(&open),
        });
        Ok(open)
    }
}
