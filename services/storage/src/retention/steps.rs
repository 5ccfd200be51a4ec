//! Steps of executions that are gone.

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_auth::Scope;
use uuid::Uuid;

use super::{LIMIT, ROWS, WORKSPACES};
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

statement!(
    OldSteps<'a> = "old_steps.sql",
    (before: DateTime<Utc> as Timestamptz, limit: i64 as BigInt) -> SqlUuid
);

statement!(
    DeleteSteps<'a> = "delete_steps.sql",
    (
        workspace: Uuid as SqlUuid,
        before: DateTime<Utc> as Timestamptz,
        rows: i64 as BigInt,
    ) -> ()
);

/// Deletes steps of executions that were opened before a time, which is that before which facts are gone, and says how
/// many.
pub async fn delete_steps(db: &Database, before: DateTime<Utc>) -> Result<usize, Error> {
    const DOING: &str = "deleting steps that are no longer kept";
    let scope = Scope::system("deleting steps that are no longer kept");
    let old = OldSteps {
        before: &before,
        limit: &WORKSPACES,
    };
    let mut transaction = db.review(&scope, LIMIT).await?;
    let workspaces = old.load::<Uuid>(transaction.connection()).await;
    let workspaces = transaction.end(workspaces.doing(DOING)).await?;
    let mut deleted = 0;
    for workspace in workspaces {
        loop {
            let delete = DeleteSteps {
                workspace: &workspace,
                before: &before,
                rows: &ROWS,
            };
            let mut transaction = db.work(&scope.within([workspace]), LIMIT).await?;
            let some = delete.execute(transaction.connection()).await;
            let some = transaction.end(some.doing(DOING)).await?;
            deleted += some;
            if some < ROWS as usize {
                break;
            }
        }
    }
    Ok(deleted)
}
