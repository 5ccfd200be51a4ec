//! One group of errors: what it says, whom it hits since when, which executions had it, and what people have said of it.

use std::rc::Rc;

use shadow_proto::metrics::v1::{ErrorGroup, GetErrorGroupResponse};
use yew::prelude::*;

use crate::{
    api, browser,
    catalogue::Catalogue,
    components::{
        errors::{
            ErrorExecutions, ErrorModels, ErrorTimeline, ErrorVersions, Impact, StateBadges,
            StateChanges, StateHistory,
        },
        metrics::OverviewSkeleton,
        ui::{Notice, NoticeKind, answered},
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::{answer, errors, query::instant, session::Permission},
    zone::Zone,
};

/// Properties of [`Error`].
#[derive(Properties, PartialEq)]
pub struct ErrorProps {
    /// The group's id, in the workspace of the view.
    pub id: String,
}

/// One group of errors.
#[component]
pub fn Error(props: &ErrorProps) -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace.clone();
    if workspace.is_none() {
        return html! {
            <>
                <h1 class="page__title">{ "Error" }</h1>
                <Notice kind={NoticeKind::Empty} title="Which workspace's error?">
                    <p>{ "Several workspaces may have the same error. Choose a workspace above, or an error from the list." }</p>
                    <Go to={Route::Errors} view={place.view.elsewhere()} class="link">{ "All errors" }</Go>
                </Notice>
            </>
        };
    }
    html! {
        if viewer.may(Permission::ViewAnalytics, workspace.as_deref()) {
            <Page id={props.id.clone()} />
        } else {
            <>
                <h1 class="page__title">{ "Error" }</h1>
                <Notice kind={NoticeKind::Empty} title="This error is not yours to see">
                    <p>{ "Its workspace may not exist, or not be yours to see. Choose another one above." }</p>
                </Notice>
            </>
        }
    }
}

/// What is known of a group, and what was asked.
#[derive(Clone, PartialEq)]
struct Known {
    asked: Asked,
    /// Whether the range was longer than is answered.
    cut: bool,
    response: Rc<GetErrorGroupResponse>,
}

#[component]
fn Page(props: &ErrorProps) -> Html {
    let asked = use_asked();
    let catalogue = use_signed_in().catalogue;
    let page = use_answer((asked, props.id.clone()), |(asked, id)| {
        Box::pin(async move {
            let (question, cut) = errors::bounded(asked.question());
            let response = api::error_group(errors::one_request(&question, &id)).await?;
            let live = question.is_live(browser::now());
            let answer = Known {
                asked,
                cut,
                response: Rc::new(response),
            };
            Ok(Fresh { answer, live })
        })
    });
    use_set_pulse(page.pulse(|known| answer::as_of(known.response.provenance.as_ref())));
    answered(&page, html! { <OverviewSkeleton /> }, |known| {
        html! { <Shown known={(**known).clone()} {catalogue} onchange={page.retry.clone()} /> }
    })
}

/// Properties of [`Shown`].
#[derive(Properties, PartialEq)]
struct ShownProps {
    known: Known,
    catalogue: Rc<Catalogue>,
    /// Somebody said what state it is in.
    onchange: Callback<()>,
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    let response = &*props.known.response;
    let zone = &props.known.asked.zone;
    let catalogue = &props.catalogue;
    let Some(group) = &response.group else {
        return Html::default();
    };
    let as_of = answer::as_of(response.provenance.as_ref())
        .map_or_else(String::new, |at| format::time_of_day(at, &**zone));
    let occurrences = group.impact.map_or(0, |impact| impact.occurrences);
    let workspace_id = AttrValue::from(group.workspace_id.clone());
    html! {
        <>
            { head(group, zone) }
            if response.can_set_state {
                <StateChanges group={group.clone()} onchange={props.onchange.clone()} />
            }
            if props.known.cut {
                <p class="banner">{ "Errors are shown of the latest 366 days." }</p>
            }
            { says(group) }
            <Impact group={group.clone()} catalogue={catalogue.clone()} {as_of} />
            if occurrences == 0 {
                <Notice kind={NoticeKind::Empty} title="Not in this range">
                    <p>{ "No execution that was opened in this range had the error. Choose a longer range." }</p>
                </Notice>
            } else {
                <ErrorTimeline buckets={response.timeline.clone()} provenance={response.provenance.clone()} zone={zone.clone()} />
                <ErrorVersions versions={response.versions.clone()} workspace_id={workspace_id.clone()} catalogue={catalogue.clone()} />
                <ErrorModels models={response.models.clone()} catalogue={catalogue.clone()} />
                <ErrorExecutions executions={response.executions.clone()} {occurrences} {workspace_id} zone={zone.clone()} />
            }
            <StateHistory changes={response.changes.clone()} zone={zone.clone()} />
        </>
    }
}

