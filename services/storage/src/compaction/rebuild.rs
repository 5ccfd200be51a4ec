//! The pages of a workspace from its facts.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use shadow_auth::Scope;
use shadow_domain::cell::{Delta, Page};
use shadow_domain::execution::Execution;
use shadow_domain::fact::Fact;
use shadow_domain::time::UtcDay;
use uuid::Uuid;

use super::{PageKey, pages};
use crate::database::Transaction;
use crate::error::While;
use crate::row::{ActivityColumns, ActivityRow, Columns, Key, Row, key};
use crate::statement::statement;
use crate::{Database, Error, ordinals, retention};

/// How many facts are read at a time.
const FACTS_AT_ONCE: i64 = 5_000;

/// No statement of a rebuild takes longer.
const LIMIT: Duration = Duration::from_secs(60);

statement!(
    Facts<'a> = "facts.sql",
    (
        workspace: Uuid as SqlUuid,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        after_opened_at: DateTime<Utc> as Timestamptz,
        after_id: Uuid as SqlUuid,
        limit: i64 as BigInt,
    ) -> Columns
);

statement!(
    Activities<'a> = "activities.sql",
    (
        workspace: Uuid as SqlUuid,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        after_occurred_at: DateTime<Utc> as Timestamptz,
        after_id: Uuid as SqlUuid,
        limit: i64 as BigInt,
    ) -> ActivityColumns
);

statement!(
    /// How many steps some executions have.
    Steps<'a> = "steps.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        opened_at: [DateTime<Utc>] as Array<Timestamptz>,
        execution_id: [Uuid] as Array<SqlUuid>,
    ) -> (SqlUuid, Timestamptz, SqlUuid, BigInt, BigInt)
);

/// What the pages of some days, first and last included, must be: computed from facts alone, without a look at pages or
/// deltas. It reads them in one state, a few at a time. An error
/// where facts of these days are gone: their pages are all there is.
pub async fn rebuild(
    db: &Database,
    workspace: Uuid,
    days: (UtcDay, UtcDay),
) -> Result<BTreeMap<PageKey, Page>, Error> {
    let scope = Scope::system("rebuilding pages").within([workspace]);
    let mut transaction = db.review(&scope, LIMIT).await?;
    let rebuilt = match hold_facts(&mut transaction).await {
        Ok(()) => rebuild_in(&mut transaction, workspace, days).await,
        Err(error) => Err(error),
    };
    transaction.end(rebuilt).await
}

/// Keeps months of executions from being dropped until the end of the transaction, of which it has to be the first
/// statement: it waits for a drop that is under way before there is a state to read. A state of before would say that the
/// facts are there, while the table of after has none of them.
pub(super) async fn hold_facts(transaction: &mut Transaction) -> Result<(), Error> {
    transaction
        .connection()
        .batch_execute(include_str!("hold_facts.sql"))
        .await
        .doing("keeping facts from being dropped")
}

pub(super) async fn rebuild_in(
    transaction: &mut Transaction,
    workspace: Uuid,
    days: (UtcDay, UtcDay),
) -> Result<BTreeMap<PageKey, Page>, Error> {
    let mut delta = retention::residue(transaction, workspace, days.0).await?;
    add_executions(transaction, workspace, days, &mut delta).await?;
    add_activities(transaction, workspace, days, &mut delta).await?;
    // Minutes belong to the day of their own time, so a fact may touch days that were not asked for.
    delta
        .0
        .retain(|cell, _| (days.0..=days.1).contains(&cell.quarter.day()));
    Ok(pages(delta))
}

async fn add_executions(
    transaction: &mut Transaction,
    workspace: Uuid,
    days: (UtcDay, UtcDay),
    delta: &mut Delta,
) -> Result<(), Error> {
    let mut after = (DateTime::UNIX_EPOCH, Uuid::nil());
    loop {
        let facts = Facts {
            workspace: &workspace,
            start: &days.0.start(),
            end: &days.1.end(),
            after_opened_at: &after.0,
            after_id: &after.1,
            limit: &FACTS_AT_ONCE,
        };
        let rows = facts
            .load::<Row>(transaction.connection())
            .await
            .doing("reading facts")?;
        let executions = rows
            .into_iter()
            .map(Row::execution)
            .collect::<Result<Vec<Execution>, Error>>()?;
        let Some(last) = executions.last() else {
            return Ok(());
        };
        let (_, opened_at, execution_id) = key(last);
        after = (opened_at, execution_id);
        let numbers = ordinals::of_stored(transaction, &executions, &[]).await?;
        for execution in &executions {
            let (agent, user) = numbers.of(execution)?;
            delta.add(execution, execution.seen(), agent, user);
        }
        add_steps(transaction, &executions, delta).await?;
    }
}

async fn add_steps(
    transaction: &mut Transaction,
    executions: &[Execution],
    delta: &mut Delta,
) -> Result<(), Error> {
    let identities = || executions.iter().map(|execution| &execution.identity);
    let steps = Steps {
        workspace_id: &identities().map(|id| id.workspace_id).collect::<Vec<_>>(),
        opened_at: &identities().map(|id| id.opened_at).collect::<Vec<_>>(),
        execution_id: &identities().map(|id| id.execution_id).collect::<Vec<_>>(),
    };
    let counts = steps
        .load::<(Uuid, DateTime<Utc>, Uuid, i64, i64)>(transaction.connection())
        .await
        .doing("counting steps")?;
    let counts: HashMap<Key, (i64, i64)> = counts
        .into_iter()
        .map(|(workspace, opened_at, id, steps, failed)| {
            ((workspace, opened_at, id), (steps, failed))
        })
        .collect();
    for execution in executions {
        if let Some((steps, failed)) = counts.get(&key(execution)) {
            delta.add_steps(
                &execution.identity,
                steps.unsigned_abs(),
                failed.unsigned_abs(),
            );
        }
    }
    Ok(())
}

async fn add_activities(
    transaction: &mut Transaction,
    workspace: Uuid,
    days: (UtcDay, UtcDay),
    delta: &mut Delta,
) -> Result<(), Error> {
    let mut after = (DateTime::UNIX_EPOCH, Uuid::nil());
    loop {
        let activities = Activities {
            workspace: &workspace,
            start: &days.0.start(),
            end: &days.1.end(),
            after_occurred_at: &after.0,
            after_id: &after.1,
            limit: &FACTS_AT_ONCE,
        };
        let rows = activities
            .load::<ActivityRow>(transaction.connection())
            .await
            .doing("reading activities")?;
        let facts = rows
            .into_iter()
            .map(ActivityRow::fact)
            .collect::<Result<Vec<Fact>, Error>>()?;
        let Some(last) = facts.last() else {
            return Ok(());
        };
        after = (last.occurred_at, last.event_id);
        let numbers = ordinals::of_stored(transaction, &[], &facts).await?;
        for fact in &facts {
            delta.add_fact(fact, numbers.of_fact(fact)?);
        }
    }
}
