//! How many events were refused, by workspace, hour, reason and field.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_auth::{Scope, Workspaces};
use uuid::Uuid;

use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

/// The longest field that is kept, in bytes.
pub const MAX_FIELD_BYTES: usize = 128;

/// How many rows one statement of trimming deletes.
const ROWS: i64 = 1_000;

/// No statement of trimming takes longer.
const LIMIT: Duration = Duration::from_secs(10);

statement!(
    Add<'a> = "add.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        hour: [DateTime<Utc>] as Array<Timestamptz>,
        reason: [i16] as Array<SmallInt>,
        field: [&'a str] as Array<Text>,
        events: [i64] as Array<BigInt>,
        last_at: [DateTime<Utc>] as Array<Timestamptz>,
    ) -> ()
);

statement!(
    List<'a> = "list.sql",
    (
        all: bool as Bool,
        workspaces: [Uuid] as Array<SqlUuid>,
        since: DateTime<Utc> as Timestamptz,
        until: DateTime<Utc> as Timestamptz,
        after_hour: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        after_workspace: Uuid as SqlUuid,
        after_reason: i16 as SmallInt,
        after_field: str as Text,
        limit: i64 as BigInt,
    ) -> (SqlUuid, Timestamptz, SmallInt, Text, BigInt, Timestamptz)
);

statement!(
    Trim<'a> = "trim.sql",
    (older_than: DateTime<Utc> as Timestamptz, rows: i64 as BigInt) -> ()
);

/// What is counted as one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The workspace; `None` where the events named none into which their caller may publish.
    pub workspace_id: Option<Uuid>,
    /// The hour in which they came, its first instant.
    pub hour: DateTime<Utc>,
    /// The number of the reason.
    pub reason: i16,
    /// The field at fault, at most [`MAX_FIELD_BYTES`].
    pub field: String,
}

/// How many events were refused so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// What they have in common.
    pub key: Key,
    /// How many, at least one.
    pub events: i64,
    /// When the latest of them came.
    pub last_at: DateTime<Utc>,
}

/// Adds to what is counted; no key may be there twice.
pub async fn add(db: &Database, counts: &[Count]) -> Result<(), Error> {
    let keys = || counts.iter().map(|count| &count.key);
    let workspace_id: Vec<Uuid> = keys()
        .map(|key| key.workspace_id.unwrap_or_default())
        .collect();
    let hour: Vec<_> = keys().map(|key| key.hour).collect();
    let reason: Vec<_> = keys().map(|key| key.reason).collect();
    let field: Vec<_> = keys().map(|key| key.field.as_str()).collect();
    let events: Vec<_> = counts.iter().map(|count| count.events).collect();
    let last_at: Vec<_> = counts.iter().map(|count| count.last_at).collect();
    let add = Add {
        workspace_id: &workspace_id,
        hour: &hour,
        reason: &reason,
        field: &field,
        events: &events,
        last_at: &last_at,
    };
    let scope = Scope::system("counting refused events");
    let mut transaction = db.write(&scope).await?;
    let done = add.execute(transaction.connection()).await;
    transaction
        .end(done.doing("counting refused events"))
        .await?;
    Ok(())
}

/// A page of the counts of the scope whose hour begins from `since` on and before `until`, the latest first: those after
/// this one. What belongs to no workspace only a scope of all of them sees.
pub async fn list(
    db: &Database,
    scope: &Scope,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
    after: Option<&Key>,
    limit: i64,
) -> Result<Vec<Count>, Error> {
    type Row = (Uuid, DateTime<Utc>, i16, String, i64, DateTime<Utc>);
    let (all, workspaces) = match scope.workspaces() {
        Workspaces::All => (true, Vec::new()),
        Workspaces::Some(some) => (false, some.iter().copied().collect()),
    };
    let list = List {
        all: &all,
        workspaces: &workspaces,
        since: &since,
        until: &until,
        after_hour: &after.map(|after| after.hour),
        after_workspace: &after
            .and_then(|after| after.workspace_id)
            .unwrap_or_default(),
        after_reason: &after.map_or(0, |after| after.reason),
        after_field: after.map_or("", |after| &after.field),
        limit: &limit,
    };
    let mut transaction = db.read(scope, None).await?;
    let rows = list
        .load::<Row>(transaction.connection())
        .await
        .doing("listing refused events");
    let rows = transaction.end(rows).await?;
    Ok(rows
        .into_iter()
        .map(
            |(workspace_id, hour, reason, field, events, last_at)| Count {
                key: Key {
                    workspace_id: Some(workspace_id).filter(|id| !id.is_nil()),
                    hour,
                    reason,
                    field,
                },
                events,
                last_at,
            },
        )
        .collect())
}

/// Deletes the counts of hours before a time, and says how many.
pub async fn trim(db: &Database, older_than: DateTime<Utc>) -> Result<usize, Error> {
    let scope = Scope::system("trimming counts of refused events");
    let mut trimmed = 0;
    loop {
        let mut transaction = db.work(&scope, LIMIT).await?;
        let trim = Trim {
            older_than: &older_than,
            rows: &ROWS,
        };
        let some = trim.execute(transaction.connection()).await;
        let some = transaction
            .end(some.doing("trimming counts of refused events"))
            .await?;
        trimmed += some;
        if some < ROWS as usize {
            return Ok(trimmed);
        }
    }
}
