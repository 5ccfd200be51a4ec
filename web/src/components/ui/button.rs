//! Buttons.

use yew::prelude::*;

use super::{Icon, Symbol};

/// How much a button stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonKind {
    /// One of several.
    #[default]
    Plain,
    /// The thing to do here.
    Primary,
    /// Almost text.
    Quiet,
}

/// Properties of [`Button`].
#[derive(Properties, PartialEq)]
pub struct ButtonProps {
    /// What it does.
    #[prop_or_default]
    pub onclick: Callback<MouseEvent>,
    /// How much it stands out.
    #[prop_or_default]
    pub kind: ButtonKind,
    /// An icon before the text.
    #[prop_or_default]
    pub symbol: Option<Symbol>,
    /// What it is called where it shows no text.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    /// Whether it is on, for a button that switches.
    #[prop_or_default]
    pub pressed: Option<bool>,
    /// Whether it does nothing now.
    #[prop_or_default]
    pub disabled: bool,
    /// The menu that it closes.
    #[prop_or_default]
    pub closes: Option<AttrValue>,
    /// Whether it sends its form.
    #[prop_or_default]
    pub submits: bool,
    /// What it shows.
    #[prop_or_default]
    pub children: Html,
}

/// A button.
#[component]
pub fn Button(props: &ButtonProps) -> Html {
    let kind = match props.kind {
        ButtonKind::Plain => "button",
        ButtonKind::Primary => "button button--primary",
        ButtonKind::Quiet => "button button--quiet",
    };
    html! {
        <button
            type={if props.submits { "submit" } else { "button" }}
            class={kind}
            onclick={props.onclick.clone()}
            disabled={props.disabled}
            title={props.label.clone()}
            aria-label={props.label.clone()}
            aria-pressed={props.pressed.map(|on| if on { "true" } else { "false" })}
            popovertarget={props.closes.clone()}
            popovertargetaction={props.closes.as_ref().map(|_| "hide")}
        >
            if let Some(symbol) = props.symbol {
                <Icon {symbol} />
            }
            { props.children.clone() }
        </button>
    }
}
