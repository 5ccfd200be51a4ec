//! One user: what the user ran and did, when, and how it ended.

use std::rc::Rc;

use shadow_proto::metrics::v1::GetUserResponse;
use yew::prelude::*;

use crate::{
    api, browser,
    components::{
        metrics::OverviewSkeleton,
        ui::{Notice, NoticeKind, answered},
        users::{Facts, TERMS, UserDays, Visits, agents, features, recent, term_card},
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::{answer, query::instant, session::Permission, users},
};

/// Properties of [`User`].
#[derive(Properties, PartialEq)]
pub struct UserProps {
    /// The user's id.
    pub id: String,
}

/// One user.
#[component]
pub fn User(props: &UserProps) -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    html! {
        if viewer.may(Permission::ViewAnalytics, place.view.workspace.as_deref()) {
            <Page id={props.id.clone()} />
        } else {
            <Notice kind={NoticeKind::Empty} title="This user is not yours to see">
                <p>{ "It needs the permission view_analytics in this workspace. Choose another one above." }</p>
            </Notice>
        }
    }
}

/// What is known of a user, and what was asked.
#[derive(Clone, PartialEq)]
struct Known {
    asked: Asked,
    user: Rc<GetUserResponse>,
}

#[component]
fn Page(props: &UserProps) -> Html {
    let asked = use_asked();
    let page = use_answer((asked, props.id.clone()), |(asked, id)| {
        Box::pin(async move {
            let question = asked.question();
            let user = api::user(users::user_request(&question, &id)).await?;
            let live = question.is_live(browser::now());
            let answer = Known {
                asked,
                user: Rc::new(user),
            };
            Ok(Fresh { answer, live })
        })
    });
    use_set_pulse(page.pulse(|known| answer::as_of(known.user.provenance.as_ref())));
    answered(&page, html! { <OverviewSkeleton /> }, |known| {
        html! { <Shown known={(**known).clone()} /> }
    })
}

/// Properties of [`Shown`].
#[derive(Properties, PartialEq)]
struct ShownProps {
    known: Known,
}

#[component]
fn Shown(props: &ShownProps) -> Html {
    let place = use_place();
    let catalogue = use_signed_in().catalogue;
    let Known { asked, user } = &props.known;
    let zone = &asked.zone;
    let standing = user.standing.clone().unwrap_or_default();
    let facts = Facts::of(&standing, zone);
    let as_of = answer::as_of(user.provenance.as_ref())
        .map_or_else(String::new, |at| format::time_of_day(at, &**zone));
    let view = place.view.elsewhere();
    let date = |day: Option<&prost_types::Timestamp>| {
        instant(day).map_or_else(
            || format::ABSENT.to_owned(),
            |day| day.format("%-d %b %Y").to_string(),
        )
    };
    html! {
        <>
            <div class="page__head">
                <h1 class="page__title">{ &standing.user_id }<span class="page__scope">{ "User" }</span></h1>
                <p class="panel__note">
                    { format!("First active on {}, last on {} (UTC)", date(standing.first_day.as_ref()), date(user.last_day.as_ref())) }
                </p>
            </div>
                <section class="panel metrics" aria-labelledby="first-title">
                    <h2 id="first-title" class="only-read">{ "What matters first" }</h2>
                    { for TERMS.iter().filter(|(term, _)| !matches!(term.0, "last_seen" | "visits")).map(|(term, _)| {
                        term_card(*term, &catalogue, facts.number(term.0), &as_of)
                    }) }
                </section>
                if standing.runs + standing.activities == 0 {
                    <Notice kind={NoticeKind::Empty} title="Nothing in this range">
                        <p>{ "The user was active at another time. Choose a longer range above." }</p>
                    </Notice>
                } else {
                    <UserDays days={user.days.clone()} zone={zone.clone()} />
                    <Visits sessions={user.sessions.unwrap_or_default()} catalogue={catalogue.clone()} as_of={as_of.clone()} />
                    <div class="columns">
                        { agents(&user.agents, &view) }
                        { features(&user.features, zone) }
                    </div>
                    { recent(&user.recent, &view, zone) }
                }
                <p><Go to={Route::Users} {view} class="link">{ "All users" }</Go></p>
        </>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::{UserAgent, UserEvent, UserStanding};

    use super::*;
    use crate::{
        rendering,
        state::{range::Span, view::Compare},
        zone::Zone,
    };

    async fn shown(user: GetUserResponse) -> String {
        rendering::signed_in("/users/anna", move || {
            let known = Known {
                asked: Asked {
                    workspace: None,
                    span: Span::default(),
                    zone: Zone::utc(),
                    compare: Compare::Off,
                },
                user: Rc::new(user.clone()),
            };
            html! { <Shown {known} /> }
        })
        .await
    }

    #[tokio::test]
    async fn a_user_is_described() {
        let event = |kind: &str, name: &str, outcome: &str| UserEvent {
            kind: kind.to_owned(),
            name: name.to_owned(),
            outcome: outcome.to_owned(),
            ..UserEvent::default()
        };
        let html = shown(GetUserResponse {
            standing: Some(UserStanding {
                user_id: "anna".to_owned(),
                runs: 12,
                success_rate: Some(0.75),
                ..UserStanding::default()
            }),
            agents: vec![UserAgent {
                agent_id: "a-1".to_owned(),
                name: "Invoice reader".to_owned(),
                runs: 12,
                ..UserAgent::default()
            }],
            recent: vec![
                event("run", "a-1", "timed_out"),
                event("run", "a-1", ""),
                event("page_view", "home", ""),
            ],
            ..GetUserResponse::default()
        })
        .await;
        for text in [
            "anna",
            "75 %",
            "Invoice reader",
            "Timed out",
            "Open",
            "Page view",
            "No feature was used",
            "help-runs",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        // Credits are not known, so they are no zero.
        assert!(html.contains("—"), "{html}");
    }

    #[tokio::test]
    async fn a_user_of_another_time_says_so() {
        let html = shown(GetUserResponse::default()).await;
        assert!(html.contains("Nothing in this range"), "{html}");
    }
}
