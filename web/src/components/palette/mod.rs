//! The command palette: every place to go to and everything to do, found by typing. What it shows is loaded when it is
//! first opened; nobody waits for it before.

mod entries;
mod finder;

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use web_sys::{Element, KeyboardEvent};
use yew::prelude::*;

use crate::{
    browser::{self, Theme},
    components::ui::{Button, Symbol},
    navigation::use_place,
};
use entries::Act;
use finder::Finder;

#[wasm_bindgen]
extern "C" {
    /// The browser's own dialog, as far as it is needed here.
    type Dialog;

    #[wasm_bindgen(method, catch, js_name = showModal)]
    fn show_modal(this: &Dialog) -> Result<(), JsValue>;

    #[wasm_bindgen(method)]
    fn close(this: &Dialog);
}

/// Shows the field and the list, which do what was chosen.
type Show = fn(Callback<Act>) -> Html;

#[wasm_split(palette, fallible)]
fn finder() -> Result<Show, SplitLoaderError> {
    Ok(|act| html! { <Finder {act} /> })
}

/// Properties of [`Palette`].
#[derive(Properties, PartialEq)]
pub struct PaletteProps {
    /// Chooses a theme.
    pub choose_theme: Callback<Theme>,
}

/// The button and the keys that open the palette, and the palette.
#[component]
pub fn Palette(props: &PaletteProps) -> Html {
    let place = use_place();
    let dialog = use_node_ref();
    let open = use_state_eq(|| false);
    // What came of loading it; absent in it where it could not be loaded.
    let loaded = use_state(|| None::<Option<Show>>);
    use_effect_with(*open, {
        let set = loaded.setter();
        move |open| {
            if *open {
                spawn_local(async move { set.set(Some(finder().await.ok())) });
            }
        }
    });
    let show = {
        let open = open.setter();
        Callback::from(move |()| open.set(true))
    };
    use_effect_with((), {
        let open = open.setter();
        move |()| {
            // The browser has its own use for these keys, which an application may take.
            let options = EventListenerOptions::enable_prevent_default();
            let document = browser::window().and_then(|window| window.document());
            let keys = document.map(|document| {
                EventListener::new_with_options(&document, "keydown", options, move |event| {
                    if event.dyn_ref::<KeyboardEvent>().is_some_and(is_shortcut) {
                        event.prevent_default();
                        open.set(true);
                    }
                })
            });
            move || drop(keys)
        }
    });
    use_effect_with((*open, dialog.clone()), |(open, dialog)| {
        if let Some(dialog) = dialog.cast::<Element>().filter(|_| *open) {
            // A browser that cannot show it leaves the rest as it is.
            let _ = dialog.unchecked_ref::<Dialog>().show_modal();
        }
    });
    let onclose = {
        let open = open.setter();
        Callback::from(move |_: Event| open.set(false))
    };
    let close = {
        let dialog = dialog.clone();
        Callback::from(move |()| {
            if let Some(dialog) = dialog.cast::<Element>() {
                dialog.unchecked_ref::<Dialog>().close();
            }
        })
    };
    // What lies around the palette belongs to it, and closes it.
    let onclick = {
        let (dialog, close) = (dialog.clone(), close.clone());
        Callback::from(move |event: MouseEvent| {
            let target = event
                .target()
                .and_then(|target| target.dyn_into::<Element>().ok());
            if target.is_some() && target == dialog.cast::<Element>() {
                close.emit(());
            }
        })
    };
    let act = {
        let (go, choose) = (place.go.clone(), props.choose_theme.clone());
        Callback::from(move |act: Act| {
            close.emit(());
            match act {
                Act::Go(route, view) => go.emit((route, *view)),
                Act::Choose(theme) => choose.emit(theme),
            }
        })
    };
    html! {
        <>
            <Button symbol={Symbol::Search} label="Go to or do something (Ctrl K)" onclick={show.reform(|_| ())} />
            <dialog ref={dialog} class="palette" aria-label="Command palette" {onclose} {onclick}>
                if let (true, Some(found)) = (*open, *loaded) {
                    { found.map_or_else(not_loaded, |show| show(act)) }
                }
            </dialog>
        </>
    }
}

fn not_loaded() -> Html {
    html! { <p class="palette__none" role="alert">{ "This could not be loaded. Reload the page and try again." }</p> }
}

/// Ctrl K, or ⌘ K.
fn is_shortcut(event: &KeyboardEvent) -> bool {
    let with = event.ctrl_key() != event.meta_key();
    with && !event.alt_key() && !event.shift_key() && event.key().eq_ignore_ascii_case("k")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn it_is_closed_and_can_be_opened_by_a_button() {
        let html = rendering::signed_in("/executive", || {
            html! { <Palette choose_theme={Callback::noop()} /> }
        })
        .await;
        assert!(
            html.contains("Ctrl K") && html.contains("<dialog"),
            "{html}"
        );
        assert!(!html.contains("<input"), "{html}");
    }
}
