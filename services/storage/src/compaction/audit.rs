//! Comparing pages with the facts they were made of, and putting right what differs.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Date, Integer, Nullable, SmallInt, Text, Timestamptz,
    Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_auth::{Scope, Workspaces};
use shadow_domain::cell::{Dimension, Page};
use shadow_domain::time::UtcDay;
use uuid::Uuid;

use super::compact::{PAGES_AT_ONCE, changed, compact_in};
use super::put::{Keys, Written, count_change, put, totals};
use super::rebuild::{hold_facts, rebuild_in};
use super::{Audit, Audited, Compacted, PageKey};
use crate::database::Transaction;
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

/// How many deltas an audit compacts before it compares; where more wait it leaves the days to another time.
const MAX_DELTAS: i64 = 1_000;

/// How many rows one statement of trimming deletes.
const ROWS: i64 = 1_000;

/// No statement of an audit takes longer.
const LIMIT: Duration = Duration::from_secs(60);

statement!(
    Pick<'a> = "audit_pick.sql",
    (before: NaiveDate as Date, days: i64 as BigInt) -> (SqlUuid, Date)
);

statement!(
    StoredPages<'a> = "audit_pages.sql",
    (
        workspace: Uuid as SqlUuid,
        dimension: [i16] as Array<SmallInt>,
        first: NaiveDate as Date,
        last: NaiveDate as Date,
    ) -> (SmallInt, Date, Text, Array<BigInt>, Binary, Binary)
);

