//! Users: how many are active, who is new and who stays away, what they do, and each of them in a list.

use std::rc::Rc;

use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{GetPathsResponse, GetRetentionResponse, ListUsersResponse, QueryResponse},
};
use yew::prelude::*;

use crate::{
    api, browser,
    components::{
        metrics::{CardSize, MetricCard, OverviewEmpty, OverviewSkeleton, Source},
        ui::{Notice, NoticeKind, Skeleton, answered},
        users::{ActiveDays, Features, Lifecycle, Paths, UserTable, Visits},
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::{
        answer::{self, begun},
        list::List,
        query::{AUDIENCE, OVERVIEW, instant},
        range::{Preset, Span},
        session::Permission,
        users,
        view::Compare,
    },
};

/// How many are active, and where that is found.
const ACTIVE: [(&str, &str); 5] = [
    (AUDIENCE, "dau"),
    (AUDIENCE, "wau"),
    (AUDIENCE, "mau"),
    (AUDIENCE, "stickiness"),
    (OVERVIEW, "active_users"),
];

/// Users.
#[component]
pub fn Users() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace.clone();
    let name = workspace
        .as_deref()
        .map_or_else(|| "All workspaces".into(), |id| viewer.workspace_name(id));
    html! {
        <>
            <div class="page__head">
                <h1 class="page__title">{ "Users" }<span class="page__scope">{ name }</span></h1>
                <Go to={Route::Cohorts} view={place.view.elsewhere()} class="link">{ "Who comes back: retention" }</Go>
            </div>
            if viewer.may(Permission::ViewAnalytics, workspace.as_deref()) {
                <div class="overview">
                    <Audience />
                    <UserList />
                </div>
            } else {
                <Notice kind={NoticeKind::Empty} title="Users are not yours to see here">
                    <p>{ "They need the permission view_analytics in this workspace." }</p>
                </Notice>
            }
        </>
    }
}

/// How many are active and what they do, and what was asked.
#[derive(Clone, PartialEq)]
struct Known {
    asked: Asked,
    granularity: Granularity,
    interval: Granularity,
    active: Rc<QueryResponse>,
    lifecycle: Rc<GetRetentionResponse>,
    visits: Rc<GetPathsResponse>,
}

#[component]
fn Audience() -> Html {
    let asked = use_asked();
    let page = use_answer(asked, |asked| {
        Box::pin(async move {
            let question = asked.question();
            let (active, lifecycle, visits) = api::audience(
                users::audience_request(&question),
                users::lifecycle_request(&question),
                users::paths_request(&question),
            )
            .await?;
            let live = question.is_live(browser::now());
            let answer = Known {
                asked,
                granularity: question.granularity(),
                interval: users::lifecycle_interval(&question),
                active: Rc::new(begun(active)),
                lifecycle: Rc::new(lifecycle),
                visits: Rc::new(visits),
            };
            Ok(Fresh { answer, live })
        })
    });
    use_set_pulse(page.pulse(|known| answer::as_of(known.visits.provenance.as_ref())));
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
    let known = &props.known;
    let catalogue = use_signed_in().catalogue;
    let zone = &known.asked.zone;
    let visits = &known.visits;
    let provenance = visits.provenance.as_ref();
    let as_of =
        answer::as_of(provenance).map_or_else(String::new, |at| format::time_of_day(at, &**zone));
    if visits.active_users == 0 && answer::is_empty(&known.active, AUDIENCE, "mau") {
        let last_event = provenance.and_then(|from| instant(from.last_event_time.as_ref()));
        // Programs may have asked for executions nevertheless.
        let title = "Nobody was active in this range";
        return html! { <OverviewEmpty {last_event} zone={zone.clone()} {title} /> };
    }
    let source = Source {
        response: &known.active,
        catalogue: &catalogue,
        zone,
        granularity: known.granularity,
        compared: known.asked.compare != Compare::Off,
        trimmed: known.asked.span == Span::Preset(Preset::All),
    };
    let cards = ACTIVE.iter().filter_map(|(selection, id)| {
        let (metric, trend) = (
            catalogue.find(id)?,
            answer::whole(&known.active, selection, id)?,
        );
        let against = match known.asked.compare {
            Compare::Previous => Some("vs previous"),
            Compare::Year => Some("vs last year"),
            Compare::Off => None,
        };
        Some(html! {
            <MetricCard {metric} {trend} size={CardSize::Small} as_of={as_of.clone()} against={against.map(AttrValue::from)} />
        })
    });
    let since = provenance
        .and_then(|from| from.effective_range.as_ref())
        .and_then(|range| instant(range.start.as_ref()))
        .map_or_else(String::new, |start| {
            format!(
                "Visits, paths and features since {}.",
                format::moment(start, &**zone)
            )
        });
    html! {
        <>
            <section class="panel metrics" aria-labelledby="active-title">
                <h2 id="active-title" class="only-read">{ "Users at a glance" }</h2>
                { for cards }
            </section>
            <div class="columns">
                { source.lines("Active users", AUDIENCE, &[("mau", "Monthly", "data-1"), ("wau", "Weekly", "data-2"), ("dau", "Daily", "data-3")]) }
                { source.lines("Stickiness", AUDIENCE, &[("stickiness", "Stickiness", "data-1")]) }
                <Lifecycle intervals={known.lifecycle.lifecycle.clone()} granularity={known.interval} zone={zone.clone()} />
                <ActiveDays users={known.lifecycle.active_days.clone()} />
            </div>
            <Visits sessions={visits.sessions.unwrap_or_default()} catalogue={catalogue.clone()} {as_of} />
            <p class="panel__note">{ since }</p>
            <Features features={visits.features.clone()} active_users={visits.active_users} zone={zone.clone()} />
            <Paths visits={(**visits).clone()} />
        </>
    }
}

