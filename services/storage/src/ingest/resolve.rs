//! What the merge left alone: repeats are told from conflicts, and what is new beside a conflict is stored after all.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_domain::execution::{Execution, Seen};
use uuid::Uuid;

use super::merge::{self, Missing};
use super::{Change, Stored};
use crate::Error;
use crate::broken::{self, Broken};
use crate::database::Transaction;
use crate::erasure::Erased;
use crate::error::While;
use crate::row::{Columns, Key, Row, key};
use crate::statement::statement;

statement!(
    /// What is stored under some keys.
    StoredNow<'a> = "stored.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        opened_at: [DateTime<Utc>] as Array<Timestamptz>,
        execution_id: [Uuid] as Array<SqlUuid>,
        first: DateTime<Utc> as Timestamptz,
        last: DateTime<Utc> as Timestamptz,
    ) -> Columns
);

statement!(
    Rename<'a> = "rename.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        opened_at: [DateTime<Utc>] as Array<Timestamptz>,
        execution_id: [Uuid] as Array<SqlUuid>,
        user_id: [Option<&'a str>] as Array<Nullable<Text>>,
        feedback_user_id: [Option<&'a str>] as Array<Nullable<Text>>,
        feedback_comment: [Option<&'a str>] as Array<Nullable<Text>>,
    ) -> ()
);

/// What became of executions that the merge did not change at first.
#[derive(Default)]
pub(super) struct Resolved {
    pub(super) stored: Vec<Stored>,
    pub(super) changes: Vec<Retried>,
}

/// What was new beside a conflict.
pub(super) struct Retried {
    execution: Execution,
    new: Seen,
    seen: Seen,
    revision: i32,
}

impl Retried {
    pub(super) fn change(&self) -> Change<'_> {
        Change {
            execution: &self.execution,
            new: self.new,
            seen: self.seen,
            revision: self.revision,
        }
    }
}

impl Resolved {
    /// Takes what is stored for new.
    fn store_again(&mut self, index: usize, given: &Execution, known: &Execution, revision: i32) {
        self.stored.push(Stored {
            execution: index,
            new: given.seen(),
            conflicts: Vec::new(),
            revision,
        });
        self.changes.push(Retried {
            execution: given.clone(),
            new: given.seen(),
            seen: known.seen(),
            revision,
        });
    }
}

/// Compares with what is stored, which the merge has locked, transition by transition.
pub(super) async fn all(
    transaction: &mut Transaction,
    element: u32,
    missing: &[Missing<'_>],
    erased: &Erased,
) -> Result<Resolved, Error> {
    let mut resolved = Resolved::default();
    if missing.is_empty() {
        return Ok(resolved);
    }
    let keys: Vec<Key> = missing
        .iter()
        .map(|(_, execution)| key(execution))
        .collect();
    let mut before = load(transaction, &keys).await?;
    let mut erased_keys = HashSet::new();
    for (key, (known, _)) in &mut before {
        if erased.execution(known) {
            erased_keys.insert(*key);
        }
    }
    let mut retry = Vec::new();
    for (index, execution) in missing {
        let Some((known, revision)) = before.get(&key(execution)) else {
            let error = "a row that the merge met is not visible";
            return Err(Error::malformed("an execution", error));
        };
        if broken::is(Broken::NoConflictClause) {
            resolved.store_again(*index, execution, known, *revision);
            continue;
        }
        let (new, conflicts) = compare(known, execution);
        if !new.is_empty() {
            retry.push((
                resolved.stored.len(),
                execution.masked(new.union(Seen::OPENED)),
            ));
        }
        resolved.stored.push(Stored {
            execution: *index,
            new,
            conflicts,
            revision: *revision,
        });
    }
    let given: Vec<&Execution> = retry.iter().map(|(_, execution)| execution).collect();
    if given.is_empty() {
        return Ok(resolved);
    }
    let under_ids = given
        .iter()
        .map(|execution| key(execution))
        .filter(|key| erased_keys.contains(key))
        .filter_map(|key| before.get(&key))
        .map(|(known, _)| known);
    rename(transaction, under_ids).await?;
    for row in merge::run(transaction, element, &given).await? {
        let (stored, execution) = &retry[row.position];
        let stored = &mut resolved.stored[*stored];
        stored.revision = row.revision;
        resolved.changes.push(Retried {
            execution: execution.clone(),
            new: stored.new,
            seen: row.before.union(stored.new),
            revision: row.revision,
        });
    }
    if resolved.changes.len() != retry.len() {
        return Err(Error::malformed(
            "an execution",
            "what is new beside a conflict was not stored",
        ));
    }
    Ok(resolved)
}

/// Puts the pseudonyms of people who were erased into rows that the merge has locked: they are not swept yet, and what comes
/// in names nobody else.
async fn rename<'a>(
    transaction: &mut Transaction,
    executions: impl Iterator<Item = &'a Execution>,
) -> Result<(), Error> {
    let executions: Vec<&Execution> = executions.collect();
    if executions.is_empty() {
        return Ok(());
    }
    let keys: Vec<Key> = executions.iter().map(|execution| key(execution)).collect();
    let feedback = || executions.iter().map(|it| it.feedback.as_ref());
    let rename = Rename {
        workspace_id: &keys.iter().map(|key| key.0).collect::<Vec<_>>(),
        opened_at: &keys.iter().map(|key| key.1).collect::<Vec<_>>(),
        execution_id: &keys.iter().map(|key| key.2).collect::<Vec<_>>(),
        user_id: &executions
            .iter()
            .map(|it| it.identity.user_id.as_deref())
            .collect::<Vec<_>>(),
        feedback_user_id: &feedback()
            .map(|it| it?.given_by.as_deref())
            .collect::<Vec<_>>(),
        feedback_comment: &feedback()
            .map(|it| it?.comment.as_deref())
            .collect::<Vec<_>>(),
    };
    rename
        .execute(transaction.connection())
        .await
        .doing("putting a pseudonym")?;
    Ok(())
}

/// Which transitions are new, and which conflict. Each is compared alone, but for an end that names its own start: the two
/// are taken together or not at all. Where the identity differs, all conflict.
fn compare(known: &Execution, given: &Execution) -> (Seen, Vec<(Seen, &'static str)>) {
    let mut joined = known.clone();
    let mut new = Seen::NONE;
    let mut conflicts = Vec::new();
    for transition in [Seen::OPENED, Seen::STARTED, Seen::ENDED, Seen::FEEDBACK] {
        if !given.seen().contains(transition) {
            continue;
        }
        match joined.join(&given.masked(transition)) {
            Ok(added) => new = new.union(added),
            Err(conflict) => conflicts.push((transition, conflict.field)),
        }
    }
    together(given, &mut new, &mut conflicts);
    (new, conflicts)
}

/// An event is stored whole or not at all, also the event of an end that says when the execution began.
fn together(given: &Execution, new: &mut Seen, conflicts: &mut Vec<(Seen, &'static str)>) {
    if !given.start_named_by.contains(Seen::ENDED) {
        return;
    }
    let refused = |of: Seen| {
        conflicts
            .iter()
            .find(|(transition, _)| *transition == of)
            .copied()
    };
    match (refused(Seen::STARTED), refused(Seen::ENDED)) {
        (Some((_, field)), None) => {
            *new = new.difference(Seen::ENDED);
            conflicts.push((Seen::ENDED, field));
        }
        // Where an event of its own names the start too, that one stands.
        (None, Some(_)) if given.start_named_by == Seen::ENDED => {
            *new = new.difference(Seen::STARTED);
        }
        _ => {}
    }
}

/// What is stored of some executions, with its revision.
pub(super) async fn load(
    transaction: &mut Transaction,
    keys: &[Key],
) -> Result<HashMap<Key, (Execution, i32)>, Error> {
    let workspace_id: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
    let opened_at: Vec<DateTime<Utc>> = keys.iter().map(|key| key.1).collect();
    let execution_id: Vec<Uuid> = keys.iter().map(|key| key.2).collect();
    let stored = StoredNow {
        workspace_id: &workspace_id,
        opened_at: &opened_at,
        execution_id: &execution_id,
        first: opened_at.iter().min().unwrap_or(&DateTime::UNIX_EPOCH),
        last: opened_at.iter().max().unwrap_or(&DateTime::UNIX_EPOCH),
    };
    let rows = stored
        .load::<Row>(transaction.connection())
        .await
        .doing("reading what is stored")?;
    rows.into_iter()
        .map(|row| {
            let revision = row.revision;
            let execution = row.execution()?;
            Ok((key(&execution), (execution, revision)))
        })
        .collect()
}
