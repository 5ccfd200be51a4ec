//! Executions: opened, started, ended, rated, and their steps, in any order and in any batches.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::execution::{
    Currency, End, Execution, Feedback, Identity, Money, Outcome, Seen, Trigger,
};
use shadow_domain::fact::{Content, Fact, Step, StepKind, StepStatus};
use shadow_proto::common::v1 as common;
use shadow_proto::streaming::v1 as proto;
use uuid::Uuid;

use super::{Key, Subject, event_id, fact, leaves, person, timestamp};
use crate::ledger::Ledger;
use crate::random::Random;

/// An execution with its whole future.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) execution: Execution,
    pub(crate) steps: Vec<Fact>,
}

/// How many events tell of an execution itself; each of its steps has one more.
const TRANSITIONS: u8 = 4;

/// Steps of an execution at most.
const STEPS: u64 = 4;

/// How many in a hundred know each value that may be unknown.
const KNOWN_PERCENT: u64 = 80;

/// Within so many hours before a campaign are executions of people who may be erased: of an erasure in older ones nobody is
/// told, for nobody watches them, so their changes in the feed would have holes.
const ERASABLE_HOURS: u64 = 20;

/// Within so many hours are all others.
const HOURS: u64 = 40;

/// How many in a hundred say again with their end when they started.
const START_AGAIN_PERCENT: u64 = 30;

pub(crate) fn draw(random: &mut Random, workspaces: &[Uuid], before: DateTime<Utc>) -> Run {
    let user_id = known(random, person);
    let given_by = known(random, person);
    let may_be_erased = [&user_id, &given_by]
        .into_iter()
        .flatten()
        .any(|id| leaves(id));
    let hours = if may_be_erased { ERASABLE_HOURS } else { HOURS };
    let ago = TimeDelta::microseconds(60_000_000 + random.below(hours * 3_600_000_000) as i64);
    let opened_at = before - ago;
    let started_at = opened_at + TimeDelta::milliseconds(random.below(5_000) as i64);
    let start_again = random.percent(START_AGAIN_PERCENT);
    let execution = Execution {
        identity: Identity {
            workspace_id: *random.one_of(workspaces),
            execution_id: random.uuid(),
            opened_at,
            agent_id: format!("agent-{}", random.below(6)),
            agent_version: known(random, |random| format!("1.{}", random.below(3))),
            trigger: *random.one_of(Trigger::ALL),
            environment: known(random, |random| format!("environment-{}", random.below(2))),
            user_id,
            timeout_micros: known(random, |random| 1_000 * random.below(600_000) as i64),
        },
        started_at: Some(started_at),
        end: Some(draw_end(random, started_at)),
        feedback: Some(Box::new(draw_feedback(random, started_at, given_by))),
        start_named_by: if start_again { Seen::ENDED } else { Seen::NONE },
    };
    let steps = (1..=random.below(STEPS + 1) as i32)
        .map(|number| draw_step(random, &execution.identity, started_at, number))
        .collect();
    Run { execution, steps }
}

fn draw_feedback(
    random: &mut Random,
    started_at: DateTime<Utc>,
    given_by: Option<String>,
) -> Feedback {
    Feedback {
        given_at: started_at + TimeDelta::seconds(random.below(80_000) as i64),
        rating: 1 + random.below(5) as i16,
        comment: known(random, |_| "as expected".to_owned()),
        given_by,
    }
}

fn draw_step(
    random: &mut Random,
    identity: &Identity,
    started_at: DateTime<Utc>,
    number: i32,
) -> Fact {
    let ended_at = started_at + TimeDelta::milliseconds(random.below(20_000) as i64);
    let status = *random.one_of(StepStatus::ALL);
    let failed = status == StepStatus::Failed;
    let step = Step {
        identity: identity.clone(),
        number,
        kind: *random.one_of(StepKind::ALL),
        name: known(random, |_| "search".to_owned()),
        started_at: known(random, |_| started_at),
        ended_at,
        status,
        input_tokens: known(random, |random| random.below(20_000) as i64),
        output_tokens: known(random, |random| random.below(2_000) as i64),
        error_kind: known(random, |_| "tool_error".to_owned()).filter(|_| failed),
        error_message: known(random, |_| "the tool said no".to_owned()).filter(|_| failed),
    };
    Fact {
        workspace_id: identity.workspace_id,
        occurred_at: ended_at,
        event_id: random.uuid(),
        content: Content::Step(Box::new(step)),
    }
}

/// How many events tell of it.
pub(crate) fn parts(run: &Run) -> u8 {
    TRANSITIONS + run.steps.len() as u8
}

/// The step that one of its events tells of.
fn step(run: &Run, part: u8) -> Option<&Fact> {
    run.steps.get(usize::from(part.checked_sub(TRANSITIONS)?))
}

