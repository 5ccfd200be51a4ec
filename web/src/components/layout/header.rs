//! The top bar.

use yew::prelude::*;

use super::user_menu::UserMenu;
use crate::{
    components::{
        filters::{ComparisonSwitch, RangePicker, WorkspaceSwitch},
        realtime::LiveIndicator,
    },
    navigation::use_place,
};

/// The top bar: what narrows the view, how fresh it is, who is looking.
#[component]
pub fn Header() -> Html {
    let place = use_place();
    html! {
        <header class="header">
            <WorkspaceSwitch />
            <span class="header__space"></span>
            <LiveIndicator />
            if place.route.has_range() {
                <RangePicker />
                <ComparisonSwitch />
            }
            <UserMenu />
        </header>
    }
}
