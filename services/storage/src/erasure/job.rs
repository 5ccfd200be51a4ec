//! Bringing what is stored under the pseudonym, stretch by stretch of each workspace's time. No index finds a person: it would
//! cost every execution something, for what is done rarely. So a stretch is as long as there are so many rows in it, and no
//! statement runs long, however much there is. How far it has come is noted with what was done, so that it goes on where it
//! was, whoever was killed; doing a part twice does nothing.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::OptionalExtension;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_auth::Scope;
use uuid::Uuid;

use crate::database::Transaction;
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

/// No statement takes longer.
const LIMIT: Duration = Duration::from_secs(60);

const DOING: &str = "erasing a person";

statement!(
    Unfinished<'a> = "pending.sql",
    (
        limit: i64 as BigInt,
        recorded_at: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        workspace: Option<Uuid> as Nullable<SqlUuid>,
        at: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        event: Option<Uuid> as Nullable<SqlUuid>,
    ) ->
        (
            SqlUuid, Timestamptz, SqlUuid, Timestamptz, Text, Text, Nullable<BigInt>,
            Nullable<SqlUuid>, Nullable<SqlUuid>, Nullable<Timestamptz>,
        )
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
    NextStretch<'a> = "next_stretch.sql",
    (
        after: Option<Uuid> as Nullable<SqlUuid>,
        sweeping: Option<Uuid> as Nullable<SqlUuid>,
        swept_until: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        rows: i64 as BigInt,
    ) -> (SqlUuid, Nullable<Timestamptz>, Nullable<Timestamptz>)
);

statement!(
    SweepExecutions<'a> = "sweep_executions.sql",
    (
        workspace: Uuid as SqlUuid,
        since: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        until: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        user_id: str as Text,
        pseudonym: str as Text,
    ) -> BigInt
);

statement!(
    SweepActivities<'a> = "sweep_activities.sql",
    (
        workspace: Uuid as SqlUuid,
        since: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        until: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        user_id: str as Text,
        pseudonym: str as Text,
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
        swept_workspace: Option<Uuid> as Nullable<SqlUuid>,
        sweeping: Option<Uuid> as Nullable<SqlUuid>,
        swept_until: Option<DateTime<Utc>> as Nullable<Timestamptz>,
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
    recorded_at: DateTime<Utc>,
    user_id: String,
    pseudonym: String,
    barrier: Option<i64>,
    swept_workspace: Option<Uuid>,
    sweeping: Option<Uuid>,
    swept_until: Option<DateTime<Utc>>,
}

/// The erasures that are not done, the oldest first; those after one of them, where it is given.
pub async fn pending(
    db: &Database,
    after: Option<&Pending>,
    limit: i64,
) -> Result<Vec<Pending>, Error> {
    let mut transaction = db.work(&scope(), LIMIT).await?;
    let unfinished = Unfinished {
        limit: &limit,
        recorded_at: &after.map(|after| after.recorded_at),
        workspace: &after.map(|after| after.workspace_id),
        at: &after.map(|after| after.occurred_at),
        event: &after.map(|after| after.event_id),
    };
    let rows = unfinished.load::<Pending>(transaction.connection()).await;
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

/// Brings what the next stretch holds under the pseudonym, which ends after so many executions or so many activities of a
/// workspace; says whether there was one.
pub async fn sweep(db: &Database, erasure: &mut Pending, rows: i64) -> Result<bool, Error> {
    let mut transaction = db.work(&scope(), LIMIT).await?;
    let next = NextStretch {
        after: &erasure.swept_workspace,
        sweeping: &erasure.sweeping,
        swept_until: &erasure.swept_until,
        rows: &rows,
    };
    let next = next
        .get_result::<Stretch>(transaction.connection())
        .await
        .optional();
    let Some(stretch) = transaction.end(next.doing(DOING)).await? else {
        return Ok(false);
    };
    let mut swept = erasure.clone();
    if stretch.until.is_some() {
        swept.sweeping = Some(stretch.workspace);
        swept.swept_until = stretch.until;
    } else {
        swept.swept_workspace = Some(stretch.workspace);
        swept.sweeping = None;
        swept.swept_until = None;
    }
    let both = scope().within([stretch.workspace, erasure.workspace_id]);
    let mut transaction = db.work(&both, LIMIT).await?;
    let done = sweep_in(&mut transaction, &swept, &stretch).await;
    transaction.end(done).await?;
    *erasure = swept;
    Ok(true)
}

/// Some of a workspace's time: since and until when; all that is left of it where there is no end.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
struct Stretch {
    workspace: Uuid,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

/// Both tables go together, and with them how far it has come. Until the workspace is through, what counts people from its
/// facts counts this one twice, once by each name.
async fn sweep_in(
    transaction: &mut Transaction,
    erasure: &Pending,
    Stretch {
        workspace,
        since,
        until,
    }: &Stretch,
) -> Result<(), Error> {
    let executions = SweepExecutions {
        workspace,
        since,
        until,
        user_id: &erasure.user_id,
        pseudonym: &erasure.pseudonym,
    };
    let activities = SweepActivities {
        workspace,
        since,
        until,
        user_id: &erasure.user_id,
        pseudonym: &erasure.pseudonym,
    };
    let connection = transaction.connection();
    let executions = executions
        .get_result::<i64>(connection)
        .await
        .doing(DOING)?;
    let activities = activities
        .get_result::<i64>(connection)
        .await
        .doing(DOING)?;
    if until.is_none() {
        let entries = SweepEntries {
            workspace,
            user_id: &erasure.user_id,
            pseudonym: &erasure.pseudonym,
        };
        entries.execute(connection).await.doing(DOING)?;
    }
    let progress = Progress {
        workspace: &erasure.workspace_id,
        at: &erasure.occurred_at,
        event: &erasure.event_id,
        swept_workspace: &erasure.swept_workspace,
        sweeping: &erasure.sweeping,
        swept_until: &erasure.swept_until,
        executions: &executions,
        activities: &activities,
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

/// How many erasures were finished: where there are more, what was read before may still name somebody.
pub async fn finished(db: &Database) -> Result<i64, Error> {
    let mut transaction = db.read(&scope(), None).await?;
    let finished = diesel::select(diesel::dsl::sql::<BigInt>(
        "(SELECT finished FROM analytics.erasure_tally)",
    ));
    let finished = finished.get_result::<i64>(transaction.connection()).await;
    transaction.end(finished.doing(DOING)).await
}

fn scope() -> Scope {
    Scope::system("erasing people")
}
