//! The record of erasures: each is written by its event, and read by whoever has to answer for it.

use chrono::{DateTime, Utc};
use diesel::OptionalExtension;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_auth::Scope;
use shadow_domain::fact::{Erasure, Fact, pseudonym};
use uuid::Uuid;

use super::erased;
use crate::database::Transaction;
use crate::error::While;
use crate::ingest::FactAnswer;
use crate::statement::statement;
use crate::{Database, Error};

statement!(
    Erase<'a> = "erase.sql",
    (
        workspace_id: Uuid as SqlUuid,
        occurred_at: DateTime<Utc> as Timestamptz,
        event_id: Uuid as SqlUuid,
        user_id: str as Text,
        pseudonym: str as Text,
        requested_by: str as Text,
    ) -> Bool
);

statement!(
    Recorded<'a> = "recorded.sql",
    (
        workspace_id: Uuid as SqlUuid,
        occurred_at: DateTime<Utc> as Timestamptz,
        event_id: Uuid as SqlUuid,
    ) -> Text
);

statement!(
    List<'a> = "list.sql",
    (before: Option<DateTime<Utc>> as Nullable<Timestamptz>, limit: i64 as BigInt) ->
        (SqlUuid, Timestamptz, SqlUuid, Text, Text, Timestamptz, Nullable<Timestamptz>, BigInt, BigInt)
);

/// An erasure that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct Record {
    /// The workspace in which it was asked for.
    pub workspace_id: Uuid,
    /// When it was.
    pub occurred_at: DateTime<Utc>,
    /// The id of the event.
    pub event_id: Uuid,
    /// What the person is called now.
    pub pseudonym: String,
    /// Who asked.
    pub requested_by: String,
    /// When it was taken in.
    pub recorded_at: DateTime<Utc>,
    /// When nothing named the person any more; none until then.
    pub finished_at: Option<DateTime<Utc>>,
    /// How many executions were brought under the pseudonym.
    pub executions: i64,
    /// How many activities were.
    pub activities: i64,
}

/// Records that a person is to be erased: from the commit on nothing comes in under the id.
pub(crate) async fn erase(
    db: &Database,
    scope: &Scope,
    fact: &Fact,
    erasure: &Erasure,
) -> Result<FactAnswer, Error> {
    let mut transaction = db.write(&scope.within([fact.workspace_id])).await?;
    let answer = record(&mut transaction, fact, erasure).await;
    transaction.end(answer).await
}

async fn record(
    transaction: &mut Transaction,
    fact: &Fact,
    erasure: &Erasure,
) -> Result<FactAnswer, Error> {
    const DOING: &str = "recording an erasure";
    let alias = pseudonym(erased::salt(transaction).await?, &erasure.user_id);
    // Who asks to be erased is not to stand in the record of it.
    let requested_by = match erasure.requested_by == erasure.user_id {
        true => &alias,
        false => &erasure.requested_by,
    };
    let erase = Erase {
        workspace_id: &fact.workspace_id,
        occurred_at: &fact.occurred_at,
        event_id: &fact.event_id,
        user_id: &erasure.user_id,
        pseudonym: &alias,
        requested_by,
    };
    let connection = transaction.connection();
    if erase.get_result::<bool>(connection).await.doing(DOING)? {
        return Ok(FactAnswer::New);
    }
    let recorded = Recorded {
        workspace_id: &fact.workspace_id,
        occurred_at: &fact.occurred_at,
        event_id: &fact.event_id,
    };
    let known = recorded.get_result::<String>(connection).await;
    match known.optional().doing(DOING)? {
        Some(known) if known == alias => Ok(FactAnswer::Repeated),
        _ => Ok(FactAnswer::Conflict("user_id")),
    }
}

/// A page of the record of the scope, the latest first: what was taken in before a time.
pub async fn list(
    db: &Database,
    scope: &Scope,
    before: Option<DateTime<Utc>>,
    limit: i64,
) -> Result<Vec<Record>, Error> {
    let mut transaction = db.read(scope, None).await?;
    let list = List {
        before: &before,
        limit: &limit,
    };
    let rows = list.load::<Record>(transaction.connection()).await;
    transaction.end(rows.doing("listing erasures")).await
}
