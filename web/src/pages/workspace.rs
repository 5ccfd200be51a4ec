//! One workspace: its metrics, for everybody who may see it.

use yew::prelude::*;

use crate::{
    components::{
        metrics::Overview,
        realtime::LatestExecutions,
        ui::{Notice, NoticeKind},
    },
    navigation::use_place,
    session::use_signed_in,
    state::session::Permission,
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
                <Overview />
                <LatestExecutions />
            } else {
                <Notice kind={NoticeKind::Empty} title="There is no such workspace">
                    <p>{ "It may not exist, or not be yours to see. Choose another one above." }</p>
                </Notice>
            }
        </>
    }
}
