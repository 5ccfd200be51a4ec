//! From the domain's executions to those of the API.

use chrono::{DateTime, Utc};
use shadow_domain::execution::{End, Execution, Feedback, Identity};
use shadow_proto::common::v1 as common;
use shadow_proto::streaming::v1 as proto;

use crate::validate::{to_duration, to_timestamp};

/// An execution as it is known, named as people call its agent.
pub(crate) fn execution(
    execution: &Execution,
    agent_name: &str,
    revision: i32,
) -> proto::Execution {
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
        started_at: execution.started_at.map(to_timestamp),
        ended_at: execution.end.as_ref().map(|end| to_timestamp(end.ended_at)),
        end: execution.end.as_ref().map(end),
        revision: u32::try_from(revision).unwrap_or_default(),
        feedback: execution.feedback.as_deref().map(feedback),
        feedback_at: execution
            .feedback
            .as_ref()
            .map(|feedback| to_timestamp(feedback.given_at)),
    }
}

/// A committed change.
pub(crate) fn change(
    execution_after: &Execution,
    agent_name: &str,
    revision: i32,
    committed_at: DateTime<Utc>,
) -> proto::ExecutionChange {
    proto::ExecutionChange {
        execution: Some(execution(execution_after, agent_name, revision)),
        commit_time: Some(to_timestamp(committed_at)),
    }
}

fn identity(identity: &Identity) -> proto::ExecutionIdentity {
    proto::ExecutionIdentity {
        execution_id: identity.execution_id.to_string(),
        opened_at: Some(to_timestamp(identity.opened_at)),
        agent_id: identity.agent_id.clone(),
        agent_version: identity.agent_version.clone(),
        trigger: i32::from(identity.trigger.code()),
        environment: identity.environment.clone(),
        user_id: identity.user_id.clone(),
        timeout: identity.timeout_micros.map(to_duration),
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
        duration: end.duration_micros.map(to_duration),
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
