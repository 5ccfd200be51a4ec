//! How long facts are kept: from when on events are refused, and how what is older goes.
//!
//! Events of a time are refused first. An hour later, when every process knows, executions go month by month, each once
//! all its days were audited: the database itself drops no month before. Activities and steps follow. Pages stay.

mod drop;
mod steps;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Months, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Date, Integer, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use shadow_auth::Scope;
use shadow_domain::cell::Delta;
use shadow_domain::time::UtcDay;
use uuid::Uuid;

pub use drop::drop_month;
pub use steps::delete_steps;

use crate::database::Transaction;
use crate::error::While;
use crate::partials::decode_delta;
use crate::schema::retention;
use crate::statement::statement;
use crate::{Database, Error};

/// How long a process believes what it read. Facts go an hour after events of their time are refused.
const BELIEVED: Duration = Duration::from_secs(30);

/// For how long it goes by what it read where the database does not answer.
const BELIEVED_AT_MOST: Duration = Duration::from_secs(1_800);

/// No statement takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// How many rows one statement deletes, and of how many workspaces one run deletes them.
const ROWS: i64 = 5_000;
const WORKSPACES: i64 = 1_000;

statement!(
    Refuse<'a> = "refuse.sql",
    (before: DateTime<Utc> as Timestamptz) -> ()
);

statement!(
    Unaudited<'a> = "unaudited.sql",
    (
        since: Option<DateTime<Utc>> as Nullable<Timestamptz>,
        until: DateTime<Utc> as Timestamptz,
        most: i32 as Integer,
    ) -> (SqlUuid, Date)
);

statement!(
    Residues<'a> = "residues.sql",
    (workspace: Uuid as SqlUuid, since: DateTime<Utc> as Timestamptz) -> Binary
);

statement!(
    OldActivities<'a> = "old_activities.sql",
    (before: DateTime<Utc> as Timestamptz, limit: i64 as BigInt) -> SqlUuid
);

statement!(
    DeleteActivities<'a> = "delete_activities.sql",
    (
        workspace: Uuid as SqlUuid,
        before: DateTime<Utc> as Timestamptz,
        rows: i64 as BigInt,
    ) -> ()
);

/// Up to when facts are no longer kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Standing {
    /// Events of times before this are refused.
    pub refused_before: DateTime<Utc>,
    /// Facts of times before this are gone, or are being deleted.
    pub gone_before: Option<DateTime<Utc>>,
}

/// A month of executions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    /// Its first instant; none for everything that is older than the first month.
    pub since: Option<DateTime<Utc>>,
    /// The first instant after it.
    pub until: DateTime<Utc>,
}

impl Standing {
    /// The oldest month whose events are refused and whose facts are not gone.
    pub fn next(&self) -> Option<Month> {
        let until = match self.gone_before {
            Some(gone) => gone.checked_add_months(Months::new(1))?,
            None => first_month(),
        };
        (until <= self.refused_before).then_some(Month {
            since: self.gone_before,
            until,
        })
    }
}

/// The end of the partition that holds everything older than the first month: 2025-01-01.
fn first_month() -> DateTime<Utc> {
    DateTime::from_timestamp(1_735_689_600, 0).unwrap_or_default()
}

/// Up to when facts are no longer kept; none while they are kept for ever.
pub async fn standing(db: &Database) -> Result<Option<Standing>, Error> {
    read(&mut *db.app().await?).await
}

async fn read(connection: &mut AsyncPgConnection) -> Result<Option<Standing>, Error> {
    retention::table
        .select((retention::refused_before, retention::gone_before))
        .get_result::<Standing>(connection)
        .await
        .optional()
        .doing("asking how long facts are kept")
}

/// Has events of times before the first instant of a month refused from now on. It only ever moves forward.
pub async fn refuse_before(db: &Database, month: DateTime<Utc>) -> Result<(), Error> {
    Refuse { before: &month }
        .execute(&mut *db.jobs().await?)
        .await
        .doing("noting how long facts are kept")?;
    Ok(())
}

/// At most so many days of a month of which not every fact is known to be in a page, by workspace.
pub async fn unaudited(
    db: &Database,
    month: &Month,
    most: i32,
) -> Result<Vec<(Uuid, UtcDay)>, Error> {
    let scope = Scope::system("finding days to audit before facts go");
    let mut transaction = db.review(&scope, LIMIT).await?;
    let unaudited = Unaudited {
        since: &month.since,
        until: &month.until,
        most: &most,
    };
    let days = unaudited
        .load::<(Uuid, NaiveDate)>(transaction.connection())
        .await
        .doing("finding days to audit before facts go");
    let days = transaction.end(days).await?;
    Ok(days
        .into_iter()
        .map(|(workspace, day)| (workspace, UtcDay::of_date(day)))
        .collect())
}

