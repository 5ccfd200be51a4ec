//! One execution and its steps in time: a row for each, with a bar of when it was. It is a table, so it needs none behind
//! it.

use std::rc::Rc;

use shadow_proto::{
    metrics::v1::{ExecutionStep, GetExecutionResponse, Unit},
    streaming::v1::{StepKind, StepStatus},
};
use yew::prelude::*;

use crate::{
    components::ui::{Badge, BadgeTone},
    format,
    state::executions::{Bar, Timeline, took},
};

/// Properties of [`StepsTimeline`].
#[derive(Properties, PartialEq)]
pub struct StepsTimelineProps {
    /// The execution.
    pub execution: Rc<GetExecutionResponse>,
    /// How it and its steps lie in time.
    pub timeline: Rc<Timeline>,
}

/// One execution and its steps in time.
#[component]
pub fn StepsTimeline(props: &StepsTimelineProps) -> Html {
    let (one, timeline) = (&*props.execution, &*props.timeline);
    let shown = one.steps.len() as u64;
    let whole = format::value(Unit::Microseconds, Some(timeline.micros));
    let note = match one.all_steps {
        0 => format!("{whole} from the opening on; its producer reported no steps"),
        all if all > shown => format!(
            "{whole} from the opening on; the first {} of {} steps",
            format::count(shown),
            format::count(all)
        ),
        all => format!("{whole} from the opening on; {} steps", format::count(all)),
    };
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ "Timeline" }</h2>
                    <p class="panel__note">{ note }</p>
                </div>
            </header>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Timeline">
                <table class="table timeline">
                    <caption class="only-read">{ "The execution and its steps in time" }</caption>
                    <thead>
                        <tr>
                            <th scope="col">{ "What" }</th>
                            <th scope="col">{ "Kind" }</th>
                            <th scope="col">{ "Status" }</th>
                            <th scope="col" class="timeline__time">
                                <span class="timeline__axis"><span>{ "0" }</span><span>{ whole.clone() }</span></span>
                            </th>
                            <th scope="col" class="number">{ "Took" }</th>
                            <th scope="col" class="number">{ "Tokens in" }</th>
                            <th scope="col" class="number">{ "Tokens out" }</th>
                        </tr>
                    </thead>
                    <tbody>
                        { phase("Queue", timeline.queue, "queue", timeline.micros) }
                        { phase("Run", timeline.run, "run", timeline.micros) }
                        { for one.steps.iter().zip(&timeline.steps).map(|(step, bar)| row(step, *bar)) }
                    </tbody>
                </table>
            </div>
        </section>
    }
}

fn phase(name: &'static str, bar: Option<Bar>, class: &'static str, micros: f64) -> Html {
    let took = bar.and_then(|bar| Some((bar.to - bar.from?) * micros));
    html! {
        <tr class="timeline__phase">
            <th scope="row">{ name }</th>
            <td></td>
            <td></td>
            <td class="timeline__time">{ bar.map(|bar| drawn(bar, class)) }</td>
            <td class="number">{ format::value(Unit::Microseconds, took) }</td>
            <td></td>
            <td></td>
        </tr>
    }
}

