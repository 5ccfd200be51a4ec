//! Merging a day of all workspaces.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Date, Integer, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use shadow_auth::Scope;
use shadow_domain::cell::{Dimension, Page};
use shadow_domain::time::UtcDay;
use uuid::Uuid;

use super::{FOLDED, Folded, LIMIT};
use crate::error::While;
use crate::partials::{ByPrefix, Columns, StoredPage};
use crate::statement::statement;
use crate::{Database, Error};

/// Pages of so many workspaces are read at once, and so many pages of the platform written: it bounds what is on its way,
/// however many workspaces there are. What they are merged into is held as a whole, a page for each key of a dimension.
const WORKSPACES_AT_ONCE: i64 = 100;
const PAGES_AT_ONCE: usize = 500;

statement!(
    Stale<'a> = "stale.sql",
    (
        before: NaiveDate as Date,
        folded_before: DateTime<Utc> as Timestamptz,
        limit: i64 as BigInt,
        since: NaiveDate as Date,
        one_in: i32 as Integer,
    ) -> (Date, BigInt)
);

statement!(
    Lock<'a> = "lock.sql",
    (day: NaiveDate as Date) -> Bool
);

statement!(
    Note<'a> = "note.sql",
    (day: NaiveDate as Date) -> ()
);

statement!(
    Workspaces<'a> = "workspaces.sql",
    (after: Uuid as SqlUuid, limit: i64 as BigInt) -> SqlUuid
);

statement!(
    Clear<'a> = "clear.sql",
    (dimension: i16 as SmallInt, day: NaiveDate as Date) -> ()
);

statement!(
    Put<'a> = "put.sql",
    (
        dimension: i16 as SmallInt,
        day: NaiveDate as Date,
        key: [&'a str] as Array<Text>,
        whole_day: [Vec<u8>] as Array<Binary>,
        quarters: [Vec<u8>] as Array<Binary>,
    ) -> ()
);

/// Of which days that were merged it is asked whether a page of theirs has changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Of all from this one on.
    pub since: UtcDay,
    /// Of one in so many of those before, at random.
    pub one_in: i32,
}

impl Asked {
    /// Of every day.
    pub const ALL: Self = Self {
        since: UtcDay(0),
        one_in: 1,
    };
}

/// At most `limit` days before a day that are to be merged, and how many there are in all, as far as it is asked. A day that
/// keeps changing is not among them while it was merged after `folded_before`.
pub async fn stale(
    db: &Database,
    before: UtcDay,
    folded_before: DateTime<Utc>,
    asked: Asked,
    limit: i64,
) -> Result<(Vec<UtcDay>, u64), Error> {
    let scope = Scope::system("finding days of the platform to merge");
    let mut transaction = db.review(&scope, LIMIT).await?;
    let stale = Stale {
        before: &before.date(),
        folded_before: &folded_before,
        limit: &limit,
        since: &asked.since.date(),
        one_in: &asked.one_in,
    };
    let rows = stale
        .load::<(NaiveDate, i64)>(transaction.connection())
        .await
        .doing("finding days of the platform to merge");
    let rows: Vec<(NaiveDate, i64)> = transaction.end(rows).await?;
    let count = rows
        .as_slice()
        .first()
        .map_or(0, |(_, count)| count.unsigned_abs());
    let days = rows.into_iter().map(|(day, _)| UtcDay::of_date(day));
    Ok((days.collect(), count))
}

/// Merges the pages of a day of all workspaces into those of the platform, in one transaction that sees one state: it may
/// be cut off anywhere, repeated, and run by any number of workers.
pub async fn fold(db: &Database, day: UtcDay) -> Result<Folded, Error> {
    let scope = Scope::system("merging a day of the platform");
    let mut transaction = db.repair(&scope, LIMIT).await?;
    let folded = fold_in(transaction.connection(), day).await;
    match transaction.end(folded).await {
        // Another fold ended just as this began, so that the lock was free and the state a moment older.
        Err(error) if error.is_race() => Ok(Folded::Busy),
        folded => folded,
    }
}

async fn fold_in(connection: &mut AsyncPgConnection, day: UtcDay) -> Result<Folded, Error> {
    const DOING: &str = "merging a day of the platform";
    let date = day.date();
    let lock = Lock { day: &date };
    if !lock.get_result::<bool>(connection).await.doing(DOING)? {
        return Ok(Folded::Busy);
    }
    // Before anything is read at length: where another state was noted meanwhile, this is in vain.
    Note { day: &date }.execute(connection).await.doing(DOING)?;
    let mut written = 0;
    for dimension in FOLDED {
        let pages = merged(connection, dimension, day).await?;
        let clear = Clear {
            dimension: &dimension.code(),
            day: &date,
        };
        clear.execute(connection).await.doing(DOING)?;
        let pages: Vec<(&str, &Page)> = pages
            .iter()
            .map(|(key, page)| (key.as_str(), page))
            .collect();
        for some in pages.chunks(PAGES_AT_ONCE) {
            let encoded = |encode: fn(&Page) -> Vec<u8>| -> Vec<Vec<u8>> {
                some.iter().map(|(_, page)| encode(page)).collect()
            };
            let put = Put {
                dimension: &dimension.code(),
                day: &date,
                key: &some.iter().map(|(key, _)| *key).collect::<Vec<_>>(),
                whole_day: &encoded(Page::encode_day),
                quarters: &encoded(Page::encode_quarters),
            };
            put.execute(connection).await.doing(DOING)?;
        }
        written += pages.len();
    }
    Ok(Folded::Done { pages: written })
}

/// What the pages of a day and a dimension of all workspaces amount to, by key, in the state of the transaction.
pub(super) async fn merged(
    connection: &mut AsyncPgConnection,
    dimension: Dimension,
    day: UtcDay,
) -> Result<BTreeMap<String, Page>, Error> {
    const DOING: &str = "reading pages of all workspaces";
    let mut merged: BTreeMap<String, Page> = BTreeMap::new();
    let mut after = Uuid::nil();
    loop {
        let some = Workspaces {
            after: &after,
            limit: &WORKSPACES_AT_ONCE,
        };
        let some = some.load::<Uuid>(connection).await.doing(DOING)?;
        let Some(last) = some.last() else {
            return Ok(merged);
        };
        after = *last;
        let pages = ByPrefix {
            workspaces: &some,
            dimension: &dimension.code(),
            first: &day.date(),
            last: &day.date(),
            prefix: "",
            quarters: &true,
            of: &[],
        };
        for row in pages.load::<Columns>(connection).await.doing(DOING)? {
            let row = StoredPage::of(row).decoded()?;
            merged.entry(row.key).or_default().merge(&row.page);
        }
    }
}