/// Deletes activities of before a time, which is that before which facts are gone, and says how many.
pub async fn delete_activities(db: &Database, before: DateTime<Utc>) -> Result<usize, Error> {
    const DOING: &str = "deleting activities that are no longer kept";
    let scope = Scope::system("deleting activities that are no longer kept");
    let old = OldActivities {
        before: &before,
        limit: &WORKSPACES,
    };
    let mut transaction = db.review(&scope, LIMIT).await?;
    let workspaces = old.load::<Uuid>(transaction.connection()).await;
    let workspaces = transaction.end(workspaces.doing(DOING)).await?;
    let mut deleted = 0;
    for workspace in workspaces {
        loop {
            let delete = DeleteActivities {
                workspace: &workspace,
                before: &before,
                rows: &ROWS,
            };
            let mut transaction = db.work(&scope.within([workspace]), LIMIT).await?;
            let some = delete.execute(transaction.connection()).await;
            let some = transaction.end(some.doing(DOING)).await?;
            deleted += some;
            if some < ROWS as usize {
                break;
            }
        }
    }
    Ok(deleted)
}

/// What executions that are gone had added to the days from one on; an error where facts of that day are gone.
pub(crate) async fn residue(
    transaction: &mut Transaction,
    workspace: Uuid,
    since: UtcDay,
) -> Result<Delta, Error> {
    let mut residue = Delta::default();
    let standing = read(transaction.connection()).await?;
    let Some(gone_before) = standing.and_then(|standing| standing.gone_before) else {
        return Ok(residue);
    };
    if since.start() < gone_before {
        return Err(Error::FactsGone(gone_before));
    }
    let residues = Residues {
        workspace: &workspace,
        since: &since.start(),
    };
    let rows = residues
        .load::<Vec<u8>>(transaction.connection())
        .await
        .doing("reading what dropped facts had added")?;
    for cells in rows {
        residue.merge(decode_delta(&cells)?);
    }
    Ok(residue)
}

/// Before when events are refused, as a process knows it.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<Option<Read>>);

#[derive(Debug, Clone, Copy)]
struct Read {
    refused_before: Option<DateTime<Utc>>,
    /// When it was read.
    at: Instant,
    /// When somebody last set out to read it again.
    asked: Instant,
}

impl Read {
    /// Whether nobody has to ask again: somebody did a moment ago, and what is known is not too old for all that.
    fn is_believed(&self) -> bool {
        self.asked.elapsed() < BELIEVED && self.at.elapsed() < BELIEVED_AT_MOST
    }
}

/// Before when events are refused; none while facts are kept for ever. Half a minute old at most, unless the database
/// does not answer.
pub async fn refused_before(db: &Database) -> Result<Option<DateTime<Utc>>, Error> {
    let known = &db.retention().0;
    let before = {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *known {
            Some(read) if read.is_believed() => return Ok(read.refused_before),
            // One asks, and the others go by what there is meanwhile.
            Some(read) => {
                read.asked = Instant::now();
                Some(*read)
            }
            None => None,
        }
    };
    let at = Instant::now();
    match (standing(db).await, before) {
        (Ok(standing), _) => {
            let refused_before = standing.map(|standing| standing.refused_before);
            *known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Read {
                refused_before,
                at,
                asked: at,
            });
            Ok(refused_before)
        }
        (Err(_), Some(read)) if read.at.elapsed() < BELIEVED_AT_MOST => Ok(read.refused_before),
        (Err(error), _) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_not_believed_for_ever_because_somebody_asks() {
        let now = Instant::now();
        let read = |at: Duration, asked: Duration| Read {
            refused_before: None,
            at: now.checked_sub(at).unwrap(),
            asked: now.checked_sub(asked).unwrap(),
        };
        let moment = Duration::from_secs(1);
        assert!(read(moment, moment).is_believed());
        assert!(read(BELIEVED_AT_MOST / 2, moment).is_believed());
        assert!(!read(BELIEVED + moment, BELIEVED + moment).is_believed());
        assert!(!read(BELIEVED_AT_MOST + moment, moment).is_believed());
    }
}
