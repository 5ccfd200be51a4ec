//! Merging the deltas of a workspace into its pages.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Date, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use shadow_auth::Scope;
use shadow_domain::cell::{Delta, Dimension, Page};
use shadow_domain::time::UtcDay;
use uuid::Uuid;

use super::put::{Keys, Written, put};
use super::{Compacted, PageKey, PendingWorkspace, pages};
use crate::broken::{self, Broken};
use crate::error::While;
use crate::partials::decode_delta;
use crate::statement::statement;
use crate::{Database, Error};

/// How many pages one statement reads or writes: it bounds memory and message size, whatever a batch touched.
pub(super) const PAGES_AT_ONCE: usize = 1_000;

/// No statement of a compaction takes longer.
const LIMIT: Duration = Duration::from_secs(60);

statement!(
    Waiting<'a> = "waiting.sql",
    (limit: i64 as BigInt) -> (SqlUuid, BigInt)
);

statement!(
    Lock<'a> = "lock.sql",
    (workspace: Uuid as SqlUuid) -> Bool
);

statement!(
    Deltas<'a> = "deltas.sql",
    (workspace: Uuid as SqlUuid, limit: i64 as BigInt) -> (BigInt, Timestamptz, Binary)
);

statement!(
    Pages<'a> = "pages.sql",
    (
        workspace: Uuid as SqlUuid,
        dimension: [i16] as Array<SmallInt>,
        day: [NaiveDate] as Array<Date>,
        key: [&'a str] as Array<Text>,
    ) -> (SmallInt, Date, Text, Binary, Binary)
);

statement!(
    Forget<'a> = "forget.sql",
    (workspace: Uuid as SqlUuid, delta_id: [i64] as Array<BigInt>) -> BigInt
);

statement!(
    Changed<'a> = "audit_changed.sql",
    (workspace: Uuid as SqlUuid, day: [NaiveDate] as Array<Date>) -> ()
);

statement!(
    Advance<'a> = "advance.sql",
    (workspace: Uuid as SqlUuid, last_event_at: DateTime<Utc> as Timestamptz) -> ()
);

/// The workspaces with deltas to compact, those with most of them first; at most 10,000.
pub async fn pending_workspaces(db: &Database) -> Result<Vec<PendingWorkspace>, Error> {
    let scope = Scope::system("finding what to compact");
    let mut transaction = db.work(&scope, LIMIT).await?;
    let rows = Waiting { limit: &10_000 }
        .load::<(Uuid, i64)>(transaction.connection())
        .await
        .doing("finding what to compact");
    let rows = transaction.end(rows).await?;
    Ok(rows
        .into_iter()
        .map(|(workspace_id, deltas)| PendingWorkspace {
            workspace_id,
            deltas,
        })
        .collect())
}

/// Merges at most `max_deltas` deltas of a workspace into its pages and deletes exactly these, in one transaction: it may
/// be cut off anywhere, and run by any number of workers.
pub async fn compact(db: &Database, workspace: Uuid, max_deltas: i64) -> Result<Compacted, Error> {
    if broken::is(Broken::TwoCompactors) {
        return broken::twice(|| compact_once(db, workspace, max_deltas)).await;
    }
    compact_once(db, workspace, max_deltas).await
}

async fn compact_once(db: &Database, workspace: Uuid, max_deltas: i64) -> Result<Compacted, Error> {
    let scope = Scope::system("compaction").within([workspace]);
    let mut transaction = db.work(&scope, LIMIT).await?;
    let compacted = compact_in(transaction.connection(), workspace, max_deltas).await;
    transaction.end(compacted).await
}

pub(super) async fn compact_in(
    connection: &mut AsyncPgConnection,
    workspace: Uuid,
    max_deltas: i64,
) -> Result<Compacted, Error> {
    let locked = Lock {
        workspace: &workspace,
    };
    let alone = locked
        .get_result::<bool>(connection)
        .await
        .doing("locking a workspace")?;
    if !alone && !broken::is(Broken::TwoCompactors) {
        return Ok(Compacted::Busy);
    }
    let Some((ids, last_event_at, delta)) = deltas(connection, workspace, max_deltas).await? else {
        return Ok(Compacted::Done {
            deltas: 0,
            pages: 0,
        });
    };
    if broken::is(Broken::TwoCompactors) {
        broken::dawdle().await;
    }
    let touched: Vec<(PageKey, Page)> = pages(delta).into_iter().collect();
    for some in touched.chunks(PAGES_AT_ONCE) {
        let merged = merged_with_stored(connection, workspace, some).await?;
        put(connection, workspace, &merged).await?;
    }
    let mut days: Vec<NaiveDate> = touched.iter().map(|(key, _)| key.day.date()).collect();
    days.dedup();
    changed(connection, workspace, &days).await?;
    if !broken::is(Broken::CompactionWithoutDelete) {
        forget(connection, workspace, &ids).await?;
    }
    let advance = Advance {
        workspace: &workspace,
        last_event_at: &last_event_at,
    };
    advance
        .execute(connection)
        .await
        .doing("noting a workspace's last event")?;
    Ok(Compacted::Done {
        deltas: ids.len(),
        pages: touched.len(),
    })
}

/// Notes that pages of some days are no longer what earlier audits found.
pub(super) async fn changed(
    connection: &mut AsyncPgConnection,
    workspace: Uuid,
    days: &[NaiveDate],
) -> Result<(), Error> {
    let changed = Changed {
        workspace: &workspace,
        day: days,
    };
    changed
        .execute(connection)
        .await
        .doing("noting that audited pages changed")?;
    Ok(())
}

/// Deletes deltas that are in pages now.
async fn forget(
    connection: &mut AsyncPgConnection,
    workspace: Uuid,
    ids: &[i64],
) -> Result<(), Error> {
    let forget = Forget {
        workspace: &workspace,
        delta_id: ids,
    };
    let gone = forget
        .load::<i64>(connection)
        .await
        .doing("deleting compacted deltas")?;
    if gone.len() != ids.len() && !broken::is(Broken::TwoCompactors) {
        // Only a second compaction could have taken them, and the lock keeps it out.
        return Err(Error::malformed(
            "deltas",
            "some were gone before they were compacted",
        ));
    }
    Ok(())
}

type Merged = (Vec<i64>, DateTime<Utc>, Delta);

async fn deltas(
    connection: &mut AsyncPgConnection,
    workspace: Uuid,
    limit: i64,
) -> Result<Option<Merged>, Error> {
    let deltas = Deltas {
        workspace: &workspace,
        limit: &limit,
    };
    let rows = deltas
        .load::<(i64, DateTime<Utc>, Vec<u8>)>(connection)
        .await
        .doing("reading deltas")?;
    let mut merged: Option<Merged> = None;
    for (id, last_event_at, cells) in rows {
        let delta = decode_delta(&cells)?;
        match &mut merged {
            None => merged = Some((vec![id], last_event_at, delta)),
            Some((ids, latest, all)) => {
                ids.push(id);
                *latest = last_event_at.max(*latest);
                all.merge(delta);
            }
        }
    }
    Ok(merged)
}

/// Pages with what is stored of each.
async fn merged_with_stored<'a>(
    connection: &mut AsyncPgConnection,
    workspace: Uuid,
    touched: &'a [(PageKey, Page)],
) -> Result<Vec<Written<'a>>, Error> {
    let stored = {
        let keys = Keys::of_keys(touched.iter().map(|(key, _)| key));
        let pages = Pages {
            workspace: &workspace,
            dimension: &keys.dimension,
            day: &keys.day,
            key: &keys.key,
        };
        pages
            .load::<(i16, NaiveDate, String, Vec<u8>, Vec<u8>)>(connection)
            .await
            .doing("reading pages")?
    };
    let mut stored = stored
        .into_iter()
        .map(|(dimension, day, key, whole_day, quarters)| {
            let key = PageKey {
                day: UtcDay::of_date(day),
                dimension: Dimension::from_code(dimension)
                    .ok_or_else(|| Error::malformed("a dimension", "the code is not known"))?,
                key,
            };
            Ok((key, (whole_day, quarters)))
        })
        .collect::<Result<HashMap<PageKey, (Vec<u8>, Vec<u8>)>, Error>>()?;
    touched
        .iter()
        .map(|(key, page)| match stored.remove(key) {
            Some((whole_day, quarters)) => Written::onto(key, page, &whole_day, &quarters),
            None => Ok(Written::new(key, page)),
        })
        .collect()
}
