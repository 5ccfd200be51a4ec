//! How much of what was stored waits for the relay and for compaction, and for how long.

use std::time::Duration;

use diesel::sql_types::{BigInt, Double, SmallInt};
use diesel_async::RunQueryDsl;
use shadow_auth::Scope;

use crate::error::While;
use crate::feed::SHARD;
use crate::statement::statement;
use crate::{Database, Error};

/// Asking may not take longer.
const LIMIT: Duration = Duration::from_secs(5);

statement!(
    Waiting<'a> = "backlog.sql",
    (shard: i16 as SmallInt) -> (BigInt, BigInt, Double, BigInt, Double)
);

/// What waits. Ages are of the oldest; they are zero where nothing waits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backlog {
    /// The last position of the feed that was given.
    pub position: i64,
    /// Entries of the feed, each a batch of a workspace, that have no position yet.
    pub unnumbered: i64,
    /// How long the oldest of them has waited.
    pub unnumbered_age: Duration,
    /// Deltas that are not compacted yet.
    pub deltas: i64,
    /// How long the oldest of them has waited.
    pub deltas_age: Duration,
}

/// Looks what waits, of all workspaces together.
pub async fn backlog(db: &Database) -> Result<Backlog, Error> {
    let scope = Scope::system("measuring what waits");
    let mut transaction = db.review(&scope, LIMIT).await?;
    let waiting = Waiting { shard: &SHARD }
        .get_result::<(i64, i64, f64, i64, f64)>(transaction.connection())
        .await
        .doing("measuring what waits");
    let (position, unnumbered, unnumbered_age, deltas, deltas_age) =
        transaction.end(waiting).await?;
    Ok(Backlog {
        position,
        unnumbered,
        unnumbered_age: Duration::try_from_secs_f64(unnumbered_age).unwrap_or_default(),
        deltas,
        deltas_age: Duration::try_from_secs_f64(deltas_age).unwrap_or_default(),
    })
}
