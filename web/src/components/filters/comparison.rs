//! What periods are compared with.

use yew::prelude::*;

use crate::{
    components::ui::{Menu, MenuItem, Symbol},
    navigation::use_place,
    state::view::{Compare, View},
};

/// Chooses what periods are compared with.
#[component]
pub fn ComparisonSwitch() -> Html {
    const MENU: &str = "menu-compare";
    let place = use_place();
    let chosen = place.view.compare;
    html! {
        <Menu id={MENU} label="Comparison" symbol={Symbol::Compare} button={html! { chosen.label() }} at_end=true>
            { for Compare::ALL.into_iter().map(|compare| {
                let place = place.clone();
                let onclick = Callback::from(move |_| place.show(View { compare, ..place.view.from_the_start() }));
                html! { <MenuItem menu={MENU} chosen={compare == chosen} {onclick}>{ compare.label() }</MenuItem> }
            }) }
        </Menu>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn the_choice_of_the_address_is_shown() {
        let html =
            rendering::signed_in("/executive?compare=year", || html! { <ComparisonSwitch /> })
                .await;
        assert!(
            html.contains(r#"<span class="dropdown__text">Previous year</span>"#),
            "{html}"
        );
        assert_eq!(html.matches(r#"aria-pressed="true""#).count(), 1, "{html}");
    }
}
