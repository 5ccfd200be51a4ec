//! Groups of a time side by side, and what some of them amount to together.

use std::collections::HashMap;

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
    Counts<'a> = "counts.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        agents: [String] as Array<Text>,
        kinds: [String] as Array<Text>,
        limit: i64 as BigInt,
    ) -> (
        Nullable<SqlUuid>,
        Nullable<SqlUuid>,
        Nullable<Timestamptz>,
        BigInt,
        BigInt,
        BigInt,
        Nullable<Text>,
        BigInt,
    )
);

statement!(
    Standings<'a> = "standings.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        fingerprints: [Uuid] as Array<SqlUuid>,
    ) -> StandingColumns
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

/// What the errors that are meant amount to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorCounts {
    /// By group, those with the most occurrences first.
    pub groups: Vec<Counted>,
    /// How many groups there are.
    pub all: u64,
    /// Of all of them together.
    pub impact: Impact,
    /// By the quarter-hour in which they were opened, of all of them together.
    pub quarters: Vec<(DateTime<Utc>, u64)>,
}

/// What of a group is among the errors that are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// The group.
    pub key: GroupKey,
    /// What it amounts to.
    pub impact: Impact,
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
    /// What errors amount to; at most `limit` groups apart.
    pub async fn error_counts(&mut self, among: &Among, limit: i64) -> Result<ErrorCounts, Error> {
        type Row = (
            Option<Uuid>,
            Option<Uuid>,
            Option<DateTime<Utc>>,
            i64,
            i64,
            i64,
            Option<String>,
            i64,
        );
        let (connection, workspaces) = self.parts();
        let counts = Counts {
            workspaces,
            start: &among.range.start,
            end: &among.range.end,
            agents: &among.agents,
            kinds: &among.kinds,
            limit: &limit,
        };
        let rows = counts
            .load::<Row>(connection)
            .await
            .doing("counting errors")?;
        let mut counted = ErrorCounts::default();
        for (workspace, fingerprint, quarter, occurrences, users, agents, lost, groups) in rows {
            let impact = impact((occurrences, users, agents, lost))?;
            match (workspace, fingerprint, quarter) {
                (Some(workspace_id), Some(fingerprint), _) => {
                    counted.all = count(groups)?;
                    counted.groups.push(Counted {
                        key: GroupKey {
                            workspace_id,
                            fingerprint,
                        },
                        impact,
                    });
                }
                (.., Some(quarter)) => counted.quarters.push((quarter, impact.occurrences)),
                _ => counted.impact = impact,
            }
        }
        Ok(counted)
    }

    /// What some groups are, in the same order.
    pub async fn error_standings(&mut self, counted: Vec<Counted>) -> Result<Vec<Group>, Error> {
        let keys: Vec<GroupKey> = counted.iter().map(|one| one.key).collect();
        let (workspaces, fingerprints) = columns(&keys);
        let (connection, _) = self.parts();
        let standings = Standings {
            workspaces: &workspaces,
            fingerprints: &fingerprints,
        };
        let rows = standings
            .load::<StandingRow>(connection)
            .await
            .doing("looking up groups of errors")?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in rows {
            let standing = row.standing()?;
            found.insert(standing.key, standing);
        }
        // In one snapshot what was counted is there.
        let groups = counted.into_iter().filter_map(|one| {
            let standing = found.remove(&one.key)?;
            Some(Group {
                standing,
                impact: one.impact,
            })
        });
        Ok(groups.collect())
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
