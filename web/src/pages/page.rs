//! The page of the address, as soon as its code is there.

use std::{collections::BTreeMap, rc::Rc};

use gloo::timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{
    NotFound, Start,
    areas::{Area, Show},
    executions::use_tab,
};
use crate::{
    browser,
    components::{
        layout::PageSkeleton,
        ui::{Notice, NoticeKind},
    },
    navigation::Route,
};

/// How long a page is let alone before the others are loaded ahead: its own requests come first.
const AHEAD_AFTER_MILLIS: u32 = 3_000;

/// What came of the areas that were asked for; absent where it could not be loaded.
#[derive(Default, Clone)]
struct Areas(BTreeMap<Area, Option<Show>>);

impl Reducible for Areas {
    type Action = (Area, Option<Show>);

    fn reduce(self: Rc<Self>, (area, show): Self::Action) -> Rc<Self> {
        let mut areas = (*self).clone();
        areas.0.insert(area, show);
        Rc::new(areas)
    }
}

/// Properties of [`Page`].
#[derive(Properties, PartialEq)]
pub struct PageProps {
    /// Where the person is.
    pub route: Route,
}

/// The page of the address. Once it is there, the other pages are loaded too, so that going to them needs no waiting.
#[component]
pub fn Page(props: &PageProps) -> Html {
    let areas = use_reducer(Areas::default);
    let area = Area::of(&props.route, use_tab());
    let dispatcher = areas.dispatcher();
    use_effect_with(area, move |area| {
        let area = *area;
        spawn_local(async move {
            let Some(area) = area else { return };
            let shown = area.load().await.ok();
            dispatcher.dispatch((area, shown));
            if shown.is_none() {
                return;
            }
            TimeoutFuture::new(AHEAD_AFTER_MILLIS).await;
            for area in Area::AHEAD {
                // Who goes there tries again, and is told when it fails.
                if let Ok(show) = area.load().await {
                    dispatcher.dispatch((area, Some(show)));
                }
            }
        });
    });
    match (&props.route, area.map(|area| areas.0.get(&area))) {
        (Route::Start | Route::Login, _) => html! { <Start /> },
        (_, Some(None)) => html! { <PageSkeleton /> },
        (_, Some(Some(None))) => html! { <NotLoaded /> },
        (route, Some(Some(Some(show)))) => show(route).unwrap_or_else(|| html! { <NotFound /> }),
        (_, None) => html! { <NotFound /> },
    }
}

/// Where one signs in, as soon as its code is there; what is seen next is loaded meanwhile.
#[component]
pub fn SignIn() -> Html {
    let shown = use_state(|| None::<Option<Show>>);
    use_effect_with((), {
        let shown = shown.setter();
        move |()| {
            spawn_local(async move {
                shown.set(Some(Area::SignIn.load().await.ok()));
                drop(Area::Overview.load().await);
            });
        }
    });
    match *shown {
        None => html! { <main class="login" aria-busy="true" aria-label="Loading"></main> },
        Some(show) => match show.and_then(|show| show(&Route::Login)) {
            Some(page) => page,
            None => html! { <main class="page page--alone"><NotLoaded /></main> },
        },
    }
}

/// The code of a page could not be loaded. It may be of a build that the server has no more, so trying again means to
/// load everything again.
#[component]
fn NotLoaded() -> Html {
    let retry = Callback::from(|()| browser::reload());
    html! {
        <Notice kind={NoticeKind::Error} title="This page could not be loaded" {retry}>
            <p>{ "The connection may be gone, or the dashboard has been updated since this tab was opened." }</p>
        </Notice>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn a_page_has_a_shape_before_its_code_is_there() {
        let html =
            rendering::signed_in("/agents", || html! { <Page route={Route::Agents} /> }).await;
        assert!(html.contains(r#"aria-busy="true""#), "{html}");
    }

    #[tokio::test]
    async fn a_page_that_could_not_be_loaded_says_what_to_do() {
        let html = rendering::signed_in("/agents", || html! { <NotLoaded /> }).await;
        assert!(
            html.contains("could not be loaded") && html.contains("Try again"),
            "{html}"
        );
    }

    #[test]
    fn an_area_that_failed_is_tried_again() {
        let show: Show = |_| Some(Html::default());
        let areas = Rc::new(Areas::default()).reduce((Area::Agents, None));
        assert!(areas.0[&Area::Agents].is_none());
        let areas = areas.reduce((Area::Agents, Some(show)));
        assert!(areas.0[&Area::Agents].is_some());
    }
}
