//! Reading what is known, from one snapshot.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Date, Double, Integer, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use shadow_auth::Scope;
use shadow_domain::data_health::Identity;
use uuid::Uuid;

use super::{
    AuditedDay, BrokenIdentity, CheckedDay, Refused, Repaired, Report, Twin, Waiting, columns,
};
use crate::error::While;
use crate::statement::statement;
use crate::{Database, Error};

statement!(
    Waits<'a> = "waiting.sql",
    (all: bool as Bool, workspaces: [Uuid] as Array<SqlUuid>) -> (BigInt, Double, BigInt, Double)
);

statement!(
    Days<'a> = "days.sql",
    (all: bool as Bool, workspaces: [Uuid] as Array<SqlUuid>, since: NaiveDate as Date)
        -> (SmallInt, Date, BigInt, BigInt, BigInt, Timestamptz)
);

statement!(
    Broken<'a> = "broken.sql",
    (
        all: bool as Bool,
        workspaces: [Uuid] as Array<SqlUuid>,
        since: NaiveDate as Date,
        limit: i64 as BigInt,
    ) -> (SqlUuid, SmallInt, Timestamptz, BigInt, Text)
);

statement!(
    Audits<'a> = "audited.sql",
    (all: bool as Bool, workspaces: [Uuid] as Array<SqlUuid>, since: DateTime<Utc> as Timestamptz)
        -> (Date, BigInt, BigInt, BigInt, Timestamptz)
);

statement!(
    Repairs<'a> = "repaired.sql",
    (
        all: bool as Bool,
        workspaces: [Uuid] as Array<SqlUuid>,
        since: DateTime<Utc> as Timestamptz,
        limit: i64 as BigInt,
    ) -> (SqlUuid, Date, Timestamptz, Integer, Integer)
);

statement!(
    Refusals<'a> = "refused.sql",
    (
        all: bool as Bool,
        workspaces: [Uuid] as Array<SqlUuid>,
        since: DateTime<Utc> as Timestamptz,
        limit: i64 as BigInt,
    ) -> (SqlUuid, SmallInt, BigInt, Timestamptz, Array<Date>, Array<BigInt>)
);

statement!(
    Twins<'a> = "twins.sql",
    (
        all: bool as Bool,
        workspaces: [Uuid] as Array<SqlUuid>,
        since: DateTime<Utc> as Timestamptz,
        limit: i64 as BigInt,
    ) -> (SqlUuid, SqlUuid, Timestamptz, Timestamptz, Timestamptz)
);

/// What is known of the workspaces of a scope since a time; at most `limit` of what is listed one by one. What belongs to
/// no workspace only a scope of all of them sees.
pub async fn report(
    db: &Database,
    scope: &Scope,
    since: DateTime<Utc>,
    limit: i64,
    deadline: Option<Duration>,
) -> Result<Report, Error> {
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let (snapshot_time, last_event_at) = (snapshot.snapshot_time(), snapshot.last_event_at());
    let (all, workspaces) = columns(scope);
    let read = Read {
        all,
        workspaces: &workspaces,
        since,
        limit,
    };
    let (connection, _) = snapshot.parts();
    let (deltas, entries) = read.waiting(connection).await?;
    let report = Report {
        snapshot_time,
        last_event_at,
        deltas,
        entries,
        checks: read.checks(connection).await?,
        broken: read.broken(connection).await?,
        audits: read.audits(connection).await?,
        repaired: read.repaired(connection).await?,
        refused: read.refused(connection).await?,
        twins: read.twins(connection).await?,
    };
    snapshot.finish().await?;
    Ok(report)
}

struct Read<'a> {
    all: bool,
    workspaces: &'a [Uuid],
    since: DateTime<Utc>,
    limit: i64,
}

