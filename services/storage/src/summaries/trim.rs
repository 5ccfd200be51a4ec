//! Deleting summaries of days whose facts are gone.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Date, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use shadow_auth::Scope;
use shadow_domain::time::UtcDay;
use uuid::Uuid;

use super::LIMIT;
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

/// How many rows one statement deletes, and of how many workspaces one run deletes them.
const ROWS: i64 = 5_000;
const WORKSPACES: i64 = 1_000;

statement!(
    Gone<'a> = "gone.sql",
    (before: NaiveDate as Date, limit: i64 as BigInt) -> SqlUuid
);

statement!(
    DeleteRows<'a> = "delete_rows.sql",
    (workspace: Uuid as SqlUuid, before: NaiveDate as Date, rows: i64 as BigInt) -> ()
);

statement!(
    DeleteMade<'a> = "delete_made.sql",
    (workspace: Uuid as SqlUuid, before: NaiveDate as Date) -> ()
);

statement!(
    DeleteErrors<'a> = "delete_errors.sql",
    (workspace: Uuid as SqlUuid, before: NaiveDate as Date) -> ()
);

/// Deletes summaries of days before a time, which is that before which facts are gone.
pub async fn delete(db: &Database, before: DateTime<Utc>) -> Result<(), Error> {
    const DOING: &str = "deleting summaries that are no longer kept";
    let scope = Scope::system("deleting summaries that are no longer kept");
    let before = UtcDay::of(before).date();
    let gone = Gone {
        before: &before,
        limit: &WORKSPACES,
    };
    let mut transaction = db.review(&scope, LIMIT).await?;
    let workspaces = gone.load::<Uuid>(transaction.connection()).await;
    for workspace in transaction.end(workspaces.doing(DOING)).await? {
        let within = scope.within([workspace]);
        loop {
            let rows = DeleteRows {
                workspace: &workspace,
                before: &before,
                rows: &ROWS,
            };
            let mut transaction = db.work(&within, LIMIT).await?;
            let some = rows.execute(transaction.connection()).await;
            if transaction.end(some.doing(DOING)).await? < ROWS as usize {
                break;
            }
        }
        // Last, as it is by these that the workspace is found; there are no more than there are days.
        let errors = DeleteErrors {
            workspace: &workspace,
            before: &before,
        };
        let made = DeleteMade {
            workspace: &workspace,
            before: &before,
        };
        let mut transaction = db.work(&within, LIMIT).await?;
        let deleted = delete_days(transaction.connection(), &errors, &made).await;
        transaction.end(deleted.doing(DOING)).await?;
    }
    Ok(())
}

async fn delete_days(
    connection: &mut AsyncPgConnection,
    errors: &DeleteErrors<'_>,
    made: &DeleteMade<'_>,
) -> QueryResult<()> {
    errors.execute(connection).await?;
    made.execute(connection).await.map(drop)
}