fn row(one: &ExecutionStep, bar: Bar) -> Html {
    let step = one.step.clone().unwrap_or_default();
    let (tone, status, class) = match step.status() {
        StepStatus::Completed => (BadgeTone::Good, "Completed", "completed"),
        StepStatus::Failed => (BadgeTone::Bad, "Failed", "failed"),
        StepStatus::Cancelled => (BadgeTone::Neutral, "Cancelled", "cancelled"),
        StepStatus::Unspecified => (BadgeTone::Neutral, "Unknown", "cancelled"),
    };
    let tokens = |count: Option<i64>| format::value(Unit::Tokens, count.map(|count| count as f64));
    let error = [step.error_kind.clone(), step.error_message.clone()];
    let error = error.into_iter().flatten().collect::<Vec<_>>().join(": ");
    html! {
        <tr key={step.number} data-step={step.number.to_string()}>
            <th scope="row">
                <span class="timeline__name">{ format!("{}. {}", step.number, step.name.clone().unwrap_or_else(|| kind(step.kind()).to_owned())) }</span>
                if !error.is_empty() {
                    <span class="timeline__error" title={error.clone()}>{ error.clone() }</span>
                }
            </th>
            <td>{ kind(step.kind()) }</td>
            <td><Badge {tone}>{ status }</Badge></td>
            <td class="timeline__time">{ drawn(bar, class) }</td>
            <td class="number" title={format::exact(Unit::Microseconds, took(one))}>{ format::value(Unit::Microseconds, took(one)) }</td>
            <td class="number">{ tokens(step.input_tokens) }</td>
            <td class="number">{ tokens(step.output_tokens) }</td>
        </tr>
    }
}

/// A bar; only its end where nobody knows when it began.
fn drawn(bar: Bar, class: &'static str) -> Html {
    let at = |share: f64| format!("{:.2}", share * 1_000.0);
    // What is too short to see is seen all the same, without leaving the picture.
    let width = bar
        .from
        .map_or(3.0, |from| ((bar.to - from) * 1_000.0).max(3.0));
    let x = bar.from.unwrap_or(bar.to) * 1_000.0;
    html! {
        <svg class={format!("timeline__bar timeline__bar--{class}")} viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            <rect class="timeline__ground" width="1000" height="10" />
            <rect x={at(x.min(1_000.0 - width).max(0.0) / 1_000.0)} width={format!("{width:.2}")} height="10" />
        </svg>
    }
}

fn kind(kind: StepKind) -> &'static str {
    match kind {
        StepKind::ModelCall => "Model call",
        StepKind::ToolCall => "Tool call",
        StepKind::Retrieval => "Retrieval",
        StepKind::Other | StepKind::Unspecified => "Other",
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::streaming::v1::Step;

    use super::*;
    use crate::rendering;

    async fn timeline(steps: Vec<(ExecutionStep, Bar)>, all_steps: u64) -> String {
        rendering::signed_in("/executions/e-1", move || {
            let (steps, bars): (Vec<_>, Vec<_>) = steps.clone().into_iter().unzip();
            let execution = Rc::new(GetExecutionResponse {
                steps,
                all_steps,
                ..GetExecutionResponse::default()
            });
            let timeline = Rc::new(Timeline {
                micros: 8e6,
                queue: Some(Bar {
                    from: Some(0.0),
                    to: 0.25,
                }),
                run: None,
                steps: bars,
            });
            html! { <StepsTimeline {execution} {timeline} /> }
        })
        .await
    }

    #[tokio::test]
    async fn a_step_lies_where_it_was_and_tells_its_error() {
        let step = ExecutionStep {
            step: Some(Step {
                number: 2,
                kind: StepKind::ToolCall.into(),
                name: Some("search".to_owned()),
                status: StepStatus::Failed.into(),
                input_tokens: Some(1_200),
                error_kind: Some("timeout".to_owned()),
                ..Step::default()
            }),
            ended_at: None,
        };
        let bar = Bar {
            from: Some(0.5),
            to: 0.75,
        };
        let html = timeline(vec![(step, bar)], 3).await;
        for text in [
            "2. search",
            "Tool call",
            "timeout",
            "timeline__bar--failed",
            r#"x="500.00""#,
            r#"width="250.00""#,
            "the first 1 of 3 steps",
            // The queue.
            "<td class=\"number\">2 s</td>",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn what_has_no_beginning_is_only_an_end() {
        let bar = Bar {
            from: None,
            to: 1.0,
        };
        let html = timeline(vec![(ExecutionStep::default(), bar)], 1).await;
        assert!(
            html.contains(r#"x="997.00""#) && html.contains(r#"width="3.00""#),
            "{html}"
        );
        assert!(timeline(Vec::new(), 0).await.contains("reported no steps"));
    }
}
