//! One workspace or all of them, with a search by name.

use futures_util::future::abortable;
use gloo::timers::future::TimeoutFuture;
use shadow_proto::metrics::v1::Workspace;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    api,
    components::ui::{Menu, MenuItem, Symbol},
    navigation::{Route, use_place, with_workspace},
    session::use_signed_in,
    state::session::{Permission, Viewer},
};

const MENU: &str = "menu-workspace";
/// A person who types is not asked about after each letter.
const TYPING_MILLIS: u32 = 200;

/// Chooses one workspace, or all.
#[component]
pub fn WorkspaceSwitch() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let text = use_state_eq(String::new);
    let found = use_state_eq(|| None::<Vec<Workspace>>);
    // Where every workspace is known, the browser finds them itself.
    let asks = !viewer.all_listed && !text.is_empty();
    use_effect_with(((*text).clone(), asks), {
        let set = found.setter();
        move |(text, asks)| {
            let search = asks.then(|| {
                let text = text.clone();
                let (task, handle) = abortable(async move {
                    TimeoutFuture::new(TYPING_MILLIS).await;
                    if let Ok(answer) = api::workspaces(text).await {
                        set.set(Some(answer.workspaces));
                    }
                });
                spawn_local(async move {
                    // An aborted search has nothing to say.
                    let _ = task.await;
                });
                handle
            });
            move || {
                if let Some(search) = search {
                    search.abort();
                }
            }
        }
    });
    let listed = match (&*found, asks) {
        (Some(found), true) => found.clone(),
        _ => matching(&viewer, &text),
    };
    let current = place.view.workspace.as_deref();
    let name = current.map_or_else(
        || AttrValue::from("All workspaces"),
        |id| viewer.workspace_name(id),
    );
    let choose = |workspace: Option<String>| {
        let place = place.clone();
        Callback::from(move |_: MouseEvent| {
            place.go.emit(with_workspace(
                &place.route,
                &place.view,
                workspace.as_deref(),
            ));
        })
    };
    let all = offers_all(&viewer, &place.route);
    let oninput = Callback::from(move |event: InputEvent| {
        text.set(event.target_unchecked_into::<HtmlInputElement>().value());
    });
    html! {
        <Menu id={MENU} label="Workspace" symbol={Symbol::Workspace} button={html! { name }}>
            <label class="field field--search">
                <span class="only-read">{ "Find a workspace" }</span>
                <input type="search" name="workspace" placeholder="Find a workspace" autocomplete="off" {oninput} />
            </label>
            <div class="menu__list">
                if all {
                    <MenuItem menu={MENU} chosen={current.is_none()} onclick={choose(None)}>{ "All workspaces" }</MenuItem>
                }
                { for listed.iter().map(|workspace| html! {
                    <MenuItem
                        key={workspace.workspace_id.clone()}
                        menu={MENU}
                        chosen={current == Some(workspace.workspace_id.as_str())}
                        onclick={choose(Some(workspace.workspace_id.clone()))}
                    >
                        { &workspace.name }
                        <span class="menu__aside">{ &workspace.role }</span>
                    </MenuItem>
                }) }
                if listed.is_empty() {
                    <p class="menu__empty">{ "No workspace has this name." }</p>
                }
            </div>
        </Menu>
    }
}

fn matching(viewer: &Viewer, text: &str) -> Vec<Workspace> {
    let text = text.trim().to_lowercase();
    viewer
        .workspaces
        .iter()
        .filter(|one| one.name.to_lowercase().contains(&text))
        .cloned()
        .collect()
}

/// Whether the page makes sense over several workspaces, and there are several.
fn offers_all(viewer: &Viewer, route: &Route) -> bool {
    let several = viewer.workspaces.len() > 1 || !viewer.all_listed;
    several && (*route != Route::Executive || viewer.may(Permission::ViewExecutive, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rendering, state::session::tests::owner};

    #[test]
    fn names_are_found_whatever_their_case() {
        let names: Vec<_> = matching(&owner(), " ACM ")
            .into_iter()
            .map(|one| one.name)
            .collect();
        assert_eq!(names, ["Acme"]);
        assert_eq!(matching(&owner(), "").len(), 2);
    }

    #[tokio::test]
    async fn it_offers_what_the_person_may_see() {
        let html = rendering::signed_in("/executions", || html! { <WorkspaceSwitch /> }).await;
        for text in ["All workspaces", "Acme", "Borealis", "Find a workspace"] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
