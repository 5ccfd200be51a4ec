//! One execution: what it was, how it went, and its steps in time.

mod about;

use std::rc::Rc;

use chrono::{DateTime, Utc};
use shadow_proto::{
    metrics::v1::{GetExecutionResponse, Unit},
    streaming::v1::Execution as Told,
};
use yew::prelude::*;

use about::{about, all, feedback};

use super::executions::open::why;
use crate::{
    api,
    components::{
        executions::StepsTimeline,
        metrics::OverviewSkeleton,
        realtime::facts,
        ui::{Badge, BadgeTone, Notice, NoticeKind, answered},
    },
    format,
    hooks::{Fresh, use_answer, use_asked, use_set_pulse},
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::{answer, executions, session::Permission, view::View},
    zone::Zone,
};

/// Properties of [`Execution`].
#[derive(Properties, PartialEq)]
pub struct ExecutionProps {
    /// The execution's id, in the workspace of the view.
    pub id: String,
}

/// One execution.
#[component]
pub fn Execution(props: &ExecutionProps) -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace.clone();
    let Some(workspace) = workspace else {
        return html! {
            <Notice kind={NoticeKind::Empty} title="Which workspace's execution?">
                <p>{ "An execution is found in its workspace. Choose one above, or an execution from the list." }</p>
                <Go to={Route::Executions} view={place.view.elsewhere()} class="link">{ "All executions" }</Go>
            </Notice>
        };
    };
    html! {
        if viewer.may(Permission::ViewAnalytics, Some(&workspace)) {
            <Page {workspace} id={props.id.clone()} />
        } else {
            <Notice kind={NoticeKind::Empty} title="This execution is not yours to see">
                <p>{ "Its workspace may not exist, or not be yours to see. Choose another one above." }</p>
            </Notice>
        }
    }
}

/// Properties of [`Page`].
#[derive(Properties, PartialEq)]
struct PageProps {
    workspace: String,
    id: String,
}

#[component]
fn Page(props: &PageProps) -> Html {
    let asked = (props.workspace.clone(), props.id.clone());
    let page = use_answer(asked, |(workspace, id)| {
        Box::pin(async move {
            let answer = api::execution(executions::one_request(&workspace, &id)).await?;
            // What has ended may still be rated, but nobody waits for that.
            let live = answer.staleness.is_some();
            Ok(Fresh { answer, live })
        })
    });
    let zone = use_asked().zone;
    use_set_pulse(page.pulse(|one| answer::as_of(one.provenance.as_ref())));
    answered(
        &page,
        html! { <OverviewSkeleton /> },
        |one| html! { <Shown execution={one.clone()} {zone} /> },
    )
}

/// Properties of [`Shown`].
#[derive(Properties, PartialEq)]
struct ShownProps {
    execution: Rc<GetExecutionResponse>,
    zone: Zone,
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    let viewer = use_signed_in().viewer;
    let view = use_place().view;
    let response = &*props.execution;
    let Some(one) = &response.execution else {
        return Html::default();
    };
    let read = answer::as_of(response.provenance.as_ref()).unwrap_or_default();
    let timeline = Rc::new(executions::timeline(one, &response.steps, read));
    let identity = one.identity.clone().unwrap_or_default();
    let status = one.status();
    let end = one.end.as_ref();
    let error = end.filter(|end| end.error_kind.is_some() || end.error_message.is_some());
    html! {
        <>
            <div class="page__head">
                <h1 class="page__title">
                    { &one.agent_name }
                    <code class="page__scope">{ identity.execution_id.clone() }</code>
                </h1>
                <p class="panel__note">
                    <Badge tone={facts::tone(status)}>{ facts::status_name(status) }</Badge>
                    { stale(response, read) }
                </p>
            </div>
                { numbers(one, response, read) }
                if let Some(error) = error {
                    <section class="panel execution__error" aria-labelledby="error-title">
                        <h2 id="error-title" class="panel__title">{ error.error_kind.clone().unwrap_or_else(|| "Error".to_owned()) }</h2>
                        if let Some(message) = &error.error_message {
                            <p>{ message }</p>
                        }
                        if let Some(kind) = &error.error_kind {
                            { all("Executions with this error", View { error_kind: Some(kind.clone()), ..view.elsewhere() }) }
                        }
                    </section>
                }
                <StepsTimeline execution={props.execution.clone()} {timeline} />
                <div class="columns">
                    { about(one, &view, &viewer, &props.zone) }
                    { feedback(one, &view, &props.zone) }
                </div>
        </>
    }
}

