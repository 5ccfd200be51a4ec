//! Reading revenue: movements and states of subscriptions, which ingestion keeps.

use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_domain::execution::Currency;
use shadow_domain::revenue::{Movement, MovementKind, Retention};
use shadow_domain::time::Range;
use uuid::Uuid;

use crate::error::While;
use crate::statement::statement;
use crate::{Error, Snapshot};

statement!(
    Months<'a> = "months.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        number: [i32] as Array<Integer>,
        start: [DateTime<Utc>] as Array<Timestamptz>,
        finish: [DateTime<Utc>] as Array<Timestamptz>,
    ) -> (Integer, Text, BigInt, BigInt, BigInt, Text, Text, Text, Text, Text)
);

statement!(
    Paid<'a> = "accrued.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        number: [i32] as Array<Integer>,
        start: [DateTime<Utc>] as Array<Timestamptz>,
        finish: [DateTime<Utc>] as Array<Timestamptz>,
    ) -> (Integer, Text, Text)
);

statement!(
    Moved<'a> = "moved.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        number: [i32] as Array<Integer>,
        start: [DateTime<Utc>] as Array<Timestamptz>,
        finish: [DateTime<Utc>] as Array<Timestamptz>,
    ) -> (Integer, Text, SmallInt, Text)
);

statement!(
    Plans<'a> = "plans.sql",
    (workspaces: [Uuid] as Array<SqlUuid>, at: DateTime<Utc> as Timestamptz)
        -> (Text, Text, Nullable<Text>, BigInt, BigInt, Text)
);

statement!(
    Movements<'a> = "movements.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: DateTime<Utc> as Timestamptz,
        before_occurred_at: DateTime<Utc> as Timestamptz,
        before_workspace: Uuid as SqlUuid,
        before_currency: str as Text,
        kinds: [i16] as Array<SmallInt>,
        limit: i64 as BigInt,
    ) -> (SqlUuid, Nullable<Text>, Timestamptz, Text, SmallInt, BigInt, BigInt)
);

/// The two ends of a period, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// Which of the periods.
    pub period: usize,
    /// The currency.
    pub currency: Currency,
    /// What became of those that paid at the start.
    pub retention: Retention,
    /// How many customers pay at the end.
    pub paying: u64,
    /// What they pay per month, in millionths.
    pub end_micros: i128,
    /// What of it is paid again, by customers that did not pay at the start but had before.
    pub reactivated_micros: i128,
}

/// By how much revenue moved in a period, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Which of the periods.
    pub period: usize,
    /// The currency.
    pub currency: Currency,
    /// How it moved.
    pub kind: MovementKind,
    /// By how much, in millionths.
    pub micros: u128,
}

/// What was paid over a period, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accrued {
    /// Which of the periods.
    pub period: usize,
    /// The currency.
    pub currency: Currency,
    /// What each customer paid per month × for how long, in millionths × microseconds.
    pub micros_times_time: i128,
}

/// What a plan amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The currency.
    pub currency: Currency,
    /// The plan.
    pub plan_id: String,
    /// What people call it, where it has a name.
    pub name: Option<String>,
    /// Subscriptions that are paid.
    pub subscriptions: u64,
    /// Customers that pay for one.
    pub customers: u64,
    /// Per month, in millionths.
    pub mrr_micros: i128,
}

/// A customer's movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerMovement {
    /// The customer.
    pub workspace_id: Uuid,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// How it moved.
    pub movement: Movement,
}

/// Names a movement, in the order in which movements are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementKey {
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// The customer.
    pub workspace_id: Uuid,
    /// The currency's code; empty before all.
    pub currency: String,
}

impl MovementKey {
    /// Comes after every movement before an instant.
    pub fn end(at: DateTime<Utc>) -> Self {
        Self {
            occurred_at: at,
            workspace_id: Uuid::nil(),
            currency: String::new(),
        }
    }
}

/// Periods as columns.
struct Columns {
    number: Vec<i32>,
    start: Vec<DateTime<Utc>>,
    finish: Vec<DateTime<Utc>>,
}

impl Columns {
    fn of(periods: &[Range]) -> Self {
        Self {
            number: (0..).take(periods.len()).collect(),
            start: periods.iter().map(|period| period.start).collect(),
            finish: periods.iter().map(|period| period.end).collect(),
        }
    }
}

impl Snapshot {
    /// The two ends of each period, by currency. What moves at the end of one belongs to the next.
    pub async fn revenue_ends(&mut self, periods: &[Range]) -> Result<Vec<Ends>, Error> {
        type Row = (
            i32,
            String,
            i64,
            i64,
            i64,
            String,
            String,
            String,
            String,
            String,
        );
        let columns = Columns::of(periods);
        let (connection, workspaces) = self.parts();
        let months = Months {
            workspaces,
            number: &columns.number,
            start: &columns.start,
            finish: &columns.finish,
        };
        let rows = months
            .load::<Row>(connection)
            .await
            .doing("reading revenue")?;
        rows.into_iter()
            .map(
                |(period, code, customers, lost, paying, m0, m1, kept, end, again)| {
                    Ok(Ends {
                        period: count(period.into())? as usize,
                        currency: currency(&code)?,
                        retention: Retention {
                            customers: count(customers)?,
                            lost: count(lost)?,
                            start_micros: whole(&m0)?,
                            end_micros: whole(&m1)?,
                            kept_micros: whole(&kept)?,
                        },
                        paying: count(paying)?,
                        end_micros: whole(&end)?,
                        reactivated_micros: whole(&again)?,
                    })
                },
            )
            .collect()
    }

