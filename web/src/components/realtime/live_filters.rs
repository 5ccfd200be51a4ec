//! What narrows the live feed, and its pause.

use shadow_proto::streaming::v1::ExecutionStatus;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::feed_table::status_name;
use crate::{
    components::ui::{Button, Symbol},
    format,
    navigation::use_place,
    state::{
        feed::{Action, Feed},
        status::{STATUSES, status_id},
        view::View,
    },
};

/// Properties of [`LiveFilters`].
#[derive(Properties, PartialEq)]
pub struct LiveFiltersProps {
    /// The feed.
    pub feed: UseReducerHandle<Feed>,
}

/// What narrows the live feed, and its pause.
#[component]
pub fn LiveFilters(props: &LiveFiltersProps) -> Html {
    let place = use_place();
    let view = &place.view;
    let chosen = |event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        (!value.is_empty()).then_some(value)
    };
    let on_status = {
        let place = place.clone();
        Callback::from(move |event| {
            place.show(View {
                status: chosen(event),
                ..place.view.clone()
            })
        })
    };
    let on_agent = {
        let place = place.clone();
        Callback::from(move |event| {
            place.show(View {
                agent: chosen(event),
                ..place.view.clone()
            })
        })
    };
    let mut agents = props.feed.agents.clone();
    if let Some(agent) = &view.agent {
        agents.entry(agent.clone()).or_insert_with(|| agent.clone());
    }
    let (pressed, symbol, text, action) = match &props.feed.held {
        Some(held) => (
            true,
            Symbol::Play,
            format!("Resume · {} new", format::count(held.count as u64)),
            Action::Resume,
        ),
        None => (false, Symbol::Pause, "Pause".to_owned(), Action::Pause),
    };
    let toggle = {
        let feed = props.feed.dispatcher();
        Callback::from(move |_| feed.dispatch(action.clone()))
    };
    html! {
        <div class="filters" role="group" aria-label="Filters">
            <label class="field field--inline">
                <span>{ "Status" }</span>
                <select name="status" onchange={on_status}>
                    <option value="" selected={view.status.is_none()}>{ "Any" }</option>
                    { for STATUSES.into_iter().map(|status: ExecutionStatus| {
                        let id = status_id(status);
                        let selected = view.status.as_deref() == Some(id);
                        html! { <option value={id} {selected}>{ status_name(status) }</option> }
                    }) }
                </select>
            </label>
            <label class="field field--inline">
                <span>{ "Agent" }</span>
                <select name="agent" onchange={on_agent}>
                    <option value="" selected={view.agent.is_none()}>{ "Any" }</option>
                    { for agents.iter().map(|(id, name)| {
                        let selected = view.agent.as_deref() == Some(id.as_str());
                        html! { <option value={id.clone()} {selected}>{ name }</option> }
                    }) }
                </select>
            </label>
            <Button {symbol} {pressed} onclick={toggle}>{ text }</Button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rendering, state::feed::tests::execution};

    #[component]
    fn Held() -> Html {
        let feed = use_reducer(|| {
            let mut feed = Feed::default();
            feed.apply(Action::Snapshot(vec![execution(
                "a",
                1,
                1,
                ExecutionStatus::Queued,
            )]));
            feed.apply(Action::Pause);
            feed.apply(Action::Changes(vec![execution(
                "b",
                2,
                1,
                ExecutionStatus::Queued,
            )]));
            feed
        });
        html! { <LiveFilters {feed} /> }
    }

    #[tokio::test]
    async fn a_pause_says_how_much_it_holds_back() {
        let html = rendering::signed_in("/executions?status=failed", || html! { <Held /> }).await;
        for text in ["Resume · 1 new", "Agent a", r#"value="failed" selected"#] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
