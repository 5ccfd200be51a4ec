//! The executive page: every workspace that the person may see, or one.

use yew::prelude::*;

use crate::{
    components::{
        metrics::Overview,
        realtime::{GoingOnNow, LatestExecutions},
        ui::{Notice, NoticeKind},
    },
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::session::Permission,
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
                <Overview />
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
