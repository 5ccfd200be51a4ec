//! The live feed of executions as a reducer: a snapshot, then changes, newest first, with a pause that holds changes
//! back and counts them.

use std::{cmp::Reverse, collections::BTreeMap, rc::Rc};

use chrono::{DateTime, Utc};
use shadow_proto::streaming::v1::{Execution, ExecutionStatus};
use yew::Reducible;

use super::query::instant;

/// How many executions are kept on the page.
pub const KEPT: usize = 300;

/// One execution on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// As it was after its latest change.
    pub execution: Rc<Execution>,
    /// Whether it arrived or changed since the snapshot.
    pub fresh: bool,
}

impl Row {
    fn key(&self) -> Key {
        key(&self.execution)
    }

    /// The id of the execution.
    pub fn id(&self) -> &str {
        self.execution
            .identity
            .as_ref()
            .map_or("", |identity| identity.execution_id.as_str())
    }

    /// When it was asked for.
    pub fn opened_at(&self) -> Option<DateTime<Utc>> {
        instant(self.execution.identity.as_ref()?.opened_at.as_ref())
    }

    /// The id of the agent.
    pub fn agent_id(&self) -> &str {
        self.execution
            .identity
            .as_ref()
            .map_or("", |identity| identity.agent_id.as_str())
    }

    /// What people call the agent.
    pub fn agent(&self) -> &str {
        match self.execution.agent_name.as_str() {
            "" => self.agent_id(),
            name => name,
        }
    }
}

/// What happens to the feed.
#[derive(Debug, Clone)]
pub enum Action {
    /// The state at a cursor; what was there before is forgotten.
    Snapshot(Vec<Execution>),
    /// Changes, in the order in which they were committed.
    Changes(Vec<Execution>),
    /// Hold changes back.
    Pause,
    /// Show what was held back, and go on.
    Resume,
    /// Forget everything: another scope is watched.
    Clear,
}

/// What the page of live executions shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Feed {
    /// The latest opened first.
    pub rows: Vec<Row>,
    /// Whether a snapshot has arrived.
    pub loaded: bool,
    /// What is held back; absent while the feed runs.
    pub held: Option<Held>,
    /// Names of agents that were seen, by id.
    pub agents: BTreeMap<String, String>,
}

/// What a pause holds back.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Held {
    /// How many changes arrived.
    pub count: usize,
    latest: BTreeMap<Key, Rc<Execution>>,
    from_snapshot: bool,
}

type Key = (String, String);

impl Reducible for Feed {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut feed = Rc::unwrap_or_clone(self);
        feed.apply(action);
        Rc::new(feed)
    }
}

impl Feed {
    /// Applies one action.
    pub fn apply(&mut self, action: Action) {
        match action {
            Action::Snapshot(executions) => self.snapshot(executions),
            Action::Changes(executions) => self.change(executions),
            Action::Pause => {
                self.held.get_or_insert_default();
            }
            Action::Resume => self.resume(),
            Action::Clear => *self = Self::default(),
        }
    }

    /// The rows of a status, or all.
    pub fn shown(&self, status: Option<ExecutionStatus>) -> impl Iterator<Item = &Row> {
        self.rows
            .iter()
            .filter(move |row| status.is_none_or(|status| row.execution.status() == status))
    }

    fn snapshot(&mut self, executions: Vec<Execution>) {
        self.loaded = true;
        self.note_agents(&executions);
        match &mut self.held {
            Some(held) => {
                held.from_snapshot = true;
                held.latest = executions
                    .into_iter()
                    .map(|one| (key(&one), Rc::new(one)))
                    .collect();
            }
            None => {
                self.rows = executions
                    .into_iter()
                    .map(|one| Row {
                        execution: Rc::new(one),
                        fresh: false,
                    })
                    .collect();
                self.order();
            }
        }
    }

    fn change(&mut self, executions: Vec<Execution>) {
        self.note_agents(&executions);
        match &mut self.held {
            Some(held) => {
                for execution in executions {
                    held.count += 1;
                    let key = key(&execution);
                    let known = held.latest.get(&key).map_or(0, |one| one.revision);
                    if execution.revision > known {
                        held.latest.insert(key, Rc::new(execution));
                    }
                }
            }
            None => {
                self.merge(executions.into_iter().map(Rc::new));
                self.order();
            }
        }
    }

    fn resume(&mut self) {
        let Some(held) = self.held.take() else { return };
        if held.from_snapshot {
            self.rows.clear();
        }
        self.merge(held.latest.into_values());
        self.order();
    }

    fn merge(&mut self, executions: impl Iterator<Item = Rc<Execution>>) {
        let mut at: BTreeMap<Key, usize> = self
            .rows
            .iter()
            .enumerate()
            .map(|(index, row)| (row.key(), index))
            .collect();
        for execution in executions {
            let key = key(&execution);
            match at.get(&key) {
                Some(&index) if self.rows[index].execution.revision >= execution.revision => {}
                Some(&index) => {
                    self.rows[index] = Row {
                        execution,
                        fresh: true,
                    }
                }
                None => {
                    at.insert(key, self.rows.len());
                    self.rows.push(Row {
                        execution,
                        fresh: true,
                    });
                }
            }
        }
    }

