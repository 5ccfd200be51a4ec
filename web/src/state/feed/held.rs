//! What a pause holds back.

use std::{collections::BTreeMap, rc::Rc};

use shadow_proto::streaming::v1::Execution;

use super::{KEPT, Key, key, order};

/// So many executions are held before those that could not be shown are let go.
const HELD: usize = 2 * KEPT;

/// What waits while the feed is paused: the latest state of each execution that changed. It is bounded, and nothing
/// that the feed would show is lost by it: the feed shows the latest opened ones, and these are what is kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Held {
    /// How many changes wait.
    pub changes: u64,
    latest: BTreeMap<Key, Rc<Execution>>,
    from_snapshot: bool,
}

impl Held {
    /// The state of an execution that waits.
    pub(super) fn get(&self, key: &Key) -> Option<&Execution> {
        self.latest.get(key).map(Rc::as_ref)
    }

    /// How many executions wait.
    #[cfg(test)]
    pub(super) fn executions(&self) -> usize {
        self.latest.len()
    }

    /// Whether a snapshot arrived meanwhile, so that nothing older counts.
    pub(super) fn is_from_snapshot(&self) -> bool {
        self.from_snapshot
    }

    /// A snapshot takes the place of all that waits.
    pub(super) fn snapshot(&mut self, executions: Vec<Execution>) {
        self.from_snapshot = true;
        self.latest = executions
            .into_iter()
            .map(|one| (key(&one), Rc::new(one)))
            .collect();
        self.bound();
    }

    /// A change that is newer than what is known waits with the others.
    pub(super) fn add(&mut self, execution: Execution) {
        self.changes += 1;
        self.latest.insert(key(&execution), Rc::new(execution));
        self.bound();
    }

    /// What waits.
    pub(super) fn into_executions(self) -> impl Iterator<Item = Rc<Execution>> {
        self.latest.into_values()
    }

    fn bound(&mut self) {
        if self.latest.len() <= HELD {
            return;
        }
        let mut executions: Vec<_> = std::mem::take(&mut self.latest).into_iter().collect();
        executions.sort_by_cached_key(|(_, execution)| order(execution));
        executions.truncate(KEPT);
        self.latest = executions.into_iter().collect();
    }
}
