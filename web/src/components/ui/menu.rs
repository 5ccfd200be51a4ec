//! A button that opens a panel. The browser opens, closes and places it, and gives the focus back.

use yew::prelude::*;

use super::{Icon, Symbol};

/// Properties of [`Menu`].
#[derive(Properties, PartialEq)]
pub struct MenuProps {
    /// Unique on the page.
    pub id: AttrValue,
    /// What it is for, for who does not see it.
    pub label: AttrValue,
    /// What the button shows.
    pub button: Html,
    /// An icon on the button.
    #[prop_or_default]
    pub symbol: Option<Symbol>,
    /// Whether the panel ends where the button ends, rather than beginning where it begins.
    #[prop_or_default]
    pub at_end: bool,
    /// The panel.
    pub children: Html,
}

/// A button that opens a panel.
#[component]
pub fn Menu(props: &MenuProps) -> Html {
    let panel = if props.at_end {
        "menu menu--end"
    } else {
        "menu"
    };
    html! {
        <div class="dropdown">
            <button
                type="button"
                class="button dropdown__button"
                popovertarget={props.id.clone()}
                title={props.label.clone()}
            >
                // Before what is chosen, for who does not see the icon.
                <span class="only-read">{ format!("{}: ", props.label) }</span>
                if let Some(symbol) = props.symbol {
                    <Icon {symbol} />
                }
                <span class="dropdown__text">{ props.button.clone() }</span>
                <Icon symbol={Symbol::Down} />
            </button>
            <div id={props.id.clone()} class={panel} popover="auto">{ props.children.clone() }</div>
        </div>
    }
}

/// Properties of [`MenuItem`].
#[derive(Properties, PartialEq)]
pub struct MenuItemProps {
    /// The menu that it closes.
    pub menu: AttrValue,
    /// Whether it is the one that is chosen.
    #[prop_or_default]
    pub chosen: bool,
    /// What it does.
    pub onclick: Callback<MouseEvent>,
    /// What it shows.
    pub children: Html,
}

/// One choice of a menu.
#[component]
pub fn MenuItem(props: &MenuItemProps) -> Html {
    html! {
        <button
            type="button"
            class="menu__item"
            onclick={props.onclick.clone()}
            aria-pressed={if props.chosen { "true" } else { "false" }}
            popovertarget={props.menu.clone()}
            popovertargetaction="hide"
        >
            <span class="menu__text">{ props.children.clone() }</span>
            if props.chosen {
                <Icon symbol={Symbol::Check} />
            }
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn a_button_opens_its_panel_and_a_choice_closes_it() {
        let html = rendering::signed_in("/", || {
            html! {
                <Menu id="m" label="Choose" button={html! { "One" }}>
                    <MenuItem menu="m" chosen=true onclick={Callback::noop()}>{ "One" }</MenuItem>
                </Menu>
            }
        })
        .await;
        for text in [
            r#"popovertarget="m""#,
            r#"id="m""#,
            r#"popover="auto""#,
            r#"popovertargetaction="hide""#,
            r#"aria-pressed="true""#,
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
