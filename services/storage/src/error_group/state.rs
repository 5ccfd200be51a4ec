//! Saying what state a group of errors is in.

use diesel::sql_types::{Integer, Nullable, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_auth::Scope;
use shadow_domain::error_group::{Decision, State, decide};
use uuid::Uuid;

use super::one::One;
use super::{GroupKey, Standing, StandingRow};
use crate::database::Transaction;
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

/// How often it is tried again where somebody else said something at the same time.
const ATTEMPTS: u32 = 5;

statement!(
    Put<'a> = "put_state.sql",
    (
        workspace_id: Uuid as SqlUuid,
        fingerprint: Uuid as SqlUuid,
        number: i32 as Integer,
        state: i16 as SmallInt,
        changed_by: str as Text,
        note: Option<String> as Nullable<Text>,
    ) -> ()
);

/// What became of a new state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The group is in it, since now or before.
    Done(Standing),
    /// It cannot go there from the state that it is in.
    Refused(State),
}

/// Notes that `by` says what state a group is in. [`Error::NotFound`] where no kept execution of the scope has it. The
/// same said again changes nothing, so it is safe to repeat.
pub async fn put_state(
    db: &Database,
    scope: &Scope,
    key: &GroupKey,
    state: State,
    by: &str,
    note: Option<String>,
) -> Result<Change, Error> {
    let mut attempt = 1;
    loop {
        let mut transaction = db.write(scope).await?;
        let put = put(&mut transaction, key, state, by, &note).await;
        match transaction.end(put).await {
            Err(error) if error.is_repeat() && attempt < ATTEMPTS => attempt += 1,
            result => return result,
        }
    }
}

async fn put(
    transaction: &mut Transaction,
    key: &GroupKey,
    state: State,
    by: &str,
    note: &Option<String>,
) -> Result<Change, Error> {
    let (current, number) = current(transaction, key).await?;
    match decide(current.state(), current.is_regression(), state) {
        Decision::Nothing => return Ok(Change::Done(current)),
        Decision::Refuse => return Ok(Change::Refused(current.state())),
        Decision::Change => {}
    }
    let put = Put {
        workspace_id: &key.workspace_id,
        fingerprint: &key.fingerprint,
        number: &(number + 1),
        state: &state.code(),
        changed_by: by,
        note,
    };
    put.execute(transaction.connection())
        .await
        .doing("noting the state of a group of errors")?;
    Ok(Change::Done(self::current(transaction, key).await?.0))
}

/// The group as it is, and how often its state has changed.
async fn current(transaction: &mut Transaction, key: &GroupKey) -> Result<(Standing, i32), Error> {
    let one = One {
        workspace_id: &key.workspace_id,
        fingerprint: &key.fingerprint,
    };
    let rows = one
        .load::<(StandingRow, i32)>(transaction.connection())
        .await
        .doing("reading a group of errors")?;
    let (row, number) = rows
        .into_iter()
        .next()
        .ok_or(Error::NotFound("group of errors"))?;
    Ok((row.standing()?, number))
}
