//! Executions: opened, started, ended, rated, and their steps, in any order and in any batches.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::execution::{
    Currency, End, Execution, Feedback, Identity, Money, Outcome, Seen, Trigger,
};
use shadow_domain::fact::{Content, Fact, Step, StepKind, StepStatus};
use shadow_proto::common::v1 as common;
use shadow_proto::streaming::v1 as proto;
use shadow_storage::feed::Recent;
use uuid::Uuid;

use super::{Key, Subject, event_id, fact, timestamp};
use crate::check::Findings;
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

/// How many in a hundred say again with their end when they started.
const START_AGAIN_PERCENT: u64 = 30;

pub(super) fn draw(random: &mut Random, workspaces: &[Uuid], before: DateTime<Utc>) -> Run {
    let ago = TimeDelta::microseconds(60_000_000 + random.below(40 * 3_600_000_000) as i64);
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
            user_id: known(random, |random| format!("person-{}", random.below(40))),
            timeout_micros: known(random, |random| 1_000 * random.below(600_000) as i64),
        },
        started_at: Some(started_at),
        end: Some(draw_end(random, started_at)),
        feedback: Some(Box::new(draw_feedback(random, started_at))),
        start_named_by: if start_again { Seen::ENDED } else { Seen::NONE },
    };
    let steps = (1..=random.below(STEPS + 1) as i32)
        .map(|number| draw_step(random, &execution.identity, started_at, number))
        .collect();
    Run { execution, steps }
}

fn draw_feedback(random: &mut Random, started_at: DateTime<Utc>) -> Feedback {
    Feedback {
        given_at: started_at + TimeDelta::seconds(random.below(80_000) as i64),
        rating: 1 + random.below(5) as i16,
        comment: known(random, |_| "as expected".to_owned()),
        given_by: known(random, |random| format!("person-{}", random.below(40))),
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
pub(super) fn parts(run: &Run) -> u8 {
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

/// Every acknowledged event is in its execution's one row, as it was sent; nothing is that was not sent.
pub(crate) fn check(ledger: &Ledger, rows: &[Recent], findings: &mut Findings) {
    let mut stored: HashMap<Key, &Recent> = HashMap::with_capacity(rows.len());
    for row in rows {
        let key = key(&row.execution);
        if stored.insert(key, row).is_some() {
            findings.twice(format!("execution {} has two rows", key.1));
        }
        let sent = ledger.entries.get(&key).map(|entry| {
            let Subject::Execution(drawn) = &*entry.subject else {
                return Seen::NONE;
            };
            (0..parts(drawn))
                .filter(|part| entry.sent.contains(*part))
                .fold(Seen::NONE, |seen, part| {
                    seen.union(tells(&drawn.execution, part))
                })
        });
        if !sent.unwrap_or_default().contains(row.execution.seen()) {
            findings.twice(format!("execution {} holds what nobody sent", key.1));
        }
    }
    for (key, entry) in &ledger.entries {
        let Subject::Execution(drawn) = &*entry.subject else {
            continue;
        };
        let row = stored.get(key).map(|row| &row.execution);
        for part in (0..parts(drawn)).filter(|part| entry.acknowledged.contains(*part)) {
            if !row.is_some_and(|row| holds(row, &drawn.execution, part)) {
                let what = proto_name(part);
                let text = format!(
                    "execution {}: {what} was acknowledged, and is not stored as it was sent",
                    key.1
                );
                findings.lost(text);
            }
        }
        for (part, times) in (0..parts(drawn)).zip(entry.accepted) {
            if times > 1 {
                let what = proto_name(part);
                let text = format!(
                    "execution {}: {what} was answered to be new {times} times",
                    key.1
                );
                findings.twice(text);
            }
        }
    }
}

/// Whether a row holds what one event tells as it was sent.
fn holds(row: &Execution, sent: &Execution, part: u8) -> bool {
    let told = tells(sent, part);
    row.identity == sent.identity
        && (!told.contains(Seen::STARTED) || row.started_at == sent.started_at)
        && (!told.contains(Seen::ENDED) || row.end == sent.end)
        && (!told.contains(Seen::FEEDBACK) || row.feedback == sent.feedback)
}

/// What an event makes known of an execution; that it was opened is said by all.
fn tells(execution: &Execution, part: u8) -> Seen {
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

fn proto_name(part: u8) -> &'static str {
    let names = ["its opening", "its start", "its end", "its rating"];
    names.get(usize::from(part)).unwrap_or(&"a step of it")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shadow_proto::streaming::v1::EventStatus;

    use super::*;
    use crate::ledger::Draft;

    /// A ledger in which the opening and the start of an execution were acknowledged, and the execution.
    fn acknowledged() -> (Ledger, Run) {
        let run = draw(&mut Random::new(1, 1), &[Uuid::from_u128(1)], Utc::now());
        let mut ledger = Ledger::default();
        for part in 0..2 {
            let subject = Arc::new(Subject::Execution(Box::new(run.clone())));
            let draft = Draft { subject, part };
            ledger.sending(std::slice::from_ref(&draft));
            ledger.answered(&draft, EventStatus::Accepted);
        }
        (ledger, run)
    }

    fn row(run: &Run, seen: Seen) -> Recent {
        Recent {
            execution: run.execution.masked(seen),
            agent_name: String::new(),
            revision: 1,
        }
    }

    fn found(ledger: &Ledger, rows: &[Recent]) -> (u64, u64) {
        let mut findings = Findings::default();
        check(ledger, rows, &mut findings);
        (findings.lost, findings.twice)
    }

    #[test]
    fn what_is_stored_as_it_was_acknowledged_is_right() {
        let (ledger, execution) = acknowledged();
        let both = Seen::OPENED.union(Seen::STARTED);
        assert_eq!(found(&ledger, &[row(&execution, both)]), (0, 0));
    }

    #[test]
    fn an_acknowledged_event_that_is_not_stored_is_lost() {
        let (ledger, execution) = acknowledged();
        assert_eq!(found(&ledger, &[row(&execution, Seen::OPENED)]), (1, 0));
        assert_eq!(found(&ledger, &[]), (2, 0));
        let mut other = row(&execution, Seen::OPENED.union(Seen::STARTED));
        other.execution.started_at = Some(Utc::now());
        assert_eq!(found(&ledger, &[other]), (1, 0));
    }

    #[test]
    fn what_is_there_twice_or_was_never_sent_is_found() {
        let (mut ledger, execution) = acknowledged();
        let both = row(&execution, Seen::OPENED.union(Seen::STARTED));
        assert_eq!(found(&ledger, &[both.clone(), both.clone()]), (0, 1));
        assert_eq!(found(&ledger, &[row(&execution, Seen::ALL)]), (0, 1));
        let subject = Arc::new(Subject::Execution(Box::new(execution)));
        ledger.answered(&Draft { subject, part: 1 }, EventStatus::Accepted);
        assert_eq!(found(&ledger, &[both]), (0, 1));
    }
}
