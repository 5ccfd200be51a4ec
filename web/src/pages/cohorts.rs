//! Retention: who came back, as a triangle of cohorts and as curves, in three modes, by day, week or month.

use std::rc::Rc;

use shadow_proto::metrics::v1::GetRetentionResponse;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::{
    api, browser,
    components::{
        metrics::OverviewSkeleton,
        ui::{Help, Notice, NoticeKind, answered},
        users::{Curves, Term, Triangle, definition},
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::{
        answer,
        cohorts::{self, Cohorts as Choice, INTERVALS, MODES, STARTS},
        query::instant,
        session::Permission,
        view::View,
    },
};

/// What the numbers of the page are.
const RETENTION: Term = (
    "retention",
    "Retention",
    "The share of those who began in one interval who were active again so many intervals later.",
    "users of the cohort who came back ÷ users of the cohort; all cohorts together only where that interval is over",
    shadow_proto::metrics::v1::Unit::Ratio,
);

/// Retention.
#[component]
pub fn Cohorts() -> Html {
    let place = use_place();
    let signed_in = use_signed_in();
    let workspace = place.view.workspace.clone();
    let name = workspace.as_deref().map_or_else(
        || "All workspaces".into(),
        |id| signed_in.viewer.workspace_name(id),
    );
    html! {
        <>
            <div class="page__head">
                <h1 class="page__title">
                    { "Retention" }
                    <Help id="help-retention" metric={definition(RETENTION, &signed_in.catalogue)} />
                    <span class="page__scope">{ name }</span>
                </h1>
                <Go to={Route::Users} view={place.view.elsewhere()} class="link">{ "All users" }</Go>
            </div>
            if signed_in.viewer.may(Permission::ViewAnalytics, workspace.as_deref()) {
                <div class="overview">
                    <Choices />
                    <Page />
                </div>
            } else {
                <Notice kind={NoticeKind::Empty} title="Users are not yours to see here">
                    <p>{ "They need the permission view_analytics in this workspace." }</p>
                </Notice>
            }
        </>
    }
}

/// How retention is looked at.
#[component]
fn Choices() -> Html {
    let place = use_place();
    let words = place.view.cohorts.words();
    let fields = [
        ("mode", "Came back", &MODES),
        ("interval", "By", &INTERVALS),
        ("start", "Cohort", &STARTS),
    ];
    html! {
        <div class="filters" role="group" aria-label="How retention is looked at">
            { for fields.into_iter().zip(words).map(|((key, label, choices), chosen)| {
                let place = place.clone();
                let onchange = Callback::from(move |event: Event| {
                    let word = event.target_unchecked_into::<HtmlSelectElement>().value();
                    place.show(View {
                        cohorts: place.view.cohorts.with(key, &word),
                        ..place.view.clone()
                    });
                });
                html! {
                    <label class="field field--inline">
                        <span>{ label }</span>
                        <select name={key} {onchange}>
                            { for choices.iter().map(|(word, name)| html! {
                                <option key={*word} value={*word} selected={*word == chosen}>{ *name }</option>
                            }) }
                        </select>
                    </label>
                }
            }) }
        </div>
    }
}

/// Who came back, and what was asked.
#[derive(Clone, PartialEq)]
struct Known {
    asked: Asked,
    choice: Choice,
    response: Rc<GetRetentionResponse>,
}

#[component]
fn Page() -> Html {
    let choice = use_place().view.cohorts;
    let asked = use_asked();
    let page = use_answer((asked, choice), |(asked, choice)| {
        Box::pin(async move {
            let question = asked.question();
            let response = api::retention(choice.request(&question)).await?;
            let live = question.is_live(browser::now());
            let answer = Known {
                asked,
                choice,
                response: Rc::new(cohorts::begun(response)),
            };
            Ok(Fresh { answer, live })
        })
    });
    use_set_pulse(page.pulse(|known| answer::as_of(known.response.provenance.as_ref())));
    answered(&page, html! { <OverviewSkeleton /> }, |known| shown(known))
}

fn shown(known: &Known) -> Html {
    let response = &known.response;
    let zone = &known.asked.zone;
    if response.cohorts.iter().all(|cohort| cohort.users == 0) {
        return html! {
            <Notice kind={NoticeKind::Empty} title="Nobody began in this range">
                <p>{ "A cohort is those who were active for the first time ever. Choose a longer range, or another beginning." }</p>
            </Notice>
        };
    }
    let edge = |at: Option<&prost_types::Timestamp>| {
        instant(at).map_or_else(String::new, |at| format::moment(at, &**zone))
    };
    let range = response
        .provenance
        .as_ref()
        .and_then(|from| from.effective_range.as_ref());
    let note = format!(
        "{} to {}; the stronger the colour, the more came back; dashed: not over, so more may come",
        edge(range.and_then(|range| range.start.as_ref())),
        edge(range.and_then(|range| range.end.as_ref()))
    );
    let granularity = known.choice.granularity();
    html! {
        <>
            <Triangle
                cohorts={response.cohorts.clone()}
                pooled={response.pooled.clone()}
                {granularity}
                zone={zone.clone()}
                {note}
            />
            <Curves
                pooled={response.pooled.clone()}
                cohorts={response.cohorts.clone()}
                {granularity}
                zone={zone.clone()}
            />
        </>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::{RetentionCell, RetentionCohort};

    use super::*;
    use crate::{
        rendering,
        state::{range::Span, view::Compare},
        zone::Zone,
    };

    fn known(users: u64) -> Known {
        let cell = RetentionCell {
            users,
            rate: (users > 0).then_some(1.0),
            complete: true,
        };
        Known {
            asked: Asked {
                workspace: None,
                span: Span::default(),
                zone: Zone::utc(),
                compare: Compare::Off,
            },
            choice: Choice::default(),
            response: Rc::new(GetRetentionResponse {
                cohorts: vec![RetentionCohort {
                    users,
                    complete: true,
                    cells: vec![cell],
                    ..RetentionCohort::default()
                }],
                ..GetRetentionResponse::default()
            }),
        }
    }

    #[tokio::test]
    async fn cohorts_are_a_triangle_and_curves() {
        let html = rendering::signed_in("/users/cohorts", || shown(&known(7))).await;
        assert!(
            html.contains("7 of 7 users") && html.contains("Retention curves"),
            "{html}"
        );
        let html = rendering::signed_in("/users/cohorts", || shown(&known(0))).await;
        assert!(html.contains("Nobody began"), "{html}");
    }

    #[tokio::test]
    async fn the_choice_is_in_the_address() {
        let html = rendering::signed_in("/users/cohorts?mode=streak&interval=day", || {
            html! { <Cohorts /> }
        })
        .await;
        for text in [
            r#"value="streak" selected"#,
            r#"value="day" selected"#,
            r#"value="active" selected"#,
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
