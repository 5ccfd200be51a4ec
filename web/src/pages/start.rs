//! Where a person begins: the executive page where it may be seen, else the first workspace.

use yew::prelude::*;

use crate::{
    components::ui::{Notice, NoticeKind},
    navigation::{Route, use_place},
    session::use_signed_in,
    state::session::{Permission, Viewer},
};
use yew_router::components::Redirect;

/// The first page of a person; absent where nothing may be seen.
fn first(viewer: &Viewer) -> Option<Route> {
    if viewer.may(Permission::ViewExecutive, None) {
        return Some(Route::Executive);
    }
    let workspace = viewer.workspaces.first()?;
    Some(Route::Workspace {
        id: workspace.workspace_id.clone(),
    })
}

/// Goes where the person begins.
#[component]
pub fn Start() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    if place.route != Route::Start {
        return Html::default();
    }
    match first(&viewer) {
        Some(route) => html! { <Redirect<Route> to={route} /> },
        None => html! {
            <Notice kind={NoticeKind::Empty} title="You are not a member of any workspace yet">
                <p>{ "Ask an owner to invite you, or create a workspace:" }</p>
                <pre class="command"><code>{ "shadow workspace create --name <name>" }</code></pre>
            </Notice>
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::session::tests::{owner, workspace};

    #[test]
    fn people_begin_where_they_may() {
        assert_eq!(first(&owner()), Some(Route::Executive));
        let viewer = Viewer {
            workspaces: vec![workspace("w7", "Acme", "viewer", &["view_analytics"])],
            ..Viewer::default()
        };
        assert_eq!(
            first(&viewer),
            Some(Route::Workspace {
                id: "w7".to_owned()
            })
        );
        assert_eq!(first(&Viewer::default()), None);
    }
}
