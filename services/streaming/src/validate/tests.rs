mod accepted;
mod activity;
mod credit;
mod directory;
mod feedback;
mod step;
mod subscription;

use prost_types::{Duration, Timestamp};
use shadow_proto::common::v1::Money;
use shadow_proto::streaming::v1::event::Event as Kind;

use super::*;

const ID: &str = "0190a5b4-7b1c-7c3e-9d1f-2a3b4c5d6e7f";
const NIL: &str = "00000000-0000-0000-0000-000000000000";
const NOW: i64 = 1_750_000_000;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

fn identity() -> proto::ExecutionIdentity {
    proto::ExecutionIdentity {
        execution_id: ID.to_owned(),
        opened_at: at(NOW - 60),
        agent_id: "writer".to_owned(),
        trigger: proto::Trigger::User.into(),
        ..Default::default()
    }
}

fn end() -> proto::ExecutionEnd {
    proto::ExecutionEnd {
        outcome: proto::Outcome::Completed.into(),
        ..Default::default()
    }
}

fn event(kind: Kind) -> proto::Event {
    let event_id = ID.to_owned();
    proto::Event {
        event_id,
        workspace_id: ID.to_owned(),
        occurred_at: at(NOW - 30),
        event: Some(kind),
    }
}

fn opened(change: impl FnOnce(&mut proto::ExecutionIdentity)) -> proto::Event {
    let mut identity = identity();
    change(&mut identity);
    let occurred_at = identity.opened_at;
    let opened = event(Kind::ExecutionOpened(proto::ExecutionOpened {
        identity: Some(identity),
    }));
    proto::Event {
        occurred_at,
        ..opened
    }
}

fn ended(change: impl FnOnce(&mut proto::ExecutionEnd)) -> proto::Event {
    let mut end = end();
    change(&mut end);
    event(Kind::ExecutionEnded(proto::ExecutionEnded {
        identity: Some(identity()),
        end: Some(end),
    }))
}

fn started(change: impl FnOnce(&mut proto::Event)) -> proto::Event {
    let mut event = event(Kind::ExecutionStarted(proto::ExecutionStarted {
        identity: Some(identity()),
    }));
    change(&mut event);
    event
}

fn read(event: proto::Event) -> Result<Execution, Refused> {
    match said(event)? {
        Said::Execution(execution) => Ok(*execution),
        Said::Fact(fact) => panic!("no event of an execution: {fact:?}"),
    }
}

fn said(event: proto::Event) -> Result<Said, Refused> {
    let event_id = event.event_id.clone();
    parse(&event_id, event, now())
}

fn check(reason: RefusalReason, table: Vec<(proto::Event, &str)>) {
    for (event, field) in table {
        let shown = format!("{event:?}");
        let refused = read(event).expect_err(&shown);
        assert_eq!(
            (refused.field.as_str(), refused.reason),
            (field, reason),
            "{shown}"
        );
        assert!(!refused.description.is_empty());
    }
}

#[test]
fn what_is_missing() {
    let no_identity = event(Kind::ExecutionStarted(proto::ExecutionStarted {
        identity: None,
    }));
    let no_end = event(Kind::ExecutionEnded(proto::ExecutionEnded {
        identity: Some(identity()),
        end: None,
    }));
    let no_opening = started(|event| {
        if let Some(Kind::ExecutionStarted(started)) = &mut event.event {
            started.identity.as_mut().unwrap().opened_at = None;
        }
    });
    let free = |micros| {
        Some(Money {
            currency: String::new(),
            micros,
        })
    };
    check(
        RefusalReason::Missing,
        vec![
            (started(|event| event.event_id.clear()), "event_id"),
            (started(|event| event.event_id = NIL.to_owned()), "event_id"),
            (started(|event| event.workspace_id.clear()), "workspace_id"),
            (
                started(|event| event.workspace_id = NIL.to_owned()),
                "workspace_id",
            ),
            (started(|event| event.occurred_at = None), "occurred_at"),
            (started(|event| event.event = None), "event"),
            (no_identity, "execution_started.identity"),
            (no_opening, "execution_started.identity.opened_at"),
            (
                opened(|identity| identity.execution_id.clear()),
                "execution_opened.identity.execution_id",
            ),
            (
                opened(|identity| identity.execution_id = NIL.to_owned()),
                "execution_opened.identity.execution_id",
            ),
            (
                opened(|identity| identity.agent_id.clear()),
                "execution_opened.identity.agent_id",
            ),
            (
                opened(|identity| identity.trigger = 0),
                "execution_opened.identity.trigger",
            ),
            (no_end, "execution_ended.end"),
            (ended(|end| end.outcome = 0), "execution_ended.end.outcome"),
            (
                ended(|end| end.cost = free(5)),
                "execution_ended.end.cost.currency",
            ),
        ],
    );
}

