//! One execution: what it was, how it went, and its steps in time.

use std::rc::Rc;

use chrono::{DateTime, Utc};
use shadow_proto::{
    metrics::v1::{GetExecutionResponse, Unit},
    streaming::v1::Execution as Told,
};
use yew::prelude::*;

use super::executions::open::why;
use crate::{
    api,
    components::{
        executions::StepsTimeline,
        metrics::OverviewSkeleton,
        realtime::facts,
        tables::agent_link,
        ui::{Badge, BadgeTone, Notice, NoticeKind, answered},
    },
    format,
    hooks::{Fresh, use_answer, use_asked, use_set_pulse},
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::{
        answer, executions,
        executions::Tab,
        query::instant,
        session::{Permission, Viewer},
        view::View,
    },
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

/// What it was: who ran, for whom, when.
fn about(one: &Told, view: &View, viewer: &Viewer, zone: &Zone) -> Html {
    let identity = one.identity.clone().unwrap_or_default();
    let moment = |at| {
        instant(at).map_or_else(
            || format::ABSENT.to_owned(),
            |at| format::moment(at, &**zone),
        )
    };
    let end = one.end.clone().unwrap_or_default();
    let known = |text: Option<String>| {
        text.filter(|text| !text.is_empty())
            .unwrap_or_else(|| format::ABSENT.to_owned())
    };
    let timeout = executions::micros(identity.timeout.as_ref()).map(format::duration);
    let user = match identity.user_id.clone() {
        Some(user) => html! {
            <>
                { person(view, &one.workspace_id, &user) }
                { " " }
                { all("their executions", View { user: Some(user), ..view.elsewhere() }) }
            </>
        },
        None => html! { format::ABSENT },
    };
    let facts: [(&'static str, Html); 12] = [
        (
            "Agent",
            agent_link(
                &view.elsewhere(),
                &one.workspace_id,
                &identity.agent_id,
                &one.agent_name,
            ),
        ),
        ("Agent version", html! { known(identity.agent_version) }),
        (
            "Workspace",
            html! { viewer.workspace_name(&one.workspace_id) },
        ),
        ("User", user),
        ("Trigger", html! { facts::trigger_name(one) }),
        ("Environment", html! { known(identity.environment) }),
        ("Model", html! { known(end.model) }),
        ("Provider", html! { known(end.provider) }),
        ("Opened", html! { moment(identity.opened_at.as_ref()) }),
        ("Started", html! { moment(one.started_at.as_ref()) }),
        ("Ended", html! { moment(one.ended_at.as_ref()) }),
        ("Timeout", html! { known(timeout) }),
    ];
    html! {
        <section class="panel">
            <header class="panel__header"><h2 class="panel__title">{ "What it was" }</h2></header>
            <dl class="execution__facts">
                { for facts.into_iter().map(|(name, value)| html! { <><dt>{ name }</dt><dd>{ value }</dd></> }) }
            </dl>
        </section>
    }
}

fn feedback(one: &Told, view: &View, zone: &Zone) -> Html {
    let said = one.feedback.as_ref();
    html! {
        <section class="panel">
            <header class="panel__header"><h2 class="panel__title">{ "Feedback" }</h2></header>
            if let Some(said) = said {
                <dl class="execution__facts">
                    <dt>{ "Rating" }</dt>
                    <dd>{ format!("{} of 5", said.rating) }</dd>
                    <dt>{ "Rated by" }</dt>
                    <dd>{ said.user_id.as_deref().map_or_else(|| html! { format::ABSENT }, |user| person(view, &one.workspace_id, user)) }</dd>
                    <dt>{ "Rated" }</dt>
                    <dd>{ instant(one.feedback_at.as_ref()).map_or_else(|| format::ABSENT.to_owned(), |at| format::moment(at, &**zone)) }</dd>
                    if let Some(comment) = &said.comment {
                        <dt>{ "Comment" }</dt>
                        <dd>{ comment }</dd>
                    }
                </dl>
            } else {
                <p class="panel__empty">{ "Nobody has rated it." }</p>
            }
        </section>
    }
}

/// Leads to what else is known of a person in a workspace.
fn person(view: &View, workspace_id: &str, id: &str) -> Html {
    let to = Route::User { id: id.to_owned() };
    let view = View {
        workspace: Some(workspace_id.to_owned()),
        ..view.elsewhere()
    };
    html! { <Go {to} {view} class="link">{ id.to_owned() }</Go> }
}

/// Leads to the list of executions that are like this one.
fn all(text: &'static str, view: View) -> Html {
    let view = View {
        tab: Some(Tab::List.id().to_owned()),
        ..view
    };
    html! { <Go to={Route::Executions} {view} class="link">{ text }</Go> }
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
