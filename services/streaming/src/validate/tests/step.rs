//! Steps of executions.

use shadow_domain::fact::{Step, StepKind, StepStatus};

use super::*;

fn step(change: impl FnOnce(&mut proto::Step)) -> proto::Event {
    let mut step = proto::Step {
        number: 1,
        kind: proto::StepKind::ToolCall.into(),
        status: proto::StepStatus::Completed.into(),
        ..Default::default()
    };
    change(&mut step);
    event(Kind::ExecutionStep(proto::ExecutionStep {
        identity: Some(identity()),
        step: Some(step),
    }))
}

fn failed(change: impl FnOnce(&mut proto::Step)) -> proto::Event {
    step(|step| {
        step.status = proto::StepStatus::Failed.into();
        change(step);
    })
}

fn parsed(event: proto::Event) -> Result<Step, Refused> {
    match said(event)? {
        Said::Fact(Fact {
            content: Content::Step(step),
            ..
        }) => Ok(*step),
        other => panic!("no step: {other:?}"),
    }
}

#[test]
fn a_step_is_read_whole() {
    let whole = parsed(failed(|step| {
        *step = proto::Step {
            number: 1_000_000,
            kind: proto::StepKind::ModelCall.into(),
            name: Some("x".repeat(128)),
            started_at: at(NOW - 60),
            status: step.status,
            input_tokens: Some(1_000_000_000),
            output_tokens: Some(0),
            error_kind: Some("x".repeat(128)),
            error_message: Some(format!("{}\n", "x".repeat(4_095))),
        };
    }))
    .unwrap();
    assert_eq!(
        (whole.number, whole.kind, whole.status, whole.output_tokens),
        (1_000_000, StepKind::ModelCall, StepStatus::Failed, Some(0))
    );
    assert_eq!(
        whole.ended_at,
        DateTime::from_timestamp(NOW - 30, 0).unwrap()
    );
    let bare = parsed(step(|step| step.name = Some(String::new()))).unwrap();
    assert_eq!((bare.name, bare.started_at), (None, None));
    let (one, other) = (
        said(step(|_| {})).unwrap(),
        said(step(|step| step.number = 2)),
    );
    let (Said::Fact(one), Said::Fact(other)) = (one, other.unwrap()) else {
        panic!("no facts");
    };
    assert_ne!(one.name(), other.name());
}

#[test]
fn each_field_has_its_limit() {
    use RefusalReason::{Malformed, Missing, OutOfRange};
    let empty = event(Kind::ExecutionStep(proto::ExecutionStep {
        identity: Some(identity()),
        step: None,
    }));
    let early = proto::Event {
        occurred_at: at(NOW - 61),
        ..step(|_| {})
    };
    let long = |length: usize| Some("x".repeat(length + 1));
    let table = [
        (Missing, empty, "execution_step.step"),
        (OutOfRange, early, "occurred_at"),
        (
            Missing,
            step(|s| s.number = 0),
            "execution_step.step.number",
        ),
        (
            OutOfRange,
            step(|s| s.number = 1_000_001),
            "execution_step.step.number",
        ),
        (
            OutOfRange,
            step(|s| s.number = u32::MAX),
            "execution_step.step.number",
        ),
        (Missing, step(|s| s.kind = 0), "execution_step.step.kind"),
        (Malformed, step(|s| s.kind = 5), "execution_step.step.kind"),
        (
            Missing,
            step(|s| s.status = 0),
            "execution_step.step.status",
        ),
        (
            Malformed,
            step(|s| s.status = -1),
            "execution_step.step.status",
        ),
        (
            OutOfRange,
            step(|s| s.name = long(128)),
            "execution_step.step.name",
        ),
        (
            Malformed,
            step(|s| s.name = Some("a\nb".to_owned())),
            "execution_step.step.name",
        ),
        (
            OutOfRange,
            step(|s| s.started_at = at(NOW - 61)),
            "execution_step.step.started_at",
        ),
        (
            OutOfRange,
            step(|s| s.started_at = at(NOW - 29)),
            "execution_step.step.started_at",
        ),
        (
            OutOfRange,
            step(|s| s.input_tokens = Some(-1)),
            "execution_step.step.input_tokens",
        ),
        (
            OutOfRange,
            step(|s| s.output_tokens = Some(1_000_000_001)),
            "execution_step.step.output_tokens",
        ),
        (
            OutOfRange,
            failed(|s| s.error_kind = long(128)),
            "execution_step.step.error_kind",
        ),
        (
            OutOfRange,
            failed(|s| s.error_message = long(4_096)),
            "execution_step.step.error_message",
        ),
        (
            OutOfRange,
            step(|s| s.error_kind = long(3)),
            "execution_step.step.error_kind",
        ),
        (
            OutOfRange,
            step(|s| s.error_message = long(3)),
            "execution_step.step.error_message",
        ),
    ];
    for (reason, event, field) in table {
        let shown = format!("{event:?}");
        let refused = parsed(event).expect_err(&shown);
        assert_eq!(
            (refused.reason, refused.field.as_str()),
            (reason, field),
            "{shown}"
        );
        assert!(!refused.description.is_empty());
    }
}
