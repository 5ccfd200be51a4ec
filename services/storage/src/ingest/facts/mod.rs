//! Storing what is no transition of an execution: facts and what they add to the partials, in one transaction.
//!
//! They have a transaction of their own, so that they cost the merge of executions nothing. Each kind has a table and a
//! module of its own here: what [`table::Table`] asks for.

mod activity;
mod credit;
mod entry;
mod entry_kind;
mod revenue;
mod step;
mod subscription;
mod table;

use std::collections::HashSet;
use std::ops::Range;

use diesel_async::RunQueryDsl;
use shadow_auth::Scope;
use shadow_domain::cell::Delta;
use shadow_domain::fact::{
    Activity, Agent, Content, CreditEntry, Fact, Kind, Membership, Plan, SubscriptionChanged, User,
    Workspace,
};
use uuid::Uuid;

use super::append::AppendDeltas;
use super::{Failed, REPETITIONS, directory};
use crate::database::Transaction;
use crate::erasure::{self, Erased};
use crate::error::While;
use crate::ordinals::Numbers;
use crate::{Database, Error};

/// What became of one fact of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFact {
    /// Index in the batch.
    pub fact: usize,
    /// What became of it.
    pub answer: FactAnswer,
}

/// What became of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactAnswer {
    /// It was stored now.
    New,
    /// The same was stored before.
    Repeated,
    /// Something else is stored under its name; the field that differs.
    Conflict(&'static str),
}

/// What became of a batch: each fact is in `stored`, unless its workspace is in `failed`.
#[derive(Debug, Default)]
pub struct FactBatch {
    /// One entry per stored fact, by index.
    pub stored: Vec<StoredFact>,
    /// What was refused as a whole.
    pub failed: Vec<Failed>,
}

/// A fact and its index in the batch.
type Indexed<'a> = (usize, &'a Fact);

/// Stores what is new in a batch and says what was. When this returns, it is committed.
///
/// A fact may be in the batch once. The execution of a step is stored before; a step without one is a conflict. Times are in whole microseconds. What fails, and what an error means, is as for
/// [`super::store`].
pub async fn store_facts(db: &Database, scope: &Scope, facts: &[Fact]) -> Result<FactBatch, Error> {
    let mut outcome = FactBatch::default();
    let mut others = Vec::with_capacity(facts.len());
    for (index, fact) in facts.iter().enumerate() {
        match &fact.content {
            // Each in a transaction of its own, and first: what else the batch says of the person comes after it.
            Content::Erasure(erasure) => {
                let answer = erasure::erase(db, scope, fact, erasure).await?;
                outcome.stored.push(StoredFact {
                    fact: index,
                    answer,
                });
            }
            _ => others.push(index),
        }
    }
    if outcome.stored.is_empty() {
        return store_others(db, scope, facts).await;
    }
    let rest: Vec<Fact> = others.iter().map(|index| facts[*index].clone()).collect();
    let batch = store_others(db, scope, &rest).await?;
    outcome
        .stored
        .extend(batch.stored.into_iter().map(|stored| StoredFact {
            fact: others[stored.fact],
            ..stored
        }));
    outcome.stored.sort_by_key(|stored| stored.fact);
    outcome.failed = batch.failed;
    Ok(outcome)
}

