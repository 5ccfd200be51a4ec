//! Reading executions one by one: lists of them, one with its steps, and those that are open.

mod open;

use chrono::{DateTime, Utc};
use diesel::OptionalExtension;
use diesel::sql_types::{Array, BigInt, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use shadow_domain::execution::{Execution, Status, Trigger};
use shadow_domain::fact::Step;
use shadow_domain::time::Range;
use uuid::Uuid;

use crate::error::While;
use crate::row::{Columns, Row, StepColumns, StepRow};
use crate::statement::statement;
use crate::{Error, Snapshot};

pub use open::OpenQuarters;

/// What a list of executions is kept to, as parameters of three statements that differ in their order alone.
macro_rules! list {
    ($name:ident, $file:literal $(, $more:ident: $rust:ty as $sql:ty)*) => {
        statement!(
            $name<'a> = $file,
            (
                workspaces: [Uuid] as Array<SqlUuid>,
                start: DateTime<Utc> as Timestamptz,
                end: DateTime<Utc> as Timestamptz,
                agent_id: Option<String> as Nullable<Text>,
                statuses: [i16] as Array<SmallInt>,
                model: Option<String> as Nullable<Text>,
                user_id: Option<String> as Nullable<Text>,
                minimum_duration: Option<i64> as Nullable<BigInt>,
                triggers: [i16] as Array<SmallInt>,
                error_kind: Option<String> as Nullable<Text>,
                contains: str as Text,
                opened_at: DateTime<Utc> as Timestamptz,
                workspace_id: Uuid as SqlUuid,
                execution_id: Uuid as SqlUuid,
                limit: i64 as BigInt
                $(, $more: $rust as $sql)*
            ) -> (Columns, Text)
        );
    };
}

list!(Newest, "newest.sql");
list!(Oldest, "oldest.sql");
list!(ByDuration, "by_duration.sql", sign: i64 as BigInt, rank: i64 as BigInt);

statement!(
    One<'a> = "one.sql",
    (workspace_id: Uuid as SqlUuid, execution_id: Uuid as SqlUuid) -> (Columns, Text)
);

statement!(
    Steps<'a> = "steps.sql",
    (
        workspace_id: Uuid as SqlUuid,
        opened_at: DateTime<Utc> as Timestamptz,
        execution_id: Uuid as SqlUuid,
        limit: i64 as BigInt,
    ) -> (StepColumns, BigInt)
);

/// An execution as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The execution.
    pub execution: Execution,
    /// What people call its agent.
    pub agent_name: String,
    /// Grows by one with every change.
    pub revision: i32,
}

/// Which executions are listed; every filter that is given has to hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// Of one agent.
    pub agent_id: Option<String>,
    /// That have come so far; empty for any.
    pub statuses: Vec<Status>,
    /// That used a model; empty for an unknown one.
    pub model: Option<String>,
    /// On behalf of one user.
    pub user_id: Option<String>,
    /// Whose work took at least so long, in microseconds.
    pub minimum_duration_micros: Option<i64>,
    /// That were asked for so; empty for any.
    pub triggers: Vec<Trigger>,
    /// That failed with a kind of error; empty for an unknown one.
    pub error_kind: Option<String>,
    /// That have a text somewhere, in lower case; empty for any.
    pub contains: String,
}

/// How executions are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By opening, the latest first.
    Newest,
    /// By opening, the earliest first.
    Oldest,
    /// By duration, the longest first; unknown ones last.
    Longest,
    /// By duration, the shortest first; unknown ones last.
    Shortest,
}

/// Names an execution in the order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its duration in microseconds, where it is known.
    pub duration_micros: Option<i64>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Its workspace.
    pub workspace_id: Uuid,
    /// Its id.
    pub execution_id: Uuid,
}

impl Key {
    /// The key of an execution.
    pub fn of(execution: &Execution) -> Self {
        let identity = &execution.identity;
        Self {
            duration_micros: execution.end.as_ref().and_then(|end| end.duration_micros),
            opened_at: identity.opened_at,
            workspace_id: identity.workspace_id,
            execution_id: identity.execution_id,
        }
    }
}

