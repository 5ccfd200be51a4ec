//! Rows of recurring work: who does it, until when, and how it went. Times are the database's, so that clocks of workers
//! need not agree.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::OptionalExtension;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;

use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

statement!(
    Register<'a> = "register.sql",
    (names: [&'a str] as Array<Text>) -> ()
);

statement!(
    Take<'a> = "lease.sql",
    (names: [&'a str] as Array<Text>, holder: str as Text, millis: i64 as BigInt) -> Text
);

statement!(
    Beat<'a> = "heartbeat.sql",
    (name: str as Text, holder: str as Text, millis: i64 as BigInt) -> Text
);

statement!(
    Finish<'a> = "finish.sql",
    (
        name: str as Text,
        holder: str as Text,
        millis: i64 as BigInt,
        result: Option<&'a str> as Nullable<Text>,
        error: Option<&'a str> as Nullable<Text>,
    ) -> Text
);

type JobColumns = (
    Text,
    Timestamptz,
    Nullable<Text>,
    Nullable<Timestamptz>,
    Nullable<Timestamptz>,
    Nullable<Text>,
    Nullable<Text>,
    BigInt,
    BigInt,
);

statement!(
    List<'a> = "list.sql",
    (limit: i64 as BigInt) -> JobColumns
);

statement!(
    Trim<'a> = "trim.sql",
    (known: [&'a str] as Array<Text>, before: DateTime<Utc> as Timestamptz) -> ()
);

/// A job that this worker holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub name: String,
    /// Worker and run, so that a worker does not take a later lease of its own for this one.
    holder: String,
}

/// A job as it stands.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// From when on it is due.
    pub next_run_at: DateTime<Utc>,
    /// Who holds it.
    pub lease_holder: Option<String>,
    /// Until when.
    pub lease_until: Option<DateTime<Utc>>,
    /// When it last finished well.
    pub last_succeeded_at: Option<DateTime<Utc>>,
    /// What the last good run did.
    pub last_result: Option<String>,
    /// Why the last run failed.
    pub last_error: Option<String>,
    /// How often it finished.
    pub runs: i64,
    /// How often in a row it has failed.
    pub failures: i64,
}

/// Makes rows for jobs that have none; they are due at once.
pub async fn register(db: &Database, names: &[&str]) -> Result<(), Error> {
    let mut names = names.to_vec();
    names.sort_unstable();
    Register { names: &names }
        .execute(&mut *db.jobs().await?)
        .await
        .doing("registering jobs")?;
    Ok(())
}

/// Takes the job among `names` that has been due for longest and that nobody holds; `None` where there is none.
pub async fn lease(
    db: &Database,
    names: &[&str],
    worker: &str,
    duration: Duration,
) -> Result<Option<Lease>, Error> {
    let holder = format!("{worker} {}", uuid::Uuid::now_v7());
    let take = Take {
        names,
        holder: &holder,
        millis: &millis(duration),
    };
    let taken = take
        .get_result::<String>(&mut *db.jobs().await?)
        .await
        .optional()
        .doing("leasing a job")?;
    Ok(taken.map(|name| Lease { name, holder }))
}

/// Extends a lease from now on; `false` where it was lost to another worker, and the work must stop.
pub async fn heartbeat(db: &Database, lease: &Lease, duration: Duration) -> Result<bool, Error> {
    let beat = Beat {
        name: &lease.name,
        holder: &lease.holder,
        millis: &millis(duration),
    };
    let held = beat
        .get_result::<String>(&mut *db.jobs().await?)
        .await
        .optional()
        .doing("extending a lease")?;
    Ok(held.is_some())
}

/// Ends a lease: what the run did or why it failed, and in how long the job is due again. `false` where the lease was
/// lost; then nothing is noted.
pub async fn finish(
    db: &Database,
    lease: &Lease,
    outcome: Result<&str, &str>,
    due_in: Duration,
) -> Result<bool, Error> {
    let finish = Finish {
        name: &lease.name,
        holder: &lease.holder,
        millis: &millis(due_in),
        result: &outcome.ok(),
        error: &outcome.err(),
    };
    let held = finish
        .get_result::<String>(&mut *db.jobs().await?)
        .await
        .optional()
        .doing("finishing a job")?;
    Ok(held.is_some())
}

/// Every job, by name.
pub async fn list(db: &Database) -> Result<Vec<Job>, Error> {
    List { limit: &1_000 }
        .load::<Job>(&mut *db.jobs().await?)
        .await
        .doing("listing jobs")
}

/// Deletes jobs of other names that have been due since before a time, so that no worker can know them any more; says
/// how many.
pub async fn trim(db: &Database, known: &[&str], before: DateTime<Utc>) -> Result<usize, Error> {
    let trim = Trim {
        known,
        before: &before,
    };
    trim.execute(&mut *db.jobs().await?)
        .await
        .doing("forgetting jobs that nobody runs")
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
