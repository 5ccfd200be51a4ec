//! Rows of executions and of facts as values of the domain, and back as columns.

pub(crate) mod subscription;

use chrono::{DateTime, Utc};
use diesel::Queryable;
use diesel::sql_types::{BigInt, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use shadow_domain::execution::{
    Currency, End, Execution, Feedback, Identity, Money, Outcome, Seen, Trigger,
};
use shadow_domain::fact::{
    Activity, ActivityType, Content, CreditEntry, CreditKind, Fact, Step, StepKind, StepStatus,
};
use uuid::Uuid;

use crate::Error;

/// What every statement that reads executions selects, in this order.
pub(crate) type Columns = (
    SqlUuid,
    Timestamptz,
    SqlUuid,
    Text,
    Nullable<Text>,
    SmallInt,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<Timestamptz>,
    Nullable<Timestamptz>,
    Nullable<SmallInt>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Timestamptz>,
    Nullable<SmallInt>,
    Nullable<Text>,
    Nullable<Text>,
    Integer,
);

/// A row with the columns of [`Columns`].
#[derive(Debug, Queryable)]
pub(crate) struct Row {
    workspace_id: Uuid,
    opened_at: DateTime<Utc>,
    execution_id: Uuid,
    agent_id: String,
    agent_version: Option<String>,
    trigger: i16,
    environment: Option<String>,
    user_id: Option<String>,
    timeout_micros: Option<i64>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    outcome: Option<i16>,
    duration_micros: Option<i64>,
    model: Option<String>,
    provider: Option<String>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    credits_micro: Option<i64>,
    cost_currency: Option<String>,
    cost_micros: Option<i64>,
    error_kind: Option<String>,
    error_message: Option<String>,
    feedback_at: Option<DateTime<Utc>>,
    rating: Option<i16>,
    feedback_comment: Option<String>,
    feedback_user_id: Option<String>,
    pub(crate) revision: i32,
}

impl Row {
    /// The execution; an error where a code is not one that this version knows.
    pub(crate) fn execution(self) -> Result<Execution, Error> {
        let unknown = |column: &'static str| Error::malformed(column, "the code is not known");
        let end = match (self.ended_at, self.outcome) {
            (Some(ended_at), Some(outcome)) => Some(End {
                ended_at,
                outcome: Outcome::from_code(outcome).ok_or_else(|| unknown("an outcome"))?,
                duration_micros: self.duration_micros,
                model: self.model,
                provider: self.provider,
                input_tokens: self.input_tokens,
                output_tokens: self.output_tokens,
                credits_micro: self.credits_micro,
                cost: money(self.cost_currency.as_deref(), self.cost_micros)?,
                error_kind: self.error_kind,
                error_message: self.error_message,
            }),
            _ => None,
        };
        let feedback = match (self.feedback_at, self.rating) {
            (Some(given_at), Some(rating)) => Some(Box::new(Feedback {
                given_at,
                rating,
                comment: self.feedback_comment,
                given_by: self.feedback_user_id,
            })),
            _ => None,
        };
        Ok(Execution {
            start_named_by: Seen::NONE,
            identity: Identity {
                workspace_id: self.workspace_id,
                execution_id: self.execution_id,
                opened_at: self.opened_at,
                agent_id: self.agent_id,
                agent_version: self.agent_version,
                trigger: Trigger::from_code(self.trigger).ok_or_else(|| unknown("a trigger"))?,
                environment: self.environment,
                user_id: self.user_id,
                timeout_micros: self.timeout_micros,
            },
            started_at: self.started_at,
            end,
            feedback,
        })
    }
}

/// What every statement that reads activities selects, in this order.
pub(crate) type ActivityColumns = (
    SqlUuid,
    Timestamptz,
    SqlUuid,
    Text,
    SmallInt,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
);

/// A row with the columns of [`ActivityColumns`].
#[derive(Debug, Queryable)]
pub(crate) struct ActivityRow {
    workspace_id: Uuid,
    occurred_at: DateTime<Utc>,
    event_id: Uuid,
    user_id: String,
    activity_type: i16,
    session_id: Option<String>,
    name: Option<String>,
    path: Option<String>,
    device: Option<String>,
}

impl ActivityRow {
    /// The activity; an error where its type is not one that this version knows.
    pub(crate) fn fact(self) -> Result<Fact, Error> {
        let activity_type = ActivityType::from_code(self.activity_type)
            .ok_or_else(|| Error::malformed("a type of activity", "the code is not known"))?;
        Ok(Fact {
            workspace_id: self.workspace_id,
            occurred_at: self.occurred_at,
            event_id: self.event_id,
            content: Content::Activity(Activity {
                user_id: self.user_id,
                activity_type,
                session_id: self.session_id,
                name: self.name,
                path: self.path,
                device: self.device,
            }),
        })
    }
}

/// What every statement that reads entries of a credit ledger selects, in this order.
pub(crate) type CreditColumns = (
    SqlUuid,
    Timestamptz,
    SqlUuid,
    SmallInt,
    BigInt,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<Text>,
);

/// A row with the columns of [`CreditColumns`].
#[derive(Debug, Queryable)]
pub(crate) struct CreditRow {
    workspace_id: Uuid,
    occurred_at: DateTime<Utc>,
    event_id: Uuid,
    kind: i16,
    amount_micro: i64,
    price_currency: Option<String>,
    price_micros: Option<i64>,
    note: Option<String>,
}

impl CreditRow {
    /// The entry and its key; an error where its kind is not one that this version knows.
    pub(crate) fn entry(self) -> Result<(Key, CreditEntry), Error> {
        let key = (self.workspace_id, self.occurred_at, self.event_id);
        let kind = CreditKind::from_code(self.kind)
            .ok_or_else(|| Error::malformed("a kind of credits", "the code is not known"))?;
        let entry = CreditEntry {
            kind,
            amount_micro: self.amount_micro,
            price: money(self.price_currency.as_deref(), self.price_micros)?,
            note: self.note,
        };
        Ok((key, entry))
    }
}

/// What every statement that reads steps selects, in this order.
pub(crate) type StepColumns = (
    SqlUuid,
    Timestamptz,
    SqlUuid,
    Integer,
    SmallInt,
    Nullable<Text>,
    Nullable<Timestamptz>,
    Timestamptz,
    SmallInt,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<Text>,
);

/// A row with the columns of [`StepColumns`].
#[derive(Debug, Queryable)]
pub(crate) struct StepRow {
    workspace_id: Uuid,
    opened_at: DateTime<Utc>,
    execution_id: Uuid,
    number: i32,
    kind: i16,
    name: Option<String>,
    started_at: Option<DateTime<Utc>>,
    ended_at: DateTime<Utc>,
    status: i16,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    error_kind: Option<String>,
    error_message: Option<String>,
}

impl StepRow {
    /// The key of the execution that it belongs to.
    pub(crate) fn execution(&self) -> Key {
        (self.workspace_id, self.opened_at, self.execution_id)
    }

    /// The step of an execution of this identity; an error where a code is not one that this version knows.
    pub(crate) fn step(self, identity: Identity) -> Result<Step, Error> {
        let unknown = |column: &'static str| Error::malformed(column, "the code is not known");
        Ok(Step {
            identity,
            number: self.number,
            kind: StepKind::from_code(self.kind).ok_or_else(|| unknown("a kind of step"))?,
            name: self.name,
            started_at: self.started_at,
            ended_at: self.ended_at,
            status: StepStatus::from_code(self.status)
                .ok_or_else(|| unknown("the status of a step"))?,
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            error_kind: self.error_kind,
            error_message: self.error_message,
        })
    }
}

pub(crate) fn money(currency: Option<&str>, micros: Option<i64>) -> Result<Option<Money>, Error> {
    let (Some(currency), Some(micros)) = (currency, micros) else {
        return Ok(None);
    };
    let currency =
        Currency::parse(currency).map_err(|error| Error::malformed("a currency", error))?;
    Ok(Some(Money { currency, micros }))
}

/// What orders executions everywhere, so that writers take their locks in one order.
pub(crate) type Key = (Uuid, DateTime<Utc>, Uuid);

/// The key of an execution.
pub(crate) fn key(execution: &Execution) -> Key {
    let identity = &execution.identity;
    (
        identity.workspace_id,
        identity.opened_at,
        identity.execution_id,
    )
}

/// The transitions as they are stored.
pub(crate) fn seen_code(seen: Seen) -> i16 {
    i16::from(seen.0)
}

/// The stored transitions.
pub(crate) fn seen_from(code: i16) -> Result<Seen, Error> {
    u8::try_from(code)
        .map(Seen)
        .map_err(|error| Error::malformed("transitions", error))
}
