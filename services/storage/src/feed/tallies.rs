//! What the entries of the feed add to the live counters.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::sql_types::{
    Array, BigInt, Binary, Integer, Nullable, SmallInt, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_auth::Scope;
use shadow_domain::cell::Dimension;
use shadow_domain::live::{Counts, LONG_SECONDS, Tally};
use shadow_domain::ordinals::Ordinals;
use uuid::Uuid;

use super::read::SHARD;
use crate::database::Transaction;
use crate::error::While;
use crate::partials::decode_delta;
use crate::statement::statement;
use crate::{Database, Error};

/// How many entries are read at once.
const PAGE: i64 = 5_000;

/// No statement takes longer: counters that are older are of no use.
const LIMIT: Duration = Duration::from_secs(10);

/// Names entries and deltas from the first on, so that reading all of them has a bound parameter like any other.
const FIRST: i64 = -1;

type Columns = (
    BigInt,
    SqlUuid,
    Nullable<Timestamptz>,
    Nullable<Integer>,
    Nullable<Integer>,
    Nullable<Integer>,
    Nullable<Integer>,
    Nullable<Integer>,
    Nullable<BigInt>,
    Nullable<Array<Integer>>,
);

type Row = (
    i64,
    Uuid,
    Option<DateTime<Utc>>,
    Option<i32>,
    Option<i32>,
    Option<i32>,
    Option<i32>,
    Option<i32>,
    Option<i64>,
    Option<Vec<i32>>,
);

statement!(
    Clock<'a> = "clock.sql",
    (shard: i16 as SmallInt) -> (Timestamptz, BigInt, BigInt)
);

statement!(
    After<'a> = "tallies_after.sql",
    (position: i64 as BigInt, limit: i64 as BigInt) -> Columns
);

statement!(
    Before<'a> = "tallies_before.sql",
    (position: i64 as BigInt, limit: i64 as BigInt) -> Columns
);

statement!(
    OpenPages<'a> = "open_pages.sql",
    (dimension: i16 as SmallInt) -> (SqlUuid, BigInt)
);

statement!(
    OpenDeltas<'a> = "open_deltas.sql",
    (after: i64 as BigInt) -> (SqlUuid, Binary)
);

statement!(
    OpenUnnumbered<'a> = "open_unnumbered.sql",
    (after: i64 as BigInt) -> (SqlUuid, BigInt)
);

/// What one entry adds.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its workspace.
    pub workspace_id: Uuid,
    /// When watchers could see it; never earlier than that of an entry before it.
    pub numbered_at: DateTime<Utc>,
    /// What it amounts to.
    pub tally: Tally,
}

/// What was added up to a position.
#[derive(Debug, Clone, PartialEq)]
pub struct Tallies {
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// Up to here everything is in them.
    pub position: i64,
    /// The database's time when they were read: nothing that was numbered before it is missing.
    pub time: DateTime<Utc>,
}

/// Where live counters begin.
#[derive(Debug, Clone, PartialEq)]
pub struct Beginning {
    /// How many executions are open in each workspace at the position.
    pub open: HashMap<Uuid, i64>,
    /// What was added within the last minute before it, which is part of what is open.
    pub recent: Tallies,
}

/// What was added after a position, in one state of the database. `None` where that cannot be said, because it is no
/// longer kept or an earlier version wrote some of it: then begin again.
pub async fn tallies_after(db: &Database, position: i64) -> Result<Option<Tallies>, Error> {
    let mut transaction = db.read(&scope(), Some(LIMIT)).await?;
    let read = after(&mut transaction, position).await;
    transaction.end(read).await
}

async fn after(transaction: &mut Transaction, position: i64) -> Result<Option<Tallies>, Error> {
    let (time, end, trimmed) = clock(transaction).await?;
    if !(trimmed..=end).contains(&position) {
        return Ok(None);
    }
    let mut tallies = Tallies {
        entries: Vec::new(),
        position,
        time,
    };
    loop {
        let after = After {
            position: &tallies.position,
            limit: &PAGE,
        };
        let rows = after.load::<Row>(transaction.connection()).await;
        let rows = rows.doing("reading what entries add")?;
        let more = rows.len() >= PAGE as usize;
        for row in rows {
            tallies.position = row.0;
            match entry(row)? {
                Some(entry) => tallies.entries.push(entry),
                None => return Ok(None),
            }
        }
        if !more {
            return Ok(Some(tallies));
        }
    }
}