/// Whether an open execution is stale, and after how long it is.
fn stale(response: &GetExecutionResponse, read: DateTime<Utc>) -> Html {
    let (Some(staleness), Some(one)) = (&response.staleness, &response.execution) else {
        return Html::default();
    };
    let open = format::value(Unit::Microseconds, executions::open_for(one, read));
    let limit = format::value(
        Unit::Microseconds,
        executions::micros(staleness.limit.as_ref()),
    );
    html! {
        <>
            if staleness.stale {
                { " " }
                <Badge tone={BadgeTone::Warning}>{ "Stale" }</Badge>
            }
            { format!(" open for {open} · stale after {limit}: {}", why(staleness)) }
        </>
    }
}

fn numbers(one: &Told, response: &GetExecutionResponse, read: DateTime<Utc>) -> Html {
    let end = one.end.as_ref();
    let tokens = |count: Option<i64>| format::value(Unit::Tokens, count.map(|count| count as f64));
    let open = response.staleness.is_some();
    let (name, duration) = if open {
        ("Open for", executions::open_for(one, read))
    } else {
        ("Duration", facts::duration(one))
    };
    let number = |name: &'static str, value: String, exact: String| {
        html! {
            <article class="metric counter">
                <div class="metric__name"><h3>{ name }</h3></div>
                <p class="metric__value" title={exact}>{ value }</p>
            </article>
        }
    };
    let of = |unit, value| (format::value(unit, value), format::exact(unit, value));
    let (took, took_exact) = of(Unit::Microseconds, duration);
    let (wait, wait_exact) = of(Unit::Microseconds, facts::wait(one));
    let (credits, credits_exact) = of(Unit::CreditsMicro, facts::credits(one));
    let cost = facts::cost(one);
    html! {
        <section class="panel metrics metrics--counters" aria-labelledby="numbers-title">
            <h2 id="numbers-title" class="only-read">{ "Numbers" }</h2>
            { number(name, took, took_exact) }
            { number("Queue wait", wait, wait_exact) }
            { number("Tokens in", tokens(end.and_then(|end| end.input_tokens)), String::new()) }
            { number("Tokens out", tokens(end.and_then(|end| end.output_tokens)), String::new()) }
            { number("Credits", credits, credits_exact) }
            { number("Cost", cost.clone(), cost) }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::{
        metrics::v1::{Staleness, StalenessRule},
        streaming::v1::{ExecutionEnd, ExecutionIdentity, ExecutionStatus, Feedback},
    };

    use super::*;
    use crate::{
        rendering,
        state::{feed::tests::execution, query::timestamp},
    };

    async fn page(response: GetExecutionResponse) -> String {
        rendering::signed_in("/executions/e-1?workspace=w1", move || {
            html! { <Shown execution={Rc::new(response.clone())} zone={Zone::utc()} /> }
        })
        .await
    }

    #[tokio::test]
    async fn everything_that_is_known_is_told() {
        let one = execution("e-1", 7, 3, ExecutionStatus::Failed);
        let html = page(GetExecutionResponse {
            execution: Some(Told {
                ended_at: Some(timestamp("2026-11-23T20:07:04Z".parse().unwrap())),
                end: Some(ExecutionEnd {
                    error_kind: Some("rate_limited".to_owned()),
                    error_message: Some("Too many requests.".to_owned()),
                    model: Some("m-1".to_owned()),
                    input_tokens: Some(1_200),
                    ..ExecutionEnd::default()
                }),
                feedback: Some(Feedback {
                    rating: 2,
                    comment: Some("slow".to_owned()),
                    user_id: Some("rater".to_owned()),
                }),
                identity: Some(ExecutionIdentity {
                    user_id: Some("runner".to_owned()),
                    ..one.identity.clone().unwrap_or_default()
                }),
                ..one
            }),
            ..GetExecutionResponse::default()
        })
        .await;
        for text in [
            "Agent e-1",
            "Failed",
            "rate_limited",
            "Too many requests.",
            "error_kind=rate_limited",
            "m-1",
            "1.2K",
            "2 of 5",
            "slow",
            "reported no steps",
            "/users/runner?workspace=w1",
            "/users/rater?workspace=w1",
            "their executions",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn what_is_open_says_when_it_is_stale() {
        let html = page(GetExecutionResponse {
            execution: Some(execution("e-1", 7, 1, ExecutionStatus::Running)),
            staleness: Some(Staleness {
                stale: true,
                limit: Some(prost_types::Duration {
                    seconds: 90,
                    nanos: 0,
                }),
                rule: StalenessRule::Timeout.into(),
            }),
            ..GetExecutionResponse::default()
        })
        .await;
        for text in [
            "Stale</span>",
            "stale after 1 m 30 s: its timeout",
            "Open for",
            "Nobody has rated it",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn without_a_workspace_it_asks_for_one() {
        let html = rendering::signed_in("/executions/e-1", || {
            html! { <Execution id="e-1" /> }
        })
        .await;
        assert!(html.contains("Which workspace"), "{html}");
    }
}
