//! One group: what it is, what it hits, and executions that had it.

use chrono::{DateTime, Utc};
use diesel::sql_types::{
    BigInt, Bool, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use shadow_domain::execution::Outcome;
use shadow_domain::time::Range;
use uuid::Uuid;

use super::{GroupKey, Impact, Said, Standing, StandingColumns, StandingRow, count, state, sum};
use crate::error::While;
use crate::statement::statement;
use crate::{Error, Snapshot};

statement!(
    One<'a> = "one.sql",
    (workspace_id: Uuid as SqlUuid, fingerprint: Uuid as SqlUuid) -> (StandingColumns, Integer)
);

statement!(
    Parts<'a> = "parts.sql",
    (
        workspace_id: Uuid as SqlUuid,
        fingerprint: Uuid as SqlUuid,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        limit: i64 as BigInt,
    ) -> (
        Bool, Nullable<Text>, Nullable<Text>, Nullable<Text>, Nullable<Text>,
        BigInt, BigInt, Nullable<Text>,
    )
);

statement!(
    Executions<'a> = "executions.sql",
    (
        workspace_id: Uuid as SqlUuid,
        fingerprint: Uuid as SqlUuid,
        start: DateTime<Utc> as Timestamptz,
        end: DateTime<Utc> as Timestamptz,
        limit: i64 as BigInt,
    ) -> (
        SqlUuid, Timestamptz, Timestamptz, SmallInt, Text, Nullable<Text>, Nullable<Text>, Nullable<Text>,
        Nullable<Text>, Nullable<BigInt>, Nullable<Text>,
    )
);

statement!(
    History<'a> = "history.sql",
    (workspace_id: Uuid as SqlUuid, fingerprint: Uuid as SqlUuid, limit: i64 as BigInt)
        -> (SmallInt, Timestamptz, Text, Nullable<Text>, Nullable<Text>)
);

/// The part of a group that has something in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// One version of an agent.
    Version {
        /// The agent.
        agent_id: String,
        /// What people call it.
        name: Option<String>,
        /// The version; nothing where it is not known.
        version: Option<String>,
        /// What it amounts to, its agents left out.
        impact: Impact,
    },
    /// One model.
    Model {
        /// The model; nothing where it is not known.
        model: Option<String>,
        /// What it amounts to, its agents left out.
        impact: Impact,
    },
}

/// An execution that had the error.
#[derive(Debug, Clone, PartialEq, Eq, diesel::Queryable)]
pub struct Occurrence {
    /// Its id.
    pub execution_id: Uuid,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    outcome: i16,
    /// Its agent.
    pub agent_id: String,
    /// What people call the agent.
    pub agent_name: Option<String>,
    /// The agent's version.
    pub agent_version: Option<String>,
    /// The model that was used.
    pub model: Option<String>,
    /// On whose behalf it ran.
    pub user_id: Option<String>,
    /// Millionths of a credit that it consumed.
    pub credits_micro: Option<i64>,
    /// What the error said.
    pub message: Option<String>,
}

impl Occurrence {
    /// How it ended.
    pub fn outcome(&self) -> Result<Outcome, Error> {
        Outcome::from_code(self.outcome)
            .ok_or_else(|| Error::malformed("an outcome", "the code is not known"))
    }
}

impl Snapshot {
    /// A group; nothing where no kept execution of the snapshot's workspaces has it.
    pub async fn error_group(&mut self, key: &GroupKey) -> Result<Option<Standing>, Error> {
        let (connection, _) = self.parts();
        let one = One {
            workspace_id: &key.workspace_id,
            fingerprint: &key.fingerprint,
        };
        let rows = one
            .load::<(StandingRow, i32)>(connection)
            .await
            .doing("reading a group of errors")?;
        let first = rows.into_iter().next();
        first.map(|(row, _)| row.standing()).transpose()
    }

    /// What a group hit in a time, the most first: at most `limit` versions and models.
    pub async fn error_parts(
        &mut self,
        key: &GroupKey,
        range: &Range,
        limit: i64,
    ) -> Result<Vec<Part>, Error> {
        type Text = Option<String>;
        type Row = (bool, Text, Text, Text, Text, i64, i64, Text);
        let (connection, _) = self.parts();
        let parts = Parts {
            workspace_id: &key.workspace_id,
            fingerprint: &key.fingerprint,
            start: &range.start,
            end: &range.end,
            limit: &limit,
        };
        let rows = parts
            .load::<Row>(connection)
            .await
            .doing("reading what errors hit")?;
        rows.into_iter()
            .map(
                |(is_model, agent_id, name, version, model, occurrences, users, lost)| {
                    let impact = Impact {
                        occurrences: count(occurrences)?,
                        users: count(users)?,
                        agents: 0,
                        lost_micro: sum(lost)?,
                    };
                    Ok(if is_model {
                        Part::Model { model, impact }
                    } else {
                        Part::Version {
                            agent_id: agent_id.unwrap_or_default(),
                            name,
                            version,
                            impact,
                        }
                    })
                },
            )
            .collect()
    }

    /// The latest executions of a group in a time, at most `limit`.
    pub async fn error_occurrences(
        &mut self,
        key: &GroupKey,
        range: &Range,
        limit: i64,
    ) -> Result<Vec<Occurrence>, Error> {
        let (connection, _) = self.parts();
        let executions = Executions {
            workspace_id: &key.workspace_id,
            fingerprint: &key.fingerprint,
            start: &range.start,
            end: &range.end,
            limit: &limit,
        };
        let rows = executions.load::<Occurrence>(connection).await;
        rows.doing("reading executions of a group of errors")
    }

    /// What was said of a group, the latest first, at most `limit` times.
    pub async fn error_history(&mut self, key: &GroupKey, limit: i64) -> Result<Vec<Said>, Error> {
        type Row = (i16, DateTime<Utc>, String, Option<String>, Option<String>);
        let (connection, _) = self.parts();
        let history = History {
            workspace_id: &key.workspace_id,
            fingerprint: &key.fingerprint,
            limit: &limit,
        };
        let rows = history
            .load::<Row>(connection)
            .await
            .doing("reading the states of a group of errors")?;
        rows.into_iter()
            .map(|(code, at, by, name, note)| {
                Ok(Said {
                    state: state(code)?,
                    at,
                    by,
                    name,
                    note,
                })
            })
            .collect()
    }
}
