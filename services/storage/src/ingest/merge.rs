//! The one statement that merges a batch into the stored executions.

use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_domain::execution::{Execution, Seen};
use uuid::Uuid;

use super::{Change, Stored};
use crate::Error;
use crate::database::Transaction;
use crate::error::While;
use crate::row::{Key, key, seen_code, seen_from};
use crate::statement::statement;

type Texts<'a> = [Option<&'a str>];
type Numbers = [Option<i64>];
type Times = [Option<DateTime<Utc>>];

statement!(
    Merge<'a> = "merge.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        opened_at: [DateTime<Utc>] as Array<Timestamptz>,
        execution_id: [Uuid] as Array<SqlUuid>,
        agent_id: [&'a str] as Array<Text>,
        agent_version: Texts<'a> as Array<Nullable<Text>>,
        trigger: [i16] as Array<SmallInt>,
        environment: Texts<'a> as Array<Nullable<Text>>,
        user_id: Texts<'a> as Array<Nullable<Text>>,
        timeout_micros: Numbers as Array<Nullable<BigInt>>,
        started_at: Times as Array<Nullable<Timestamptz>>,
        ended_at: Times as Array<Nullable<Timestamptz>>,
        outcome: [Option<i16>] as Array<Nullable<SmallInt>>,
        duration_micros: Numbers as Array<Nullable<BigInt>>,
        model: Texts<'a> as Array<Nullable<Text>>,
        provider: Texts<'a> as Array<Nullable<Text>>,
        input_tokens: Numbers as Array<Nullable<BigInt>>,
        output_tokens: Numbers as Array<Nullable<BigInt>>,
        credits_micro: Numbers as Array<Nullable<BigInt>>,
        cost_currency: Texts<'a> as Array<Nullable<Text>>,
        cost_micros: Numbers as Array<Nullable<BigInt>>,
        error_kind: Texts<'a> as Array<Nullable<Text>>,
        error_message: Texts<'a> as Array<Nullable<Text>>,
        seen: [i16] as Array<SmallInt>,
    ) -> (SqlUuid, Timestamptz, SqlUuid, SmallInt, Integer)
);

/// A row that was inserted or changed.
pub(super) struct Merged {
    /// Where it is among the executions that were given.
    pub(super) position: usize,
    /// What was stored before; nothing for a new row.
    pub(super) before: Seen,
    /// The revision that is stored now.
    pub(super) revision: i32,
}

/// Merges executions that are sorted by key. Those that are missing in the result changed nothing, because all of it was
/// stored or some of it conflicts; their rows are locked.
pub(super) async fn run(
    transaction: &mut Transaction,
    executions: &[&Execution],
) -> Result<Vec<Merged>, Error> {
    let of = |column: fn(&Execution) -> Option<&str>| -> Vec<Option<&str>> {
        executions.iter().map(|e| column(e)).collect()
    };
    let number = |column: fn(&Execution) -> Option<i64>| -> Vec<Option<i64>> {
        executions.iter().map(|e| column(e)).collect()
    };
    let ids = |column: fn(&Execution) -> Uuid| -> Vec<Uuid> {
        executions.iter().map(|e| column(e)).collect()
    };
    let agent_id: Vec<&str> = executions
        .iter()
        .map(|e| e.identity.agent_id.as_str())
        .collect();
    let opened_at: Vec<_> = executions.iter().map(|e| e.identity.opened_at).collect();
    let trigger: Vec<_> = executions
        .iter()
        .map(|e| e.identity.trigger.code())
        .collect();
    let started_at: Vec<_> = executions.iter().map(|e| e.started_at).collect();
    let ended_at: Vec<_> = executions
        .iter()
        .map(|e| e.end.as_ref().map(|end| end.ended_at))
        .collect();
    let outcome: Vec<_> = executions
        .iter()
        .map(|e| e.end.as_ref().map(|end| end.outcome.code()))
        .collect();
    let seen: Vec<_> = executions.iter().map(|e| seen_code(e.seen())).collect();
    let merge = Merge {
        workspace_id: &ids(|e| e.identity.workspace_id),
        opened_at: &opened_at,
        execution_id: &ids(|e| e.identity.execution_id),
        agent_id: &agent_id,
        agent_version: &of(|e| e.identity.agent_version.as_deref()),
        trigger: &trigger,
        environment: &of(|e| e.identity.environment.as_deref()),
        user_id: &of(|e| e.identity.user_id.as_deref()),
        timeout_micros: &number(|e| e.identity.timeout_micros),
        started_at: &started_at,
        ended_at: &ended_at,
        outcome: &outcome,
        duration_micros: &number(|e| e.end.as_ref()?.duration_micros),
        model: &of(|e| e.end.as_ref()?.model.as_deref()),
        provider: &of(|e| e.end.as_ref()?.provider.as_deref()),
        input_tokens: &number(|e| e.end.as_ref()?.input_tokens),
        output_tokens: &number(|e| e.end.as_ref()?.output_tokens),
        credits_micro: &number(|e| e.end.as_ref()?.credits_micro),
        cost_currency: &of(|e| Some(e.end.as_ref()?.cost.as_ref()?.currency.as_str())),
        cost_micros: &number(|e| Some(e.end.as_ref()?.cost.as_ref()?.micros)),
        error_kind: &of(|e| e.end.as_ref()?.error_kind.as_deref()),
        error_message: &of(|e| e.end.as_ref()?.error_message.as_deref()),
        seen: &seen,
    };
    let rows = merge
        .load::<(Uuid, DateTime<Utc>, Uuid, i16, i32)>(transaction.connection())
        .await
        .doing("merging executions")?;
    rows.into_iter()
        .map(
            |(workspace_id, opened_at, execution_id, before, revision)| {
                Ok(Merged {
                    position: position(executions, (workspace_id, opened_at, execution_id))?,
                    before: seen_from(before)?,
                    revision,
                })
            },
        )
        .collect()
}

/// An execution of the batch that changed nothing: its index in the batch, and itself.
pub(super) type Missing<'a> = (usize, &'a Execution);

/// Merges a sorted batch: what is known of those that changed, those that did not, and the changes.
pub(super) async fn all<'a>(
    transaction: &mut Transaction,
    executions: &[(usize, &'a Execution)],
) -> Result<(Vec<Stored>, Vec<Missing<'a>>, Vec<Change<'a>>), Error> {
    let given: Vec<&Execution> = executions.iter().map(|(_, execution)| *execution).collect();
    let merged = run(transaction, &given).await?;
    let mut missing = vec![true; executions.len()];
    let mut stored = Vec::with_capacity(executions.len());
    let mut changes = Vec::with_capacity(merged.len());
    for row in merged {
        let (index, execution) = executions[row.position];
        missing[row.position] = false;
        let new = execution.seen().difference(row.before);
        stored.push(Stored {
            execution: index,
            new,
            conflicts: Vec::new(),
            revision: row.revision,
        });
        changes.push(Change {
            execution,
            new,
            seen: execution.seen().union(row.before),
            revision: row.revision,
        });
    }
    let missing = executions
        .iter()
        .zip(missing)
        .filter_map(|(execution, missing)| missing.then_some(*execution))
        .collect();
    Ok((stored, missing, changes))
}

fn position(executions: &[&Execution], wanted: Key) -> Result<usize, Error> {
    executions
        .binary_search_by_key(&wanted, |execution| key(execution))
        .map_err(|_| Error::malformed("a merged row", "its key was not in the batch"))
}
