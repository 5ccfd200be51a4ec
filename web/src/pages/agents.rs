//! The board of agents: ranked by what can be trusted of their success, searched, sorted and filtered.

use std::rc::Rc;

use shadow_proto::metrics::v1::ListAgentsResponse;
use yew::prelude::*;

use crate::{
    api, browser,
    components::{
        agents::Board,
        ui::{Notice, NoticeKind, Skeleton, answered},
    },
    hooks::{Asked, Fresh, use_answer, use_asked, use_set_pulse},
    navigation::use_place,
    session::use_signed_in,
    state::{agents, answer, list::List, session::Permission},
};

/// The board of agents.
#[component]
pub fn Agents() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace;
    let name = workspace
        .as_deref()
        .map_or_else(|| "All workspaces".into(), |id| viewer.workspace_name(id));
    html! {
        <>
            <h1 class="page__title">{ "Agents" }<span class="page__scope">{ name }</span></h1>
            if viewer.may(Permission::ViewAnalytics, workspace.as_deref()) {
                <Page />
            } else {
                <Notice kind={NoticeKind::Empty} title="Agents are not yours to see here">
                    <p>{ "They need the permission view_analytics in this workspace." }</p>
                </Notice>
            }
        </>
    }
}

/// A page of the board, and whom it is about.
#[derive(Clone, PartialEq)]
struct Known {
    asked: Asked,
    response: Rc<ListAgentsResponse>,
}

#[component]
fn Page() -> Html {
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
            let response = api::agents(agents::request(&question, &list)).await?;
            let live = question.is_live(browser::now());
            let answer = Known {
                asked,
                response: Rc::new(response),
            };
            Ok(Fresh { answer, live })
        })
    });
    use_set_pulse(page.pulse(|known| answer::as_of(known.response.provenance.as_ref())));
    let waiting = html! {
        <div role="group" aria-busy="true" aria-label="Loading">{ for (0..12).map(|_| html! { <Skeleton class="skeleton--row" /> }) }</div>
    };
    answered(&page, waiting, |known| {
        html! { <Board asked={known.asked.clone()} response={known.response.clone()} /> }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn while_it_loads_the_page_has_its_shape() {
        let html = rendering::signed_in("/agents", || html! { <Agents /> }).await;
        assert!(html.contains("skeleton--row"), "{html}");
    }
}
