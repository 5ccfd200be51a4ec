//! The executive page: every workspace that the person may see, or one.

use std::rc::Rc;

use shadow_proto::metrics::v1::GetExecutiveResponse;
use yew::prelude::*;

use crate::{
    api, browser,
    components::{
        executive::{BillAndCredits, HealthBanner, MoverTable, PlatformNumbers},
        metrics::{Overview, numbers_skeleton},
        realtime::{GoingOnNow, LatestExecutions},
        ui::{Notice, NoticeKind, Skeleton, answered},
    },
    format,
    hooks::{Asked, Fresh, use_answer, use_asked},
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::{answer, executive, session::Permission, view::Compare},
};

/// The executive page.
#[component]
pub fn Executive() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace.clone();
    let name = workspace
        .as_deref()
        .map_or_else(|| "All workspaces".into(), |id| viewer.workspace_name(id));
    html! {
        <>
            <div class="page__head">
                <h1 class="page__title">{ "Executive" }<span class="page__scope">{ name }</span></h1>
                <GoingOnNow />
            </div>
            if viewer.may(Permission::ViewExecutive, workspace.as_deref()) {
                <Page />
                <LatestExecutions />
            } else {
                <Notice kind={NoticeKind::Empty} title="The executive page of this workspace is not yours to see">
                    <p>{ "An owner or administrator of the workspace may open it for you." }</p>
                    if let Some(id) = workspace {
                        <Go to={Route::Workspace { id }} view={place.view.clone()} class="link">
                            { "Open the workspace's own page" }
                        </Go>
                    }
                </Notice>
            }
        </>
    }
}

/// What is known beside metrics, and what was asked.
#[derive(Clone, PartialEq)]
struct Known {
    asked: Asked,
    response: Rc<GetExecutiveResponse>,
}

#[component]
fn Page() -> Html {
    let asked = use_asked();
    let viewer = use_signed_in().viewer;
    let shape = match &asked.workspace {
        Some(_) => Shape::Workspace,
        None if viewer.may_everywhere(Permission::ViewFinancial) => Shape::Platform,
        None => Shape::Some,
    };
    let page = use_answer(asked, |asked| {
        Box::pin(async move {
            let question = asked.question();
            let response = Rc::new(api::executive(executive::request(&question)).await?);
            let live = question.is_live(browser::now());
            let answer = Known { asked, response };
            Ok(Fresh { answer, live })
        })
    });
    // The page's own pulse is that of its metrics, which are asked for beside this.
    html! {
        <>
            { answered(&page, waiting(shape), |known| head(known)) }
            <Overview>
                if let Some(known) = &page.loaded {
                    { moved(known) }
                } else if page.failure.is_none() {
                    <div class="panel" aria-busy="true">{ rows(7) }</div>
                }
            </Overview>
        </>
    }
}

fn head(known: &Known) -> Html {
    let Known { asked, response } = known;
    html! {
        <>
            if let Some(health) = response.data_health {
                <HealthBanner {health} />
            }
            <PlatformNumbers response={response.clone()} compare={asked.compare} as_of={as_of(known)} />
            if let Some(workspace) = &response.workspace {
                <BillAndCredits workspace={workspace.clone()} zone={asked.zone.clone()} />
            }
        </>
    }
}

/// What moved; nothing where nothing is compared.
fn moved(known: &Known) -> Html {
    match known.asked.compare {
        Compare::Off => Html::default(),
        Compare::Previous | Compare::Year => {
            html! { <MoverTable response={known.response.clone()} as_of={as_of(known)} /> }
        }
    }
}

fn as_of(known: &Known) -> String {
    answer::as_of(known.response.provenance.as_ref()).map_or_else(String::new, |at| {
        format::time_of_day(at, &*known.asked.zone)
    })
}

/// What comes first, by what is asked about.
#[derive(Clone, Copy)]
enum Shape {
    /// Every workspace of the platform, with its money.
    Platform,
    /// One workspace.
    Workspace,
    /// Several, without money.
    Some,
}

/// The shape of what comes first.
fn waiting(shape: Shape) -> Html {
    html! {
        <div class="overview" role="group" aria-busy="true" aria-label="Loading">
            <div class="panel health-banner"><Skeleton class="skeleton--name" /></div>
            { match shape {
                Shape::Platform => html! { <div class="panel">{ numbers_skeleton() }{ rows(1) }</div> },
                Shape::Workspace => html! {
                    <div class="columns"><div class="panel">{ rows(4) }</div><div class="panel">{ rows(4) }</div></div>
                },
                Shape::Some => Html::default(),
            } }
        </div>
    }
}

fn rows(count: usize) -> Html {
    html! { <>{ for (0..count).map(|_| html! { <Skeleton class="skeleton--row" /> }) }</> }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::ExecutiveWorkspace;

    use super::*;
    use crate::{rendering, state::executive::tests::response, zone::Zone};

    async fn shown(response: GetExecutiveResponse, compare: Compare) -> String {
        let response = Rc::new(response);
        rendering::signed_in("/executive", move || {
            let known = Known {
                asked: Asked {
                    workspace: None,
                    span: Default::default(),
                    zone: Zone::utc(),
                    compare,
                },
                response: response.clone(),
            };
            html! { <>{ head(&known) }{ moved(&known) }</> }
        })
        .await
    }

    #[tokio::test]
    async fn what_an_executive_asks_first_is_on_the_page() {
        let html = shown(response(), Compare::Previous).await;
        for text in [
            "The data is sound",
            r#"data-metric="mrr""#,
            "What moved most, and why",
            "Aurora Labs",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        assert!(!html.contains("credits-title"), "{html}");
        let html = shown(response(), Compare::Off).await;
        assert!(!html.contains("What moved most"), "{html}");
    }

    #[tokio::test]
    async fn one_workspace_has_its_bill_and_credits_and_no_revenue() {
        let one = GetExecutiveResponse {
            revenue: Vec::new(),
            workspace: Some(ExecutiveWorkspace::default()),
            ..response()
        };
        let html = shown(one, Compare::Previous).await;
        assert!(html.contains("credits-title"), "{html}");
        assert!(!html.contains(r#"data-metric="mrr""#), "{html}");
    }

    #[tokio::test]
    async fn while_it_loads_the_page_has_its_shape() {
        let html = rendering::signed_in("/executive", || html! { <Executive /> }).await;
        assert!(
            html.contains("health-banner") && html.contains(r#"aria-busy="true""#),
            "{html}"
        );
    }
}
