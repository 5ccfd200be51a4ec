//! Bringing what is stored under the pseudonym, workspace by workspace. How far it has come is noted after each, so that it
//! goes on where it was, whoever was killed; doing a part twice does nothing.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::OptionalExtension;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_auth::Scope;
use uuid::Uuid;

use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

/// No statement takes longer.
const LIMIT: Duration = Duration::from_secs(60);
/// How many rows one transaction changes.
const ROWS: i64 = 2_000;
/// How much of a workspace's time one transaction looks at: as long as a partition.
const STRETCH_DAYS: i64 = 31;

const DOING: &str = "erasing a person";

statement!(
    Unfinished<'a> = "pending.sql",
    (limit: i64 as BigInt) ->
        (SqlUuid, Timestamptz, SqlUuid, Text, Text, Nullable<BigInt>, Nullable<SqlUuid>)
);

statement!(
    Barrier<'a> = "barrier.sql",
    (workspace: Uuid as SqlUuid, at: DateTime<Utc> as Timestamptz, event: Uuid as SqlUuid) -> ()
);

statement!(
    Passed<'a> = "passed.sql",
    (barrier: i64 as BigInt) -> Bool
);

statement!(
    NextWorkspace<'a> = "next_workspace.sql",
    (after: Option<Uuid> as Nullable<SqlUuid>) ->
        (SqlUuid, Nullable<Timestamptz>, Nullable<Timestamptz>)
);

statement!(
    SweepExecutions<'a> = "sweep_executions.sql",
    (
        workspace: Uuid as SqlUuid,
        since: DateTime<Utc> as Timestamptz,
        until: DateTime<Utc> as Timestamptz,
        user_id: str as Text,
        pseudonym: str as Text,
        rows: i64 as BigInt,
    ) -> BigInt
);

statement!(
    SweepActivities<'a> = "sweep_activities.sql",
    (
        workspace: Uuid as SqlUuid,
        since: DateTime<Utc> as Timestamptz,
        until: DateTime<Utc> as Timestamptz,
        user_id: str as Text,
        pseudonym: str as Text,
        rows: i64 as BigInt,
    ) -> BigInt
);

statement!(
    SweepEntries<'a> = "sweep_entries.sql",
    (workspace: Uuid as SqlUuid, user_id: str as Text, pseudonym: str as Text) -> ()
);

statement!(
    Progress<'a> = "progress.sql",
    (
        workspace: Uuid as SqlUuid,
        at: DateTime<Utc> as Timestamptz,
        event: Uuid as SqlUuid,
        swept: Uuid as SqlUuid,
        executions: i64 as BigInt,
        activities: i64 as BigInt,
    ) -> ()
);

statement!(
    Finish<'a> = "finish.sql",
    (workspace: Uuid as SqlUuid, at: DateTime<Utc> as Timestamptz, event: Uuid as SqlUuid) -> ()
);

/// An erasure that is not done yet.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct Pending {
    workspace_id: Uuid,
    occurred_at: DateTime<Utc>,
    event_id: Uuid,
    user_id: String,
    pseudonym: String,
    barrier: Option<i64>,
    swept_workspace: Option<Uuid>,
}

/// The erasures that are not done, the oldest first.
pub async fn pending(db: &Database, limit: i64) -> Result<Vec<Pending>, Error> {
    let mut transaction = db.work(&scope(), LIMIT).await?;
    let rows = Unfinished { limit: &limit }
        .load::<Pending>(transaction.connection())
        .await;
    transaction.end(rows.doing(DOING)).await
}

/// Whether everything that began before the erasure held has ended, so that the sweep will find all there is. It has to be
/// asked again until it has.
pub async fn begin(db: &Database, erasure: &Pending) -> Result<bool, Error> {
    let mut transaction = db.work(&scope(), LIMIT).await?;
    let connection = transaction.connection();
    let Some(barrier) = erasure.barrier else {
        let barrier = Barrier {
            workspace: &erasure.workspace_id,
            at: &erasure.occurred_at,
            event: &erasure.event_id,
        };
        let put = barrier.execute(connection).await.map(drop).doing(DOING);
        transaction.end(put).await?;
        return Ok(false);
    };
    let passed = Passed { barrier: &barrier }
        .get_result::<bool>(connection)
        .await;
    transaction.end(passed.doing(DOING)).await
}

