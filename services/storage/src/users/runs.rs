//! What one user asked for.

use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_domain::execution::Outcome;
use shadow_domain::time::Range;
use uuid::Uuid;

use super::columns;
use crate::error::While;
use crate::statement::statement;
use crate::{Error, Snapshot};

statement!(
    RunsOf<'a> = "runs.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: [DateTime<Utc>] as Array<Timestamptz>,
        finish: [DateTime<Utc>] as Array<Timestamptz>,
        user: str as Text,
        edges: [DateTime<Utc>] as Array<Timestamptz>,
    ) -> (
        Integer,
        SqlUuid,
        Text,
        Nullable<SmallInt>,
        BigInt,
        Nullable<BigInt>,
        Timestamptz,
    )
);

statement!(
    RecentRuns<'a> = "recent_runs.sql",
    (
        workspaces: [Uuid] as Array<SqlUuid>,
        start: [DateTime<Utc>] as Array<Timestamptz>,
        finish: [DateTime<Utc>] as Array<Timestamptz>,
        user: str as Text,
        limit: i64 as BigInt,
    ) -> (SqlUuid, Timestamptz, SqlUuid, Text, Nullable<SmallInt>)
);

/// Executions, and how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Runs {
    /// All of them.
    pub opened: u64,
    /// Those that ended, by the code of the outcome less one.
    pub outcomes: [u64; 5],
    /// Millionths of a credit that they consumed; absent where none says.
    pub credits_micro: Option<i64>,
    /// When the latest was opened, where that was asked for.
    pub last_at: Option<DateTime<Utc>>,
}

/// Something that a user ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentRun {
    /// Where.
    pub workspace_id: Uuid,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Its id.
    pub execution_id: Uuid,
    /// The agent.
    pub agent_id: String,
    /// How it ended, where it did.
    pub outcome: Option<Outcome>,
}

impl Runs {
    /// How many ended so.
    pub fn ended_as(&self, outcome: Outcome) -> u64 {
        self.outcomes[outcome.code() as usize - 1]
    }

    /// How many have not ended.
    pub fn open(&self) -> u64 {
        self.opened.saturating_sub(self.outcomes.iter().sum())
    }

    /// Adds others.
    pub fn merge(&mut self, other: &Runs) {
        self.opened += other.opened;
        for (mine, theirs) in self.outcomes.iter_mut().zip(other.outcomes) {
            *mine += theirs;
        }
        let credits = [self.credits_micro, other.credits_micro];
        self.credits_micro = credits.into_iter().flatten().reduce(i64::saturating_add);
        self.last_at = self.last_at.max(other.last_at);
    }
}

impl Snapshot {
    /// What a user asked for in some ranges, by the number of the day and by agent. The edges are the starts of days; the
    /// first day is number 1.
    pub async fn user_runs(
        &mut self,
        ranges: &[Range],
        user: &str,
        edges: &[DateTime<Utc>],
    ) -> Result<Vec<(usize, Uuid, String, Runs)>, Error> {
        let (start, finish) = columns(ranges);
        let (connection, workspaces) = self.parts();
        let runs = RunsOf {
            workspaces,
            start: &start,
            finish: &finish,
            user,
            edges,
        };
        type Row = (
            i32,
            Uuid,
            String,
            Option<i16>,
            i64,
            Option<i64>,
            DateTime<Utc>,
        );
        let rows = runs
            .load::<Row>(connection)
            .await
            .doing("reading a user's executions")?;
        let found = |(day, workspace, agent, outcome, count, credits, last): Row| {
            let mut runs = Runs {
                opened: count.unsigned_abs(),
                credits_micro: credits,
                last_at: Some(last),
                ..Runs::default()
            };
            if let Some(outcome) = self::outcome(outcome)? {
                runs.outcomes[outcome.code() as usize - 1] = count.unsigned_abs();
            }
            Ok((
                usize::try_from(day).unwrap_or_default(),
                workspace,
                agent,
                runs,
            ))
        };
        rows.into_iter().map(found).collect()
    }

    /// The latest that a user asked for in some ranges.
    pub async fn recent_runs(
        &mut self,
        ranges: &[Range],
        user: &str,
        limit: i64,
    ) -> Result<Vec<RecentRun>, Error> {
        let (start, finish) = columns(ranges);
        let (connection, workspaces) = self.parts();
        let recent = RecentRuns {
            workspaces,
            start: &start,
            finish: &finish,
            user,
            limit: &limit,
        };
        let rows = recent
            .load::<(Uuid, DateTime<Utc>, Uuid, String, Option<i16>)>(connection)
            .await
            .doing("reading a user's latest executions")?;
        rows.into_iter()
            .map(|(workspace_id, opened_at, execution_id, agent_id, code)| {
                Ok(RecentRun {
                    workspace_id,
                    opened_at,
                    execution_id,
                    agent_id,
                    outcome: outcome(code)?,
                })
            })
            .collect()
    }
}

fn outcome(code: Option<i16>) -> Result<Option<Outcome>, Error> {
    let unknown = || Error::malformed("an outcome", "the code is not known");
    let outcome = |code| Outcome::from_code(code).ok_or_else(unknown);
    code.map(outcome).transpose()
}