impl Read<'_> {
    async fn waiting(
        &self,
        connection: &mut AsyncPgConnection,
    ) -> Result<(Waiting, Waiting), Error> {
        let waits = Waits {
            all: &self.all,
            workspaces: self.workspaces,
        };
        let (deltas, deltas_age, entries, entries_age) = waits
            .get_result::<(i64, f64, i64, f64)>(connection)
            .await
            .doing("reading what waits")?;
        let waiting = |count: i64, age: f64| Waiting {
            count: count.unsigned_abs(),
            oldest: Duration::try_from_secs_f64(age).ok().filter(|_| count > 0),
        };
        Ok((waiting(deltas, deltas_age), waiting(entries, entries_age)))
    }

    async fn checks(&self, connection: &mut AsyncPgConnection) -> Result<Vec<CheckedDay>, Error> {
        let days = Days {
            all: &self.all,
            workspaces: self.workspaces,
            since: &self.since.date_naive(),
        };
        let rows = days
            .load::<(i16, NaiveDate, i64, i64, i64, DateTime<Utc>)>(connection)
            .await
            .doing("reading checks")?;
        // Of what a later version checks this one has no name.
        let known =
            rows.into_iter()
                .filter_map(|(code, day, checks, compared, broken, checked_at)| {
                    Some(CheckedDay {
                        identity: Identity::from_code(code)?,
                        day,
                        checks: checks.unsigned_abs(),
                        compared: compared.unsigned_abs(),
                        broken: broken.unsigned_abs(),
                        checked_at,
                    })
                });
        Ok(known.collect())
    }

    async fn broken(
        &self,
        connection: &mut AsyncPgConnection,
    ) -> Result<Vec<BrokenIdentity>, Error> {
        let broken = Broken {
            all: &self.all,
            workspaces: self.workspaces,
            since: &self.since.date_naive(),
            limit: &self.limit,
        };
        let rows = broken
            .load::<(Uuid, i16, DateTime<Utc>, i64, String)>(connection)
            .await
            .doing("reading what does not hold")?;
        let known = rows
            .into_iter()
            .filter_map(|(workspace, code, broken_at, broken, example)| {
                Some(BrokenIdentity {
                    workspace_id: named(workspace),
                    identity: Identity::from_code(code)?,
                    broken_at,
                    broken: broken.unsigned_abs(),
                    example,
                })
            });
        Ok(known.collect())
    }

    async fn audits(&self, connection: &mut AsyncPgConnection) -> Result<Vec<AuditedDay>, Error> {
        let audits = Audits {
            all: &self.all,
            workspaces: self.workspaces,
            since: &self.since,
        };
        let rows = audits
            .load::<(NaiveDate, i64, i64, i64, DateTime<Utc>)>(connection)
            .await
            .doing("reading audits")?;
        Ok(rows
            .into_iter()
            .map(|(day, audits, pages, repaired, audited_at)| AuditedDay {
                day,
                audits: audits.unsigned_abs(),
                pages: pages.unsigned_abs(),
                repaired: repaired.unsigned_abs(),
                audited_at,
            })
            .collect())
    }

    async fn repaired(&self, connection: &mut AsyncPgConnection) -> Result<Vec<Repaired>, Error> {
        let repairs = Repairs {
            all: &self.all,
            workspaces: self.workspaces,
            since: &self.since,
            limit: &self.limit,
        };
        let rows = repairs
            .load::<(Uuid, NaiveDate, DateTime<Utc>, i32, i32)>(connection)
            .await
            .doing("reading what audits put right")?;
        Ok(rows
            .into_iter()
            .map(
                |(workspace_id, day, audited_at, pages, repaired)| Repaired {
                    workspace_id,
                    day,
                    audited_at,
                    pages: pages.unsigned_abs().into(),
                    repaired: repaired.unsigned_abs().into(),
                },
            )
            .collect())
    }

    async fn refused(&self, connection: &mut AsyncPgConnection) -> Result<Vec<Refused>, Error> {
        type Row = (Uuid, i16, i64, DateTime<Utc>, Vec<NaiveDate>, Vec<i64>);
        let refusals = Refusals {
            all: &self.all,
            workspaces: self.workspaces,
            since: &self.since,
            limit: &self.limit,
        };
        let rows = refusals
            .load::<Row>(connection)
            .await
            .doing("reading refused events")?;
        Ok(rows
            .into_iter()
            .map(
                |(workspace, reason, events, last_at, days, counts)| Refused {
                    workspace_id: named(workspace),
                    reason,
                    events: events.unsigned_abs(),
                    last_at,
                    days: days
                        .into_iter()
                        .zip(counts.into_iter().map(i64::unsigned_abs))
                        .collect(),
                },
            )
            .collect())
    }

    async fn twins(&self, connection: &mut AsyncPgConnection) -> Result<Vec<Twin>, Error> {
        let twins = Twins {
            all: &self.all,
            workspaces: self.workspaces,
            since: &self.since,
            limit: &self.limit,
        };
        let rows = twins
            .load::<(Uuid, Uuid, DateTime<Utc>, DateTime<Utc>, DateTime<Utc>)>(connection)
            .await
            .doing("reading executions that were opened twice")?;
        Ok(rows
            .into_iter()
            .map(
                |(workspace_id, execution_id, opened_at, other_opened_at, found_at)| Twin {
                    workspace_id,
                    execution_id,
                    opened_at,
                    other_opened_at,
                    found_at,
                },
            )
            .collect())
    }
}

/// The workspace of a row, unless it belongs to none.
fn named(workspace: Uuid) -> Option<Uuid> {
    Some(workspace).filter(|id| !id.is_nil())
}
