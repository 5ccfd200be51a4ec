//! Storing pages.

use chrono::NaiveDate;
use diesel::sql_types::{Array, BigInt, Binary, Date, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use shadow_domain::cell::Page;
use shadow_domain::partial::Partial;
use uuid::Uuid;

use super::PageKey;
use crate::Error;
use crate::error::While;
use crate::statement::statement;

statement!(
    PutPages<'a> = "put_pages.sql",
    (
        workspace: Uuid as SqlUuid,
        dimension: [i16] as Array<SmallInt>,
        day: [NaiveDate] as Array<Date>,
        key: [&'a str] as Array<Text>,
        opened: [i64] as Array<BigInt>,
        ended: [i64] as Array<BigInt>,
        completed: [i64] as Array<BigInt>,
        failed: [i64] as Array<BigInt>,
        timed_out: [i64] as Array<BigInt>,
        credits_micro: [i64] as Array<BigInt>,
        whole_day: [&'a [u8]] as Array<Binary>,
        quarters: [&'a [u8]] as Array<Binary>,
        booked_micro: [i64] as Array<BigInt>,
    ) -> ()
);

statement!(
    CountChange<'a> = "count_change.sql",
    (workspace: Uuid as SqlUuid, day: [NaiveDate] as Array<Date>) -> ()
);

/// A page as it is to be stored.
pub(super) struct Written<'a> {
    key: &'a PageKey,
    totals: [i64; 7],
    whole_day: Vec<u8>,
    quarters: Vec<u8>,
}

impl<'a> Written<'a> {
    /// A page that is all there is.
    pub(super) fn new(key: &'a PageKey, page: &Page) -> Self {
        Self {
            key,
            totals: totals(&page.day),
            whole_day: page.encode_day(),
            quarters: page.encode_quarters(),
        }
    }

    /// A page that is added to what is stored.
    pub(super) fn onto(
        key: &'a PageKey,
        page: &Page,
        whole_day: &[u8],
        quarters: &[u8],
    ) -> Result<Self, Error> {
        let malformed = |error| Error::malformed("a page", error);
        let mut whole = Page {
            day: Page::decode_day(whole_day).map_err(malformed)?,
            ..Page::default()
        };
        whole.day.merge(&page.day);
        Ok(Self {
            key,
            totals: totals(&whole.day),
            whole_day: whole.encode_day(),
            quarters: page.encode_quarters_onto(quarters).map_err(malformed)?,
        })
    }
}

/// Stores pages as they are, whatever is there.
pub(super) async fn put(
    connection: &mut AsyncPgConnection,
    workspace: Uuid,
    written: &[Written<'_>],
) -> Result<(), Error> {
    let keys = Keys::of_keys(written.iter().map(|page| page.key));
    let column = |index: usize| -> Vec<i64> {
        let totals = written.iter().map(|page| page.totals[index]);
        totals.collect()
    };
    let whole_day: Vec<&[u8]> = written.iter().map(|page| &page.whole_day[..]).collect();
    let quarters: Vec<&[u8]> = written.iter().map(|page| &page.quarters[..]).collect();
    let put = PutPages {
        workspace: &workspace,
        dimension: &keys.dimension,
        day: &keys.day,
        key: &keys.key,
        opened: &column(0),
        ended: &column(1),
        completed: &column(2),
        failed: &column(3),
        timed_out: &column(4),
        credits_micro: &column(5),
        whole_day: &whole_day,
        quarters: &quarters,
        booked_micro: &column(6),
    };
    put.execute(connection).await.doing("writing pages")?;
    count_change(connection, workspace, &keys.day).await
}

/// Counts that pages of some days were written or deleted, so that what was made of them before is known to be of
/// another state. Whoever changes pages calls it in the same transaction.
pub(super) async fn count_change(
    connection: &mut AsyncPgConnection,
    workspace: Uuid,
    days: &[NaiveDate],
) -> Result<(), Error> {
    let count = CountChange {
        workspace: &workspace,
        day: days,
    };
    count
        .execute(connection)
        .await
        .doing("counting changes of pages")?;
    Ok(())
}

/// What PostgreSQL can sum, sort and cut by: opened, ended, completed, failed, timed out, credits, booked credits.
/// Beyond the range of a column its largest value serves as well.
pub(super) fn totals(day: &Partial) -> [i64; 7] {
    let wide: [u128; 7] = [
        day.opened.into(),
        day.ended().into(),
        day.completed().into(),
        day.failed().into(),
        day.timed_out().into(),
        day.credits_micro(),
        day.booked.sum,
    ];
    wide.map(|total| i64::try_from(total).unwrap_or(i64::MAX))
}

/// Keys of pages as columns.
pub(super) struct Keys<'a> {
    pub(super) dimension: Vec<i16>,
    pub(super) day: Vec<NaiveDate>,
    pub(super) key: Vec<&'a str>,
}

impl<'a> Keys<'a> {
    pub(super) fn of_keys(keys: impl Iterator<Item = &'a PageKey> + Clone) -> Self {
        Self {
            dimension: keys.clone().map(|key| key.dimension.code()).collect(),
            day: keys.clone().map(|key| key.day.date()).collect(),
            key: keys.map(|key| key.key.as_str()).collect(),
        }
    }
}
