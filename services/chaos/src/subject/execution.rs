//! Executions: opened, started, ended, in any order and in any batches.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::execution::{End, Execution, Identity, Outcome, Seen, Trigger};
use shadow_proto::streaming::v1 as proto;
use shadow_storage::feed::Recent;
use uuid::Uuid;

use super::{Key, Subject, event_id, timestamp};
use crate::check::Findings;
use crate::ledger::{Ledger, Parts};
use crate::random::Random;

/// How many events tell of an execution.
pub(super) const PARTS: u8 = 3;

/// What each of them tells.
const TRANSITIONS: [Seen; PARTS as usize] = [Seen::OPENED, Seen::STARTED, Seen::ENDED];

pub(super) fn draw(random: &mut Random, workspaces: &[Uuid], before: DateTime<Utc>) -> Execution {
    let workspace_id = workspaces[random.below(workspaces.len() as u64) as usize];
    let ago = TimeDelta::microseconds(60_000_000 + random.below(40 * 3_600_000_000) as i64);
    let opened_at = before - ago;
    let started_at = opened_at + TimeDelta::milliseconds(random.below(5_000) as i64);
    let worked = TimeDelta::milliseconds(20 + random.below(50_000) as i64);
    let outcomes = [Outcome::Completed, Outcome::Failed, Outcome::Cancelled];
    let outcome = outcomes[random.weighted(&[8, 2, 1])];
    let failed = outcome == Outcome::Failed;
    Execution {
        identity: Identity {
            workspace_id,
            execution_id: random.uuid(),
            opened_at,
            agent_id: format!("agent-{}", random.below(6)),
            agent_version: None,
            trigger: Trigger::User,
            environment: None,
            user_id: Some(format!("person-{}", random.below(40))),
            timeout_micros: None,
        },
        started_at: Some(started_at),
        end: Some(End {
            ended_at: started_at + worked,
            outcome,
            duration_micros: worked.num_microseconds(),
            model: Some(format!("model-{}", random.below(3))),
            provider: Some("provider".to_owned()),
            input_tokens: Some(random.below(20_000) as i64),
            output_tokens: Some(random.below(2_000) as i64),
            credits_micro: Some(random.below(1_000_000) as i64),
            cost: None,
            error_kind: failed.then(|| "tool_error".to_owned()),
            error_message: None,
        }),
        start_named_by: Seen::default(),
    }
}

/// The name of an execution.
pub(crate) fn key(execution: &Execution) -> Key {
    let identity = &execution.identity;
    (identity.workspace_id, identity.execution_id)
}

pub(super) fn event(execution: &Execution, part: u8) -> proto::Event {
    let identity = &execution.identity;
    let end = execution.end.as_ref();
    let told = Some(proto::ExecutionIdentity {
        execution_id: identity.execution_id.to_string(),
        opened_at: Some(timestamp(identity.opened_at)),
        agent_id: identity.agent_id.clone(),
        trigger: i32::from(identity.trigger.code()),
        user_id: identity.user_id.clone(),
        ..proto::ExecutionIdentity::default()
    });
    let (occurred_at, event) = match part {
        0 => (
            Some(identity.opened_at),
            proto::event::Event::ExecutionOpened(proto::ExecutionOpened { identity: told }),
        ),
        1 => (
            execution.started_at,
            proto::event::Event::ExecutionStarted(proto::ExecutionStarted { identity: told }),
        ),
        _ => (
            end.map(|end| end.ended_at),
            proto::event::Event::ExecutionEnded(proto::ExecutionEnded {
                identity: told,
                end: end.map(proto_end),
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

fn proto_end(end: &End) -> proto::ExecutionEnd {
    proto::ExecutionEnd {
        outcome: i32::from(end.outcome.code()),
        duration: end.duration_micros.map(|micros| prost_types::Duration {
            seconds: micros / 1_000_000,
            nanos: (micros % 1_000_000) as i32 * 1_000,
        }),
        model: end.model.clone(),
        provider: end.provider.clone(),
        input_tokens: end.input_tokens,
        output_tokens: end.output_tokens,
        credits_micro: end.credits_micro,
        error_kind: end.error_kind.clone(),
        ..proto::ExecutionEnd::default()
    }
}

/// Every acknowledged event is in its execution's one row, as it was sent; nothing is that was not sent.
pub(crate) fn check(ledger: &Ledger, rows: &[Recent], findings: &mut Findings) {
    let mut stored: HashMap<Key, &Recent> = HashMap::with_capacity(rows.len());
    for row in rows {
        let key = key(&row.execution);
        if stored.insert(key, row).is_some() {
            findings.twice(format!("execution {} has two rows", key.1));
        }
        let sent = ledger.entries.get(&key).map(|entry| seen(entry.sent));
        if !sent.unwrap_or_default().contains(row.execution.seen()) {
            findings.twice(format!("execution {} holds what nobody sent", key.1));
        }
    }
    for (key, entry) in &ledger.entries {
        let Subject::Execution(drawn) = &*entry.subject;
        let row = stored.get(key).map(|row| &row.execution);
        for part in (0..PARTS).filter(|part| entry.acknowledged.contains(*part)) {
            if !row.is_some_and(|row| holds(row, drawn, part)) {
                let what = proto_name(part);
                let text = format!(
                    "execution {}: {what} was acknowledged, and is not stored as it was sent",
                    key.1
                );
                findings.lost(text);
            }
        }
        for (part, times) in (0..PARTS).zip(entry.accepted) {
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

/// Whether a row holds one event as it was sent.
fn holds(row: &Execution, sent: &Execution, part: u8) -> bool {
    row.identity == sent.identity
        && match part {
            0 => true,
            1 => row.started_at == sent.started_at,
            _ => row.end == sent.end,
        }
}

/// What events make known of an execution: that it was opened, whichever they are.
fn seen(parts: Parts) -> Seen {
    TRANSITIONS
        .iter()
        .zip(0..PARTS)
        .filter(|(_, part)| parts.contains(*part))
        .fold(Seen::OPENED, |seen, (transition, _)| {
            seen.union(*transition)
        })
}

fn proto_name(part: u8) -> &'static str {
    ["its opening", "its start", "its end"][usize::from(part)]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shadow_proto::streaming::v1::EventStatus;

    use super::*;
    use crate::ledger::Draft;

    /// A ledger in which the opening and the start of an execution were acknowledged, and the execution.
    fn acknowledged() -> (Ledger, Execution) {
        let execution = draw(&mut Random::new(1, 1), &[Uuid::from_u128(1)], Utc::now());
        let mut ledger = Ledger::default();
        for part in 0..2 {
            let subject = Arc::new(Subject::Execution(execution.clone()));
            let draft = Draft { subject, part };
            ledger.sending(std::slice::from_ref(&draft));
            ledger.answered(&draft, EventStatus::Accepted);
        }
        (ledger, execution)
    }

    fn row(execution: &Execution, seen: Seen) -> Recent {
        Recent {
            execution: execution.masked(seen),
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
        let subject = Arc::new(Subject::Execution(execution));
        ledger.answered(&Draft { subject, part: 1 }, EventStatus::Accepted);
        assert_eq!(found(&ledger, &[both]), (0, 1));
    }
}