#[test]
fn what_cannot_be_read() {
    let timestamp = |nanos| {
        Some(Timestamp {
            seconds: NOW - 30,
            nanos,
        })
    };
    let duration = |seconds, nanos| Some(Duration { seconds, nanos });
    let money = |currency: &str| {
        Some(Money {
            currency: currency.to_owned(),
            micros: 5,
        })
    };
    check(
        RefusalReason::Malformed,
        vec![
            (started(|event| event.event_id = "7".to_owned()), "event_id"),
            (
                started(|event| event.workspace_id = format!("{ID}0")),
                "workspace_id",
            ),
            (
                started(|event| event.occurred_at = timestamp(-1)),
                "occurred_at",
            ),
            (
                started(|event| event.occurred_at = timestamp(1_000_000_000)),
                "occurred_at",
            ),
            (
                opened(|identity| identity.execution_id = "run 7".to_owned()),
                "execution_opened.identity.execution_id",
            ),
            (
                opened(|identity| identity.agent_id = "a\0b".to_owned()),
                "execution_opened.identity.agent_id",
            ),
            (
                opened(|identity| identity.agent_id = "a\u{1f}b".to_owned()),
                "execution_opened.identity.agent_id",
            ),
            (
                opened(|identity| identity.user_id = Some("a\nb".to_owned())),
                "execution_opened.identity.user_id",
            ),
            (
                opened(|identity| identity.trigger = 5),
                "execution_opened.identity.trigger",
            ),
            (
                opened(|identity| identity.trigger = -1),
                "execution_opened.identity.trigger",
            ),
            (
                opened(|identity| identity.trigger = 65_537),
                "execution_opened.identity.trigger",
            ),
            (
                opened(|identity| identity.timeout = duration(1, -1)),
                "execution_opened.identity.timeout",
            ),
            (ended(|end| end.outcome = 99), "execution_ended.end.outcome"),
            (
                ended(|end| end.duration = duration(0, 1_000_000_000)),
                "execution_ended.end.duration",
            ),
            (
                ended(|end| end.error_message = Some("a\0b".to_owned())),
                "execution_ended.end.error_message",
            ),
            (
                ended(|end| end.cost = money("usd")),
                "execution_ended.end.cost.currency",
            ),
            (
                ended(|end| end.cost = money("EURO")),
                "execution_ended.end.cost.currency",
            ),
        ],
    );
}

#[test]
fn what_is_out_of_range() {
    let long = |bytes: usize| Some("x".repeat(bytes));
    let seconds = |seconds| Some(Duration { seconds, nanos: 0 });
    let money = |micros| {
        Some(Money {
            currency: "USD".to_owned(),
            micros,
        })
    };
    check(
        RefusalReason::OutOfRange,
        vec![
            (
                started(|event| event.occurred_at = at(946_684_799)),
                "occurred_at",
            ),
            (
                started(|event| event.occurred_at = at(i64::MIN)),
                "occurred_at",
            ),
            (
                started(|event| event.occurred_at = at(NOW + 86_401)),
                "occurred_at",
            ),
            (
                started(|event| event.occurred_at = at(i64::MAX)),
                "occurred_at",
            ),
            (
                started(|event| event.occurred_at = at(NOW - 61)),
                "occurred_at",
            ),
            (
                opened(|identity| identity.agent_id = "x".repeat(129)),
                "execution_opened.identity.agent_id",
            ),
            (
                opened(|identity| identity.agent_version = long(65)),
                "execution_opened.identity.agent_version",
            ),
            (
                opened(|identity| identity.environment = long(65)),
                "execution_opened.identity.environment",
            ),
            (
                opened(|identity| identity.user_id = long(129)),
                "execution_opened.identity.user_id",
            ),
            (
                opened(|identity| identity.timeout = seconds(-1)),
                "execution_opened.identity.timeout",
            ),
            (
                opened(|identity| identity.timeout = seconds(366 * 86_400 + 1)),
                "execution_opened.identity.timeout",
            ),
            (
                ended(|end| end.duration = seconds(i64::MAX)),
                "execution_ended.end.duration",
            ),
            (
                ended(|end| end.model = long(129)),
                "execution_ended.end.model",
            ),
            (
                ended(|end| end.provider = long(129)),
                "execution_ended.end.provider",
            ),
            (
                ended(|end| end.input_tokens = Some(-1)),
                "execution_ended.end.input_tokens",
            ),
            (
                ended(|end| end.input_tokens = Some(1_000_000_001)),
                "execution_ended.end.input_tokens",
            ),
            (
                ended(|end| end.output_tokens = Some(i64::MAX)),
                "execution_ended.end.output_tokens",
            ),
            (
                ended(|end| end.credits_micro = Some(1_000_000_000_001)),
                "execution_ended.end.credits_micro",
            ),
            (
                ended(|end| end.cost = money(-1)),
                "execution_ended.end.cost.micros",
            ),
            (
                ended(|end| end.cost = money(1_000_000_000_001)),
                "execution_ended.end.cost.micros",
            ),
            (
                ended(|end| end.error_kind = long(129)),
                "execution_ended.end.error_kind",
            ),
            (
                ended(|end| end.error_message = long(4_097)),
                "execution_ended.end.error_message",
            ),
            (
                ended(|end| end.started_at = at(NOW - 61)),
                "execution_ended.end.started_at",
            ),
            (
                ended(|end| end.started_at = at(NOW - 29)),
                "execution_ended.end.started_at",
            ),
        ],
    );
    let shifted = proto::Event {
        occurred_at: at(NOW - 59),
        ..opened(|_| {})
    };
    assert_eq!(read(shifted).unwrap_err().field, "occurred_at");
}

#[test]
fn limits_are_in_the_description() {
    let refused = read(ended(|end| end.input_tokens = Some(2_000_000_000))).unwrap_err();
    assert_eq!(
        refused.description,
        "must be at most 1000000000, is 2000000000"
    );
    let refused = read(opened(|identity| identity.agent_id = "é".repeat(65))).unwrap_err();
    assert_eq!(refused.description, "must be at most 128 bytes, has 130");
}
