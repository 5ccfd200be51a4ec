//! Executions as they happen.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    browser,
    components::{
        realtime::{ExecutionSheet, FeedTable, LastMinute, LiveCounters, LiveFilters},
        ui::{Button, IMPORT_COMMAND, Notice, NoticeKind, Skeleton},
    },
    format,
    hooks::{Pulse, use_choices, use_live, use_set_pulse},
    navigation::use_place,
    session::use_signed_in,
    state::{
        choices::Choices,
        connection::Link,
        feed::{Action, Feed},
        status,
        view::View,
        watched::Watched,
    },
    zone::Zone,
};

/// Executions as they happen.
#[component]
pub(super) fn Live() -> Html {
    let place = use_place();
    let view = &place.view;
    let viewer = use_signed_in().viewer;
    let zone_name = view
        .zone
        .clone()
        .unwrap_or_else(|| viewer.default_zone(view.workspace.as_deref()).to_owned());
    let zone = use_memo(zone_name, |name| Zone::named(name));
    let live = use_live(Watched::of(view));
    let choices = use_choices(view.workspace.clone());
    use_set_pulse(Pulse::Stream(live.connection.clone()));
    // Who comes back to the page finds it running.
    use_effect_with((), {
        let act = live.act.clone();
        move |()| move || act.emit(Action::Resume)
    });
    let open = use_callback(place.clone(), |execution: Option<String>, place| {
        place.show(View {
            execution,
            ..place.view.clone()
        });
    });
    let onopen = use_callback(open.clone(), |id, open| open.emit(Some(id)));
    if let Link::Refused(why) = &live.connection.link {
        return html! {
            <Notice kind={NoticeKind::Error} title="The feed is not available" retry={live.retry.clone()}>
                <p>{ why }</p>
            </Notice>
        };
    }
    let close = {
        let (open, id) = (open.clone(), view.execution.clone());
        Callback::from(move |()| {
            if let Some(id) = &id {
                browser::focus(&format!("tr[data-execution=\"{id}\"] button"));
            }
            open.emit(None);
        })
    };
    let onkeydown = {
        let (close, is_open) = (close.clone(), view.execution.is_some());
        Callback::from(move |event: KeyboardEvent| {
            if is_open && event.key() == "Escape" {
                close.emit(());
            }
        })
    };
    html! {
        <div class="overview" {onkeydown}>
            <LiveCounters workspace={view.workspace.clone()} connection={live.connection.clone()} zone={(*zone).clone()} />
            if live.feed.watched.is_narrowed() {
                <LastMinute feed={live.feed.clone()} connection={live.connection.clone()} />
            }
            <FeedPanel
                feed={live.feed.clone()}
                link={live.connection.link.clone()}
                act={live.act.clone()}
                retry={live.retry.clone()}
                {choices}
                zone={(*zone).clone()}
                {onopen}
            />
            if let Some(id) = &view.execution {
                <ExecutionSheet
                    id={id.clone()}
                    row={live.feed.find(id).cloned()}
                    loaded={live.feed.loaded}
                    viewer={viewer.clone()}
                    zone={(*zone).clone()}
                    onclose={close}
                />
            }
        </div>
    }
}

/// Properties of [`FeedPanel`]. Not the whole connection: it is heard every second.
#[derive(Properties, PartialEq)]
struct FeedPanelProps {
    feed: Rc<Feed>,
    link: Link,
    act: Callback<Action>,
    retry: Callback<()>,
    choices: Rc<Choices>,
    zone: Zone,
    onopen: Callback<String>,
}

#[component]
fn FeedPanel(props: &FeedPanelProps) -> Html {
    let view = use_place().view;
    let viewer = use_signed_in().viewer;
    let (feed, act, retry) = (&props.feed, &props.act, &props.retry);
    let status = view.status.as_deref().and_then(status::parse_status);
    let rows: Vec<_> = feed.shown(status).cloned().collect();
    let all = feed.rows.len();
    let narrowed = status.is_some() || feed.watched.is_narrowed();
    html! {
        <section class="panel" aria-label="Live executions">
            <header class="panel__header">
                <LiveFilters feed={feed.clone()} choices={props.choices.clone()} act={act.clone()} />
                <p class="panel__note panel__note--line">
                    { format!("{} of the latest {} · times in {}", format::count(rows.len() as u64), format::count(all as u64), shadow_domain::time::Zone::name(&*props.zone)) }
                </p>
            </header>
            if matches!(props.link, Link::Waiting(failures) if failures > 1) {
                <p class="banner" role="alert">
                    { "The connection broke. What you see may be old; the feed goes on where it stopped." }
                    <Button onclick={retry.reform(|_| ())}>{ "Connect now" }</Button>
                </p>
            }
            if !feed.loaded && rows.is_empty() {
                <div role="group" aria-busy="true" aria-label="Loading">{ for (0..12).map(|_| html! { <Skeleton class="skeleton--row" /> }) }</div>
            } else if rows.is_empty() {
                { empty(narrowed) }
            } else {
                <FeedTable {rows} {viewer} with_workspace={view.workspace.is_none()} zone={props.zone.clone()} open={view.execution.clone()} onopen={props.onopen.clone()} />
            }
        </section>
    }
}

fn empty(narrowed: bool) -> Html {
    if narrowed {
        return html! {
            <Notice kind={NoticeKind::Empty} title="No execution is as the filters want it">
                <p>{ "New ones appear here as they happen. Clear the filters to see the rest." }</p>
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
    async fn nothing_yet_tells_how_to_publish() {
        let html = rendering::signed_in("/executions", || empty(false)).await;
        assert!(
            html.contains("PublishBatch") && html.contains("shadow import"),
            "{html}"
        );
        let html = rendering::signed_in("/executions", || empty(true)).await;
        assert!(
            html.contains("No execution is as the filters want it"),
            "{html}"
        );
    }
}
