//! What a watch has told of executions, so that it is not told again.
//!
//! A cursor alone does not do: what a snapshot holds may have been committed and not have its place in the order yet, and
//! a stream that goes on after the snapshot's cursor cannot know what that held.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

use shadow_proto::streaming::v1::{Execution, ExecutionChange, Snapshot};

/// How many executions are remembered. What could come again is younger by far.
const REMEMBERED: usize = 8_192;

/// Stands for a workspace and an execution of it: 128 bits by two hashes of random keys, which nobody can aim at. The two
/// texts would take ten times as much memory, which counts where a process has many watches.
type Key = (u64, u64);

/// The revisions of the latest executions that were told of.
#[derive(Debug, Default)]
pub(super) struct Seen {
    revisions: HashMap<Key, u32>,
    /// The executions in the order in which they were first told of.
    order: VecDeque<Key>,
    hashes: [RandomState; 2],
}

impl Seen {
    /// Begins again with what a snapshot holds. What was told before it is forgotten: in a database that was restored
    /// the same revision may be another change.
    pub(super) fn begin(&mut self, snapshot: &Snapshot) {
        self.revisions.clear();
        self.order.clear();
        // The latest comes first, and is to be forgotten last.
        for execution in snapshot.executions.iter().rev() {
            self.tell(execution);
        }
    }

    /// Whether a change was not told of, which it is from now on.
    pub(super) fn is_new(&mut self, change: &ExecutionChange) -> bool {
        change
            .execution
            .as_ref()
            .is_none_or(|execution| self.tell(execution))
    }

    fn tell(&mut self, execution: &Execution) -> bool {
        let Some(identity) = &execution.identity else {
            return true;
        };
        let ids = (&execution.workspace_id, &identity.execution_id);
        let [first, second] = &self.hashes;
        let key = (first.hash_one(ids), second.hash_one(ids));
        if let Some(revision) = self.revisions.get_mut(&key) {
            let is_new = execution.revision > *revision;
            *revision = execution.revision.max(*revision);
            return is_new;
        }
        if self.order.len() >= REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.revisions.remove(&oldest);
        }
        self.order.push_back(key);
        self.revisions.insert(key, execution.revision);
        true
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::streaming::v1::ExecutionIdentity;

    use super::*;

    fn change(workspace: &str, id: usize, revision: u32) -> ExecutionChange {
        let identity = ExecutionIdentity {
            execution_id: id.to_string(),
            ..ExecutionIdentity::default()
        };
        ExecutionChange {
            execution: Some(Execution {
                workspace_id: workspace.to_owned(),
                identity: Some(identity),
                revision,
                ..Execution::default()
            }),
            commit_time: None,
        }
    }

    #[test]
    fn a_change_is_new_once() {
        let mut seen = Seen::default();
        assert!(seen.is_new(&change("a", 1, 1)));
        assert!(!seen.is_new(&change("a", 1, 1)));
        assert!(seen.is_new(&change("b", 1, 1)));
        assert!(seen.is_new(&change("a", 1, 3)));
        assert!(!seen.is_new(&change("a", 1, 2)));
        assert!(seen.is_new(&ExecutionChange::default()));
    }

    #[test]
    fn a_snapshot_replaces_what_was_known() {
        let mut seen = Seen::default();
        assert!(seen.is_new(&change("a", 1, 5)));
        let executions = change("a", 2, 2).execution.into_iter().collect();
        seen.begin(&Snapshot { executions });
        assert!(!seen.is_new(&change("a", 2, 1)));
        assert!(!seen.is_new(&change("a", 2, 2)));
        assert!(seen.is_new(&change("a", 2, 3)));
        assert!(seen.is_new(&change("a", 1, 1)));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut seen = Seen::default();
        for id in 0..=REMEMBERED {
            assert!(seen.is_new(&change("a", id, 1)));
        }
        assert_eq!(seen.revisions.len(), REMEMBERED);
        assert_eq!(seen.order.len(), REMEMBERED);
        assert!(!seen.is_new(&change("a", 1, 1)));
        assert!(seen.is_new(&change("a", 0, 1)));
    }
}
