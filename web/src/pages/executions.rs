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

/// Executions as they happen.
#[component]
pub fn LiveExecutions() -> Html {
    html! { <Frame><Live /></Frame> }
}

/// Executions afterwards: the part that the address asks for.
#[component]
pub fn ToldExecutions() -> Html {
    let part = match use_tab() {
        Tab::List => html! { <List /> },
        Tab::Open => html! { <Open /> },
        // What happens now is a page of its own.
        Tab::Overview | Tab::Live => html! { <Overview /> },
    };
    html! { <Frame>{ part }</Frame> }
}

/// The part of the page that is seen.
#[hook]
pub(super) fn use_tab() -> Tab {
    let view = use_place().view;
    let workspace = view.workspace.as_deref();
    let may_watch = use_signed_in()
        .viewer
        .may(Permission::WatchEvents, workspace);
    Tab::of(view.tab.as_deref(), may_watch)
}

/// Properties of [`Frame`].
#[derive(Properties, PartialEq)]
struct FrameProps {
    /// The part that is seen.
    children: Html,
}

/// What the parts have in common: the title, the way to the others, and why one is not shown.
#[component]
fn Frame(props: &FrameProps) -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let current = use_tab();
    let workspace = place.view.workspace.as_deref();
    let name = workspace.map_or_else(|| "All workspaces".into(), |id| viewer.workspace_name(id));
    let may_watch = viewer.may(Permission::WatchEvents, workspace);
    let may_view = viewer.may(Permission::ViewAnalytics, workspace);
    let tabs = Tab::ALL.into_iter().filter(|tab| match tab {
        Tab::Live => may_watch,
        Tab::Overview | Tab::List | Tab::Open => may_view,
    });
    let tabs: Vec<Tab> = tabs.collect();
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
                { props.children.clone() }
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
                html! { <LiveExecutions /> }
            },
        )
        .await;
        assert!(
            html.contains("not yours to see here"),
            "another workspace is refused: {html}"
        );
        let html = rendering::signed_in("/executions", || html! { <LiveExecutions /> }).await;
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
            let html = rendering::signed_in(at, || html! { <ToldExecutions /> }).await;
            assert!(html.contains(r#"aria-busy="true""#), "{at}: {html}");
            assert!(!html.contains("Pause"), "{at}: {html}");
        }
    }
}
