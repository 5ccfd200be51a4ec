//! Monthly partitions of executions: made ahead by a job, and on demand before facts of a new month are stored.

use std::collections::BTreeSet;
use std::sync::Mutex;

use chrono::{DateTime, Datelike, TimeZone, Utc};
use diesel::sql_types::{Integer, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

statement!(
    /// Makes the missing months between two times.
    Ensure<'a> = "partitions.sql",
    (since: DateTime<Utc> as Timestamptz, until: DateTime<Utc> as Timestamptz) -> Integer
);

/// Makes the months from that of `since` to that of `until` where they are missing, and says how many it made. The
/// server makes none further ahead than three months, and at most 60 at a time.
pub async fn ensure(
    db: &Database,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<u32, Error> {
    let made = make(&mut *db.jobs().await?, since, until).await?;
    Ok(made.unsigned_abs())
}

/// The months that this process knows to have a partition.
#[derive(Debug, Default)]
pub(crate) struct Months(Mutex<BTreeSet<(i32, u32)>>);

impl Months {
    /// Makes the partitions that facts of these times need. Outside their transaction, so that nobody waits for it.
    pub(crate) async fn prepare(
        &self,
        db: &Database,
        times: impl Iterator<Item = DateTime<Utc>>,
    ) -> Result<(), Error> {
        let mut wanted: BTreeSet<(i32, u32)> = times.map(|at| (at.year(), at.month())).collect();
        {
            let known = self
                .0
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            wanted.retain(|month| !known.contains(month));
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let mut connection = db.app().await?;
        for (year, month) in &wanted {
            if let Some(start) = Utc.with_ymd_and_hms(*year, *month, 1, 0, 0, 0).single() {
                make(&mut connection, start, start).await?;
            }
        }
        let mut known = self
            .0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        known.extend(wanted);
        Ok(())
    }
}

async fn make(
    connection: &mut AsyncPgConnection,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<i32, Error> {
    let ensure = Ensure {
        since: &since,
        until: &until,
    };
    ensure
        .get_result::<i32>(connection)
        .await
        .doing("making partitions")
}
