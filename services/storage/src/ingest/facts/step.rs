//! What executions did. A step is stored where its execution is, under the identity that is known of it: the counts that a
//! step adds are keyed by what stands in the row of the execution.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_domain::execution::{Execution, Identity};
use shadow_domain::fact::{Content, Step};
use uuid::Uuid;

use super::{FactAnswer, Indexed, StoredFact};
use crate::Error;
use crate::database::Transaction;
use crate::erasure::Erased;
use crate::error::While;
use crate::ingest::resolve;
use crate::row::{Key, StepColumns, StepRow};
use crate::statement::statement;

statement!(
    Store<'a> = "store_steps.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        opened_at: [DateTime<Utc>] as Array<Timestamptz>,
        execution_id: [Uuid] as Array<SqlUuid>,
        number: [i32] as Array<Integer>,
        kind: [i16] as Array<SmallInt>,
        name: [Option<&'a str>] as Array<Nullable<Text>>,
        started_at: [Option<DateTime<Utc>>] as Array<Nullable<Timestamptz>>,
        ended_at: [DateTime<Utc>] as Array<Timestamptz>,
        status: [i16] as Array<SmallInt>,
        input_tokens: [Option<i64>] as Array<Nullable<BigInt>>,
        output_tokens: [Option<i64>] as Array<Nullable<BigInt>>,
        error_kind: [Option<&'a str>] as Array<Nullable<Text>>,
        error_message: [Option<&'a str>] as Array<Nullable<Text>>,
    ) -> (SqlUuid, Timestamptz, SqlUuid, Integer)
);

statement!(
    /// What is stored under some keys.
    Stored<'a> = "stored_steps.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        opened_at: [DateTime<Utc>] as Array<Timestamptz>,
        execution_id: [Uuid] as Array<SqlUuid>,
        number: [i32] as Array<Integer>,
    ) -> StepColumns
);

/// What names a step: its execution and its number.
type StepKey = (Uuid, DateTime<Utc>, Uuid, i32);

/// Stores those of the facts that are steps, which come in the order of their keys, and says what became of each. One whose
/// execution is not stored, or is known under another identity, is a conflict.
pub(super) async fn store(
    transaction: &mut Transaction,
    facts: &[Indexed<'_>],
    erased: &Erased,
) -> Result<Vec<StoredFact>, Error> {
    let steps = facts
        .iter()
        .filter_map(|(index, fact)| match &fact.content {
            Content::Step(step) => Some((*index, &**step)),
            _ => None,
        });
    let steps: Vec<(usize, &Step)> = steps.collect();
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let mut executions: Vec<Key> = steps.iter().map(|(_, step)| execution_key(step)).collect();
    executions.dedup();
    let mut executions = resolve::load(transaction, &executions).await?;
    // What is not swept yet is compared as if it were.
    for (execution, _) in executions.values_mut() {
        erased.execution(execution);
    }
    let other = |step: &Step| other_execution(&executions, step);
    let fitting: Vec<&Step> = steps
        .iter()
        .map(|(_, step)| *step)
        .filter(|step| other(step).is_none())
        .collect();
    let new = insert(transaction, &fitting).await?;
    let met: Vec<&Step> = fitting
        .into_iter()
        .filter(|step| !new.contains(&key(step)))
        .collect();
    let before = load(transaction, &met).await?;
    steps
        .into_iter()
        .map(|(fact, step)| {
            let answer = if let Some(field) = other(step) {
                FactAnswer::Conflict(field)
            } else if new.contains(&key(step)) {
                FactAnswer::New
            } else {
                let known = before.get(&key(step)).ok_or_else(|| {
                    Error::malformed("a step", "a row that was met is not visible")
                })?;
                known
                    .difference(step)
                    .map_or(FactAnswer::Repeated, FactAnswer::Conflict)
            };
            Ok(StoredFact { fact, answer })
        })
        .collect()
}

/// The field in which what is known of a step's execution differs from what the step says of it.
fn other_execution(
    executions: &HashMap<Key, (Execution, i32)>,
    step: &Step,
) -> Option<&'static str> {
    match executions.get(&execution_key(step)) {
        Some((execution, _)) => execution
            .identity
            .agree(&step.identity)
            .err()
            .map(|conflict| conflict.field),
        None => Some("identity"),
    }
}

async fn insert(transaction: &mut Transaction, steps: &[&Step]) -> Result<HashSet<StepKey>, Error> {
    let keys = Keys::of(steps);
    let texts = |text: fn(&Step) -> Option<&str>| -> Vec<Option<&str>> {
        steps.iter().map(|step| text(step)).collect()
    };
    let numbers = |number: fn(&Step) -> Option<i64>| -> Vec<Option<i64>> {
        steps.iter().map(|step| number(step)).collect()
    };
    let store = Store {
        workspace_id: &keys.workspace_id,
        opened_at: &keys.opened_at,
        execution_id: &keys.execution_id,
        number: &keys.number,
        kind: &steps.iter().map(|s| s.kind.code()).collect::<Vec<_>>(),
        name: &texts(|s| s.name.as_deref()),
        started_at: &steps.iter().map(|s| s.started_at).collect::<Vec<_>>(),
        ended_at: &steps.iter().map(|s| s.ended_at).collect::<Vec<_>>(),
        status: &steps.iter().map(|s| s.status.code()).collect::<Vec<_>>(),
        input_tokens: &numbers(|s| s.input_tokens),
        output_tokens: &numbers(|s| s.output_tokens),
        error_kind: &texts(|s| s.error_kind.as_deref()),
        error_message: &texts(|s| s.error_message.as_deref()),
    };
    let rows = store
        .load::<StepKey>(transaction.connection())
        .await
        .doing("storing steps")?;
    Ok(rows.into_iter().collect())
}

/// What is stored of steps whose executions are known to be theirs.
async fn load(
    transaction: &mut Transaction,
    steps: &[&Step],
) -> Result<HashMap<StepKey, Step>, Error> {
    if steps.is_empty() {
        return Ok(HashMap::new());
    }
    let keys = Keys::of(steps);
    let stored = Stored {
        workspace_id: &keys.workspace_id,
        opened_at: &keys.opened_at,
        execution_id: &keys.execution_id,
        number: &keys.number,
    };
    let rows = stored
        .load::<StepRow>(transaction.connection())
        .await
        .doing("reading what is stored of steps")?;
    let identities: HashMap<Key, &Identity> = steps
        .iter()
        .map(|step| (execution_key(step), &step.identity))
        .collect();
    rows.into_iter()
        .map(|row| {
            let identity = identities
                .get(&row.execution())
                .ok_or_else(|| Error::malformed("a step", "its execution was not asked for"))?;
            let step = row.step((*identity).clone())?;
            Ok((key(&step), step))
        })
        .collect()
}

fn execution_key(step: &Step) -> Key {
    let identity = &step.identity;
    (
        identity.workspace_id,
        identity.opened_at,
        identity.execution_id,
    )
}

fn key(step: &Step) -> StepKey {
    let (workspace_id, opened_at, execution_id) = execution_key(step);
    (workspace_id, opened_at, execution_id, step.number)
}

/// Keys as columns.
#[derive(Default)]
struct Keys {
    workspace_id: Vec<Uuid>,
    opened_at: Vec<DateTime<Utc>>,
    execution_id: Vec<Uuid>,
    number: Vec<i32>,
}

impl Keys {
    fn of(steps: &[&Step]) -> Self {
        let mut columns = Self::default();
        for step in steps {
            let (workspace_id, opened_at, execution_id, number) = key(step);
            columns.workspace_id.push(workspace_id);
            columns.opened_at.push(opened_at);
            columns.execution_id.push(execution_id);
            columns.number.push(number);
        }
        columns
    }
}
