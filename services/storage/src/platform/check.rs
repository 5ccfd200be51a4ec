//! Comparing days of the platform with what the workspaces' pages amount to.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::sql_types::{Array, BigInt, Binary, Date, SmallInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use shadow_auth::Scope;
use shadow_domain::data_health::Tally;
use shadow_domain::time::UtcDay;

use super::fold::merged;
use super::{FOLDED, LIMIT};
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

statement!(
    Pick<'a> = "pick.sql",
    (days: i64 as BigInt) -> Date
);

statement!(
    Stored<'a> = "stored.sql",
    (dimension: i16 as SmallInt, day: NaiveDate as Date) -> (Text, Binary, Binary)
);

statement!(
    Forget<'a> = "forget.sql",
    (days: [NaiveDate] as Array<Date>) -> ()
);

/// Compares at most so many days, chosen at random among those that are served, byte by byte. One that differs is no
/// longer served, and is merged anew.
pub async fn check(db: &Database, days: i64) -> Result<Tally, Error> {
    let scope = Scope::system("checking days of the platform");
    let mut transaction = db.review(&scope, LIMIT).await?;
    let checked = check_in(transaction.connection(), days).await;
    let (tally, wrong) = transaction.end(checked).await?;
    if !wrong.is_empty() {
        let mut transaction = db.work(&scope, LIMIT).await?;
        let forget = Forget { days: &wrong };
        let forgotten = forget.execute(transaction.connection()).await;
        let forgotten = forgotten.doing("forgetting days of the platform");
        transaction.end(forgotten).await?;
    }
    Ok(tally)
}

async fn check_in(
    connection: &mut AsyncPgConnection,
    days: i64,
) -> Result<(Tally, Vec<NaiveDate>), Error> {
    const DOING: &str = "checking days of the platform";
    let (mut tally, mut wrong) = (Tally::default(), Vec::new());
    let picked = Pick { days: &days };
    for date in picked.load::<NaiveDate>(connection).await.doing(DOING)? {
        let broken = tally.broken;
        for dimension in FOLDED {
            let stored = Stored {
                dimension: &dimension.code(),
                day: &date,
            };
            let mut stored: BTreeMap<String, (Vec<u8>, Vec<u8>)> = stored
                .load::<(String, Vec<u8>, Vec<u8>)>(connection)
                .await
                .doing(DOING)?
                .into_iter()
                .map(|(key, whole_day, quarters)| (key, (whole_day, quarters)))
                .collect();
            for (key, page) in merged(connection, dimension, UtcDay::of_date(date)).await? {
                let holds = stored.remove(&key).is_some_and(|(whole_day, quarters)| {
                    whole_day == page.encode_day() && page.has_quarters(&quarters)
                });
                tally.note(holds, || {
                    format!("{dimension:?} {key:?} of {date} is not what workspaces have")
                });
            }
            for key in stored.keys() {
                tally.note(false, || {
                    format!("{dimension:?} {key:?} of {date} is in no workspace")
                });
            }
        }
        if tally.broken > broken {
            wrong.push(date);
        }
    }
    Ok((tally, wrong))
}
