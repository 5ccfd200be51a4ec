//! No such page.

use yew::prelude::*;

use crate::{
    components::ui::{Notice, NoticeKind},
    navigation::{Go, Route},
    state::view::View,
};

/// No such page.
#[component]
pub fn NotFound() -> Html {
    html! {
        <>
            <h1 class="page__title">{ "Not found" }</h1>
            <Notice kind={NoticeKind::Empty} title="There is no such page">
                <Go to={Route::Start} view={View::default()} class="link">{ "Go to the beginning" }</Go>
            </Notice>
        </>
    }
}
