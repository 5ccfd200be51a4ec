//! The top bar.

use yew::prelude::*;

use super::user_menu::UserMenu;
use crate::{
    browser::Theme,
    components::{
        filters::{ComparisonSwitch, RangePicker, WorkspaceSwitch},
        palette::Palette,
        realtime::LiveIndicator,
    },
    navigation::use_place,
};

/// The top bar: what narrows the view, how fresh it is, who is looking.
#[component]
pub fn Header() -> Html {
    let place = use_place();
    let theme = use_state_eq(Theme::remembered);
    let choose_theme = {
        let set = theme.setter();
        use_callback((), move |choice: Theme, ()| {
            choice.choose();
            set.set(choice);
        })
    };
    html! {
        <header class="header">
            <WorkspaceSwitch />
            <Palette choose_theme={choose_theme.clone()} />
            <span class="header__space"></span>
            <LiveIndicator />
            if place.route.has_range() {
                <RangePicker />
                <ComparisonSwitch />
            }
            <UserMenu theme={*theme} {choose_theme} />
        </header>
    }
}
