//! Events of executions.

use chrono::{DateTime, Utc};
use shadow_domain::execution::{
    End, Execution, Feedback, Identity, Outcome, Seen, Trigger, limits,
};
use shadow_proto::streaming::v1 as proto;
use uuid::Uuid;

use super::{Fault, Refused, known, money, number, text, time, uuid};

/// Reads an opening as an execution of which only this is known.
pub(super) fn opened(
    workspace_id: Uuid,
    occurred_at: DateTime<Utc>,
    opened: proto::ExecutionOpened,
    now: DateTime<Utc>,
) -> Result<Execution, Refused> {
    let path = "execution_opened.identity";
    let identity = identity(path, workspace_id, opened.identity, now)?;
    if occurred_at != identity.opened_at {
        let fault = Fault::out_of_range("must equal execution_opened.identity.opened_at");
        return Err(fault.at("occurred_at"));
    }
    Ok(Execution {
        start_named_by: Seen::NONE,
        identity,
        started_at: None,
        end: None,
        feedback: None,
    })
}

/// Reads a start as an execution of which only this is known.
pub(super) fn started(
    workspace_id: Uuid,
    occurred_at: DateTime<Utc>,
    started: proto::ExecutionStarted,
    now: DateTime<Utc>,
) -> Result<Execution, Refused> {
    let path = "execution_started.identity";
    let identity = identity(path, workspace_id, started.identity, now)?;
    not_before_opening(occurred_at, &identity, "execution_started")?;
    Ok(Execution {
        start_named_by: Seen::STARTED,
        identity,
        started_at: Some(occurred_at),
        end: None,
        feedback: None,
    })
}

/// Reads an end as an execution of which only this is known.
pub(super) fn ended(
    workspace_id: Uuid,
    occurred_at: DateTime<Utc>,
    ended: proto::ExecutionEnded,
    now: DateTime<Utc>,
) -> Result<Execution, Refused> {
    let path = "execution_ended.identity";
    let identity = identity(path, workspace_id, ended.identity, now)?;
    not_before_opening(occurred_at, &identity, "execution_ended")?;
    let Some(end) = ended.end else {
        let fault = Fault::missing("an ended event says how it ended");
        return Err(fault.at("execution_ended.end"));
    };
    let started_at = started_at(&end, &identity, occurred_at, now)?;
    Ok(Execution {
        identity,
        start_named_by: if started_at.is_some() {
            Seen::ENDED
        } else {
            Seen::NONE
        },
        started_at,
        end: Some(parse_end(end, occurred_at)?),
        feedback: None,
    })
}

/// Reads a rating as an execution of which only this is known.
pub(super) fn feedback(
    workspace_id: Uuid,
    occurred_at: DateTime<Utc>,
    given: proto::ExecutionFeedback,
    now: DateTime<Utc>,
) -> Result<Execution, Refused> {
    let path = "execution_feedback.identity";
    let identity = identity(path, workspace_id, given.identity, now)?;
    not_before_opening(occurred_at, &identity, "execution_feedback")?;
    let Some(feedback) = given.feedback else {
        let fault = Fault::missing("a feedback event says how the execution was rated");
        return Err(fault.at("execution_feedback.feedback"));
    };
    Ok(Execution {
        start_named_by: Seen::NONE,
        identity,
        started_at: None,
        end: None,
        feedback: Some(Box::new(parse_feedback(feedback, occurred_at)?)),
    })
}

/// Nothing happens to an execution before it was asked for.
pub(super) fn not_before_opening(
    occurred_at: DateTime<Utc>,
    identity: &Identity,
    event: &str,
) -> Result<(), Refused> {
    if occurred_at < identity.opened_at {
        let fault = Fault::out_of_range(format!("must not be before {event}.identity.opened_at"));
        return Err(fault.at("occurred_at"));
    }
    Ok(())
}

