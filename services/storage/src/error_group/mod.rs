//! Groups of errors: found by an index over executions, with what people have said of them. What they amount to on days that
//! are over is read from summaries, and else counted by the server.

mod errors;
mod list;
mod name;
mod one;
mod state;
mod summed;

use chrono::{DateTime, Utc};
use diesel::sql_types::{Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use shadow_domain::error_group::{State, is_regression};
use uuid::Uuid;

use crate::Error;

pub use errors::Errors;
pub use list::{Among, Counted, ErrorCounts, Group, GroupQuarter, Impact};
pub use name::name;
pub use one::{Occurrence, Part};
pub use state::{Change, put_state};

/// Names a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// The workspace.
    pub workspace_id: Uuid,
    /// The fingerprint of its errors.
    pub fingerprint: Uuid,
}

/// What a group is, whatever time is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub key: GroupKey,
    /// When the first execution with it was opened, of those that are kept.
    pub first_seen_at: DateTime<Utc>,
    /// When the latest one was.
    pub last_seen_at: DateTime<Utc>,
    /// The kind of the error.
    pub kind: Option<String>,
    /// What the latest one said.
    pub message: Option<String>,
    /// What was last said of it; nothing where nobody did.
    pub said: Option<Said>,
}

/// What somebody said of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The state from then on.
    pub state: State,
    /// When.
    pub at: DateTime<Utc>,
    /// The subject of whoever said it.
    pub by: String,
    /// What people call them.
    pub name: Option<String>,
    /// Why.
    pub note: Option<String>,
}

impl Standing {
    /// The state it is in.
    pub fn state(&self) -> State {
        self.said
            .as_ref()
            .map_or(State::default(), |said| said.state)
    }

    /// Whether it was resolved and has come again.
    pub fn is_regression(&self) -> bool {
        self.said
            .as_ref()
            .is_some_and(|said| is_regression(said.state, said.at, self.last_seen_at))
    }
}

/// The columns that statements select of a group first, in this order.
type StandingColumns = (
    SqlUuid,
    SqlUuid,
    Timestamptz,
    Timestamptz,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<SmallInt>,
    Nullable<Timestamptz>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
);

/// Their values.
#[derive(Debug, diesel::Queryable)]
struct StandingRow {
    workspace_id: Uuid,
    fingerprint: Uuid,
    first_seen_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    kind: Option<String>,
    message: Option<String>,
    state: Option<i16>,
    changed_at: Option<DateTime<Utc>>,
    changed_by: Option<String>,
    changed_by_name: Option<String>,
    note: Option<String>,
}

impl StandingRow {
    fn standing(self) -> Result<Standing, Error> {
        let said = match (self.state, self.changed_at, self.changed_by) {
            (Some(code), Some(at), Some(by)) => Some(Said {
                state: state(code)?,
                at,
                by,
                name: self.changed_by_name,
                note: self.note,
            }),
            _ => None,
        };
        Ok(Standing {
            key: GroupKey {
                workspace_id: self.workspace_id,
                fingerprint: self.fingerprint,
            },
            first_seen_at: self.first_seen_at,
            last_seen_at: self.last_seen_at,
            kind: self.kind,
            message: self.message,
            said,
        })
    }
}

fn state(code: i16) -> Result<State, Error> {
    State::from_code(code)
        .ok_or_else(|| Error::malformed("the state of a group of errors", "the code is not known"))
}

fn count(count: i64) -> Result<u64, Error> {
    u64::try_from(count).map_err(|error| Error::malformed("a count", error))
}

/// A sum as text; nothing where no value was known.
fn sum(sum: Option<String>) -> Result<Option<i128>, Error> {
    sum.map(|sum| sum.parse())
        .transpose()
        .map_err(|error| Error::malformed("a sum of credits", error))
}
