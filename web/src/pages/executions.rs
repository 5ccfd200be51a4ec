//! Executions as they happen.

use yew::prelude::*;

use crate::{
    components::{
        realtime::{FeedTable, LiveFilters},
        ui::{Button, IMPORT_COMMAND, Notice, NoticeKind, Skeleton},
    },
    format,
    hooks::{Pulse, Watched, use_set_pulse, use_watch},
    navigation::use_place,
    session::use_signed_in,
    state::{connection::Link, session::Permission, status},
    zone::Zone,
};

/// Executions as they happen.
#[component]
pub fn Executions() -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let workspace = place.view.workspace;
    let name = workspace
        .as_deref()
        .map_or_else(|| "All workspaces".into(), |id| viewer.workspace_name(id));
    html! {
        <>
            <h1 class="page__title">{ "Executions" }<span class="page__scope">{ name }</span></h1>
            if viewer.may(Permission::WatchEvents, workspace.as_deref()) {
                <Live />
            } else {
                <Notice kind={NoticeKind::Empty} title="Live executions are not yours to see here">
                    <p>{ "They need the permission watch_events. An owner of the workspace may give you a role that has it: owner, admin or member." }</p>
                </Notice>
            }
        </>
    }
}

#[component]
fn Live() -> Html {
    let view = use_place().view;
    let viewer = use_signed_in().viewer;
    let zone_name = view
        .zone
        .clone()
        .unwrap_or_else(|| viewer.default_zone(view.workspace.as_deref()).to_owned());
    let zone = use_memo(zone_name, |name| Zone::named(name));
    let watched = Watched {
        workspace: view.workspace.clone(),
        agent: view.agent.clone(),
    };
    let watching = use_watch(watched);
    use_set_pulse(Pulse::Stream {
        link: watching.link.clone(),
        heard: watching.heard,
    });
    let status = view.status.as_deref().and_then(status::parse_status);
    let feed = &watching.feed;
    let rows: Vec<_> = feed.shown(status).cloned().collect();
    let all = feed.rows.len();
    if let Link::Refused(why) = &watching.link {
        return html! {
            <Notice kind={NoticeKind::Error} title="The feed is not available" retry={watching.retry.clone()}>
                <p>{ why }</p>
            </Notice>
        };
    }
    html! {
        <section class="panel" aria-label="Live executions">
            <header class="panel__header">
                <LiveFilters feed={feed.clone()} />
                <p class="panel__note">
                    { format!("{} of the latest {} · times in {}", format::count(rows.len() as u64), format::count(all as u64), shadow_domain::time::Zone::name(&**zone)) }
                </p>
            </header>
            if matches!(watching.link, Link::Waiting(failures) if failures > 1) {
                <p class="banner" role="alert">
                    { "The connection broke. What you see may be old; the feed goes on where it stopped." }
                    <Button onclick={watching.retry.reform(|_| ())}>{ "Connect now" }</Button>
                </p>
            }
            if !feed.loaded && rows.is_empty() {
                <div aria-busy="true" aria-label="Loading">{ for (0..12).map(|_| html! { <Skeleton class="skeleton--row" /> }) }</div>
            } else if rows.is_empty() {
                { empty(all) }
            } else {
                <FeedTable {rows} viewer={viewer.clone()} with_workspace={view.workspace.is_none()} zone={(*zone).clone()} />
            }
        </section>
    }
}

fn empty(all: usize) -> Html {
    if all > 0 {
        return html! {
            <Notice kind={NoticeKind::Empty} title="None of the latest executions has this status">
                <p>{ "New ones appear here as they happen. Choose another status to see the rest." }</p>
            </Notice>
        };
    }
    html! {
        <Notice kind={NoticeKind::Empty} title="Waiting for the first execution">
            <p>{ "Publish events over gRPC (StreamingService.PublishBatch), or import a file:" }</p>
            <pre class="command"><code>{ IMPORT_COMMAND }</code></pre>
            <p>{ "They appear here a moment after they are stored, without a reload." }</p>
        </Notice>
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
    }

    #[tokio::test]
    async fn nothing_yet_tells_how_to_publish() {
        let html = rendering::signed_in("/executions", || empty(0)).await;
        assert!(
            html.contains("PublishBatch") && html.contains("shadow import"),
            "{html}"
        );
        let html = rendering::signed_in("/executions", || empty(7)).await;
        assert!(
            html.contains("None of the latest executions has this status"),
            "{html}"
        );
    }
}
