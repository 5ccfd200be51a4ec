//! Saying what state a group of errors is in: a button for each that may follow, and a question before it is said.

use shadow_domain::error_group::State;
use shadow_proto::metrics::v1::ErrorGroup;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    api,
    components::ui::{Button, ButtonKind, Menu},
    state::{errors, failure::Failure},
};

/// Properties of [`StateChanges`].
#[derive(Properties, PartialEq)]
pub struct StateChangesProps {
    /// The group.
    pub group: ErrorGroup,
    /// It was said.
    pub onchange: Callback<()>,
}

/// What may be said of a group.
#[component]
pub fn StateChanges(props: &StateChangesProps) -> Html {
    let saying = use_state_eq(|| false);
    let failure = use_state_eq(|| None::<Failure>);
    let say = {
        let (group, onchange) = (props.group.clone(), props.onchange.clone());
        let (saying, failure) = (saying.clone(), failure.clone());
        Callback::from(move |(state, note): (State, String)| {
            let request = errors::state_request(&group, state, &note);
            let (saying, failure, onchange) = (saying.clone(), failure.clone(), onchange.clone());
            saying.set(true);
            failure.set(None);
            spawn_local(async move {
                match api::set_error_group_state(request).await {
                    Ok(()) => onchange.emit(()),
                    Err(problem) => failure.set(Some(problem)),
                }
                saying.set(false);
            });
        })
    };
    let state = errors::state_of(props.group.state());
    html! {
        <div class="filters" role="group" aria-label="State">
            { for errors::choices(state, props.group.regressed).into_iter().map(|to| html! {
                <StateChange key={to.name()} {to} disabled={*saying} onsay={say.reform(move |note| (to, note))} />
            }) }
            if let Some(failure) = &*failure {
                <p class="banner banner--error" role="alert">{ format!("{}. {}", failure.title(), failure.advice()) }</p>
            }
        </div>
    }
}

/// Properties of [`StateChange`].
#[derive(Properties, PartialEq)]
pub struct StateChangeProps {
    /// The state that it leads to.
    pub to: State,
    /// Whether something is being said already.
    #[prop_or_default]
    pub disabled: bool,
    /// It is said, with a note.
    pub onsay: Callback<String>,
}

/// A button that asks before it says something.
#[component]
pub fn StateChange(props: &StateChangeProps) -> Html {
    let note = use_node_ref();
    let id = format!("say-{}", props.to);
    let verb = errors::verb(props.to);
    let onclick = {
        let (note, onsay) = (note.clone(), props.onsay.clone());
        Callback::from(move |_: MouseEvent| {
            let note = note.cast::<HtmlInputElement>();
            onsay.emit(note.map(|note| note.value()).unwrap_or_default());
        })
    };
    html! {
        <Menu id={id.clone()} label={format!("{verb} this error")} button={html! { verb }}>
            <div class="ask">
                <p>{ errors::consequence(props.to) }</p>
                <label class="field">
                    <span>{ "Note (optional)" }</span>
                    <input ref={note} name={format!("note-{}", props.to)} maxlength="1000" placeholder="Why?" />
                </label>
                <Button kind={ButtonKind::Primary} disabled={props.disabled} closes={AttrValue::from(id)} {onclick}>{ verb }</Button>
            </div>
        </Menu>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::ErrorGroupState;

    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn what_may_follow_is_offered_and_asked_about() {
        let html = rendering::signed_in("/errors/x?workspace=w1", || {
            let group = ErrorGroup {
                state: ErrorGroupState::Resolved.into(),
                ..ErrorGroup::default()
            };
            html! { <StateChanges {group} onchange={Callback::noop()} /> }
        })
        .await;
        for text in [
            "Acknowledge",
            "Open again",
            "Note (optional)",
            r#"popover="auto""#,
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        assert!(!html.contains("Ignore"), "{html}");
    }
}
