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
    session::use_signed_in,
    state::session::Permission,
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
    let viewer = use_signed_in().viewer;
    let may_watch = viewer.may(Permission::WatchEvents, place.view.workspace.as_deref());
    html! {
        <header class="header">
            <WorkspaceSwitch />
            <Palette choose_theme={choose_theme.clone()} />
            <span class="header__space"></span>
            <LiveIndicator />
            if place.has_range(may_watch) {
                <RangePicker />
                <ComparisonSwitch />
            }
            <UserMenu theme={*theme} {choose_theme} />
        </header>
    }
}