/// Stores facts that erase nobody. People who were erased go by their pseudonyms; where somebody is erased meanwhile, it is
/// done anew.
async fn store_others(db: &Database, scope: &Scope, facts: &[Fact]) -> Result<FactBatch, Error> {
    let mut attempts = 0;
    loop {
        let erased = db.erasures().get();
        let facts = erased.facts(facts);
        match store_knowing(db, scope, &facts, &erased).await {
            Err(Error::Outdated) if attempts < REPETITIONS => {
                db.erasures().refresh(db).await?;
                attempts += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Stores facts that were looked at for who was erased.
async fn store_knowing(
    db: &Database,
    scope: &Scope,
    facts: &[Fact],
    erased: &Erased,
) -> Result<FactBatch, Error> {
    let mut sorted: Vec<Indexed<'_>> = facts.iter().enumerate().collect();
    sorted.sort_by_key(|(_, fact)| fact.name());
    if let Some(pair) = sorted
        .windows(2)
        .find(|pair| pair[0].1.name() == pair[1].1.name())
    {
        return Err(Error::Duplicate(pair[0].1.event_id));
    }
    let workspaces = workspaces(&sorted);
    for (workspace, _) in &workspaces {
        if !scope.contains(workspace) {
            return Err(Error::OutOfScope(*workspace));
        }
    }
    let numbers = db.ordinals().of(db, &[], facts, erased).await?;
    let mut outcome = FactBatch::default();
    let whole = 0..workspaces.len();
    let mut waiting = vec![whole];
    while let Some(part) = waiting.pop() {
        let some = &workspaces[part.clone()];
        let (Some((_, first)), Some((_, last))) = (some.first(), some.last()) else {
            continue;
        };
        let names: Vec<Uuid> = some.iter().map(|(workspace, _)| *workspace).collect();
        let facts = &sorted[first.start..last.end];
        match attempt(db, scope, &names, facts, (&numbers, erased)).await {
            Ok(stored) => outcome.stored.extend(stored),
            Err(error) if error.concerns_data() && part.len() > 1 => {
                let middle = part.start + part.len() / 2;
                waiting.extend([middle..part.end, part.start..middle]);
            }
            Err(error) if part.len() == workspaces.len() => return Err(error),
            Err(error) => outcome.failed.push(Failed {
                workspaces: names,
                error,
            }),
        }
    }
    outcome.stored.sort_by_key(|stored| stored.fact);
    Ok(outcome)
}

/// Where the facts of each workspace lie among those that are sorted by name.
fn workspaces(sorted: &[Indexed<'_>]) -> Vec<(Uuid, Range<usize>)> {
    let mut start = 0;
    sorted
        .chunk_by(|a, b| a.1.workspace_id == b.1.workspace_id)
        .map(|group| {
            let range = start..start + group.len();
            start = range.end;
            (group[0].1.workspace_id, range)
        })
        .collect()
}

async fn attempt(
    db: &Database,
    scope: &Scope,
    workspaces: &[Uuid],
    facts: &[Indexed<'_>],
    known: (&Numbers, &Erased),
) -> Result<Vec<StoredFact>, Error> {
    let narrow = scope.within(workspaces.iter().copied());
    let mut transaction = db.write(&narrow).await?;
    let result = write(db, &mut transaction, facts, known).await;
    let (stored, news) = transaction.end(result).await?;
    db.known().remember(news);
    Ok(stored)
}

async fn write(
    db: &Database,
    transaction: &mut Transaction,
    facts: &[Indexed<'_>],
    (numbers, erased): (&Numbers, &Erased),
) -> Result<(Vec<StoredFact>, directory::News), Error> {
    let stored = insert_all(transaction, facts, erased).await?;
    let new: HashSet<usize> = stored
        .iter()
        .filter(|stored| stored.answer == FactAnswer::New)
        .map(|stored| stored.fact)
        .collect();
    let new: Vec<&Fact> = facts
        .iter()
        .filter(|(index, _)| new.contains(index))
        .map(|(_, fact)| *fact)
        .collect();
    if new.is_empty() {
        let conflict = |one: &StoredFact| matches!(one.answer, FactAnswer::Conflict(_));
        if stored.iter().any(conflict) {
            // What was compared may go by another name since.
            erasure::check(transaction.connection(), erased).await?;
        }
        return Ok((stored, directory::News::default()));
    }
    let news = db.known().news(&[], &new);
    directory::place(transaction, &news).await?;
    append(transaction, &new, numbers).await?;
    // The ledgers come last: see there.
    entry::apply(transaction, &new, erased).await?;
    revenue::follow(transaction, &new).await?;
    erasure::check(transaction.connection(), erased).await?;
    Ok((stored, news))
}

/// Stores facts, which are in the order of their names, table by table, so that writers never wait for each other in a
/// circle. Says what became of each, in no particular order.
async fn insert_all(
    transaction: &mut Transaction,
    facts: &[Indexed<'_>],
    erased: &Erased,
) -> Result<Vec<StoredFact>, Error> {
    let mut stored = table::store::<Activity>(transaction, facts, erased).await?;
    stored.extend(table::store::<CreditEntry>(transaction, facts, erased).await?);
    stored.extend(table::store::<SubscriptionChanged>(transaction, facts, erased).await?);
    stored.extend(table::store::<Workspace>(transaction, facts, erased).await?);
    stored.extend(table::store::<Membership>(transaction, facts, erased).await?);
    stored.extend(table::store::<Agent>(transaction, facts, erased).await?);
    stored.extend(table::store::<User>(transaction, facts, erased).await?);
    stored.extend(table::store::<Plan>(transaction, facts, erased).await?);
    stored.extend(step::store(transaction, facts, erased).await?);
    Ok(stored)
}

/// Appends what new facts, sorted by name, add to the partials: one delta per workspace.
async fn append(
    transaction: &mut Transaction,
    facts: &[&Fact],
    numbers: &Numbers,
) -> Result<(), Error> {
    let (mut workspace_id, mut cells) = (Vec::new(), Vec::new());
    let (mut first_quarter, mut last_quarter, mut last_event_at) =
        (Vec::new(), Vec::new(), Vec::new());
    for group in facts.chunk_by(|a, b| a.workspace_id == b.workspace_id) {
        let mut delta = Delta::default();
        for fact in group {
            delta.add_fact(fact, numbers.of_fact(fact)?);
        }
        let Some((first, last)) = delta.quarters() else {
            continue;
        };
        workspace_id.push(group[0].workspace_id);
        first_quarter.push(first.start());
        last_quarter.push(last.start());
        // Only of what is in the delta: else it would depend on what else came in the same batch.
        let counted = group
            .iter()
            .filter(|fact| matches!(fact.content.kind(), Kind::Activity | Kind::Step));
        last_event_at.extend(counted.map(|fact| fact.occurred_at).max());
        cells.push(delta.encode());
    }
    let deltas = AppendDeltas {
        workspace_id: &workspace_id,
        first_quarter: &first_quarter,
        last_quarter: &last_quarter,
        last_event_at: &last_event_at,
        cells: &cells,
    };
    deltas
        .execute(transaction.connection())
        .await
        .doing("appending partials")?;
    Ok(())
}