/// Brings what the next workspace holds under the pseudonym; says whether there was one.
pub async fn sweep(db: &Database, erasure: &mut Pending) -> Result<bool, Error> {
    let mut transaction = db.work(&scope(), LIMIT).await?;
    let next = NextWorkspace {
        after: &erasure.swept_workspace,
    };
    type Next = (Uuid, Option<DateTime<Utc>>, Option<DateTime<Utc>>);
    let next = next.get_result::<Next>(transaction.connection()).await;
    let next = transaction.end(next.optional().doing(DOING)).await?;
    let Some((workspace, first, last)) = next else {
        return Ok(false);
    };
    let mut swept = Swept::default();
    if let (Some(mut since), Some(last)) = (first, last) {
        while since <= last {
            let until = since + TimeDelta::days(STRETCH_DAYS);
            stretch(db, erasure, workspace, (since, until), &mut swept).await?;
            since = until;
        }
    }
    let mut transaction = db.work(&scope(), LIMIT).await?;
    let noted = note(&mut transaction, erasure, workspace, swept).await;
    transaction.end(noted).await?;
    erasure.swept_workspace = Some(workspace);
    Ok(true)
}

/// How many rows were brought under the pseudonym.
#[derive(Debug, Clone, Copy, Default)]
struct Swept {
    executions: i64,
    activities: i64,
}

/// A stretch of a workspace's time, some rows at a time. Both tables go together, so that nobody counts the person twice, once
/// by each name, but where there is too much of it.
async fn stretch(
    db: &Database,
    erasure: &Pending,
    workspace: Uuid,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
    swept: &mut Swept,
) -> Result<(), Error> {
    loop {
        let executions = SweepExecutions {
            workspace: &workspace,
            since: &since,
            until: &until,
            user_id: &erasure.user_id,
            pseudonym: &erasure.pseudonym,
            rows: &ROWS,
        };
        let activities = SweepActivities {
            workspace: &workspace,
            since: &since,
            until: &until,
            user_id: &erasure.user_id,
            pseudonym: &erasure.pseudonym,
            rows: &ROWS,
        };
        let mut transaction = db.work(&scope().within([workspace]), LIMIT).await?;
        let some = async {
            let connection = transaction.connection();
            let executions = executions
                .get_result::<i64>(connection)
                .await
                .doing(DOING)?;
            let activities = activities
                .get_result::<i64>(connection)
                .await
                .doing(DOING)?;
            Ok((executions, activities))
        };
        let some = some.await;
        let some = transaction.end(some).await?;
        swept.executions += some.0;
        swept.activities += some.1;
        if some.0 < ROWS && some.1 < ROWS {
            return Ok(());
        }
    }
}

/// What was said of the person in a workspace, and that the workspace is done.
async fn note(
    transaction: &mut crate::database::Transaction,
    erasure: &Pending,
    workspace: Uuid,
    swept: Swept,
) -> Result<(), Error> {
    let entries = SweepEntries {
        workspace: &workspace,
        user_id: &erasure.user_id,
        pseudonym: &erasure.pseudonym,
    };
    let connection = transaction.connection();
    entries.execute(connection).await.doing(DOING)?;
    let progress = Progress {
        workspace: &erasure.workspace_id,
        at: &erasure.occurred_at,
        event: &erasure.event_id,
        swept: &workspace,
        executions: &swept.executions,
        activities: &swept.activities,
    };
    progress.execute(connection).await.map(drop).doing(DOING)
}

/// Ends an erasure whose workspaces are all swept: the id is no longer needed, and forgotten.
pub async fn finish(db: &Database, erasure: &Pending) -> Result<(), Error> {
    let mut transaction = db.work(&scope(), LIMIT).await?;
    let finish = Finish {
        workspace: &erasure.workspace_id,
        at: &erasure.occurred_at,
        event: &erasure.event_id,
    };
    let done = finish.execute(transaction.connection()).await.map(drop);
    transaction.end(done.doing(DOING)).await
}

/// When an erasure was last finished: what was read before may still name somebody.
pub async fn finished_at(db: &Database) -> Result<Option<DateTime<Utc>>, Error> {
    let mut transaction = db.read(&scope(), None).await?;
    let at = diesel::select(diesel::dsl::sql::<Nullable<Timestamptz>>(
        "(SELECT max(finished_at) FROM analytics.erasure)",
    ));
    let at = at
        .get_result::<Option<DateTime<Utc>>>(transaction.connection())
        .await;
    transaction.end(at.doing(DOING)).await
}

fn scope() -> Scope {
    Scope::system("erasing people")
}
