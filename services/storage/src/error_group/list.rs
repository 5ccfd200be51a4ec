//! Groups of a time side by side, and what some of them amount to together.

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_domain::time::Range;
use uuid::Uuid;

use super::{GroupKey, Standing, StandingColumns, StandingRow, count, sum};
use crate::error::While;
use crate::statement::statement;
use crate::{Error, Snapshot};

statement!(
    List<'a> = "list.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        agents: [String] as Array<Text>,
        kinds: [String] as Array<Text>,
        limit: i64 as BigInt,
    ) -> (StandingColumns, (BigInt, BigInt, BigInt, Nullable<Text>, BigInt))
);

statement!(
    ImpactOf<'a> = "impact.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        fingerprints: [Uuid] as Array<SqlUuid>,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        agents: [String] as Array<Text>,
        kinds: [String] as Array<Text>,
    ) -> (BigInt, BigInt, BigInt, Nullable<Text>)
);

statement!(
    Quarters<'a> = "quarters.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        fingerprints: [Uuid] as Array<SqlUuid>,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        agents: [String] as Array<Text>,
        kinds: [String] as Array<Text>,
        apart: bool as Bool,
    ) -> (Nullable<SqlUuid>, Nullable<SqlUuid>, Timestamptz, BigInt)
);

/// Which errors are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Among {
    /// Those of executions that were opened in it.
    pub range: Range,
    /// Those of these agents; of all, where none is named.
    pub agents: Vec<String>,
    /// Those of these kinds, the empty one standing for none; of all, where none is named.
    pub kinds: Vec<String>,
}

/// A group, and what of it is among the errors that are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What it is.
    pub standing: Standing,
    /// What it amounts to.
    pub impact: Impact,
}

/// What errors amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Impact {
    /// How many executions had one.
    pub occurrences: u64,
    /// How many users they ran for, of those that are known.
    pub users: u64,
    /// How many agents they are of.
    pub agents: u64,
    /// Millionths of a credit that those of them consumed that failed or timed out; nothing where none of them says.
    pub lost_micro: Option<i128>,
}

/// How many errors of a group were opened in the quarter-hour that begins then.
pub type GroupQuarter = (GroupKey, DateTime<Utc>, u64);

impl Snapshot {
    /// At most `limit` groups, those with the most occurrences first, and how many there are.
    pub async fn error_groups(
        &mut self,
        among: &Among,
        limit: i64,
    ) -> Result<(Vec<Group>, u64), Error> {
        type Row = (StandingRow, (i64, i64, i64, Option<String>, i64));
        let (connection, workspaces) = self.parts();
        let list = List {
            workspaces,
            start: &among.range.start,
            end: &among.range.end,
            agents: &among.agents,
            kinds: &among.kinds,
            limit: &limit,
        };
        let rows = list
            .load::<Row>(connection)
            .await
            .doing("listing groups of errors")?;
        // Each row says it.
        let groups = count(rows.iter().map(|(_, row)| row.4).max().unwrap_or(0))?;
        let rows = rows.into_iter().map(|(standing, row)| {
            let (occurrences, users, agents, lost, _) = row;
            Ok(Group {
                standing: standing.standing()?,
                impact: impact((occurrences, users, agents, lost))?,
            })
        });
        Ok((rows.collect::<Result<_, Error>>()?, groups))
    }

    /// What some groups amount to together.
    pub async fn error_impact(
        &mut self,
        keys: &[GroupKey],
        among: &Among,
    ) -> Result<Impact, Error> {
        let (workspaces, fingerprints) = columns(keys);
        let (connection, _) = self.parts();
        let of = ImpactOf {
            workspaces: &workspaces,
            fingerprints: &fingerprints,
            start: &among.range.start,
            end: &among.range.end,
            agents: &among.agents,
            kinds: &among.kinds,
        };
        let row = of
            .get_result::<(i64, i64, i64, Option<String>)>(connection)
            .await
            .doing("counting whom errors hit")?;
        impact(row)
    }

    /// How many errors of some groups were opened when, each group apart.
    pub async fn error_quarters(
        &mut self,
        keys: &[GroupKey],
        among: &Among,
    ) -> Result<Vec<GroupQuarter>, Error> {
        let rows = self.quarters(keys, among, true).await?;
        rows.into_iter()
            .map(|(workspace_id, fingerprint, at, errors)| {
                let key = GroupKey {
                    workspace_id: workspace_id.unwrap_or_default(),
                    fingerprint: fingerprint.unwrap_or_default(),
                };
                Ok((key, at, count(errors)?))
            })
            .collect()
    }

    /// How many errors of some groups were opened when, all together.
    pub async fn all_error_quarters(
        &mut self,
        keys: &[GroupKey],
        among: &Among,
    ) -> Result<Vec<(DateTime<Utc>, u64)>, Error> {
        let rows = self.quarters(keys, among, false).await?;
        rows.into_iter()
            .map(|(_, _, at, errors)| Ok((at, count(errors)?)))
            .collect()
    }

    async fn quarters(
        &mut self,
        keys: &[GroupKey],
        among: &Among,
        apart: bool,
    ) -> Result<Vec<(Option<Uuid>, Option<Uuid>, DateTime<Utc>, i64)>, Error> {
        let (workspaces, fingerprints) = columns(keys);
        let (connection, _) = self.parts();
        let quarters = Quarters {
            workspaces: &workspaces,
            fingerprints: &fingerprints,
            start: &among.range.start,
            end: &among.range.end,
            agents: &among.agents,
            kinds: &among.kinds,
            apart: &apart,
        };
        let rows = quarters.load(connection).await;
        rows.doing("counting errors by time")
    }
}

fn columns(keys: &[GroupKey]) -> (Vec<Uuid>, Vec<Uuid>) {
    keys.iter()
        .map(|key| (key.workspace_id, key.fingerprint))
        .unzip()
}

fn impact(
    (occurrences, users, agents, lost): (i64, i64, i64, Option<String>),
) -> Result<Impact, Error> {
    Ok(Impact {
        occurrences: count(occurrences)?,
        users: count(users)?,
        agents: count(agents)?,
        lost_micro: sum(lost)?,
    })
}
