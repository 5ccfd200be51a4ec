//! Summing up a day of a workspace.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    BigInt, Bool, Date, Integer, Nullable, SmallInt, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use shadow_auth::Scope;
use shadow_domain::error_group::ErrorDay;
use shadow_domain::time::UtcDay;
use shadow_domain::users::SILENCE_MICROS;
use uuid::Uuid;

use super::errors::{self, Found, Unnumbered};
use super::{DEFINITION, LIMIT};
use crate::error::While;
use crate::ordinals;
pub use crate::platform::Asked;
use crate::statement::statement;
use crate::{Database, Error};

statement!(
    Stale<'a> = "stale.sql",
    (
        before: NaiveDate as Date,
        made_before: DateTime<Utc> as Timestamptz,
        limit: i64 as BigInt,
        since: NaiveDate as Date,
        one_in: i32 as Integer,
        definition: i16 as SmallInt,
        after_day: Option<NaiveDate> as Nullable<Date>,
        after_workspace: Option<Uuid> as Nullable<SqlUuid>,
    ) -> (SqlUuid, Date, BigInt)
);

statement!(
    Lock<'a> = "lock.sql",
    (workspace: Uuid as SqlUuid, day: NaiveDate as Date) -> Bool
);

statement!(
    Note<'a> = "note.sql",
    (workspace: Uuid as SqlUuid, day: NaiveDate as Date, definition: i16 as SmallInt) -> ()
);

statement!(
    Clear<'a> = "clear.sql",
    (workspace: Uuid as SqlUuid, day: NaiveDate as Date) -> ()
);

statement!(
    Put<'a> = "put.sql",
    (
        workspace: Uuid as SqlUuid,
        day: NaiveDate as Date,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        silence: i64 as BigInt,
    ) -> ()
);

/// A day of a workspace.
pub type StaleDay = (Uuid, UtcDay);

/// What became of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// It is summed up.
    Done {
        /// How many users there were.
        users: usize,
    },
    /// Another worker was at it.
    Busy,
    /// Errors of it have no group yet; the job that finds their groups comes first.
    Nameless,
}

/// How often a day is begun anew because somebody of it has to be numbered first.
const ATTEMPTS: u32 = 5;

/// How far summing up a day has come.
pub(super) enum Step {
    Ended(Made),
    /// To here, and nothing was written.
    Unnumbered(Unnumbered),
}

/// At most `limit` days of workspaces before a day that are to be summed up, and how many there are in all, as far as it is
/// asked. A day that keeps changing is not among them while it was summed up after `made_before`, and those up to `after`, in
/// their order, are passed.
pub async fn stale(
    db: &Database,
    before: UtcDay,
    made_before: DateTime<Utc>,
    asked: Asked,
    after: Option<StaleDay>,
    limit: i64,
) -> Result<(Vec<StaleDay>, u64), Error> {
    let scope = Scope::system("finding days to sum up");
    let mut transaction = db.review(&scope, LIMIT).await?;
    let stale = Stale {
        before: &before.date(),
        made_before: &made_before,
        limit: &limit,
        since: &asked.since.date(),
        one_in: &asked.one_in,
        definition: &DEFINITION,
        after_day: &after.map(|(_, day)| day.date()),
        after_workspace: &after.map(|(workspace, _)| workspace),
    };
    let rows = stale
        .load::<(Uuid, NaiveDate, i64)>(transaction.connection())
        .await
        .doing("finding days to sum up");
    let rows = transaction.end(rows).await?;
    let count = rows
        .as_slice()
        .first()
        .map_or(0, |(_, _, count)| count.unsigned_abs());
    let days = rows
        .into_iter()
        .map(|(workspace, day, _)| (workspace, UtcDay::of_date(day)));
    Ok((days.collect(), count))
}

/// Sums up a day of a workspace, in one transaction that sees one state: it may be cut off anywhere, repeated, and run by
/// any number of workers.
pub async fn make(db: &Database, (workspace, day): StaleDay) -> Result<Made, Error> {
    let mut unnumbered = match attempt(db, workspace, day).await? {
        Step::Ended(made) => return Ok(made),
        Step::Unnumbered(unnumbered) => unnumbered,
    };
    // Numbers are given in transactions of their own, as erasures wait for them. More may come in meanwhile.
    for _ in 1..ATTEMPTS {
        ordinals::number_stored(db, workspace, &unnumbered.agents, &unnumbered.users, LIMIT)
            .await?;
        unnumbered = match attempt(db, workspace, day).await? {
            Step::Ended(made) => return Ok(made),
            Step::Unnumbered(unnumbered) => unnumbered,
        };
    }
    Err(Error::malformed("an ordinal", "it was not assigned"))
}

async fn attempt(db: &Database, workspace: Uuid, day: UtcDay) -> Result<Step, Error> {
    // Of every workspace, as somebody may be being erased at the request of another one.
    let scope = Scope::system("summing up a day");
    let mut transaction = db.repair(&scope, LIMIT).await?;
    let step = make_in(transaction.connection(), workspace, day).await;
    match transaction.end(step).await {
        // Another worker ended just as this began, so that the lock was free and the state a moment older.
        Err(error) if error.is_race() => Ok(Step::Ended(Made::Busy)),
        step => step,
    }
}

pub(super) async fn make_in(
    connection: &mut AsyncPgConnection,
    workspace: Uuid,
    day: UtcDay,
) -> Result<Step, Error> {
    const DOING: &str = "summing up a day";
    let (workspace, date) = (&workspace, &day.date());
    let lock = Lock {
        workspace,
        day: date,
    };
    if !lock.get_result::<bool>(connection).await.doing(DOING)? {
        return Ok(Step::Ended(Made::Busy));
    }
    let errors = match errors::find(connection, workspace, day).await? {
        Found::Errors(errors) => errors,
        Found::Unnumbered(unnumbered) => return Ok(Step::Unnumbered(unnumbered)),
        Found::Nameless => return Ok(Step::Ended(Made::Nameless)),
    };
    // Before the most is read: where another state was noted meanwhile, that is in vain.
    let note = Note {
        workspace,
        day: date,
        definition: &DEFINITION,
    };
    note.execute(connection).await.doing(DOING)?;
    let users = write(connection, workspace, day, &errors).await?;
    Ok(Step::Ended(Made::Done { users }))
}

/// Puts what a day amounts to in the place of what there was of it; says how many users there are.
async fn write(
    connection: &mut AsyncPgConnection,
    workspace: &Uuid,
    day: UtcDay,
    errors: &ErrorDay,
) -> Result<usize, Error> {
    const DOING: &str = "summing up a day";
    let date = &day.date();
    let clear = Clear {
        workspace,
        day: date,
    };
    clear.execute(connection).await.doing(DOING)?;
    errors::put(connection, workspace, day, errors).await?;
    let put = Put {
        workspace,
        day: date,
        start: &day.start(),
        end: &day.end(),
        silence: &SILENCE_MICROS,
    };
    put.execute(connection).await.doing(DOING)
}
