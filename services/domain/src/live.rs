//! How much is going on: what was reported within the last second and the last minute, and what is open.
//!
//! A batch amounts to a [`Tally`]. It counts in the second in which watchers could see it, so that what was said of a
//! second never changes afterwards. What had happened long before it was reported, as in an import or after an outage of
//! its producer, is not going on now: it changes only what is open.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::execution::{Execution, Outcome, Seen};
use crate::ordinals::Ordinals;

/// Seconds of the long window.
pub const LONG_SECONDS: i64 = 60;

/// How many seconds after it happened an event may come in and still be counted as going on.
pub const FRESH_SECONDS: i64 = 60;

/// What happened, as numbers that add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Executions that opened.
    pub opened: u64,
    /// Executions that started.
    pub started: u64,
    /// Executions that ended.
    pub ended: u64,
    /// Those of the ended that failed or timed out.
    pub failed: u64,
    /// Millionths of a credit that the ended consumed, as far as it is known.
    pub credits_micro: u64,
}

/// What changes of executions amount to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// How many more executions are open; below zero where more ended than opened.
    pub open_change: i64,
    /// What was fresh.
    pub counts: Counts,
    /// The people on whose behalf the opened ones were asked for, by ordinal.
    pub users: Ordinals,
}

/// What happened within a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// The numbers that add up.
    pub counts: Counts,
    /// How many distinct people there were on whose behalf executions were asked for.
    pub active_users: u64,
}

/// How much is going on in some workspaces at the end of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Executions that are opened and not ended.
    pub open: u64,
    /// The second before.
    pub last_second: Window,
    /// The minute before.
    pub last_minute: Window,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.opened += other.opened;
        self.started += other.started;
        self.ended += other.ended;
        self.failed += other.failed;
        self.credits_micro = self.credits_micro.saturating_add(other.credits_micro);
    }
}

impl Tally {
    /// Adds the transitions of an execution that are `new`, as taken in at `now`. `user` is the ordinal of whoever asked
    /// for it, where a person did.
    pub fn add(&mut self, execution: &Execution, new: Seen, user: Option<u32>, now: DateTime<Utc>) {
        let fresh = |at: DateTime<Utc>| (now - at).num_seconds() < FRESH_SECONDS;
        if new.contains(Seen::OPENED) {
            self.open_change += 1;
            if fresh(execution.identity.opened_at) {
                self.counts.opened += 1;
                user.into_iter()
                    .for_each(|ordinal| self.users.insert(ordinal));
            }
        }
        let started_at = execution.started_at.filter(|_| new.contains(Seen::STARTED));
        self.counts.started += u64::from(started_at.is_some_and(fresh));
        let Some(end) = execution.end.as_ref().filter(|_| new.contains(Seen::ENDED)) else {
            return;
        };
        self.open_change -= 1;
        if fresh(end.ended_at) {
            self.counts.add(&Counts {
                ended: 1,
                failed: u64::from(matches!(end.outcome, Outcome::Failed | Outcome::TimedOut)),
                credits_micro: end.credits_micro.unwrap_or(0).unsigned_abs(),
                ..Counts::default()
            });
        }
    }

    /// Adds what others amount to.
    pub fn merge(&mut self, other: &Tally) {
        self.open_change += other.open_change;
        self.counts.add(&other.counts);
        self.users.merge(&other.users);
    }
}

/// The last minute of every workspace, second by second, and what is open in each. Of each second it holds a handful of
/// numbers and the set of people, so its size is bounded by the workspaces and people that were active in a minute.
#[derive(Debug, Clone, Default)]
pub struct Board {
    workspaces: HashMap<Uuid, Workspace>,
    /// The second at whose beginning both windows end.
    end: i64,
}

#[derive(Debug, Clone, Default)]
struct Workspace {
    open: i64,
    seconds: BTreeMap<i64, Tally>,
}

impl Board {
    /// Nothing within the windows, and so many open executions in each workspace.
    pub fn new(open: impl IntoIterator<Item = (Uuid, i64)>) -> Self {
        let workspaces = open.into_iter().map(|(id, open)| {
            let seconds = BTreeMap::new();
            (id, Workspace { open, seconds })
        });
        Self {
            workspaces: workspaces.collect(),
            end: 0,
        }
    }

    /// Adds a batch that became visible in a second, counted from 1970.
    pub fn add(&mut self, workspace_id: Uuid, second: i64, tally: &Tally) {
        let workspace = self.workspaces.entry(workspace_id).or_default();
        workspace.open += tally.open_change;
        workspace.seconds.entry(second).or_default().merge(tally);
    }

    /// Adds a batch that what is open holds already.
    pub fn add_to_windows(&mut self, workspace_id: Uuid, second: i64, tally: &Tally) {
        self.add(workspace_id, second, tally);
        self.workspaces.entry(workspace_id).or_default().open -= tally.open_change;
    }

    /// Lets both windows end at the beginning of a second, and forgets what no window reaches any more.
    pub fn advance(&mut self, end: i64) {
        self.end = end;
        for workspace in self.workspaces.values_mut() {
            workspace.seconds = workspace.seconds.split_off(&(end - LONG_SECONDS));
        }
    }

    /// What some workspaces amount to, or all of them, at the end of both windows.
    pub fn read(&self, only: Option<&BTreeSet<Uuid>>) -> Reading {
        let (mut open, mut last_second, mut last_minute) = (0, Tally::default(), Tally::default());
        let mut add = |workspace: &Workspace| {
            open += workspace.open;
            for (second, tally) in &workspace.seconds {
                if *second >= self.end {
                    // It came after the windows' end.
                    open -= tally.open_change;
                    continue;
                }
                last_minute.merge(tally);
                if *second == self.end - 1 {
                    last_second.merge(tally);
                }
            }
        };
        match only {
            None => self.workspaces.values().for_each(&mut add),
            Some(only) => only
                .iter()
                .filter_map(|id| self.workspaces.get(id))
                .for_each(&mut add),
        }
        Reading {
            open: u64::try_from(open).unwrap_or(0),
            last_second: window(&last_second),
            last_minute: window(&last_minute),
        }
    }
}

fn window(tally: &Tally) -> Window {
    Window {
        counts: tally.counts,
        active_users: tally.users.len(),
    }
}
