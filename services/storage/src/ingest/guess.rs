//! Whether a batch is new from end to end. Mostly it is, and then inserting it spares the database to look for each
//! execution, to hold its place until it is sure of it, and to answer for it.
//!
//! A guess that was wrong costs a statement and nothing else: the batch is merged.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use shadow_domain::execution::{Execution, Seen};
use uuid::Uuid;

use super::Change;

/// How many executions are remembered at a time of which more is to come: as many again are, from before.
const REMEMBERED: usize = 250_000;

/// How many batches are merged after a wrong guess before the next one.
const WARY: u32 = 32;

/// What a process guesses from.
#[derive(Debug, Default)]
pub(crate) struct Guess {
    /// Executions that were stored and have not ended.
    open: Mutex<Open>,
    /// Batches that are merged without a guess.
    wary: AtomicU32,
}

/// The executions that were stored last and have not ended, in two generations: one that never ends, or ends elsewhere,
/// does not keep its place for ever.
#[derive(Debug, Default)]
struct Open {
    latest: HashSet<Uuid>,
    earlier: HashSet<Uuid>,
}

impl Open {
    fn contains(&self, execution_id: &Uuid) -> bool {
        self.latest.contains(execution_id) || self.earlier.contains(execution_id)
    }

    fn remove(&mut self, execution_id: &Uuid) {
        self.latest.remove(execution_id);
        self.earlier.remove(execution_id);
    }

    fn insert(&mut self, execution_id: Uuid) {
        if self.latest.len() >= REMEMBERED {
            self.earlier = std::mem::take(&mut self.latest);
        }
        self.latest.insert(execution_id);
    }
}

impl Guess {
    /// Whether nothing of a batch is likely to be stored.
    pub(super) fn is_new<'a>(&self, mut executions: impl Iterator<Item = &'a Execution>) -> bool {
        let less = |wary: u32| wary.checked_sub(1);
        if self
            .wary
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
            .is_ok()
        {
            return false;
        }
        let open = self.open();
        !executions.any(|execution| {
            open.contains(&execution.identity.execution_id) || is_an_afterthought(execution)
        })
    }

    /// A batch was not new.
    pub(super) fn was_wrong(&self) {
        self.wary.store(WARY, Ordering::Relaxed);
    }

    /// Notes what was stored.
    pub(super) fn remember(&self, changes: &[Change<'_>]) {
        let mut open = self.open();
        for change in changes {
            let execution_id = change.execution.identity.execution_id;
            if change.seen.contains(Seen::ENDED) {
                open.remove(&execution_id);
            } else {
                open.insert(execution_id);
            }
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What people say of an execution comes after all else.
fn is_an_afterthought(execution: &Execution) -> bool {
    execution.feedback.is_some() && execution.end.is_none()
}

#[cfg(test)]
mod tests {
    use shadow_domain::execution::{Feedback, Identity, Trigger};

    use super::*;

    fn execution(id: u128) -> Execution {
        Execution {
            start_named_by: Seen::NONE,
            identity: Identity {
                workspace_id: Uuid::from_u128(1),
                execution_id: Uuid::from_u128(id),
                opened_at: chrono::DateTime::UNIX_EPOCH,
                agent_id: "agent".to_owned(),
                agent_version: None,
                trigger: Trigger::Api,
                environment: None,
                user_id: None,
                timeout_micros: None,
            },
            started_at: None,
            end: None,
            feedback: None,
        }
    }

    fn remember(guess: &Guess, execution: &Execution, seen: Seen) {
        guess.remember(&[Change {
            execution,
            new: seen,
            seen,
            revision: 1,
        }]);
    }

    #[test]
    fn what_is_open_is_not_new() {
        let guess = Guess::default();
        let (one, other) = (execution(1), execution(2));
        assert!(guess.is_new([&one, &other].into_iter()));
        remember(&guess, &one, Seen::OPENED);
        assert!(!guess.is_new([&other, &one].into_iter()));
        assert!(guess.is_new([&other].into_iter()));
        // Nothing more is to come of it, so nothing is remembered.
        remember(&guess, &one, Seen::ALL);
        assert!(guess.is_new([&one].into_iter()));
    }

    #[test]
    fn the_latest_are_remembered_whatever_was_before() {
        let id = |id: usize| Uuid::from_u128(id as u128);
        let mut open = Open::default();
        for one in 0..=2 * REMEMBERED {
            open.insert(id(one));
        }
        assert!(!open.contains(&id(0)), "from two generations ago");
        assert!(open.contains(&id(REMEMBERED)) && open.contains(&id(2 * REMEMBERED)));
        open.remove(&id(REMEMBERED));
        assert!(!open.contains(&id(REMEMBERED)));
        assert!(open.latest.len() + open.earlier.len() <= 2 * REMEMBERED);
    }

    #[test]
    fn what_is_said_of_an_execution_is_not_new_without_its_end() {
        let mut said = execution(1);
        said.feedback = Some(Box::new(Feedback {
            given_at: chrono::DateTime::UNIX_EPOCH,
            rating: 5,
            comment: None,
            given_by: None,
        }));
        assert!(!Guess::default().is_new([&said].into_iter()));
    }

    #[test]
    fn a_wrong_guess_is_followed_by_none_for_a_while() {
        let guess = Guess::default();
        guess.was_wrong();
        let one = execution(1);
        for _ in 0..WARY {
            assert!(!guess.is_new([&one].into_iter()));
        }
        assert!(guess.is_new([&one].into_iter()));
    }
}
