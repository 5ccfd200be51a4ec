//! What narrows the live feed, and its pause.

use std::rc::Rc;

use yew::prelude::*;

use super::facts::status_name;
use crate::{
    components::ui::{Button, ButtonKind, Select, Symbol},
    format,
    navigation::use_place,
    state::{
        choices::{Choice, Choices},
        feed::{Action, Feed},
        status::{STATUSES, status_id},
        view::View,
        watched::Watched,
    },
};

/// The lengths of work that are offered, in seconds.
const LENGTHS: [u32; 5] = [1, 10, 60, 600, 3_600];

/// Properties of [`LiveFilters`].
#[derive(Properties, PartialEq)]
pub struct LiveFiltersProps {
    /// The feed.
    pub feed: Rc<Feed>,
    /// Agents and models to choose from.
    pub choices: Rc<Choices>,
    /// Does something to the feed.
    pub act: Callback<Action>,
}

/// What narrows the live feed, and its pause.
#[component]
pub fn LiveFilters(props: &LiveFiltersProps) -> Html {
    let place = use_place();
    let view = &place.view;
    let choices = props
        .choices
        .with(&props.feed, view.agent.as_deref(), view.model.as_deref());
    let narrow = |with: fn(View, Option<String>) -> View| {
        let place = place.clone();
        Callback::from(move |choice| place.show(with(place.view.clone(), choice)))
    };
    let statuses: Vec<_> = STATUSES
        .into_iter()
        .map(|status| (status_id(status).into(), status_name(status).into()))
        .collect();
    let mut lengths = LENGTHS.to_vec();
    // A link may ask for any other one.
    if view.min_seconds > 0 && !lengths.contains(&view.min_seconds) {
        lengths.push(view.min_seconds);
        lengths.sort_unstable();
    }
    let lengths: Vec<_> = lengths
        .into_iter()
        .map(|seconds| {
            let text = format::duration(f64::from(seconds) * 1e6);
            (seconds.to_string().into(), text.into())
        })
        .collect();
    let min_seconds = (view.min_seconds > 0).then(|| view.min_seconds.to_string());
    let narrowed = view.status.is_some() || Watched::of(view).is_narrowed();
    html! {
        <div class="filters" role="group" aria-label="Filters">
            <Select
                label="Status"
                name="status"
                options={statuses}
                value={view.status.clone().map(AttrValue::from)}
                onchange={narrow(|view, status| View { status, ..view })}
            />
            <Select
                label="Agent"
                name="agent"
                options={options(&choices.agents)}
                value={view.agent.clone().map(AttrValue::from)}
                onchange={narrow(|view, agent| View { agent, ..view })}
            />
            <Select
                label="Model"
                name="model"
                options={options(&choices.models)}
                value={view.model.clone().map(AttrValue::from)}
                onchange={narrow(|view, model| View { model, ..view })}
            />
            <Select
                label="At least"
                name="min_duration"
                options={lengths}
                value={min_seconds.map(AttrValue::from)}
                onchange={narrow(|view, choice| View {
                    min_seconds: choice.and_then(|text| text.parse().ok()).unwrap_or_default(),
                    ..view
                })}
            />
            <Pause feed={props.feed.clone()} act={props.act.clone()} />
            if narrowed {
                <Button kind={ButtonKind::Quiet} onclick={narrow(|view, _| view.elsewhere()).reform(|_| None)}>
                    { "Clear filters" }
                </Button>
            }
        </div>
    }
}

/// Properties of [`Pause`].
#[derive(Properties, PartialEq)]
pub struct PauseProps {
    /// The feed.
    pub feed: Rc<Feed>,
    /// Does something to the feed.
    pub act: Callback<Action>,
}

/// Holds changes back, says how many wait, and plays them in.
#[component]
pub fn Pause(props: &PauseProps) -> Html {
    let (pressed, symbol, text, action) = match &props.feed.held {
        Some(held) => (
            true,
            Symbol::Play,
            format!("Resume · {} new", format::count(held.changes)),
            Action::Resume,
        ),
        None => (false, Symbol::Pause, "Pause".to_owned(), Action::Pause),
    };
    let onclick = props.act.reform(move |_| action.clone());
    html! { <Button {symbol} {pressed} {onclick}>{ text }</Button> }
}

fn options(choices: &[Choice]) -> Vec<(AttrValue, AttrValue)> {
    choices
        .iter()
        .map(|choice| (choice.id.clone().into(), choice.label.clone().into()))
        .collect()
}

#[cfg(test)]
mod tests {
    use shadow_proto::streaming::v1::ExecutionStatus;

    use super::*;
    use crate::{
        rendering,
        state::feed::tests::{change, execution, snapshot},
    };

    async fn filters(at: &'static str, pause: bool) -> String {
        rendering::signed_in(at, move || {
            let mut feed = Feed::default();
            let queued = |id, minute| execution(id, minute, 1, ExecutionStatus::Queued);
            feed.apply(snapshot(vec![queued("a", 1)]));
            if pause {
                feed.apply(Action::Pause);
                feed.apply(Action::Changes(vec![change(queued("b", 2), 2)]));
            }
            html! { <LiveFilters feed={Rc::new(feed)} choices={Rc::<Choices>::default()} act={Callback::noop()} /> }
        })
        .await
    }

    #[tokio::test]
    async fn a_pause_says_how_much_it_holds_back() {
        let html = filters("/executions", true).await;
        assert!(
            html.contains("Resume · 1 new") && html.contains(r#"aria-pressed="true""#),
            "{html}"
        );
        let html = filters("/executions", false).await;
        assert!(
            html.contains("Pause") && html.contains(r#"aria-pressed="false""#),
            "{html}"
        );
    }

    #[tokio::test]
    async fn what_the_address_chose_is_chosen() {
        let at = "/executions?status=failed&agent=gone&model=m-1&min_duration=90";
        let html = filters(at, false).await;
        for text in [
            "Agent a",
            r#"value="failed" selected"#,
            r#"value="gone" selected"#,
            r#"value="m-1" selected"#,
            r#"value="90" selected"#,
            "1 m 30 s",
            "Clear filters",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        assert!(
            !filters("/executions", false)
                .await
                .contains("Clear filters")
        );
    }
}
