//! Steps of executions.

use chrono::{DateTime, Utc};
use shadow_domain::execution::{Identity, limits};
use shadow_domain::fact::{Step, StepKind, StepStatus};
use shadow_proto::streaming::v1 as proto;
use uuid::Uuid;

use super::{Fault, Refused, execution, known, number, text, time};

/// Reads one step.
pub(super) fn parse(
    workspace_id: Uuid,
    occurred_at: DateTime<Utc>,
    event: proto::ExecutionStep,
    now: DateTime<Utc>,
) -> Result<Step, Refused> {
    let at =
        |field: &'static str| move |fault: Fault| fault.at(format!("execution_step.step.{field}"));
    let path = "execution_step.identity";
    let identity = execution::identity(path, workspace_id, event.identity, now)?;
    execution::not_before_opening(occurred_at, &identity, "execution_step")?;
    let Some(step) = event.step else {
        let fault = Fault::missing("a step event says what the step did");
        return Err(fault.at("execution_step.step"));
    };
    let started_at = time::optional(step.started_at.as_ref(), now).map_err(at("started_at"))?;
    within(started_at, &identity, occurred_at).map_err(at("started_at"))?;
    let status = known(step.status, StepStatus::from_code).map_err(at("status"))?;
    let error_kind = text::optional(step.error_kind, limits::ID_BYTES).map_err(at("error_kind"))?;
    let error_message =
        text::free(step.error_message, limits::ERROR_MESSAGE_BYTES).map_err(at("error_message"))?;
    for (field, said) in [
        ("error_kind", error_kind.is_some()),
        ("error_message", error_message.is_some()),
    ] {
        if said && status != StepStatus::Failed {
            let fault = Fault::out_of_range("must be absent: only a step that failed has an error");
            return Err(fault.at(format!("execution_step.step.{field}")));
        }
    }
    Ok(Step {
        identity,
        number: self::number(step.number).map_err(at("number"))?,
        kind: known(step.kind, StepKind::from_code).map_err(at("kind"))?,
        name: text::optional(step.name, limits::ID_BYTES).map_err(at("name"))?,
        started_at,
        ended_at: occurred_at,
        status,
        input_tokens: number::optional(step.input_tokens, limits::TOKENS)
            .map_err(at("input_tokens"))?,
        output_tokens: number::optional(step.output_tokens, limits::TOKENS)
            .map_err(at("output_tokens"))?,
        error_kind,
        error_message,
    })
}

fn number(number: u32) -> Result<i32, Fault> {
    if number == 0 {
        return Err(Fault::missing("steps are numbered from 1"));
    }
    i32::try_from(number)
        .ok()
        .filter(|_| number <= limits::STEPS)
        .ok_or_else(|| {
            let most = limits::STEPS;
            Fault::out_of_range(format!("must be at most {most}, is {number}"))
        })
}

fn within(
    started_at: Option<DateTime<Utc>>,
    identity: &Identity,
    ended_at: DateTime<Utc>,
) -> Result<(), Fault> {
    match started_at {
        Some(started_at) if started_at < identity.opened_at => Err(Fault::out_of_range(
            "must not be before execution_step.identity.opened_at",
        )),
        Some(started_at) if started_at > ended_at => Err(Fault::out_of_range(
            "must not be after occurred_at, when the step ended",
        )),
        _ => Ok(()),
    }
}