/// A page of the list, and whom it is about.
#[derive(Clone, PartialEq)]
struct Page {
    asked: Asked,
    response: Rc<ListUsersResponse>,
}

#[component]
fn UserList() -> Html {
    let place = use_place();
    let list = List {
        // Which columns are shown is no question.
        hidden: Default::default(),
        ..place.view.list.clone()
    };
    let asked = use_asked();
    let page = use_answer((asked, list), |(asked, list)| {
        Box::pin(async move {
            let question = asked.question();
            let response = api::users(users::request(&question, &list)).await?;
            let live = question.is_live(browser::now());
            let answer = Page {
                asked,
                response: Rc::new(response),
            };
            Ok(Fresh { answer, live })
        })
    });
    let waiting = html! {
        <div role="group" aria-busy="true" aria-label="Loading users">{ for (0..8).map(|_| html! { <Skeleton class="skeleton--row" /> }) }</div>
    };
    answered(
        &page,
        waiting,
        |page| html! { <UserTable asked={page.asked.clone()} response={page.response.clone()} /> },
    )
}

#[cfg(test)]
mod tests {
    use shadow_proto::common::v1::Provenance;

    use super::*;
    use crate::{rendering, zone::Zone};

    fn asked() -> Asked {
        Asked {
            workspace: None,
            span: Span::default(),
            zone: Zone::utc(),
            compare: Compare::Previous,
        }
    }

    /// The page where this is known of visits, and nothing else is.
    async fn page(visits: GetPathsResponse) -> String {
        let known = Known {
            asked: asked(),
            granularity: Granularity::Day,
            interval: Granularity::Day,
            active: Rc::default(),
            lifecycle: Rc::default(),
            visits: Rc::new(visits),
        };
        rendering::signed_in("/users", move || html! { <Shown known={known.clone()} /> }).await
    }

    #[tokio::test]
    async fn nobody_says_how_to_get_data() {
        let html = page(GetPathsResponse::default()).await;
        assert!(html.contains("shadow import"), "{html}");
    }

    #[tokio::test]
    async fn where_nobody_was_active_it_does_not_say_that_nothing_ran() {
        let html = page(GetPathsResponse {
            provenance: Some(Provenance {
                last_event_time: Some(prost_types::Timestamp::default()),
                ..Provenance::default()
            }),
            ..GetPathsResponse::default()
        })
        .await;
        assert!(html.contains("Nobody was active in this range"), "{html}");
        assert!(!html.contains("No executions"), "{html}");
    }

    #[tokio::test]
    async fn what_people_do_is_shown() {
        let html = page(GetPathsResponse {
            active_users: 3,
            ..GetPathsResponse::default()
        })
        .await;
        for text in [
            "Lifecycle",
            "Active days",
            "Bounce rate",
            "Features",
            "Paths",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