impl Order {
    /// What every duration is multiplied with, so that the first in the order is the least.
    fn sign(self) -> i64 {
        match self {
            Self::Longest => -1,
            Self::Newest | Self::Oldest | Self::Shortest => 1,
        }
    }

    /// What comes before everything of a range.
    fn beginning(self, range: &Range) -> (i64, DateTime<Utc>, Uuid) {
        match self {
            Self::Newest => (i64::MIN, range.end, Uuid::nil()),
            Self::Oldest => {
                let before = range.start - chrono::TimeDelta::microseconds(1);
                (i64::MIN, before, Uuid::max())
            }
            Self::Longest | Self::Shortest => (i64::MIN, range.start, Uuid::nil()),
        }
    }
}

impl Snapshot {
    /// At most `limit` executions that were opened in a range, after a key of the order.
    pub async fn executions(
        &mut self,
        range: &Range,
        filter: &Filter,
        order: Order,
        after: Option<&Key>,
        limit: i64,
    ) -> Result<Vec<Known>, Error> {
        let (connection, workspaces) = self.parts();
        let statuses: Vec<i16> = filter.statuses.iter().map(|one| one.code()).collect();
        let triggers: Vec<i16> = filter.triggers.iter().map(|one| one.code()).collect();
        let (rank, opened_at, workspace_id, execution_id) = match after {
            Some(key) => (
                key.duration_micros
                    .map_or(i64::MAX, |micros| micros.saturating_mul(order.sign())),
                key.opened_at,
                key.workspace_id,
                key.execution_id,
            ),
            None => {
                let (rank, at, id) = order.beginning(range);
                (rank, at, id, id)
            }
        };
        macro_rules! load {
            ($statement:ident $(, $more:ident)*) => {
                $statement {
                    workspaces,
                    start: &range.start,
                    end: &range.end,
                    agent_id: &filter.agent_id,
                    statuses: &statuses,
                    model: &filter.model,
                    user_id: &filter.user_id,
                    minimum_duration: &filter.minimum_duration_micros,
                    triggers: &triggers,
                    error_kind: &filter.error_kind,
                    contains: &filter.contains,
                    opened_at: &opened_at,
                    workspace_id: &workspace_id,
                    execution_id: &execution_id,
                    limit: &limit,
                    $($more: &$more,)*
                }
                .load::<(Row, String)>(connection)
                .await
            };
        }
        let sign = order.sign();
        let rows = match order {
            Order::Newest => load!(Newest),
            Order::Oldest => load!(Oldest),
            Order::Longest | Order::Shortest => load!(ByDuration, sign, rank),
        };
        rows.doing("listing executions")?
            .into_iter()
            .map(known)
            .collect()
    }

    /// One execution; nothing where the workspace of the snapshot has none of this id.
    pub async fn execution(
        &mut self,
        workspace_id: Uuid,
        execution_id: Uuid,
    ) -> Result<Option<Known>, Error> {
        let (connection, _) = self.parts();
        let one = One {
            workspace_id: &workspace_id,
            execution_id: &execution_id,
        };
        let row = one
            .get_result::<(Row, String)>(connection)
            .await
            .optional()
            .doing("looking up an execution")?;
        row.map(known).transpose()
    }

    /// The first steps of an execution by number, and how many it has.
    pub async fn steps(
        &mut self,
        execution: &Execution,
        limit: i64,
    ) -> Result<(Vec<Step>, u64), Error> {
        let (connection, _) = self.parts();
        let identity = &execution.identity;
        let steps = Steps {
            workspace_id: &identity.workspace_id,
            opened_at: &identity.opened_at,
            execution_id: &identity.execution_id,
            limit: &limit,
        };
        let rows = steps
            .load::<(StepRow, i64)>(connection)
            .await
            .doing("looking up steps")?;
        let all = rows
            .as_slice()
            .first()
            .map_or(0, |(_, all)| all.unsigned_abs());
        let steps = rows
            .into_iter()
            .map(|(row, _)| row.step(identity.clone()))
            .collect::<Result<_, Error>>()?;
        Ok((steps, all))
    }
}

fn known((row, agent_name): (Row, String)) -> Result<Known, Error> {
    Ok(Known {
        revision: row.revision,
        execution: row.execution()?,
        agent_name,
    })
}
