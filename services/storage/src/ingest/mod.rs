//! Storing executions: facts, what they add to the partials, and the feed, in one transaction.

mod append;
mod directory;
mod facts;
mod guess;
mod input;
mod merge;
mod resolve;
mod tallies;

use std::ops::Range;

use chrono::{DateTime, Utc};
use shadow_auth::Scope;
use shadow_domain::execution::{Execution, Seen};
use uuid::Uuid;

pub(crate) use directory::Known;
pub use facts::{FactAnswer, FactBatch, StoredFact, store_facts};
pub(crate) use guess::Guess;

use crate::broken::{self, Broken};
use crate::database::Transaction;
use crate::erasure::{self, Erased};
use crate::ordinals::Numbers;
use crate::row::key;
use crate::{Database, Error};

/// How often a batch is stored anew because somebody was erased meanwhile.
const REPETITIONS: u32 = 5;

/// What became of one execution of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Index in the batch.
    pub execution: usize,
    /// The transitions that were stored now. What is neither here nor among the conflicts was stored before.
    pub new: Seen,
    /// The transitions that were refused because something else is stored, each with the field that differs.
    pub conflicts: Vec<(Seen, &'static str)>,
    /// The revision of the execution that is stored now.
    pub revision: i32,
}

/// Workspaces of a batch that the database refused; nothing of theirs was stored.
#[derive(Debug)]
pub struct Failed {
    /// The workspaces.
    pub workspaces: Vec<Uuid>,
    /// Why.
    pub error: Error,
}

/// What became of a batch: each execution is in `stored`, unless its workspace is in `failed`.
#[derive(Debug, Default)]
pub struct Batch {
    /// One entry per stored execution, by index.
    pub stored: Vec<Stored>,
    /// What was refused as a whole.
    pub failed: Vec<Failed>,
}

