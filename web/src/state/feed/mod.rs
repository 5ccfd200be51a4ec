//! The live feed of executions as a reducer: a snapshot, then changes, newest first, with a pause that holds changes
//! back and counts them.

mod held;
mod minute;
#[cfg(test)]
pub(crate) mod tests;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use chrono::{DateTime, Utc};
use shadow_proto::streaming::v1::{Execution, ExecutionChange, ExecutionStatus};
use yew::Reducible;

pub use held::Held;
pub use minute::{Minute, Reading, Tally, WINDOW_SECONDS};

use super::{query::instant, status::is_over, watched::Watched};

/// How many executions are kept on the page.
pub const KEPT: usize = 300;
/// How many agents and models are remembered for the filters.
const NAMES: usize = 200;

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
        opened_at(&self.execution)
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
    Snapshot {
        /// What the server sent.
        executions: Vec<Execution>,
        /// When, by the server's clock.
        at: DateTime<Utc>,
    },
    /// Changes, in the order in which they were committed.
    Changes(Vec<ExecutionChange>),
    /// Hold changes back.
    Pause,
    /// Show what was held back, and go on.
    Resume,
    /// Forget everything: something else is watched.
    Begin(Watched),
}

/// What is known of the executions that are watched.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Feed {
    /// What is watched.
    pub watched: Watched,
    /// The latest opened first.
    pub rows: Vec<Row>,
    /// Whether a snapshot has arrived.
    pub loaded: bool,
    /// What is held back; absent while the feed runs.
    pub held: Option<Held>,
    /// What happened in the last minute, also while the feed is paused.
    pub minute: Minute,
    /// Names of agents that were seen in the workspace, by id.
    pub agents: BTreeMap<String, String>,
    /// Models that were seen in the workspace.
    pub models: BTreeSet<String>,
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
            Action::Snapshot { executions, at } => self.snapshot(executions, at),
            Action::Changes(changes) => self.change(changes),
            Action::Pause => {
                self.held.get_or_insert_default();
            }
            Action::Resume => self.resume(),
            Action::Begin(watched) => self.begin(watched),
        }
    }

    /// The rows of a status, or all.
    pub fn shown(&self, status: Option<ExecutionStatus>) -> impl Iterator<Item = &Row> {
        self.rows
            .iter()
            .filter(move |row| status.is_none_or(|status| row.execution.status() == status))
    }

    /// The row of an execution.
    pub fn find(&self, id: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.id() == id)
    }

    fn begin(&mut self, watched: Watched) {
        // Filters offer what was seen without them.
        let same = self.watched.workspace == watched.workspace;
        let names = same.then(|| {
            (
                std::mem::take(&mut self.agents),
                std::mem::take(&mut self.models),
            )
        });
        let (agents, models) = names.unwrap_or_default();
        *self = Self {
            watched,
            agents,
            models,
            ..Self::default()
        };
    }

    fn snapshot(&mut self, executions: Vec<Execution>, at: DateTime<Utc>) {
        self.loaded = true;
        self.minute.begin(at);
        executions.iter().for_each(|one| self.note_names(one));
        match &mut self.held {
            Some(held) => held.snapshot(executions),
            None => {
                self.rows.clear();
                self.merge(executions.into_iter().map(Rc::new), false);
            }
        }
    }

    fn change(&mut self, changes: Vec<ExecutionChange>) {
        let mut latest: HashMap<Key, Execution> = HashMap::new();
        // What is shown no longer counts where a snapshot waits to take its place.
        let shown = match &self.held {
            Some(held) if held.is_from_snapshot() => &[][..],
            _ => &self.rows,
        };
        let rows: HashMap<Key, Rc<Execution>> = shown
            .iter()
            .map(|row| (row.key(), row.execution.clone()))
            .collect();
        for change in changes {
            let Some(execution) = change.execution else {
                continue;
            };
            let key = key(&execution);
            let known = latest
                .get(&key)
                .or_else(|| self.held.as_ref()?.get(&key))
                .or_else(|| rows.get(&key).map(Rc::as_ref));
            if known.is_some_and(|known| known.revision >= execution.revision) {
                continue;
            }
            if let Some(stored) = instant(change.commit_time.as_ref()) {
                self.minute.note(stored, tally(known, &execution));
            }
            self.note_names(&execution);
            match &mut self.held {
                Some(held) => held.add(execution),
                None => {
                    latest.insert(key, execution);
                }
            }
        }
        self.merge(latest.into_values().map(Rc::new), true);
    }

    fn resume(&mut self) {
        let Some(held) = self.held.take() else { return };
        if held.is_from_snapshot() {
            self.rows.clear();
        }
        self.merge(held.into_executions(), true);
    }

    fn merge(&mut self, executions: impl Iterator<Item = Rc<Execution>>, fresh: bool) {
        let mut at: HashMap<Key, usize> = self
            .rows
            .iter()
            .enumerate()
            .map(|(index, row)| (row.key(), index))
            .collect();
        for execution in executions {
            let key = key(&execution);
            let row = Row { execution, fresh };
            match at.get(&key) {
                Some(&index) if self.rows[index].execution.revision >= row.execution.revision => {}
                Some(&index) => self.rows[index] = row,
                None => {
                    at.insert(key, self.rows.len());
                    self.rows.push(row);
                }
            }
        }
        self.rows.sort_by_cached_key(|row| order(&row.execution));
        self.rows.truncate(KEPT);
    }

    fn note_names(&mut self, execution: &Execution) {
        if let Some(identity) = &execution.identity
            && self.agents.len() < NAMES
        {
            let name = match execution.agent_name.as_str() {
                "" => identity.agent_id.clone(),
                name => name.to_owned(),
            };
            self.agents.insert(identity.agent_id.clone(), name);
        }
        if let Some(model) = execution.end.as_ref().and_then(|end| end.model.as_ref())
            && self.models.len() < NAMES
        {
            self.models.insert(model.clone());
        }
    }
}

/// What one change means for the last minute, beside what was known of its execution.
fn tally(known: Option<&Execution>, execution: &Execution) -> Tally {
    let status = execution.status();
    let ended = is_over(status) && !known.is_some_and(|known| is_over(known.status()));
    let failed = matches!(status, ExecutionStatus::Failed | ExecutionStatus::TimedOut);
    let credits = execution.end.as_ref().and_then(|end| end.credits_micro);
    Tally {
        // The first change of an execution has the revision 1.
        new: u64::from(execution.revision == 1),
        ended: u64::from(ended),
        failed: u64::from(ended && failed),
        credits_micro: credits.filter(|_| ended).unwrap_or_default(),
    }
}

/// The latest opened first; executions of one moment have an order too.
fn order(execution: &Execution) -> (Reverse<Option<DateTime<Utc>>>, Key) {
    (Reverse(opened_at(execution)), key(execution))
}

fn opened_at(execution: &Execution) -> Option<DateTime<Utc>> {
    instant(execution.identity.as_ref()?.opened_at.as_ref())
}

fn key(execution: &Execution) -> Key {
    let id = execution
        .identity
        .as_ref()
        .map_or("", |identity| identity.execution_id.as_str());
    (execution.workspace_id.clone(), id.to_owned())
}
