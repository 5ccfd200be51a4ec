//! A word with a colour that means something.

use yew::prelude::*;

/// What the colour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BadgeTone {
    /// Nothing.
    #[default]
    Neutral,
    /// Well.
    Good,
    /// Not well.
    Bad,
    /// Look at this.
    Warning,
    /// In progress.
    Active,
}

impl BadgeTone {
    /// The word that styles it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Warning => "warning",
            Self::Active => "active",
        }
    }
}

/// Properties of [`Badge`].
#[derive(Properties, PartialEq)]
pub struct BadgeProps {
    /// What the colour means.
    #[prop_or_default]
    pub tone: BadgeTone,
    /// The word.
    pub children: Html,
}

/// A word with a coloured dot.
#[component]
pub fn Badge(props: &BadgeProps) -> Html {
    html! { <span class={classes!("badge", format!("badge--{}", props.tone.id()))}>{ props.children.clone() }</span> }
}
