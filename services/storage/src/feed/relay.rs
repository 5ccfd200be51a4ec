//! The relay: numbers what was committed, and trims what is old.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::OptionalExtension;
use diesel::sql_types::{BigInt, SmallInt, Timestamptz};
use diesel_async::RunQueryDsl;
use shadow_auth::Scope;

use super::read::SHARD;
use crate::broken::{self, Broken};
use crate::database::Transaction;
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

/// How many entries one call numbers; an entry is a whole batch of a workspace.
const ENTRIES: i64 = 1_000;

/// No statement of the relay takes longer.
const LIMIT: Duration = Duration::from_secs(10);

statement!(
    Take<'a> = "take.sql",
    (shard: i16 as SmallInt) -> BigInt
);

statement!(
    TakeWithoutLease<'a> = "../broken/take.sql",
    (shard: i16 as SmallInt) -> BigInt
);

statement!(
    Number<'a> = "number.sql",
    (position: i64 as BigInt, entries: i64 as BigInt) -> BigInt
);

statement!(
    Move<'a> = "move.sql",
    (shard: i16 as SmallInt, position: i64 as BigInt) -> ()
);

statement!(
    Trim<'a> = "trim.sql",
    (older_than: DateTime<Utc> as Timestamptz, entries: i64 as BigInt) -> BigInt
);

statement!(
    Trimmed<'a> = "trimmed.sql",
    (shard: i16 as SmallInt, position: i64 as BigInt) -> ()
);

/// Numbers what is committed and has no position, and says how many changes that were: 0 where there was nothing, or
/// where another relay is at it. One relay works at a time; what it numbers appears at once, without a gap.
pub async fn number(db: &Database) -> Result<usize, Error> {
    Ok(try_number(db).await?.unwrap_or(0))
}

/// The same, but nothing where another relay is at it. That one may have looked already, before what the caller has
/// committed: the caller is to come back.
pub async fn try_number(db: &Database) -> Result<Option<usize>, Error> {
    let mut transaction = db.work(&Scope::system("numbering the feed"), LIMIT).await?;
    let numbered = number_in(&mut transaction).await;
    transaction.end(numbered).await
}

async fn number_in(transaction: &mut Transaction) -> Result<Option<usize>, Error> {
    const DOING: &str = "numbering the feed";
    let connection = transaction.connection();
    // The row lock is the lease: it ends with the transaction, however that ends.
    let held = if broken::is(Broken::RelayWithoutLease) {
        let take = TakeWithoutLease { shard: &SHARD };
        take.get_result::<i64>(connection).await
    } else {
        Take { shard: &SHARD }.get_result::<i64>(connection).await
    };
    let held = held.optional().doing(DOING)?;
    let Some(position) = held else {
        return Ok(None);
    };
    let number = Number {
        position: &position,
        entries: &ENTRIES,
    };
    let last = number.load::<i64>(connection).await.doing(DOING)?;
    let Some(last) = last.into_iter().max() else {
        return Ok(Some(0));
    };
    let next = Move {
        shard: &SHARD,
        position: &last,
    };
    next.execute(connection).await.doing(DOING)?;
    Ok(Some(usize::try_from(last - position).unwrap_or(0)))
}

/// Deletes numbered entries that were committed before a time, the oldest first, and says how many. It keeps the order
/// in which they were numbered: nothing older than a kept entry is kept.
pub async fn trim(db: &Database, older_than: DateTime<Utc>) -> Result<usize, Error> {
    let mut trimmed = 0;
    loop {
        let mut transaction = db.work(&Scope::system("trimming the feed"), LIMIT).await?;
        let some = trim_in(&mut transaction, older_than).await;
        let some = transaction.end(some).await?;
        trimmed += some;
        if some < ENTRIES as usize {
            return Ok(trimmed);
        }
    }
}

async fn trim_in(transaction: &mut Transaction, older_than: DateTime<Utc>) -> Result<usize, Error> {
    const DOING: &str = "trimming the feed";
    let connection = transaction.connection();
    let trim = Trim {
        older_than: &older_than,
        entries: &ENTRIES,
    };
    let ends = trim.load::<i64>(connection).await.doing(DOING)?;
    if let Some(end) = ends.iter().max() {
        let trimmed = Trimmed {
            shard: &SHARD,
            position: end,
        };
        trimmed.execute(connection).await.doing(DOING)?;
    }
    Ok(ends.len())
}
