//! The parts of the page of executions, as links: each is an address of its own.

use yew::prelude::*;

use crate::{
    navigation::{Go, use_place},
    state::{executions::Tab, view::View},
};

/// Properties of [`Tabs`].
#[derive(Properties, PartialEq)]
pub struct TabsProps {
    /// The parts that the person may see.
    pub tabs: Vec<Tab>,
    /// The part that is seen.
    pub current: Tab,
}

/// The parts of the page.
#[component]
pub fn Tabs(props: &TabsProps) -> Html {
    let place = use_place();
    html! {
        <nav class="tabs" aria-label="Parts of the page">
            { for props.tabs.iter().map(|tab| {
                let view = View {
                    tab: Some(tab.id().to_owned()),
                    ..place.view.elsewhere()
                };
                html! {
                    <Go to={place.route.clone()} {view} class="tabs__tab" current={*tab == props.current}>{ tab.label() }</Go>
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
    async fn a_part_is_a_link_that_keeps_the_range_and_leaves_the_filters() {
        let html = rendering::signed_in("/executions?range=7d&status=failed&tab=list", || {
            html! { <Tabs tabs={vec![Tab::Live, Tab::List]} current={Tab::List} /> }
        })
        .await;
        assert!(
            html.contains(r#"href="/executions?range=7d&amp;tab=live""#),
            "{html}"
        );
        assert_eq!(html.matches(r#"aria-current="page""#).count(), 1, "{html}");
    }
}
