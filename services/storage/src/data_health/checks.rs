//! Checking: whom, and what was found.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    Array, BigInt, Date, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_auth::Scope;
use shadow_domain::data_health::{Identity, Tally};
use shadow_domain::time::{Range, UtcDay};
use uuid::Uuid;

use super::{Found, LIMIT, Picked, ROWS};
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

statement!(
    Pick<'a> = "pick.sql",
    (last: NaiveDate as Date, workspaces: i64 as BigInt) -> (SqlUuid, Date)
);

statement!(
    Note<'a> = "note.sql",
    (
        workspace_id: [Uuid] as Array<SqlUuid>,
        identity: [i16] as Array<SmallInt>,
        compared: [i64] as Array<BigInt>,
        broken: [i64] as Array<BigInt>,
        example: [Option<&'a str>] as Array<Nullable<Text>>,
    ) -> ()
);

statement!(
    Look<'a> = "look_for_twins.sql",
    (
        workspace: Uuid as SqlUuid,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        limit: i64 as BigInt,
    ) -> (BigInt, BigInt, Nullable<Text>)
);

statement!(
    Trim<'a> = "trim.sql",
    (before: NaiveDate as Date, rows: i64 as BigInt) -> ()
);

statement!(
    TrimTwins<'a> = "trim_twins.sql",
    (before: DateTime<Utc> as Timestamptz, rows: i64 as BigInt) -> ()
);

/// Everything: whoever checks narrows it to what is checked.
pub fn scope() -> Scope {
    Scope::system("checking identities")
}

/// At most so many workspaces, those that were not checked for longest; each with a day with pages until `last`, rather a
/// late one, or that last day itself where it has none.
pub async fn pick(db: &Database, last: UtcDay, workspaces: i64) -> Result<Vec<Picked>, Error> {
    let mut transaction = db.review(&scope(), LIMIT).await?;
    let pick = Pick {
        last: &last.date(),
        workspaces: &workspaces,
    };
    let picked = pick
        .load::<(Uuid, NaiveDate)>(transaction.connection())
        .await
        .doing("choosing workspaces to check");
    let picked = transaction.end(picked).await?;
    Ok(picked
        .into_iter()
        .map(|(workspace_id, day)| Picked {
            workspace_id,
            day: UtcDay::of_date(day),
        })
        .collect())
}

/// Keeps what was found; no workspace and identity may be there twice.
pub async fn note(db: &Database, found: &[Found]) -> Result<(), Error> {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let workspace_id: Vec<Uuid> = found
        .iter()
        .map(|one| one.workspace_id.unwrap_or_default())
        .collect();
    let identity: Vec<i16> = found.iter().map(|one| one.identity.code()).collect();
    let compared: Vec<i64> = found.iter().map(|one| number(one.tally.compared)).collect();
    let broken: Vec<i64> = found.iter().map(|one| number(one.tally.broken)).collect();
    let example: Vec<Option<&str>> = found
        .iter()
        .map(|one| one.tally.example.as_deref())
        .collect();
    let note = Note {
        workspace_id: &workspace_id,
        identity: &identity,
        compared: &compared,
        broken: &broken,
        example: &example,
    };
    let mut transaction = db.work(&scope(), LIMIT).await?;
    let noted = note.execute(transaction.connection()).await;
    transaction
        .end(noted.doing("noting what was checked"))
        .await?;
    Ok(())
}

/// Looks among at most so many executions of a workspace that were opened in a time for those that were opened at another
/// time, too, and keeps them.
pub async fn look_for_twins(
    db: &Database,
    workspace: Uuid,
    range: &Range,
    executions: i64,
) -> Result<Found, Error> {
    let mut transaction = db.work(&scope().within([workspace]), LIMIT).await?;
    let look = Look {
        workspace: &workspace,
        start: &range.start,
        end: &range.end,
        limit: &executions,
    };
    let looked = look
        .get_result::<(i64, i64, Option<String>)>(transaction.connection())
        .await
        .doing("looking for executions that were opened twice");
    let (looked_at, pairs, example) = transaction.end(looked).await?;
    Ok(Found {
        workspace_id: Some(workspace),
        identity: Identity::Openings,
        tally: Tally {
            compared: looked_at.unsigned_abs().max(pairs.unsigned_abs()),
            broken: pairs.unsigned_abs(),
            example,
        },
    })
}

/// Deletes what was found before a time, and says how much that was.
pub async fn trim(db: &Database, older_than: DateTime<Utc>) -> Result<usize, Error> {
    const DOING: &str = "trimming checks";
    let mut trimmed = 0;
    loop {
        let mut transaction = db.work(&scope(), LIMIT).await?;
        let trim = Trim {
            before: &older_than.date_naive(),
            rows: &ROWS,
        };
        let checks = trim.execute(transaction.connection()).await.doing(DOING);
        let checks = transaction.end(checks).await?;
        let mut transaction = db.work(&scope(), LIMIT).await?;
        let trim = TrimTwins {
            before: &older_than,
            rows: &ROWS,
        };
        let twins = trim.execute(transaction.connection()).await.doing(DOING);
        let twins = transaction.end(twins).await?;
        trimmed += checks + twins;
        if checks.max(twins) < ROWS as usize {
            return Ok(trimmed);
        }
    }
}