/// What is open, and what the last minute added, in one state of the database. What an earlier version wrote is missing
/// among what was added.
pub async fn begin_tallies(db: &Database) -> Result<Beginning, Error> {
    let mut transaction = db.read(&scope(), Some(LIMIT)).await?;
    let begun = begin(&mut transaction).await;
    transaction.end(begun).await
}

async fn begin(transaction: &mut Transaction) -> Result<Beginning, Error> {
    let (time, position, _) = clock(transaction).await?;
    let open = open(transaction).await?;
    let since = time - TimeDelta::seconds(LONG_SECONDS + 1);
    let (mut entries, mut from) = (Vec::new(), position);
    'pages: loop {
        let before = Before {
            position: &from,
            limit: &PAGE,
        };
        let rows = before.load::<Row>(transaction.connection()).await;
        let rows = rows.doing("reading what entries added")?;
        let more = rows.len() >= PAGE as usize;
        for row in rows {
            from = row.0;
            if row.2.is_none_or(|numbered_at| numbered_at < since) {
                break 'pages;
            }
            entries.extend(entry(row)?);
        }
        if !more {
            break;
        }
    }
    entries.reverse();
    let recent = Tallies {
        entries,
        position,
        time,
    };
    Ok(Beginning { open, recent })
}

/// What is open by workspace: what the partials say, without what they hold of entries that have no position yet.
async fn open(transaction: &mut Transaction) -> Result<HashMap<Uuid, i64>, Error> {
    const DOING: &str = "counting what is open";
    let connection = transaction.connection();
    let pages = OpenPages {
        dimension: &Dimension::Total.code(),
    };
    let pages = pages.load::<(Uuid, i64)>(connection).await.doing(DOING)?;
    let mut open: HashMap<Uuid, i64> = pages.into_iter().collect();
    let deltas = OpenDeltas { after: &FIRST };
    let deltas = deltas
        .load::<(Uuid, Vec<u8>)>(connection)
        .await
        .doing(DOING)?;
    for (workspace_id, cells) in deltas {
        let delta = decode_delta(&cells)?;
        let totals = delta
            .0
            .iter()
            .filter(|(cell, _)| cell.dimension == Dimension::Total);
        *open.entry(workspace_id).or_default() += totals
            .map(|(_, partial)| partial.opened.cast_signed() - partial.ended().cast_signed())
            .sum::<i64>();
    }
    let unnumbered = OpenUnnumbered { after: &FIRST };
    let unnumbered = unnumbered
        .load::<(Uuid, i64)>(connection)
        .await
        .doing(DOING)?;
    for (workspace_id, change) in unnumbered {
        *open.entry(workspace_id).or_default() -= change;
    }
    Ok(open)
}

fn scope() -> Scope {
    Scope::system("live counters, which each watch reads within a scope of its own")
}

async fn clock(transaction: &mut Transaction) -> Result<(DateTime<Utc>, i64, i64), Error> {
    Clock { shard: &SHARD }
        .get_result::<(DateTime<Utc>, i64, i64)>(transaction.connection())
        .await
        .doing("asking where the feed ends")
}

/// `None` where an earlier version wrote or numbered the entry.
fn entry(row: Row) -> Result<Option<Entry>, Error> {
    let (_, workspace_id, numbered_at, open_change, opened, started, ended, failed, credits, users) =
        row;
    let (Some(numbered_at), Some(open_change)) = (numbered_at, open_change) else {
        return Ok(None);
    };
    let count = |number: Option<i32>| u64::from(number.unwrap_or(0).unsigned_abs());
    let mut ordinals = Ordinals::default();
    for user in users.unwrap_or_default() {
        let user = u32::try_from(user).map_err(|error| Error::malformed("an ordinal", error))?;
        ordinals.insert(user);
    }
    Ok(Some(Entry {
        workspace_id,
        numbered_at,
        tally: Tally {
            open_change: i64::from(open_change),
            counts: Counts {
                opened: count(opened),
                started: count(started),
                ended: count(ended),
                failed: count(failed),
                credits_micro: credits.unwrap_or(0).unsigned_abs(),
            },
            users: ordinals,
        },
    }))
}
