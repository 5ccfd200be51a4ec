//! Reading what users ran, by facts: users are no dimension of cells.

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_domain::execution::{Currency, Outcome};
use shadow_domain::partial::{Partial, Spend, Tally, Usage};
use shadow_domain::time::Range;
use uuid::Uuid;

use crate::error::While;
use crate::statement::statement;
use crate::{Error, Snapshot};

statement!(
    Users<'a> = "users.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        number: [i32] as Array<Integer>,
        start: [DateTime<Utc>] as Array<Timestamptz>,
        finish: [DateTime<Utc>] as Array<Timestamptz>,
        currency: str as Text,
        limit: i64 as BigInt,
    ) -> (Text, Nullable<Text>, Integer, Array<BigInt>, BigInt)
);

/// A user with what it ran in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserTotals {
    /// The user.
    pub user_id: String,
    /// What people call it; absent where it has no name.
    pub name: Option<String>,
    /// Which of the periods.
    pub period: usize,
    /// What its executions amount to, as far as that is counts and sums.
    pub partial: Partial,
}

impl Snapshot {
    /// What users ran in periods that do not overlap, of those that ran most; and how many users there are in all.
    pub async fn user_totals(
        &mut self,
        periods: &[Range],
        currency: Currency,
        limit: i64,
    ) -> Result<(Vec<UserTotals>, u64), Error> {
        let (connection, workspaces) = self.parts();
        let number: Vec<i32> = (0..).take(periods.len()).collect();
        let start: Vec<_> = periods.iter().map(|period| period.start).collect();
        let finish: Vec<_> = periods.iter().map(|period| period.end).collect();
        let users = Users {
            workspaces,
            number: &number,
            start: &start,
            finish: &finish,
            currency: currency.as_str(),
            limit: &limit,
        };
        let rows = users
            .load::<(String, Option<String>, i32, Vec<i64>, i64)>(connection)
            .await
            .doing("summing executions by user")?;
        let all = rows.last().map_or(0, |row| row.4.max(0).unsigned_abs());
        let totals = rows.into_iter().map(|(user_id, name, period, sums, _)| {
            let sums = sums.try_into();
            let sums = sums.map_err(|_| Error::malformed("sums of a user", "they are too few"))?;
            Ok(UserTotals {
                user_id,
                name,
                period: usize::try_from(period).unwrap_or_default(),
                partial: partial(sums, currency),
            })
        });
        Ok((totals.collect::<Result<_, Error>>()?, all))
    }
}

/// The counts and sums of the statement, in its order.
fn partial(sums: [i64; 19], currency: Currency) -> Partial {
    let counts = sums.map(|sum| sum.max(0).unsigned_abs());
    let [
        opened,
        completed,
        failed,
        cancelled,
        timed_out,
        unknown,
        used @ ..,
    ] = counts;
    let [
        input,
        with_input,
        output,
        with_output,
        with_tokens,
        spent @ ..,
    ] = used;
    let [
        credits,
        with_credits,
        wasted,
        with_wasted,
        cost,
        with_cost,
        lost,
        with_lost,
    ] = spent;
    let spend = |sum: u64, known: u64, wasted: u64, wasted_known: u64| Spend {
        sum: sum.into(),
        known,
        wasted: wasted.into(),
        wasted_known,
    };
    let cost = spend(cost, with_cost, lost, with_lost);
    let mut partial = Partial {
        opened,
        usage: Some(Box::new(Usage {
            input: Tally {
                sum: input.into(),
                known: with_input,
            },
            output: Tally {
                sum: output.into(),
                known: with_output,
            },
            with_tokens,
            credits: spend(credits, with_credits, wasted, with_wasted),
            costs: (with_cost > 0)
                .then_some((currency, cost))
                .into_iter()
                .collect(),
        })),
        ..Partial::default()
    };
    for (outcome, count) in [
        (Outcome::Completed, completed),
        (Outcome::Failed, failed),
        (Outcome::Cancelled, cancelled),
        (Outcome::TimedOut, timed_out),
        (Outcome::Unknown, unknown),
    ] {
        partial.outcomes[outcome.code() as usize - 1] = count;
    }
    partial
}
