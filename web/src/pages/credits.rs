//! Credits: what is left, how long it lasts, and where it went.

use std::rc::Rc;

use shadow_proto::metrics::v1::{GetCreditsResponse, QueryResponse};
use yew::prelude::*;

use crate::{
    api, browser,
    components::{
        credits::{Account, Days, Ledger, Numbers},
        metrics::{OverviewSkeleton, Source},
        tables::{CreditAgents, CreditModels},
        ui::{Notice, NoticeKind, answered},
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::use_place,
    session::use_signed_in,
    state::{
        answer::{self, begun},
        credits,
        list::List,
        query::{AGENTS, MODELS, OVERVIEW},
        range,
        session::Permission,
        view::Compare,
    },
};

/// Credits.
#[component]
pub fn Credits() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace;
    let name = workspace
        .as_deref()
        .map_or_else(|| "All workspaces".into(), |id| viewer.workspace_name(id));
    html! {
        <>
            <h1 class="page__title">{ "Credits" }<span class="page__scope">{ name }</span></h1>
            if viewer.may(Permission::ViewAnalytics, workspace.as_deref()) {
                <Body />
            } else {
                <Notice kind={NoticeKind::Empty} title="Credits are not yours to see here">
                    <p>{ "They need the permission view_analytics in this workspace. An owner or administrator of it may give it to you." }</p>
                </Notice>
            }
        </>
    }
}

/// What is known of credits, and what was asked.
#[derive(Clone, PartialEq)]
struct Known {
    asked: Asked,
    granularity: shadow_proto::common::v1::Granularity,
    cut: bool,
    live: bool,
    credits: Rc<GetCreditsResponse>,
    spent: Rc<QueryResponse>,
}

#[component]
fn Body() -> Html {
    let place = use_place();
    let list = List {
        page: place.view.list.page.clone(),
        ..List::default()
    };
    let asked = use_asked();
    let page = use_answer((asked, list), |(asked, list)| {
        Box::pin(async move {
            let (question, cut) = credits::within(asked.question(), &*asked.zone);
            let (credits, spent) = api::credits(
                credits::request(&question, &list),
                credits::spent_request(&question),
            )
            .await?;
            let live = question.is_live(browser::now());
            let answer = Known {
                asked,
                granularity: range::daily(question.granularity()),
                cut,
                live,
                credits: Rc::new(credits),
                spent: Rc::new(begun(spent)),
            };
            Ok(Fresh { answer, live })
        })
    });
    use_set_pulse(page.pulse(|known| answer::as_of(known.credits.provenance.as_ref())));
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
    let catalogue = use_signed_in().catalogue;
    let Known {
        asked,
        granularity,
        cut,
        live,
        credits,
        spent,
    } = &props.known;
    let zone = &asked.zone;
    let compared = asked.compare != Compare::Off;
    let as_of = answer::as_of(credits.provenance.as_ref())
        .map_or_else(String::new, |at| format::time_of_day(at, &**zone));
    let source = Source {
        response: spent,
        catalogue: &catalogue,
        zone,
        granularity: *granularity,
        compared,
        trimmed: false,
    };
    let groups = |id: &str| {
        let found = answer::result(spent, id);
        found
            .map(|result| result.groups.clone())
            .unwrap_or_default()
    };
    html! {
        <>
            if *cut {
                <p class="banner">{ "Credits are answered for at most a year: these are the latest 366 days of the range." }</p>
            }
            <Numbers response={credits.clone()} as_of={as_of.clone()} open={*live} />
            <Days response={credits.clone()} zone={zone.clone()} />
            { source.lines("Credits of executions", OVERVIEW, &[("credits", "All", "data-1"), ("wasted_credits", "Wasted", "data-bad")]) }
            <CreditAgents groups={groups(AGENTS)} catalogue={catalogue.clone()} {compared} />
            <CreditModels groups={groups(MODELS)} catalogue={catalogue.clone()} {compared} />
            <Account response={credits.clone()} zone={zone.clone()} />
            <Ledger response={credits.clone()} zone={zone.clone()} {as_of} />
        </>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::common::v1::Granularity;

    use super::*;
    use crate::{
        rendering,
        state::{answer::tests::response as spent, credits::tests::response, range::Span},
        zone::Zone,
    };

    #[tokio::test]
    async fn everything_about_credits_is_on_the_page() {
        let html = rendering::signed_in("/credits", || {
            let known = Known {
                asked: Asked {
                    workspace: None,
                    span: Span::default(),
                    zone: Zone::utc(),
                    compare: Compare::Previous,
                },
                granularity: Granularity::Day,
                cut: true,
                live: true,
                credits: Rc::new(response()),
                spent: Rc::new(spent()),
            };
            html! { <Shown {known} /> }
        })
        .await;
        for text in [
            r#"data-metric="balance""#,
            r#"data-metric="runway""#,
            r#"href="/agents?sort=wasted_credits""#,
            "3 to 10 days",
            "Burn per day",
            "Consumed credits",
            "Credits by agent",
            "Credits by model",
            "How the balance came about",
            "Ledger",
            "latest 366 days",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn who_may_not_see_them_is_told() {
        let at = "/credits?workspace=0192f0c1-2222-7333-8444-555566667777";
        let html = rendering::signed_in(at, || html! { <Credits /> }).await;
        assert!(html.contains("not yours to see here"), "{html}");
        let html = rendering::signed_in("/credits", || html! { <Credits /> }).await;
        assert!(html.contains(r#"aria-busy="true""#), "{html}");
    }
}
