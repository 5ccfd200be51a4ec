//! The field and the list of the palette, which the arrow keys and Enter work on as well as a pointer.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::entries::{Act, Entry, all, marked_after, meant};
use crate::{browser, hooks::use_choices, navigation::use_place, session::use_signed_in};

const LIST: &str = "palette-list";

/// Properties of [`Finder`].
#[derive(Properties, PartialEq)]
pub(super) struct FinderProps {
    /// Does what was chosen.
    pub(super) act: Callback<Act>,
}

/// The field and the list.
#[component]
pub(super) fn Finder(props: &FinderProps) -> Html {
    let place = use_place();
    let viewer = use_signed_in().viewer;
    let choices = use_choices(place.view.workspace.clone());
    let text = use_state_eq(String::new);
    let marked = use_state_eq(|| 0_usize);
    let found = meant(&all(&viewer, &place.route, &place.view, &choices), &text);
    let at = (*marked).min(found.len().saturating_sub(1));
    use_effect_with((), |()| browser::focus(".palette__field"));
    use_effect_with(at, |at| browser::bring_into_view(&option_id(*at)));
    let oninput = {
        let (text, marked) = (text.setter(), marked.setter());
        Callback::from(move |event: InputEvent| {
            text.set(event.target_unchecked_into::<HtmlInputElement>().value());
            marked.set(0);
        })
    };
    let onkeydown = {
        let (found, marked, act) = (found.clone(), marked.setter(), props.act.clone());
        Callback::from(move |event: KeyboardEvent| {
            if let Some(next) = marked_after(&event.key(), at, found.len()) {
                event.prevent_default();
                marked.set(next);
            } else if let ("Enter", Some(entry)) = (event.key().as_str(), found.get(at)) {
                event.prevent_default();
                act.emit(entry.act.clone());
            }
        })
    };
    html! {
        <div class="palette__box">
            <input
                class="palette__field"
                type="text"
                role="combobox"
                aria-label="Go to or do something"
                aria-expanded="true"
                aria-controls={LIST}
                aria-autocomplete="list"
                aria-activedescendant={(!found.is_empty()).then(|| option_id(at))}
                placeholder="A page, a workspace, an agent, a range, a theme"
                autocomplete="off"
                spellcheck="false"
                value={(*text).clone()}
                {oninput}
                {onkeydown}
            />
            <ul id={LIST} class="palette__list" role="listbox" aria-label="What is meant">
                { for found.iter().enumerate().map(|(index, entry)| option(props, entry, index, index == at)) }
            </ul>
            if found.is_empty() {
                <p class="palette__none" role="status">{ "Nothing is called so." }</p>
            }
        </div>
    }
}

fn option_id(at: usize) -> String {
    format!("palette-{at}")
}

fn option(props: &FinderProps, entry: &Entry, index: usize, marked: bool) -> Html {
    let act = entry.act.clone();
    let onclick = props.act.reform(move |_: MouseEvent| act.clone());
    html! {
        <li id={option_id(index)} class="palette__option" role="option" aria-selected={if marked { "true" } else { "false" }} {onclick}>
            <span>{ &entry.name }</span>
            <span class="menu__aside">{ entry.kind }</span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn the_first_entry_is_marked_and_the_field_says_so() {
        let html = rendering::signed_in("/executive", || {
            html! { <Finder act={Callback::noop()} /> }
        })
        .await;
        for text in [
            r#"role="combobox""#,
            r#"aria-activedescendant="palette-0""#,
            r#"role="listbox""#,
            "Executive",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        assert_eq!(html.matches(r#"aria-selected="true""#).count(), 1, "{html}");
    }
}
