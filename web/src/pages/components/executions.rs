//! What the pages of executions are made of.

use std::rc::Rc;

use chrono::TimeDelta;
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{
        ExecutionStep, GetExecutionResponse, GetThroughputResponse, Peak, ThroughputBucket,
    },
    streaming::v1::{Step, StepKind, StepStatus},
};
use yew::prelude::*;

use super::{
    samples::{moment, rows},
    specimen,
};
use crate::{
    catalogue::Catalogue,
    components::executions::{ExecutionFilters, Flow, RecentExecutions, StepsTimeline, Tabs},
    state::{
        choices::Choices,
        executions::{Bar, Tab, Timeline},
        query::timestamp,
    },
    zone::Zone,
};

/// What the pages of executions are made of.
pub(super) fn specimens() -> Html {
    let some: Vec<_> = rows().iter().map(|row| (*row.execution).clone()).collect();
    let recent = |executions: Vec<_>| html! { <RecentExecutions executions={Rc::new(executions)} zone={Zone::utc()} /> };
    html! {
        <>
            { specimen("Parts of a page", [("the second is seen", html! { <Tabs tabs={Tab::ALL.to_vec()} current={Tab::Overview} /> })]) }
            { specimen("Filters of executions", [("nothing chosen", html! { <ExecutionFilters choices={Rc::<Choices>::default()} /> })]) }
            { specimen("Throughput and concurrency", [("three hours", flow())]) }
            { specimen("Timeline", [
                ("each status, and a step whose start is unknown", timeline(&STEPS, 5)),
                ("no steps", timeline(&[], 0)),
            ]) }
            { specimen("Recent executions", [("some", recent(some)), ("none", recent(Vec::new()))]) }
        </>
    }
}

fn flow() -> Html {
    let hour = |at: i64| Some(timestamp(moment() + TimeDelta::hours(at)));
    let bucket = |at: i64, opened: u64, ended: u64, open: u64| ThroughputBucket {
        start: hour(at - 3),
        end: hour(at - 2),
        opened,
        ended,
        failed: ended / 10,
        open,
        ..ThroughputBucket::default()
    };
    let peak = |count| {
        Some(Peak {
            minute: hour(-1),
            count,
        })
    };
    let flow = Rc::new(GetThroughputResponse {
        buckets: vec![
            bucket(0, 120, 110, 14),
            bucket(1, 90, 99, 5),
            bucket(2, 150, 140, 15),
        ],
        minutes: 180,
        opened: 360,
        ended: 349,
        open_at_start: 4,
        peak_opened: peak(12),
        peak_ended: peak(11),
        peak_open: peak(23),
        ..GetThroughputResponse::default()
    });
    html! {
        <Flow {flow} granularity={Granularity::Hour} catalogue={Rc::<Catalogue>::default()} zone={Zone::utc()} as_of="21:00:00" />
    }
}

/// What a step did and how it ended, and where it lies.
type Made = (StepKind, StepStatus, &'static str, Option<f64>, f64);

const STEPS: [Made; 4] = [
    (
        StepKind::Retrieval,
        StepStatus::Completed,
        "handbook",
        Some(0.1),
        0.25,
    ),
    (
        StepKind::ModelCall,
        StepStatus::Completed,
        "meridian-pro-3",
        Some(0.25),
        0.7,
    ),
    (
        StepKind::ToolCall,
        StepStatus::Failed,
        "search",
        Some(0.7),
        0.72,
    ),
    (
        StepKind::Other,
        StepStatus::Cancelled,
        "clean-up",
        None,
        1.0,
    ),
];

fn timeline(made: &[Made], all_steps: u64) -> Html {
    let at = |share: f64| timestamp(moment() + TimeDelta::milliseconds((share * 8_000.0) as i64));
    let steps = made
        .iter()
        .zip(1..)
        .map(|((kind, status, name, from, to), number)| {
            let failed = *status == StepStatus::Failed;
            ExecutionStep {
                step: Some(Step {
                    number,
                    kind: (*kind).into(),
                    name: Some((*name).to_owned()),
                    status: (*status).into(),
                    started_at: from.map(at),
                    input_tokens: (*kind == StepKind::ModelCall).then_some(1_200),
                    error_kind: failed.then(|| "rate_limited".to_owned()),
                    ..Step::default()
                }),
                ended_at: Some(at(*to)),
            }
        });
    let bars = made.iter().map(|(.., from, to)| Bar {
        from: *from,
        to: *to,
    });
    let timeline = Rc::new(Timeline {
        micros: 8e6,
        queue: Some(Bar {
            from: Some(0.0),
            to: 0.1,
        }),
        run: Some(Bar {
            from: Some(0.1),
            to: 1.0,
        }),
        steps: bars.collect(),
    });
    let execution = Rc::new(GetExecutionResponse {
        steps: steps.collect(),
        all_steps,
        ..GetExecutionResponse::default()
    });
    html! { <StepsTimeline {execution} {timeline} /> }
}
