//! Summing up the errors of a day.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    BigInt, Binary, Bool, Date, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use shadow_domain::error_group::{Alike, ErrorDay};
use shadow_domain::time::UtcDay;
use uuid::Uuid;

use crate::Error;
use crate::error::While;
use crate::statement::statement;

statement!(
    Nameless<'a> = "nameless.sql",
    (
        workspace: Uuid as SqlUuid,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
    ) -> Bool
);

statement!(
    Errors<'a> = "errors.sql",
    (
        workspace: Uuid as SqlUuid,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
    ) -> (
        SqlUuid,
        Text,
        SmallInt,
        Nullable<Integer>,
        Nullable<Text>,
        Nullable<Integer>,
        Nullable<Text>,
        BigInt,
        Nullable<Text>,
    )
);

statement!(
    PutErrors<'a> = "put_errors.sql",
    (workspace: Uuid as SqlUuid, day: NaiveDate as Date, errors: [u8] as Binary) -> ()
);

/// Their values.
#[derive(Debug, diesel::Queryable)]
struct Row {
    fingerprint: Uuid,
    kind: String,
    quarter: i16,
    agent: Option<i32>,
    agent_without: Option<String>,
    user: Option<i32>,
    user_without: Option<String>,
    occurrences: i64,
    lost_micro: Option<String>,
}

/// Agents and users of a workspace's errors that have no number.
#[derive(Debug, Default)]
pub(super) struct Unnumbered {
    pub(super) agents: Vec<String>,
    pub(super) users: Vec<String>,
}

impl Unnumbered {
    fn is_empty(&self) -> bool {
        self.agents.is_empty() && self.users.is_empty()
    }
}

/// What the errors of a day are.
#[derive(Debug)]
pub(super) enum Found {
    /// They amount to this.
    Errors(ErrorDay),
    /// Somebody or something has to be numbered first.
    Unnumbered(Unnumbered),
    /// Some have no group yet.
    Nameless,
}

/// The errors of a day. Whoever asks for something is numbered when it is stored; but people are hit, too, for whom only
/// programs have ever asked for anything.
pub(super) async fn find(
    connection: &mut AsyncPgConnection,
    workspace: &Uuid,
    day: UtcDay,
) -> Result<Found, Error> {
    const DOING: &str = "reading the errors of a day";
    let (start, end) = (&day.start(), &day.end());
    let nameless = Nameless {
        workspace,
        start,
        end,
    };
    if nameless.get_result::<bool>(connection).await.doing(DOING)? {
        return Ok(Found::Nameless);
    }
    let errors = Errors {
        workspace,
        start,
        end,
    };
    let rows = errors.load::<Row>(connection).await.doing(DOING)?;
    let (mut found, mut unnumbered) = (ErrorDay::default(), Unnumbered::default());
    for row in rows {
        let (agent, user) = (number(row.agent)?, number(row.user)?);
        unnumbered.agents.extend(row.agent_without);
        unnumbered.users.extend(row.user_without);
        let Some(agent) = agent else { continue };
        let malformed = |error| Error::malformed("an error of a day", error);
        found.add(&Alike {
            fingerprint: row.fingerprint,
            kind: &row.kind,
            quarter: u8::try_from(row.quarter).map_err(malformed)?,
            agent,
            user,
            occurrences: row.occurrences.unsigned_abs(),
            lost_micro: lost(row.lost_micro)?,
        });
    }
    Ok(if unnumbered.is_empty() {
        Found::Errors(found)
    } else {
        Found::Unnumbered(unnumbered)
    })
}

/// Keeps what the errors of a day amount to; a day without any has no row.
pub(super) async fn put(
    connection: &mut AsyncPgConnection,
    workspace: &Uuid,
    day: UtcDay,
    errors: &ErrorDay,
) -> Result<(), Error> {
    if errors.is_empty() {
        return Ok(());
    }
    let put = PutErrors {
        workspace,
        day: &day.date(),
        errors: &errors.encode(),
    };
    let put = put.execute(connection).await.map(drop);
    put.doing("keeping the errors of a day")
}

fn number(ordinal: Option<i32>) -> Result<Option<u32>, Error> {
    ordinal
        .map(u32::try_from)
        .transpose()
        .map_err(|error| Error::malformed("an ordinal", error))
}

fn lost(sum: Option<String>) -> Result<Option<u128>, Error> {
    sum.map(|sum| sum.parse())
        .transpose()
        .map_err(|error| Error::malformed("a sum of credits", error))
}
