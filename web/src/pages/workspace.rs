//! One workspace: how it stands, its metrics, its members, and its health over time, for everybody who may see it.

use std::rc::Rc;

use shadow_proto::metrics::v1::GetWorkspaceResponse;
use yew::prelude::*;

use crate::{
    api, browser,
    components::{
        metrics::Overview,
        realtime::LatestExecutions,
        ui::{Notice, NoticeKind, Skeleton, answered},
        workspaces::{HealthHistory, HealthParts, Members, Standing},
    },
    hooks::{Asked, Fresh, use_answer, use_asked},
    navigation::use_place,
    session::use_signed_in,
    state::{session::Permission, workspaces},
};

/// One workspace.
#[component]
pub fn Workspace() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace.unwrap_or_default();
    let listed = viewer.workspace(&workspace).is_some() || !viewer.all_listed;
    html! {
        <>
            <h1 class="page__title">{ viewer.workspace_name(&workspace) }</h1>
            if listed && viewer.may(Permission::ViewAnalytics, Some(&workspace)) {
                <Page />
            } else {
                <Notice kind={NoticeKind::Empty} title="There is no such workspace">
                    <p>{ "It may not exist, or not be yours to see. Choose another one above." }</p>
                </Notice>
            }
        </>
    }
}

/// What is known of a workspace, and what was asked.
#[derive(Clone, PartialEq)]
struct Known {
    asked: Asked,
    live: bool,
    response: Rc<GetWorkspaceResponse>,
}

#[component]
fn Page() -> Html {
    let asked = use_asked();
    let found = use_answer(asked, |asked| {
        Box::pin(async move {
            let question = asked.question();
            let response = api::workspace(workspaces::workspace_request(&question)).await?;
            let live = question.is_live(browser::now());
            let answer = Known {
                asked,
                live,
                response: Rc::new(response),
            };
            Ok(Fresh { answer, live })
        })
    });
    // The page's own pulse is that of its metrics, which are asked for beside this.
    html! {
        <>
            { answered(&found, waiting(), |known| head(known)) }
            <Overview />
            if let Some(known) = &found.loaded {
                <div class="overview">{ rest(known) }</div>
            }
            <LatestExecutions />
        </>
    }
}

/// The shape of what comes first.
fn waiting() -> Html {
    html! {
        <div class="overview" role="group" aria-busy="true" aria-label="Loading">
            <div class="panel"><Skeleton class="skeleton--health" /></div>
            <div class="panel"><Skeleton class="skeleton--standing" /></div>
        </div>
    }
}

fn head(known: &Known) -> Html {
    let workspace = known.response.workspace.as_ref();
    let Some(standing) = workspace.and_then(|one| one.standing.clone()) else {
        return Html::default();
    };
    let health = standing.health.unwrap_or_default();
    html! {
        <>
            <HealthParts {health} />
            <Standing {standing} zone={known.asked.zone.clone()} />
        </>
    }
}

fn rest(known: &Known) -> Html {
    html! {
        <>
            <HealthHistory history={known.response.history.clone()} zone={known.asked.zone.clone()} open={known.live} />
            <Members members={known.response.members.clone()} left_out={known.response.left_out_members} />
        </>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1 as proto;

    use super::*;
    use crate::{rendering, state::view::Compare, zone::Zone};

    #[tokio::test]
    async fn a_workspace_is_described() {
        let html = rendering::signed_in("/workspaces/w1", || {
            let standing = proto::WorkspaceStanding {
                members: 4,
                health: Some(proto::WorkspaceHealth {
                    score: Some(81.0),
                    band: Some(proto::HealthBand::Healthy.into()),
                    ..Default::default()
                }),
                ..Default::default()
            };
            let known = Known {
                asked: Asked {
                    workspace: Some("w1".to_owned()),
                    span: Default::default(),
                    zone: Zone::utc(),
                    compare: Compare::Previous,
                },
                live: true,
                response: Rc::new(GetWorkspaceResponse {
                    workspace: Some(proto::Workspace {
                        standing: Some(standing),
                        ..Default::default()
                    }),
                    ..Default::default()
                }),
            };
            html! { <>{ head(&known) }{ rest(&known) }</> }
        })
        .await;
        for text in [
            "81 Healthy",
            "How it stands",
            "Health over time",
            "Nobody is a member",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn a_workspace_of_others_is_not_there() {
        let html = rendering::signed_in("/workspaces/0192f0c1-2222-7333-8444-555566667777", || {
            html! { <Workspace /> }
        })
        .await;
        assert!(html.contains("There is no such workspace"), "{html}");
    }
}
