//! An execution and its steps as the API has them: more than one service answers with them.

use chrono::{DateTime, Utc};
use shadow_domain::execution::{End, Execution, Feedback, Identity};
use shadow_domain::fact::Step;
use shadow_proto::common::v1 as common;
use shadow_proto::streaming::v1 as proto;

/// An execution as it is known, named as people call its agent.
pub fn execution(execution: &Execution, agent_name: &str, revision: i32) -> proto::Execution {
    let agent_name = if agent_name.is_empty() {
        &execution.identity.agent_id
    } else {
        agent_name
    };
    proto::Execution {
        workspace_id: execution.identity.workspace_id.to_string(),
        identity: Some(identity(&execution.identity)),
        agent_name: agent_name.to_owned(),
        status: i32::from(execution.status().code()),
        started_at: execution.started_at.map(timestamp),
        ended_at: execution.end.as_ref().map(|end| timestamp(end.ended_at)),
        end: execution.end.as_ref().map(end),
        revision: u32::try_from(revision).unwrap_or_default(),
        feedback: execution.feedback.as_deref().map(feedback),
        feedback_at: execution
            .feedback
            .as_ref()
            .map(|feedback| timestamp(feedback.given_at)),
    }
}

/// A step as it was reported, without when it ended.
pub fn step(step: &Step) -> proto::Step {
    proto::Step {
        number: step.number.unsigned_abs(),
        kind: i32::from(step.kind.code()),
        name: step.name.clone(),
        started_at: step.started_at.map(timestamp),
        status: i32::from(step.status.code()),
        input_tokens: step.input_tokens,
        output_tokens: step.output_tokens,
        error_kind: step.error_kind.clone(),
        error_message: step.error_message.clone(),
    }
}

/// An instant.
pub fn timestamp(instant: DateTime<Utc>) -> prost_types::Timestamp {
    let nanos = i32::try_from(instant.timestamp_subsec_nanos()).unwrap_or(999_999_999);
    prost_types::Timestamp {
        seconds: instant.timestamp(),
        nanos,
    }
}

/// A length of time in microseconds that is not negative.
pub fn duration(micros: i64) -> prost_types::Duration {
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    prost_types::Duration {
        seconds: micros.div_euclid(1_000_000),
        nanos,
    }
}

fn identity(identity: &Identity) -> proto::ExecutionIdentity {
    proto::ExecutionIdentity {
        execution_id: identity.execution_id.to_string(),
        opened_at: Some(timestamp(identity.opened_at)),
        agent_id: identity.agent_id.clone(),
        agent_version: identity.agent_version.clone(),
        trigger: i32::from(identity.trigger.code()),
        environment: identity.environment.clone(),
        user_id: identity.user_id.clone(),
        timeout: identity.timeout_micros.map(duration),
    }
}

fn feedback(feedback: &Feedback) -> proto::Feedback {
    proto::Feedback {
        rating: u32::try_from(feedback.rating).unwrap_or_default(),
        comment: feedback.comment.clone(),
        user_id: feedback.given_by.clone(),
    }
}

fn end(end: &End) -> proto::ExecutionEnd {
    proto::ExecutionEnd {
        outcome: i32::from(end.outcome.code()),
        duration: end.duration_micros.map(duration),
        model: end.model.clone(),
        provider: end.provider.clone(),
        input_tokens: end.input_tokens,
        output_tokens: end.output_tokens,
        credits_micro: end.credits_micro,
        cost: end.cost.as_ref().map(|cost| common::Money {
            currency: cost.currency.as_str().to_owned(),
            micros: cost.micros,
        }),
        error_kind: end.error_kind.clone(),
        error_message: end.error_message.clone(),
        started_at: None,
    }
}