fn started_at(
    end: &proto::ExecutionEnd,
    identity: &Identity,
    ended_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Refused> {
    let path = "execution_ended.end.started_at";
    let started_at =
        time::optional(end.started_at.as_ref(), now).map_err(|fault| fault.at(path))?;
    match started_at {
        Some(started_at) if started_at < identity.opened_at => Err(Fault::out_of_range(
            "must not be before execution_ended.identity.opened_at",
        )
        .at(path)),
        Some(started_at) if started_at > ended_at => Err(Fault::out_of_range(
            "must not be after occurred_at, when the execution ended",
        )
        .at(path)),
        started_at => Ok(started_at),
    }
}

/// Reads what every event of an execution repeats.
pub(super) fn identity(
    path: &'static str,
    workspace_id: Uuid,
    identity: Option<proto::ExecutionIdentity>,
    now: DateTime<Utc>,
) -> Result<Identity, Refused> {
    let at = |field: &'static str| move |fault: Fault| fault.at(format!("{path}.{field}"));
    let Some(identity) = identity else {
        return Err(Fault::missing("every event of an execution carries its identity").at(path));
    };
    Ok(Identity {
        workspace_id,
        execution_id: uuid(&identity.execution_id).map_err(at("execution_id"))?,
        opened_at: time::required(identity.opened_at.as_ref(), now).map_err(at("opened_at"))?,
        agent_id: text::required(identity.agent_id, limits::ID_BYTES).map_err(at("agent_id"))?,
        agent_version: text::optional(identity.agent_version, limits::LABEL_BYTES)
            .map_err(at("agent_version"))?,
        trigger: trigger(identity.trigger).map_err(at("trigger"))?,
        environment: text::optional(identity.environment, limits::LABEL_BYTES)
            .map_err(at("environment"))?,
        user_id: text::optional(identity.user_id, limits::ID_BYTES).map_err(at("user_id"))?,
        timeout_micros: time::duration(identity.timeout.as_ref(), limits::DURATION_MICROS)
            .map_err(at("timeout"))?,
    })
}

fn parse_end(end: proto::ExecutionEnd, ended_at: DateTime<Utc>) -> Result<End, Refused> {
    let at =
        |field: &'static str| move |fault: Fault| fault.at(format!("execution_ended.end.{field}"));
    Ok(End {
        ended_at,
        outcome: outcome(end.outcome).map_err(at("outcome"))?,
        duration_micros: time::duration(end.duration.as_ref(), limits::DURATION_MICROS)
            .map_err(at("duration"))?,
        model: text::optional(end.model, limits::ID_BYTES).map_err(at("model"))?,
        provider: text::optional(end.provider, limits::ID_BYTES).map_err(at("provider"))?,
        input_tokens: number::optional(end.input_tokens, limits::TOKENS)
            .map_err(at("input_tokens"))?,
        output_tokens: number::optional(end.output_tokens, limits::TOKENS)
            .map_err(at("output_tokens"))?,
        credits_micro: number::optional(end.credits_micro, limits::CREDITS_MICRO)
            .map_err(at("credits_micro"))?,
        cost: end
            .cost
            .map(|cost| money::parse("execution_ended.end.cost", cost, limits::COST_MICROS))
            .transpose()?,
        error_kind: text::optional(end.error_kind, limits::ID_BYTES).map_err(at("error_kind"))?,
        error_message: text::free(end.error_message, limits::ERROR_MESSAGE_BYTES)
            .map_err(at("error_message"))?,
    })
}

fn parse_feedback(feedback: proto::Feedback, given_at: DateTime<Utc>) -> Result<Feedback, Refused> {
    let at = |field: &'static str| {
        move |fault: Fault| fault.at(format!("execution_feedback.feedback.{field}"))
    };
    Ok(Feedback {
        given_at,
        rating: rating(feedback.rating).map_err(at("rating"))?,
        comment: text::free(feedback.comment, limits::COMMENT_BYTES).map_err(at("comment"))?,
        given_by: text::optional(feedback.user_id, limits::ID_BYTES).map_err(at("user_id"))?,
    })
}

fn rating(rating: u32) -> Result<i16, Fault> {
    if rating == 0 {
        return Err(Fault::missing("a rating is required"));
    }
    i16::try_from(rating)
        .ok()
        .filter(|_| rating <= limits::RATING)
        .ok_or_else(|| {
            let best = limits::RATING;
            Fault::out_of_range(format!("must be from 1 to {best}, is {rating}"))
        })
}

fn trigger(code: i32) -> Result<Trigger, Fault> {
    known(code, Trigger::from_code)
}

fn outcome(code: i32) -> Result<Outcome, Fault> {
    known(code, Outcome::from_code)
}
