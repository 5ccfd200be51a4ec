//! Reading the feed.

use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_auth::{Scope, Workspaces};
use shadow_domain::execution::Seen;
use uuid::Uuid;

use super::{Change, Changes, Filter, Position, Recent};
use crate::database::Transaction;
use crate::error::While;
use crate::row::{Columns, Row, seen_from};
use crate::statement::statement;
use crate::{Database, Error};

statement!(
    Where<'a> = "position.sql",
    (shard: i16 as SmallInt) -> (BigInt, BigInt)
);

statement!(
    After<'a> = "read_after.sql",
    (
        after: i64 as BigInt,
        all: bool as Bool,
        workspaces: [Uuid] as Array<SqlUuid>,
        limit: i64 as BigInt,
    ) -> (Columns, BigInt, Integer, SmallInt, Timestamptz, Text)
);

statement!(
    Snapshot<'a> = "snapshot.sql",
    (
        all: bool as Bool,
        workspaces: [Uuid] as Array<SqlUuid>,
        agent_ids: [String] as Array<Text>,
        statuses: [i16] as Array<SmallInt>,
        models: [String] as Array<Text>,
        minimum_duration: Option<i64> as Nullable<BigInt>,
        limit: i64 as BigInt,
    ) -> (Columns, Text)
);

statement!(
    Count<'a> = "count.sql",
    (
        after: i64 as BigInt,
        until: i64 as BigInt,
        all: bool as Bool,
        workspaces: [Uuid] as Array<SqlUuid>,
    ) -> BigInt
);

/// The one shard there is.
pub(crate) const SHARD: i16 = 0;

/// Where the feed ends and begins.
pub async fn position(db: &Database) -> Result<Position, Error> {
    let mut transaction = db
        .read(&Scope::system("position of the feed"), None)
        .await?;
    let found = position_in(&mut transaction).await;
    transaction.end(found).await
}

pub(super) async fn position_in(transaction: &mut Transaction) -> Result<Position, Error> {
    let (last, oldest) = Where { shard: &SHARD }
        .get_result::<(i64, i64)>(transaction.connection())
        .await
        .doing("asking where the feed ends")?;
    Ok(Position { last, oldest })
}

/// At most `limit` changes of the scope after a position, in order.
pub async fn read_after(
    db: &Database,
    scope: &Scope,
    position: i64,
    limit: usize,
) -> Result<Changes, Error> {
    let mut transaction = db.read(scope, None).await?;
    let read = changes(&mut transaction, scope, position, limit).await;
    transaction.end(read).await
}

/// Where each statement sees what is committed by then, the changes may reach beyond the end that was asked for first.
pub(super) async fn changes(
    transaction: &mut Transaction,
    scope: &Scope,
    position: i64,
    limit: usize,
) -> Result<Changes, Error> {
    let end = position_in(transaction).await?.last;
    let (all, workspaces) = workspaces(scope);
    let after = After {
        after: &position,
        all: &all,
        workspaces: &workspaces,
        limit: &i64::try_from(limit).unwrap_or(i64::MAX - 1),
    };
    let rows = after
        .load::<(Row, i64, i32, i16, DateTime<Utc>, String)>(transaction.connection())
        .await
        .doing("reading the feed")?;
    let changes = rows
        .into_iter()
        .map(
            |(row, position, revision, seen, committed_at, agent_name)| {
                let seen: Seen = seen_from(seen)?;
                Ok(Change {
                    position,
                    execution: row.execution()?.masked(seen),
                    agent_name,
                    revision,
                    committed_at,
                })
            },
        )
        .collect::<Result<Vec<Change>, Error>>()?;
    let last = changes.last().map_or(position, |last| last.position);
    let next = if changes.len() >= limit {
        last
    } else {
        last.max(end)
    };
    Ok(Changes { changes, next })
}

/// How many changes of the scope there are after one position and up to another.
pub async fn count(db: &Database, scope: &Scope, after: i64, until: i64) -> Result<u64, Error> {
    let (all, workspaces) = workspaces(scope);
    let count = Count {
        after: &after,
        until: &until,
        all: &all,
        workspaces: &workspaces,
    };
    let mut transaction = db.read(scope, None).await?;
    let counted = count.get_result::<i64>(transaction.connection()).await;
    let counted = transaction.end(counted.doing("counting changes")).await?;
    Ok(counted.unsigned_abs())
}

/// The executions of the scope that were opened last, the latest first, and a position: every change up to it is in
/// them. Changes that they hold already are known by their revision.
pub async fn snapshot(
    db: &Database,
    scope: &Scope,
    filter: &Filter,
    limit: usize,
) -> Result<(i64, Vec<Recent>), Error> {
    let mut transaction = db.read(scope, None).await?;
    let read = recent(&mut transaction, scope, filter, limit).await;
    transaction.end(read).await
}

async fn recent(
    transaction: &mut Transaction,
    scope: &Scope,
    filter: &Filter,
    limit: usize,
) -> Result<(i64, Vec<Recent>), Error> {
    let position = position_in(transaction).await?.last;
    let (all, workspaces) = workspaces(scope);
    let statuses: Vec<i16> = filter.statuses.iter().map(|status| status.code()).collect();
    let snapshot = Snapshot {
        all: &all,
        workspaces: &workspaces,
        agent_ids: &filter.agent_ids,
        statuses: &statuses,
        models: &filter.models,
        minimum_duration: &filter.minimum_duration_micros,
        limit: &i64::try_from(limit).unwrap_or(i64::MAX),
    };
    let rows = snapshot
        .load::<(Row, String)>(transaction.connection())
        .await
        .doing("reading recent executions")?;
    let recent = rows
        .into_iter()
        .map(|(row, agent_name)| {
            Ok(Recent {
                revision: row.revision,
                execution: row.execution()?,
                agent_name,
            })
        })
        .collect::<Result<Vec<Recent>, Error>>()?;
    Ok((position, recent))
}

fn workspaces(scope: &Scope) -> (bool, Vec<Uuid>) {
    match scope.workspaces() {
        Workspaces::All => (true, Vec::new()),
        Workspaces::Some(some) => (false, some.iter().copied().collect()),
    }
}