/// Stores what is new in a batch and says what was. When this returns, it is committed.
///
/// An execution may be in the batch once: the join of its events. Times are in whole microseconds. Conflicting
/// transitions are left out and the rest goes in. The whole batch is one transaction; only where the database refuses
/// data is it halved, by workspace, so that one workspace does not stop another. An error means that nothing was stored,
/// or, if the connection was lost during the commit, that it is unknown: sending the same again is always right.
///
/// People who were erased go by their pseudonyms; where somebody is erased meanwhile, it is done anew.
pub async fn store(
    db: &Database,
    scope: &Scope,
    executions: &[Execution],
    now: DateTime<Utc>,
) -> Result<Batch, Error> {
    let mut attempts = 0;
    loop {
        let erased = db.erasures().get();
        let executions = erased.executions(executions);
        match store_knowing(db, scope, &executions, &erased, now).await {
            Err(Error::Outdated) if attempts < REPETITIONS => {
                db.erasures().refresh(db).await?;
                attempts += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Stores executions that were looked at for who was erased.
async fn store_knowing(
    db: &Database,
    scope: &Scope,
    executions: &[Execution],
    erased: &Erased,
    now: DateTime<Utc>,
) -> Result<Batch, Error> {
    let batch = Sorted::new(scope, executions)?;
    let times = executions.iter().map(|e| e.identity.opened_at);
    db.months().prepare(db, times).await?;
    let numbers = db.ordinals().of(db, executions, &[], erased).await?;

    let mut outcome = Batch::default();
    let whole = 0..batch.workspaces.len();
    let way = if db.guess().is_new(executions.iter()) {
        Way::Insert
    } else {
        Way::Merge
    };
    let mut waiting = vec![(whole, way)];
    while let Some((part, way)) = waiting.pop() {
        if part.is_empty() {
            continue;
        }
        let attempted = Attempt {
            workspaces: part.clone(),
            way,
            numbers: &numbers,
            erased,
            now,
        };
        match attempt(db, scope, &batch, attempted).await {
            Ok(stored) => outcome.stored.extend(stored),
            Err(error) if way == Way::Insert && error.is_repeat() => {
                db.guess().was_wrong();
                waiting.push((part, Way::Merge));
            }
            Err(error) if error.concerns_data() && part.len() > 1 => {
                let middle = part.start + part.len() / 2;
                waiting.extend([(middle..part.end, way), (part.start..middle, way)]);
            }
            Err(error) if part.len() == batch.workspaces.len() => return Err(error),
            Err(error) => outcome.failed.push(Failed {
                workspaces: batch.names(part),
                error,
            }),
        }
    }
    outcome.stored.sort_by_key(|stored| stored.execution);
    Ok(outcome)
}

/// How a batch goes into the executions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As it is: right where nothing of it is stored, refused where anything is.
    Insert,
    /// Joined with what is stored.
    Merge,
}

/// A batch in the order of its keys, which is the order in which rows are locked.
struct Sorted<'a> {
    /// Index in the caller's batch, and the execution.
    executions: Vec<(usize, &'a Execution)>,
    /// Where each workspace lies among them.
    workspaces: Vec<Range<usize>>,
}

impl<'a> Sorted<'a> {
    fn new(scope: &Scope, executions: &'a [Execution]) -> Result<Self, Error> {
        let mut sorted: Vec<(usize, &Execution)> = executions.iter().enumerate().collect();
        sorted.sort_by_key(|(_, execution)| key(execution));
        if let Some(pair) = sorted
            .windows(2)
            .find(|pair| key(pair[0].1) == key(pair[1].1))
        {
            return Err(Error::Duplicate(pair[0].1.identity.execution_id));
        }
        let mut workspaces = Vec::new();
        let mut start = 0;
        for group in sorted.chunk_by(|a, b| a.1.identity.workspace_id == b.1.identity.workspace_id)
        {
            let workspace = group[0].1.identity.workspace_id;
            if !scope.contains(&workspace) {
                return Err(Error::OutOfScope(workspace));
            }
            workspaces.push(start..start + group.len());
            start += group.len();
        }
        Ok(Self {
            executions: sorted,
            workspaces,
        })
    }

    /// The executions of some of the workspaces.
    fn part(&self, workspaces: Range<usize>) -> &[(usize, &'a Execution)] {
        let workspaces = &self.workspaces[workspaces];
        match (workspaces.first(), workspaces.last()) {
            (Some(first), Some(last)) => &self.executions[first.start..last.end],
            _ => &[],
        }
    }

    fn names(&self, workspaces: Range<usize>) -> Vec<Uuid> {
        self.workspaces[workspaces]
            .iter()
            .map(|range| self.executions[range.start].1.identity.workspace_id)
            .collect()
    }
}

/// What a transaction changed of one execution.
pub(crate) struct Change<'a> {
    /// The execution with what was new, at least.
    execution: &'a Execution,
    /// What was new.
    new: Seen,
    /// What is stored now.
    seen: Seen,
    /// The revision that is stored now.
    revision: i32,
}

/// What one transaction is about.
struct Attempt<'a> {
    workspaces: Range<usize>,
    way: Way,
    numbers: &'a Numbers,
    erased: &'a Erased,
    now: DateTime<Utc>,
}

async fn attempt(
    db: &Database,
    scope: &Scope,
    batch: &Sorted<'_>,
    it: Attempt<'_>,
) -> Result<Vec<Stored>, Error> {
    let executions = batch.part(it.workspaces.clone());
    let narrow = scope.within(batch.names(it.workspaces.clone()));
    let mut transaction = db.write(&narrow).await?;
    let result = write(db, &mut transaction, executions, &it).await;
    let (stored, news) = if broken::is(Broken::AcknowledgeBeforeCommit) {
        broken::commit_later(transaction, result)?
    } else {
        transaction.end(result).await?
    };
    db.known().remember(news);
    Ok(stored)
}

async fn write(
    db: &Database,
    transaction: &mut Transaction,
    executions: &[(usize, &Execution)],
    it: &Attempt<'_>,
) -> Result<(Vec<Stored>, directory::News), Error> {
    let element = db.execution_input();
    let (mut stored, missing, merged) = match it.way {
        Way::Insert => merge::new(transaction, element, executions).await?,
        Way::Merge => merge::all(transaction, element, executions).await?,
    };
    let resolved = resolve::all(transaction, element, &missing, it.erased).await?;
    stored.extend(resolved.stored);

    let mut changes = merged;
    changes.extend(resolved.changes.iter().map(resolve::Retried::change));
    changes.sort_by_key(|change| key(change.execution));
    if changes.is_empty() {
        if stored.iter().any(|one| !one.conflicts.is_empty()) {
            // What was compared may go by another name since.
            erasure::check(transaction.connection(), it.erased).await?;
        }
        return Ok((stored, directory::News::default()));
    }
    let news = db.known().news(&changes, &[]);
    directory::place(transaction, &news).await?;
    append::all(db, transaction, &changes, it).await?;
    if broken::is(Broken::NumberingBeforeCommit) {
        broken::number(db, transaction, &changes).await?;
    }
    db.guess().remember(&changes);
    Ok((stored, news))
}
