//! The shape of what is being loaded.

use yew::prelude::*;

/// Properties of [`Skeleton`].
#[derive(Properties, PartialEq)]
pub struct SkeletonProps {
    /// What it will be: a class that has the size of the final content.
    pub class: &'static str,
}

/// A quiet shape in the place of content.
#[component]
pub fn Skeleton(props: &SkeletonProps) -> Html {
    html! { <span class={classes!("skeleton", props.class)} aria-hidden="true"></span> }
}