fn head(group: &ErrorGroup, zone: &Zone) -> Html {
    let time = |at: &Option<prost_types::Timestamp>| {
        instant(at.as_ref()).map_or_else(
            || format::ABSENT.to_owned(),
            |at| format::moment(at, &**zone),
        )
    };
    let state = errors::state_of(group.state());
    html! {
        <div class="page__head">
            <h1 class="page__title">
                { errors::title(group) }
                if let Some(kind) = &group.kind {
                    <span class="page__scope">{ kind }</span>
                }
            </h1>
            <p class="panel__note">
                <StateBadges {state} regressed={group.regressed} spike_hours={group.spike_hours.len()} />
                { format!(" · first seen {} · last seen {}", time(&group.first_seen_at), time(&group.last_seen_at)) }
                if let Some(change) = &group.latest_change {
                    { format!(" · {} by {}, {}", state, change.changed_by_name, time(&change.changed_at)) }
                }
            </p>
        </div>
    }
}

/// What the latest execution says, whole: in a title it would be too long, and a pattern leaves out what matters once.
fn says(group: &ErrorGroup) -> Html {
    let Some(message) = &group.latest_message else {
        return Html::default();
    };
    html! {
        <section class="panel" aria-label="Latest message">
            <header class="panel__header"><h2 class="panel__title">{ "Latest message" }</h2></header>
            <pre class="message" tabindex="0" role="region" aria-label="Latest message, whole">{ message }</pre>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::{ErrorGroupChange, ErrorGroupState, ErrorImpact};

    use super::*;
    use crate::{
        catalogue::tests::catalogue,
        rendering,
        state::{query::timestamp, view::Compare},
    };

    async fn shown(occurrences: u64, can_set_state: bool) -> String {
        rendering::signed_in("/errors/e-1?workspace=w1", move || {
            let at = |text: &str| Some(timestamp(text.parse().unwrap()));
            let group = ErrorGroup {
                workspace_id: "w1".to_owned(),
                kind: Some("timeout".to_owned()),
                pattern: Some("no answer after * s".to_owned()),
                latest_message: Some("no answer after 30 s".to_owned()),
                first_seen_at: at("2026-11-01T08:00:00Z"),
                last_seen_at: at("2026-11-22T12:00:00Z"),
                state: ErrorGroupState::Acknowledged.into(),
                latest_change: Some(ErrorGroupChange {
                    changed_by_name: "Ada".to_owned(),
                    ..ErrorGroupChange::default()
                }),
                impact: Some(ErrorImpact {
                    occurrences,
                    ..ErrorImpact::default()
                }),
                ..ErrorGroup::default()
            };
            let known = Known {
                asked: Asked {
                    workspace: Some("w1".to_owned()),
                    span: Default::default(),
                    zone: Zone::utc(),
                    compare: Compare::Off,
                },
                cut: false,
                response: Rc::new(GetErrorGroupResponse {
                    group: Some(group),
                    can_set_state,
                    ..GetErrorGroupResponse::default()
                }),
            };
            html! { <Shown {known} catalogue={Rc::new(catalogue())} onchange={Callback::noop()} /> }
        })
        .await
    }

    #[tokio::test]
    async fn a_group_is_described() {
        let html = shown(12, true).await;
        for text in [
            "no answer after * s",
            "no answer after 30 s",
            "Acknowledged",
            "acknowledged by Ada",
            "first seen",
            "Errors over time",
            "Agents and versions",
            "Models hit",
            "the latest 0 of 12",
            "History of states",
            "Resolve",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        assert_eq!(html.matches("<h1").count(), 1, "{html}");
    }

    #[tokio::test]
    async fn who_may_not_say_anything_is_not_asked_and_an_empty_range_says_so() {
        let html = shown(0, false).await;
        assert!(!html.contains("Note (optional)"), "{html}");
        assert!(html.contains("Not in this range") && html.contains("History of states"));
    }

    #[tokio::test]
    async fn it_takes_a_workspace_that_may_be_seen() {
        let html = rendering::signed_in("/errors/e-1", || html! { <Error id="e-1" /> }).await;
        assert!(html.contains("Which workspace"), "{html}");
        let at = "/errors/e-1?workspace=0192f0c1-2222-7333-8444-555566667777";
        let html = rendering::signed_in(at, || html! { <Error id="e-1" /> }).await;
        assert!(html.contains("not yours to see"), "{html}");
    }
}
