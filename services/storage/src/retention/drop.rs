//! Dropping a month of executions.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Binary, Bool, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_auth::Scope;
use shadow_domain::cell::Delta;
use shadow_domain::execution::Execution;
use uuid::Uuid;

use super::LIMIT;
use crate::database::Transaction;
use crate::error::While;
use crate::row::{Columns, Row, key};
use crate::statement::statement;
use crate::{Database, Error, ordinals};

/// How many executions are read at a time.
const ROWS: i64 = 5_000;

statement!(
    Hold<'a> = "hold.sql",
    (until: DateTime<Utc> as Timestamptz) -> Bool
);

statement!(
    Drop<'a> = "drop.sql",
    (until: DateTime<Utc> as Timestamptz) -> Bool
);

statement!(
    Residue<'a> = "residue.sql",
    (
        until: DateTime<Utc> as Timestamptz,
        after_workspace: Uuid as SqlUuid,
        after_opened_at: DateTime<Utc> as Timestamptz,
        after_id: Uuid as SqlUuid,
        limit: i64 as BigInt,
    ) -> Columns
);

statement!(
    PutResidue<'a> = "put_residue.sql",
    (
        workspace: Uuid as SqlUuid,
        gone_before: DateTime<Utc> as Timestamptz,
        last_quarter: DateTime<Utc> as Timestamptz,
        cells: [u8] as Binary,
    ) -> ()
);

/// Drops the executions of the month that ends at a time, the next one to go, and keeps what they had added to later
/// days. `false` where its time has not come yet, where a day of it was not audited since it last changed, or where others
/// were at work on it for too long to wait for them: it is tried again at another time.
pub async fn drop_month(db: &Database, until: DateTime<Utc>) -> Result<bool, Error> {
    let scope = Scope::system("dropping executions that are no longer kept");
    let mut transaction = db.work(&scope, LIMIT).await?;
    match drop_in(&mut transaction, until).await {
        Ok(true) => transaction.commit().await.map(|()| true),
        Ok(false) | Err(Error::Timeout(_)) => transaction.rollback().await.map(|()| false),
        Err(error) => transaction.end(Err(error)).await,
    }
}

async fn drop_in(transaction: &mut Transaction, until: DateTime<Utc>) -> Result<bool, Error> {
    const DOING: &str = "dropping a month of executions";
    let hold = Hold { until: &until };
    let held = hold.get_result::<bool>(transaction.connection()).await;
    if !held.doing(DOING)? {
        return Ok(false);
    }
    for (workspace, residue) in residues(transaction, until).await? {
        let Some((_, last)) = residue.quarters() else {
            continue;
        };
        let put = PutResidue {
            workspace: &workspace,
            gone_before: &until,
            last_quarter: &last.start(),
            cells: &residue.encode(),
        };
        put.execute(transaction.connection())
            .await
            .doing("keeping what dropped facts had added")?;
    }
    let drop = Drop { until: &until };
    let dropped = drop.get_result::<bool>(transaction.connection()).await;
    dropped.doing(DOING)
}

/// What the executions of before a time have added to the days from it on, by workspace.
async fn residues(
    transaction: &mut Transaction,
    until: DateTime<Utc>,
) -> Result<BTreeMap<Uuid, Delta>, Error> {
    let mut residues: BTreeMap<Uuid, Delta> = BTreeMap::new();
    let mut after = (Uuid::nil(), DateTime::UNIX_EPOCH, Uuid::nil());
    loop {
        let residue = Residue {
            until: &until,
            after_workspace: &after.0,
            after_opened_at: &after.1,
            after_id: &after.2,
            limit: &ROWS,
        };
        let rows = residue
            .load::<Row>(transaction.connection())
            .await
            .doing("reading facts that last into the next month")?;
        let executions = rows
            .into_iter()
            .map(Row::execution)
            .collect::<Result<Vec<Execution>, Error>>()?;
        let Some(last) = executions.last() else {
            return Ok(residues);
        };
        after = key(last);
        let numbers = ordinals::of_stored(transaction, &executions, &[]).await?;
        for execution in &executions {
            let (agent, user) = numbers.of(execution)?;
            let mut delta = Delta::default();
            delta.add(execution, execution.seen(), agent, user);
            delta.0.retain(|cell, _| cell.quarter.start() >= until);
            let workspace = execution.identity.workspace_id;
            residues.entry(workspace).or_default().merge(delta);
        }
    }
}
