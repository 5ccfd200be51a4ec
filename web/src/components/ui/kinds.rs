//! The kinds of entries that a page can be about, as links: each is an address of its own.

use yew::prelude::*;

use crate::{
    navigation::{Go, use_place},
    state::{list::List, view::View},
};

/// Properties of [`Kinds`].
#[derive(Properties, PartialEq)]
pub struct KindsProps {
    /// The words in the address, and what a person reads.
    pub kinds: Vec<(&'static str, &'static str)>,
    /// The word of the one that is seen.
    pub current: &'static str,
}

/// The kinds of entries that a page can be about.
#[component]
pub fn Kinds(props: &KindsProps) -> Html {
    let place = use_place();
    html! {
        <nav class="tabs" aria-label="What the page is about">
            { for props.kinds.iter().map(|(word, name)| {
                let view = View {
                    list: List {
                        only: Some((*word).to_owned()),
                        ..List::default()
                    },
                    ..place.view.elsewhere()
                };
                html! {
                    <Go to={place.route.clone()} {view} class="tabs__tab" current={*word == props.current}>{ *name }</Go>
                }
            }) }
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn a_kind_is_a_link_that_keeps_the_range_and_leaves_the_rest() {
        let html = rendering::signed_in("/leaderboards?range=7d&sort=cost", || {
            html! { <Kinds kinds={vec![("agents", "Agents"), ("users", "Users")]} current="users" /> }
        })
        .await;
        assert!(
            html.contains(r#"href="/leaderboards?range=7d&amp;only=agents""#),
            "{html}"
        );
        assert_eq!(html.matches(r#"aria-current="page""#).count(), 1, "{html}");
    }
}