statement!(
    DeletePages<'a> = "audit_delete.sql",
    (
        workspace: Uuid as SqlUuid,
        dimension: [i16] as Array<SmallInt>,
        day: [NaiveDate] as Array<Date>,
        key: [&'a str] as Array<Text>,
    ) -> ()
);

statement!(
    Note<'a> = "audit_note.sql",
    (
        workspace: Uuid as SqlUuid,
        day: [NaiveDate] as Array<Date>,
        pages: [i32] as Array<Integer>,
        repaired: [i32] as Array<Integer>,
    ) -> ()
);

statement!(
    List<'a> = "audit_list.sql",
    (
        all: bool as Bool,
        workspaces: [Uuid] as Array<SqlUuid>,
        since: DateTime<Utc> as Timestamptz,
        limit: i64 as BigInt,
    ) -> (SqlUuid, Date, Timestamptz, Integer, Integer, Nullable<Timestamptz>)
);

statement!(
    Trim<'a> = "audit_trim.sql",
    (older_than: DateTime<Utc> as Timestamptz, rows: i64 as BigInt) -> ()
);

/// At most so many days with pages, each of another workspace, all before a day: chosen at random.
pub async fn pick(db: &Database, before: UtcDay, days: i64) -> Result<Vec<(Uuid, UtcDay)>, Error> {
    let scope = Scope::system("choosing pages to audit");
    let mut transaction = db.review(&scope, LIMIT).await?;
    let pick = Pick {
        before: &before.date(),
        days: &days,
    };
    let picked = pick
        .load::<(Uuid, NaiveDate)>(transaction.connection())
        .await
        .doing("choosing pages to audit");
    let picked = transaction.end(picked).await?;
    Ok(picked
        .into_iter()
        .map(|(workspace, day)| (workspace, UtcDay::of_date(day)))
        .collect())
}

/// Compares the pages of some days, first and last included, with what the facts amount to, byte by byte; replaces,
/// makes and deletes pages so that they agree, and notes what was found. All of it is one transaction, which keeps
/// compaction of the workspace out.
pub async fn audit(
    db: &Database,
    workspace: Uuid,
    days: (UtcDay, UtcDay),
) -> Result<Audited, Error> {
    let scope = Scope::system("auditing pages").within([workspace]);
    let mut transaction = db.repair(&scope, LIMIT).await?;
    let audited = audit_in(&mut transaction, workspace, days).await;
    match transaction.end(audited).await {
        // A compaction ended just as this began, so that the lock was free and the state a moment older.
        Err(error) if error.is_race() => Ok(Audited::Busy),
        audited => audited,
    }
}

async fn audit_in(
    transaction: &mut Transaction,
    workspace: Uuid,
    days: (UtcDay, UtcDay),
) -> Result<Audited, Error> {
    hold_facts(transaction).await?;
    // What waits belongs to the facts already, so it has to be in the pages, too.
    match compact_in(transaction.connection(), workspace, MAX_DELTAS).await? {
        Compacted::Done { deltas, .. } if (deltas as i64) < MAX_DELTAS => {}
        Compacted::Done { .. } | Compacted::Busy => return Ok(Audited::Busy),
    }
    let rebuilt = rebuild_in(transaction, workspace, days).await?;
    let mut stored = stored(transaction, workspace, days).await?;
    let mut pages: BTreeMap<UtcDay, i32> =
        (days.0.0..=days.1.0).map(|day| (UtcDay(day), 0)).collect();
    let (mut wrong, mut older) = (Vec::new(), Vec::new());
    for (key, page) in rebuilt {
        *pages.entry(key.day).or_default() += 1;
        match stored.remove(&key) {
            Some(found) if found == Stored::of(&page) => {}
            Some(found) if found.says(&page) => older.push((key, page)),
            _ => wrong.push((key, page)),
        }
    }
    // What a version before this one wrote is not wrong: it is written anew, and nobody has to hear of it.
    for some in wrong
        .chunks(PAGES_AT_ONCE)
        .chain(older.chunks(PAGES_AT_ONCE))
    {
        let written: Vec<_> = some
            .iter()
            .map(|(key, page)| Written::new(key, page))
            .collect();
        put(transaction.connection(), workspace, &written).await?;
    }
    // What no fact amounts to.
    let surplus: Vec<PageKey> = stored.into_keys().collect();
    for some in surplus.chunks(PAGES_AT_ONCE) {
        delete(transaction, workspace, some).await?;
    }
    let repaired: Vec<PageKey> = wrong
        .into_iter()
        .map(|(key, _)| key)
        .chain(surplus)
        .collect();
    // What earlier audits found right was wrong meanwhile.
    let mut days: Vec<NaiveDate> = repaired.iter().map(|key| key.day.date()).collect();
    days.sort_unstable();
    days.dedup();
    changed(transaction.connection(), workspace, &days).await?;
    note(transaction, workspace, &pages, &repaired).await?;
    Ok(Audited::Done {
        pages: pages
            .values()
            .map(|pages| pages.unsigned_abs() as usize)
            .sum(),
        repaired,
    })
}

/// A page as it is stored; it need not be readable.
#[derive(PartialEq, Eq)]
struct Stored {
    totals: Vec<i64>,
    whole_day: Vec<u8>,
    quarters: Vec<u8>,
}

impl Stored {
    fn of(page: &Page) -> Self {
        Self {
            totals: totals(&page.day).to_vec(),
            whole_day: page.encode_day(),
            quarters: page.encode_quarters(),
        }
    }

    /// Whether it says what the page is, in whatever form.
    fn says(&self, page: &Page) -> bool {
        self.totals == totals(&page.day)
            && self.whole_day == page.encode_day()
            && page.has_quarters(&self.quarters)
    }
}

async fn stored(
    transaction: &mut Transaction,
    workspace: Uuid,
    days: (UtcDay, UtcDay),
) -> Result<BTreeMap<PageKey, Stored>, Error> {
    type Row = (i16, NaiveDate, String, Vec<i64>, Vec<u8>, Vec<u8>);
    let dimensions: Vec<i16> = Dimension::ALL.iter().map(|one| one.code()).collect();
    let pages = StoredPages {
        workspace: &workspace,
        dimension: &dimensions,
        first: &days.0.date(),
        last: &days.1.date(),
    };
    let rows = pages
        .load::<Row>(transaction.connection())
        .await
        .doing("reading pages to audit")?;
    rows.into_iter()
        .map(|(dimension, day, key, totals, whole_day, quarters)| {
            let key = PageKey {
                day: UtcDay::of_date(day),
                dimension: Dimension::from_code(dimension)
                    .ok_or_else(|| Error::malformed("a dimension", "the code is not known"))?,
                key,
            };
            let stored = Stored {
                totals,
                whole_day,
                quarters,
            };
            Ok((key, stored))
        })
        .collect()
}

async fn delete(
    transaction: &mut Transaction,
    workspace: Uuid,
    pages: &[PageKey],
) -> Result<(), Error> {
    let keys = Keys::of_keys(pages.iter());
    let delete = DeletePages {
        workspace: &workspace,
        dimension: &keys.dimension,
        day: &keys.day,
        key: &keys.key,
    };
    delete
        .execute(transaction.connection())
        .await
        .doing("deleting pages without facts")?;
    count_change(transaction.connection(), workspace, &keys.day).await
}

async fn note(
    transaction: &mut Transaction,
    workspace: Uuid,
    pages: &BTreeMap<UtcDay, i32>,
    repaired: &[PageKey],
) -> Result<(), Error> {
    let days: Vec<NaiveDate> = pages.keys().map(|day| day.date()).collect();
    let counts: Vec<i32> = pages.values().copied().collect();
    let repairs: Vec<i32> = pages
        .keys()
        .map(|day| repaired.iter().filter(|key| key.day == *day).count())
        .map(|count| i32::try_from(count).unwrap_or(i32::MAX))
        .collect();
    let note = Note {
        workspace: &workspace,
        day: &days,
        pages: &counts,
        repaired: &repairs,
    };
    note.execute(transaction.connection())
        .await
        .doing("noting an audit")?;
    Ok(())
}

/// At most `limit` audits of the scope since a time, the latest first.
pub async fn audits(
    db: &Database,
    scope: &Scope,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Audit>, Error> {
    type Row = (
        Uuid,
        NaiveDate,
        DateTime<Utc>,
        i32,
        i32,
        Option<DateTime<Utc>>,
    );
    let (all, workspaces) = match scope.workspaces() {
        Workspaces::All => (true, Vec::new()),
        Workspaces::Some(some) => (false, some.iter().copied().collect()),
    };
    let list = List {
        all: &all,
        workspaces: &workspaces,
        since: &since,
        limit: &limit,
    };
    let mut transaction = db.read(scope, None).await?;
    let rows = list
        .load::<Row>(transaction.connection())
        .await
        .doing("listing audits");
    let rows = transaction.end(rows).await?;
    Ok(rows
        .into_iter()
        .map(
            |(workspace_id, day, audited_at, pages, repaired, changed_at)| Audit {
                workspace_id,
                day: UtcDay::of_date(day),
                audited_at,
                pages,
                repaired,
                changed_at,
            },
        )
        .collect())
}

/// Deletes what was noted of audits before a time, and says how many they were.
pub async fn trim_audits(db: &Database, older_than: DateTime<Utc>) -> Result<usize, Error> {
    let scope = Scope::system("trimming audits");
    let mut trimmed = 0;
    loop {
        let mut transaction = db.work(&scope, LIMIT).await?;
        let trim = Trim {
            older_than: &older_than,
            rows: &ROWS,
        };
        let some = trim.execute(transaction.connection()).await;
        let some = transaction.end(some.doing("trimming audits")).await?;
        trimmed += some;
        if some < ROWS as usize {
            return Ok(trimmed);
        }
    }
}
