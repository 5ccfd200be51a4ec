//! Executions: as they happen, how they did, one by one, and those that are open.

mod list;
mod live;
pub(in crate::pages) mod open;
mod overview;

use yew::prelude::*;

use crate::{
    components::{
        executions::Tabs,
        ui::{Notice, NoticeKind},
    },
    navigation::use_place,
    session::use_signed_in,
    state::{executions::Tab, session::Permission},
};

use self::{list::List, live::Live, open::Open, overview::Overview};

/// Executions.
#[component]
pub fn Executions() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace.as_deref();
    let name = workspace.map_or_else(|| "All workspaces".into(), |id| viewer.workspace_name(id));
    let may_watch = viewer.may(Permission::WatchEvents, workspace);
    let may_view = viewer.may(Permission::ViewAnalytics, workspace);
    let tabs = Tab::ALL.into_iter().filter(|tab| match tab {
        Tab::Live => may_watch,
        Tab::Overview | Tab::List | Tab::Open => may_view,
    });
    let tabs: Vec<Tab> = tabs.collect();
    let current = Tab::of(place.view.tab.as_deref(), may_watch);
    let refused = (!tabs.contains(&current)).then_some(match current {
        Tab::Live => "watch_events",
        Tab::Overview | Tab::List | Tab::Open => "view_analytics",
    });
    html! {
        <>
            <h1 class="page__title">{ "Executions" }<span class="page__scope">{ name }</span></h1>
            if tabs.len() > 1 {
                <Tabs {tabs} {current} />
            }
            if let Some(permission) = refused {
                <Notice kind={NoticeKind::Empty} title="These executions are not yours to see here">
                    <p>{ format!("They need the permission {permission}. An owner of the workspace may give you a role that has it.") }</p>
                </Notice>
            } else {
                { match current {
                    Tab::Live => html! { <Live /> },
                    Tab::Overview => html! { <Overview /> },
                    Tab::List => html! { <List /> },
                    Tab::Open => html! { <Open /> },
                } }
            }
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn while_it_connects_the_page_has_its_shape() {
        let html = rendering::signed_in(
            "/executions?workspace=0192f0c1-2222-7333-8444-555566667777",
            || {
                html! { <Executions /> }
            },
        )
        .await;
        assert!(
            html.contains("not yours to see here"),
            "another workspace is refused: {html}"
        );
        let html = rendering::signed_in("/executions", || html! { <Executions /> }).await;
        assert!(
            html.contains("skeleton--row") && html.contains("Pause"),
            "{html}"
        );
        for tab in ["overview", "list", "open"] {
            assert!(html.contains(&format!("tab={tab}")), "{html}");
        }
    }

    #[tokio::test]
    async fn each_part_loads_in_its_shape() {
        for at in [
            "/executions?tab=overview",
            "/executions?tab=list",
            "/executions?tab=open",
        ] {
            let html = rendering::signed_in(at, || html! { <Executions /> }).await;
            assert!(html.contains(r#"aria-busy="true""#), "{at}: {html}");
            assert!(!html.contains("Pause"), "{at}: {html}");
        }
    }
}
