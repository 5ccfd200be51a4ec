//! Finding the group of errors that a version before has stored without one.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_auth::Scope;
use shadow_domain::error_group;
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

/// How many rows one statement reads or changes.
const ROWS: i64 = 1_000;

/// No statement takes longer.
const LIMIT: Duration = Duration::from_secs(10);

statement!(
    Nameless<'a> = "nameless.sql",
    (workspace_id: Uuid as SqlUuid, limit: i64 as BigInt)
        -> (Timestamptz, SqlUuid, Nullable<Text>, Nullable<Text>)
);

statement!(
    Name<'a> = "name.sql",
    (
        workspace_id: Uuid as SqlUuid,
        opened_at: [DateTime<Utc>] as Array<Timestamptz>,
        execution_id: [Uuid] as Array<SqlUuid>,
        fingerprint: [Uuid] as Array<SqlUuid>,
    ) -> ()
);

/// Gives at most `most` errors of each workspace, rounded up to whole batches, their groups; says how many.
pub async fn name(db: &Database, most: usize) -> Result<usize, Error> {
    let scope = Scope::system("naming groups of errors");
    let snapshot = db.snapshot(&scope, None).await?;
    let workspaces = snapshot.workspaces().to_vec();
    snapshot.finish().await?;
    let mut named = 0;
    for workspace in workspaces {
        let scope = scope.within([workspace]);
        let mut of_it = 0;
        while of_it < most {
            let mut transaction = db.work(&scope, LIMIT).await?;
            let some = batch(&mut transaction, &workspace).await;
            let some = transaction.end(some).await?;
            of_it += some;
            if some < ROWS as usize {
                break;
            }
        }
        named += of_it;
    }
    Ok(named)
}

async fn batch(transaction: &mut Transaction, workspace_id: &Uuid) -> Result<usize, Error> {
    type Row = (DateTime<Utc>, Uuid, Option<String>, Option<String>);
    let nameless = Nameless {
        workspace_id,
        limit: &ROWS,
    };
    let rows = nameless
        .load::<Row>(transaction.connection())
        .await
        .doing("looking for errors without a group")?;
    let (mut opened, mut ids, mut fingerprints) = (Vec::new(), Vec::new(), Vec::new());
    for (opened_at, execution_id, kind, message) in rows {
        opened.push(opened_at);
        ids.push(execution_id);
        fingerprints.push(error_group::of(kind.as_deref(), message.as_deref()));
    }
    if ids.is_empty() {
        return Ok(0);
    }
    let name = Name {
        workspace_id,
        opened_at: &opened,
        execution_id: &ids,
        fingerprint: &fingerprints,
    };
    name.execute(transaction.connection())
        .await
        .doing("naming groups of errors")
}