/// The steps that were acknowledged.
pub(crate) fn acknowledged_steps(ledger: &Ledger) -> impl Iterator<Item = &Fact> {
    ledger.entries.values().flat_map(|entry| {
        let steps = match &*entry.subject {
            Subject::Execution(run) => run.steps.as_slice(),
            Subject::Fact(_) => &[],
        };
        let parts = (TRANSITIONS..).zip(steps);
        parts.filter_map(|(part, step)| entry.acknowledged.contains(part).then_some(step))
    })
}

fn draw_end(random: &mut Random, started_at: DateTime<Utc>) -> End {
    let worked = TimeDelta::milliseconds(20 + random.below(50_000) as i64);
    let outcome = *random.one_of(Outcome::ALL);
    let failed = outcome.is_failure();
    End {
        ended_at: started_at + worked,
        outcome,
        duration_micros: known(random, |_| 1_000 * worked.num_milliseconds()),
        model: known(random, |random| format!("model-{}", random.below(3))),
        provider: known(random, |random| format!("provider-{}", random.below(2))),
        input_tokens: known(random, |random| random.below(20_000) as i64),
        output_tokens: known(random, |random| random.below(2_000) as i64),
        credits_micro: known(random, |random| random.below(1_000_000) as i64),
        cost: known(random, |random| Money {
            currency: Currency::USD,
            micros: random.below(1_000_000) as i64,
        }),
        error_kind: known(random, |_| "tool_error".to_owned()).filter(|_| failed),
        error_message: known(random, |_| "the tool said no".to_owned()).filter(|_| failed),
    }
}

fn known<T>(random: &mut Random, value: impl FnOnce(&mut Random) -> T) -> Option<T> {
    random.percent(KNOWN_PERCENT).then(|| value(random))
}

/// The name of an execution.
pub(crate) fn key(execution: &Execution) -> Key {
    let identity = &execution.identity;
    (identity.workspace_id, identity.execution_id)
}

pub(super) fn event(run: &Run, part: u8) -> proto::Event {
    if let Some(step) = step(run, part) {
        return fact::event(step);
    }
    let execution = &run.execution;
    let identity = &execution.identity;
    let end = execution.end.as_ref();
    let told = Some(proto_identity(identity));
    let (occurred_at, event) = match part {
        0 => (
            Some(identity.opened_at),
            proto::event::Event::ExecutionOpened(proto::ExecutionOpened { identity: told }),
        ),
        1 => (
            execution.started_at,
            proto::event::Event::ExecutionStarted(proto::ExecutionStarted { identity: told }),
        ),
        2 => (
            end.map(|end| end.ended_at),
            proto::event::Event::ExecutionEnded(proto::ExecutionEnded {
                identity: told,
                end: end.map(|end| proto_end(execution, end)),
            }),
        ),
        _ => (
            execution.feedback.as_ref().map(|said| said.given_at),
            proto::event::Event::ExecutionFeedback(proto::ExecutionFeedback {
                identity: told,
                feedback: execution.feedback.as_ref().map(|said| proto::Feedback {
                    rating: u32::from(said.rating.unsigned_abs()),
                    comment: said.comment.clone(),
                    user_id: said.given_by.clone(),
                }),
            }),
        ),
    };
    proto::Event {
        event_id: event_id(key(execution), part),
        workspace_id: identity.workspace_id.to_string(),
        occurred_at: occurred_at.map(timestamp),
        event: Some(event),
    }
}

/// What every event of an execution repeats.
pub(super) fn proto_identity(identity: &Identity) -> proto::ExecutionIdentity {
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

fn proto_end(execution: &Execution, end: &End) -> proto::ExecutionEnd {
    proto::ExecutionEnd {
        outcome: i32::from(end.outcome.code()),
        duration: end.duration_micros.map(duration),
        model: end.model.clone(),
        provider: end.provider.clone(),
        input_tokens: end.input_tokens,
        output_tokens: end.output_tokens,
        credits_micro: end.credits_micro,
        cost: end.cost.map(|cost| common::Money {
            currency: cost.currency.as_str().to_owned(),
            micros: cost.micros,
        }),
        error_kind: end.error_kind.clone(),
        error_message: end.error_message.clone(),
        started_at: execution
            .started_at
            .filter(|_| says_start_again(execution))
            .map(timestamp),
    }
}

fn duration(micros: i64) -> prost_types::Duration {
    prost_types::Duration {
        seconds: micros / 1_000_000,
        nanos: (micros % 1_000_000) as i32 * 1_000,
    }
}

/// Whether the event of the end says when the execution started, too.
fn says_start_again(execution: &Execution) -> bool {
    execution.start_named_by.contains(Seen::ENDED)
}

/// What an event makes known of an execution; that it was opened is said by all.
pub(crate) fn tells(execution: &Execution, part: u8) -> Seen {
    let start = if says_start_again(execution) {
        Seen::STARTED
    } else {
        Seen::NONE
    };
    Seen::OPENED.union(match part {
        0 => Seen::NONE,
        1 => Seen::STARTED,
        2 => Seen::ENDED.union(start),
        3 => Seen::FEEDBACK,
        _ => Seen::NONE,
    })
}
