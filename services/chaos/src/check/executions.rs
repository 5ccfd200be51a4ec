//! Executions against what was acknowledged of them.

use std::collections::HashMap;

use shadow_domain::execution::{Execution, Seen};
use shadow_storage::feed::Recent;

use super::Findings;
use super::erased::Erased;
use crate::ledger::Ledger;
use crate::subject::execution::{key, parts, tells};
use crate::subject::{Key, Subject};

/// Every acknowledged event is in its execution's one row, as it was sent but for who was erased; nothing is that was not
/// sent.
pub(crate) fn check(ledger: &Ledger, rows: &[Recent], erased: &Erased, findings: &mut Findings) {
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
        let right = erased.execution(&drawn.execution);
        for part in (0..parts(drawn)).filter(|part| entry.acknowledged.contains(*part)) {
            if !row.is_some_and(|row| holds(row, &right, part)) {
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

fn proto_name(part: u8) -> &'static str {
    let names = ["its opening", "its start", "its end", "its rating"];
    names.get(usize::from(part)).unwrap_or(&"a step of it")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::Utc;
    use shadow_proto::streaming::v1::EventStatus;
    use uuid::Uuid;

    use super::*;
    use crate::ledger::Draft;
    use crate::random::Random;
    use crate::subject::execution::{Run, draw};

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
        check(ledger, rows, &Erased::default(), &mut findings);
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
