//! Comparing summaries with what facts amount to.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::sql_types::{BigInt, Binary, Date, Integer, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use shadow_auth::Scope;
use shadow_domain::data_health::Tally;
use shadow_domain::time::UtcDay;
use uuid::Uuid;

use super::coverage::Uncovered;
use super::make::{Made, Step, make_in};
use super::{DEFINITION, LIMIT};
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

const DOING: &str = "checking summaries";

statement!(
    Pick<'a> = "pick.sql",
    (workspace: Uuid as SqlUuid, definition: i16 as SmallInt, days: i64 as BigInt) -> Date
);

statement!(
    Users<'a> = "users.sql",
    (workspace: Uuid as SqlUuid, day: NaiveDate as Date) -> (Integer, Text)
);

statement!(
    KeptErrors<'a> = "kept_errors.sql",
    (workspace: Uuid as SqlUuid, day: NaiveDate as Date) -> Binary
);

/// What is kept of a day.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    users: BTreeMap<i32, String>,
    errors: Vec<Vec<u8>>,
}

/// Compares the summaries of at most so many days of a workspace, chosen at random among those that are read, with what
/// facts amount to in the same state. One that differs is put right.
pub async fn check(db: &Database, workspace: Uuid, days: i64) -> Result<Tally, Error> {
    let scope = Scope::system("checking summaries");
    let mut transaction = db.review(&scope, LIMIT).await?;
    let pick = Pick {
        workspace: &workspace,
        definition: &DEFINITION,
        days: &days,
    };
    let picked = pick
        .load::<NaiveDate>(transaction.connection())
        .await
        .doing(DOING);
    let mut tally = Tally::default();
    for date in transaction.end(picked).await? {
        let mut transaction = db.repair(&scope, LIMIT).await?;
        let day = UtcDay::of_date(date);
        let compared = compare(transaction.connection(), workspace, day).await;
        match compared {
            Ok(Some((kept, found))) if kept != found => {
                note(&mut tally, workspace, date, &kept, &found);
                match transaction.commit().await {
                    Err(error) if !error.is_race() => return Err(error),
                    _ => {}
                }
            }
            Ok(compared) => {
                if let Some((kept, found)) = compared {
                    note(&mut tally, workspace, date, &kept, &found);
                }
                // What was written is what was there.
                transaction.rollback().await?;
            }
            // Somebody has summed it up meanwhile.
            Err(error) if error.is_race() => transaction.rollback().await?,
            Err(error) => return transaction.end(Err(error)).await,
        }
    }
    Ok(tally)
}

/// What was kept of a day, and what it amounts to, which is kept from now on; nothing where nobody reads it.
async fn compare(
    connection: &mut AsyncPgConnection,
    workspace: Uuid,
    day: UtcDay,
) -> Result<Option<(Kept, Kept)>, Error> {
    let uncovered = Uncovered {
        workspaces: &[workspace],
        first: &day.date(),
        last: &day.date(),
        definition: &DEFINITION,
    };
    let uncovered = uncovered.load::<(Uuid, NaiveDate)>(connection).await;
    if !uncovered.doing(DOING)?.is_empty() {
        return Ok(None);
    }
    let before = kept(connection, &workspace, day).await?;
    match make_in(connection, workspace, day).await? {
        Step::Ended(Made::Done { .. }) => {
            let after = kept(connection, &workspace, day).await?;
            Ok(Some((before, after)))
        }
        _ => Ok(None),
    }
}

async fn kept(
    connection: &mut AsyncPgConnection,
    workspace: &Uuid,
    day: UtcDay,
) -> Result<Kept, Error> {
    let day = &day.date();
    let users = Users { workspace, day };
    let users = users.load::<(i32, String)>(connection).await.doing(DOING)?;
    let errors = KeptErrors { workspace, day };
    let errors = errors.load::<Vec<u8>>(connection).await.doing(DOING)?;
    Ok(Kept {
        users: users.into_iter().collect(),
        errors,
    })
}

fn note(tally: &mut Tally, workspace: Uuid, day: NaiveDate, kept: &Kept, found: &Kept) {
    let mut ordinals: Vec<i32> = kept
        .users
        .keys()
        .chain(found.users.keys())
        .copied()
        .collect();
    ordinals.sort_unstable();
    ordinals.dedup();
    for ordinal in ordinals {
        let (kept, found) = (kept.users.get(&ordinal), found.users.get(&ordinal));
        tally.note(kept == found, || {
            format!("user {ordinal} on {day} in {workspace}: {kept:?}, not {found:?}")
        });
    }
    tally.note(kept.errors == found.errors, || {
        format!("errors on {day} in {workspace}: kept are others than there were")
    });
}