    /// By how much revenue moved in each period, by currency and kind.
    pub async fn revenue_changes(&mut self, periods: &[Range]) -> Result<Vec<Change>, Error> {
        let columns = Columns::of(periods);
        let (connection, workspaces) = self.parts();
        let moved = Moved {
            workspaces,
            number: &columns.number,
            start: &columns.start,
            finish: &columns.finish,
        };
        let rows = moved
            .load::<(i32, String, i16, String)>(connection)
            .await
            .doing("summing movements of revenue")?;
        rows.into_iter()
            .map(|(period, code, moved, sum)| {
                Ok(Change {
                    period: count(period.into())? as usize,
                    currency: currency(&code)?,
                    kind: kind(moved)?,
                    micros: whole(&sum)?.unsigned_abs(),
                })
            })
            .collect()
    }

    /// What customers paid over each period, by currency.
    pub async fn revenue_accrued(&mut self, periods: &[Range]) -> Result<Vec<Accrued>, Error> {
        let columns = Columns::of(periods);
        let (connection, workspaces) = self.parts();
        let accrued = Paid {
            workspaces,
            number: &columns.number,
            start: &columns.start,
            finish: &columns.finish,
        };
        let rows = accrued
            .load::<(i32, String, String)>(connection)
            .await
            .doing("summing what was paid")?;
        rows.into_iter()
            .map(|(period, code, sum)| {
                Ok(Accrued {
                    period: count(period.into())? as usize,
                    currency: currency(&code)?,
                    micros_times_time: whole(&sum)?,
                })
            })
            .collect()
    }

    /// What each plan amounts to just before an instant, by currency, the largest first.
    pub async fn revenue_plans(&mut self, at: DateTime<Utc>) -> Result<Vec<Plan>, Error> {
        let (connection, workspaces) = self.parts();
        let plans = Plans {
            workspaces,
            at: &at,
        };
        let rows = plans
            .load::<(String, String, Option<String>, i64, i64, String)>(connection)
            .await
            .doing("reading revenue by plan")?;
        rows.into_iter()
            .map(|(code, plan_id, name, subscriptions, customers, mrr)| {
                Ok(Plan {
                    currency: currency(&code)?,
                    plan_id,
                    name,
                    subscriptions: count(subscriptions)?,
                    customers: count(customers)?,
                    mrr_micros: whole(&mrr)?,
                })
            })
            .collect()
    }

    /// At most `limit` movements from an instant on and before one of them, the latest first; of some kinds, or of all
    /// where none is named.
    pub async fn movements(
        &mut self,
        start: DateTime<Utc>,
        before: &MovementKey,
        kinds: &[MovementKind],
        limit: i64,
    ) -> Result<Vec<CustomerMovement>, Error> {
        type Row = (Uuid, Option<String>, DateTime<Utc>, String, i16, i64, i64);
        let kinds: Vec<i16> = kinds.iter().map(|kind| kind.code()).collect();
        let (connection, workspaces) = self.parts();
        let movements = Movements {
            workspaces,
            start: &start,
            before_occurred_at: &before.occurred_at,
            before_workspace: &before.workspace_id,
            before_currency: &before.currency,
            kinds: &kinds,
            limit: &limit,
        };
        let rows = movements
            .load::<Row>(connection)
            .await
            .doing("listing movements of revenue")?;
        rows.into_iter()
            .map(|(workspace_id, name, at, code, moved, before, after)| {
                Ok(CustomerMovement {
                    workspace_id,
                    name,
                    movement: Movement {
                        at,
                        currency: currency(&code)?,
                        kind: kind(moved)?,
                        before_micros: before,
                        after_micros: after,
                    },
                })
            })
            .collect()
    }
}

fn currency(code: &str) -> Result<Currency, Error> {
    Currency::parse(code).map_err(|error| Error::malformed("a currency", error))
}

fn kind(code: i16) -> Result<MovementKind, Error> {
    MovementKind::from_code(code)
        .ok_or_else(|| Error::malformed("a kind of movement", "the code is not known"))
}

fn count(count: i64) -> Result<u64, Error> {
    u64::try_from(count).map_err(|error| Error::malformed("a count", error))
}

/// A sum as text.
fn whole(sum: &str) -> Result<i128, Error> {
    sum.parse()
        .map_err(|error| Error::malformed("a sum of revenue", error))
}
