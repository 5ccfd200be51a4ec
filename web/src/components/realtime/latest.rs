//! What happens now, in a few rows, for pages about something else.

use yew::prelude::*;

use super::{ConnectionStatus, FeedTable};
use crate::{
    components::ui::Skeleton,
    hooks::use_live,
    navigation::{Go, Route, use_place},
    session::use_signed_in,
    state::{session::Permission, view::View, watched::Watched},
    zone::Zone,
};

/// How many executions are shown.
const SHOWN: usize = 8;

/// The latest executions, for who may watch them.
#[component]
pub fn LatestExecutions() -> Html {
    let view = use_place().view;
    let viewer = use_signed_in().viewer;
    if viewer.may(Permission::WatchEvents, view.workspace.as_deref()) {
        html! { <Latest /> }
    } else {
        Html::default()
    }
}

#[component]
fn Latest() -> Html {
    let place = use_place();
    let view = place.view.elsewhere();
    let viewer = use_signed_in().viewer;
    let live = use_live(Watched::whole(view.workspace.as_deref()));
    let zone_name = view
        .zone
        .clone()
        .unwrap_or_else(|| viewer.default_zone(view.workspace.as_deref()).to_owned());
    let zone = use_memo(zone_name, |name| Zone::named(name));
    let onopen = {
        let view = view.clone();
        place.go.reform(move |execution| {
            let view = View {
                execution: Some(execution),
                ..view.clone()
            };
            (Route::Executions, view)
        })
    };
    let rows: Vec<_> = live.feed.rows.iter().take(SHOWN).cloned().collect();
    html! {
        <section class="panel panel--more" aria-labelledby="latest-title">
            <header class="panel__header">
                <h2 id="latest-title" class="panel__title">{ "Happening now" }</h2>
                <ConnectionStatus connection={live.connection.clone()} />
                <Go to={Route::Executions} view={view.clone()} class="link">{ "All executions" }</Go>
            </header>
            if !live.feed.loaded {
                <div role="group" aria-busy="true" aria-label="Loading">{ for (0..SHOWN).map(|_| html! { <Skeleton class="skeleton--row" /> }) }</div>
            } else if rows.is_empty() {
                <p class="panel__empty">{ "No execution yet. The first appears here a moment after it is stored." }</p>
            } else {
                <FeedTable {rows} {viewer} with_workspace={view.workspace.is_none()} zone={(*zone).clone()} {onopen} />
            }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn it_is_there_for_who_may_watch() {
        let html = rendering::signed_in("/workspaces/w1", || html! { <LatestExecutions /> }).await;
        assert!(
            html.contains("Happening now") && html.contains("skeleton--row"),
            "{html}"
        );
        assert!(
            html.contains(r#"href="/executions?workspace=w1""#),
            "{html}"
        );
        let html = rendering::signed_in("/workspaces/w2", || html! { <LatestExecutions /> }).await;
        assert!(!html.contains("Happening now"), "{html}");
    }
}