    fn order(&mut self) {
        self.rows
            .sort_by_cached_key(|row| (Reverse(row.opened_at()), row.key()));
        self.rows.truncate(KEPT);
    }

    fn note_agents(&mut self, executions: &[Execution]) {
        for execution in executions {
            let Some(identity) = &execution.identity else {
                continue;
            };
            let name = match execution.agent_name.as_str() {
                "" => identity.agent_id.clone(),
                name => name.to_owned(),
            };
            self.agents.insert(identity.agent_id.clone(), name);
        }
    }
}

fn key(execution: &Execution) -> Key {
    let id = execution
        .identity
        .as_ref()
        .map_or("", |identity| identity.execution_id.as_str());
    (execution.workspace_id.clone(), id.to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use shadow_proto::streaming::v1::ExecutionIdentity;

    use super::*;
    use crate::state::query::timestamp;

    pub(crate) fn execution(
        id: &str,
        minute: u32,
        revision: u32,
        status: ExecutionStatus,
    ) -> Execution {
        Execution {
            workspace_id: "w1".to_owned(),
            identity: Some(ExecutionIdentity {
                execution_id: id.to_owned(),
                opened_at: Some(timestamp(
                    format!("2026-11-23T20:{minute:02}:00Z").parse().unwrap(),
                )),
                agent_id: format!("agent-{id}"),
                ..ExecutionIdentity::default()
            }),
            agent_name: format!("Agent {id}"),
            status: status.into(),
            revision,
            ..Execution::default()
        }
    }

    fn ids(feed: &Feed) -> Vec<(&str, u32)> {
        feed.rows
            .iter()
            .map(|row| (row.id(), row.execution.revision))
            .collect()
    }

    use ExecutionStatus::{Completed, Queued, Running};

    fn loaded() -> Feed {
        let mut feed = Feed::default();
        feed.apply(Action::Snapshot(vec![
            execution("a", 1, 1, Queued),
            execution("b", 2, 1, Running),
        ]));
        feed
    }

    #[test]
    fn the_latest_opened_comes_first() {
        let mut feed = loaded();
        assert_eq!(ids(&feed), [("b", 1), ("a", 1)]);
        feed.apply(Action::Changes(vec![execution("c", 3, 1, Queued)]));
        assert_eq!(ids(&feed), [("c", 1), ("b", 1), ("a", 1)]);
        let fresh: Vec<_> = feed.rows.iter().map(|row| row.fresh).collect();
        assert_eq!(fresh, [true, false, false]);
    }

    #[test]
    fn a_change_replaces_and_an_older_or_repeated_one_does_not() {
        let mut feed = loaded();
        feed.apply(Action::Changes(vec![
            execution("a", 1, 3, Completed),
            execution("a", 1, 2, Running),
        ]));
        feed.apply(Action::Changes(vec![execution("a", 1, 3, Queued)]));
        assert_eq!(ids(&feed), [("b", 1), ("a", 3)]);
        assert_eq!(feed.rows[1].execution.status(), Completed);
    }

    #[test]
    fn a_pause_holds_changes_back_and_counts_them() {
        let mut feed = loaded();
        feed.apply(Action::Pause);
        feed.apply(Action::Changes(vec![
            execution("c", 3, 1, Queued),
            execution("c", 3, 2, Running),
        ]));
        feed.apply(Action::Pause);
        assert_eq!(ids(&feed), [("b", 1), ("a", 1)]);
        assert_eq!(feed.held.as_ref().unwrap().count, 2);
        feed.apply(Action::Resume);
        assert_eq!(ids(&feed), [("c", 2), ("b", 1), ("a", 1)]);
        assert!(feed.held.is_none());
    }

    #[test]
    fn a_snapshot_during_a_pause_replaces_what_is_shown_when_it_ends() {
        let mut feed = loaded();
        feed.apply(Action::Pause);
        feed.apply(Action::Snapshot(vec![execution("d", 4, 1, Queued)]));
        assert_eq!(ids(&feed), [("b", 1), ("a", 1)]);
        feed.apply(Action::Resume);
        assert_eq!(ids(&feed), [("d", 1)]);
    }

    #[test]
    fn only_the_latest_are_kept() {
        let mut feed = Feed::default();
        let many = (0..KEPT + 50)
            .map(|at| execution(&format!("{at:04}"), (at / 10) as u32, 1, Queued))
            .collect();
        feed.apply(Action::Changes(many));
        assert_eq!(feed.rows.len(), KEPT);
        assert_eq!(
            feed.rows[0].opened_at(),
            feed.rows.iter().filter_map(Row::opened_at).max()
        );
    }

    #[test]
    fn a_filter_follows_the_status_after_the_change() {
        let mut feed = loaded();
        assert_eq!(feed.shown(Some(Running)).count(), 1);
        feed.apply(Action::Changes(vec![execution("b", 2, 2, Completed)]));
        assert_eq!(feed.shown(Some(Running)).count(), 0);
        assert_eq!(feed.shown(None).count(), 2);
    }

    #[test]
    fn agents_are_remembered_by_id() {
        let feed = loaded();
        assert_eq!(
            feed.agents.get("agent-a").map(String::as_str),
            Some("Agent a")
        );
    }
}
