//! Who is signed in, the theme, and the way out.

use yew::prelude::*;

use crate::{
    browser::Theme,
    components::ui::{Icon, Menu, MenuItem, Symbol},
    navigation::use_place,
    session::{use_session, use_signed_in},
};

const MENU: &str = "menu-user";

/// Properties of [`UserMenu`].
#[derive(Properties, PartialEq)]
pub(super) struct UserMenuProps {
    /// How the page is coloured.
    pub theme: Theme,
    /// Chooses another theme.
    pub choose_theme: Callback<Theme>,
}

/// Who is signed in, the theme, and the way out.
#[component]
pub(super) fn UserMenu(props: &UserMenuProps) -> Html {
    let place = use_place();
    let session = use_session();
    let viewer = use_signed_in().viewer;
    let role = viewer.role_in(place.view.workspace.as_deref());
    html! {
        <Menu id={MENU} label="Account" symbol={Symbol::Person} button={html! { &viewer.name }} at_end=true>
            <div class="menu__person">
                <strong>{ &viewer.name }</strong>
                <span>{ &viewer.subject }</span>
                if !role.is_empty() {
                    <span>{ role }</span>
                }
            </div>
            <div class="segments" role="group" aria-label="Theme">
                { for Theme::ALL.into_iter().map(|choice| {
                    let pressed = props.theme == choice;
                    let onclick = props.choose_theme.reform(move |_| choice);
                    html! {
                        <button type="button" class="segments__item" {onclick} aria-pressed={if pressed { "true" } else { "false" }}>
                            { choice.label() }
                        </button>
                    }
                }) }
            </div>
            <MenuItem menu={MENU} onclick={session.sign_out.reform(|_| ())}>
                <Icon symbol={Symbol::Leave} />
                { "Sign out" }
            </MenuItem>
        </Menu>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn it_names_the_person_and_offers_themes_and_the_way_out() {
        let html = rendering::signed_in(
            "/executive",
            || html! { <UserMenu theme={Theme::Dark} choose_theme={Callback::noop()} /> },
        )
        .await;
        for text in [
            "Olivia Owner",
            "owner@demo",
            "System",
            "Light",
            "Dark",
            "Sign out",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
