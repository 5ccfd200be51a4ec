//! The application: a router, the session, and the page of the address.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;
use yew_router::prelude::*;

use crate::{
    browser::{self, Theme},
    components::{
        layout::{Shell, ShellSkeleton},
        ui::{Notice, NoticeProps},
    },
    navigation::{Route, address, use_place, visit},
    pages::{Area, Page, SignIn},
    session::{Absence, SessionProvider, State, use_session},
    state::{
        executions::Tab,
        view::{View, encode, next_of},
    },
};

/// Starts the application in the element `app` of the page.
pub fn run() {
    Theme::remembered().choose();
    // The page's own code is asked for at once, beside who is signed in; the page tells when it cannot be loaded.
    // Who is signed in may see another part than this one; then that one is loaded too.
    let tab = Tab::of(View::parse(&browser::query()).tab.as_deref(), true);
    if let Some(area) = Route::recognize(&browser::path()).and_then(|route| Area::of(&route, tab)) {
        spawn_local(async move { drop(area.load().await) });
    }
    let root = browser::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("app"));
    if let Some(root) = root {
        yew::Renderer::<App>::with_root(root).render();
    }
}

#[component]
fn App() -> Html {
    html! {
        <BrowserRouter>
            <SessionProvider>
                <Gate />
            </SessionProvider>
        </BrowserRouter>
    }
}

/// Lets signed-in people through, and everybody else to the sign-in and back.
#[component]
pub(crate) fn Gate() -> Html {
    let place = use_place();
    let session = use_session();
    let location = use_location();
    let navigator = use_navigator();
    let query = location
        .as_ref()
        .map(|location| location.query_str().to_owned())
        .unwrap_or_default();
    let towards = destination(
        &session.state,
        &place.route,
        &address(&place.route, &place.view),
        &query,
    );
    use_effect_with(place.route.title(), |title| browser::set_title(title));
    use_effect_with(towards.clone(), move |towards| {
        if let (Some((route, query)), Some(navigator)) = (towards, &navigator) {
            match route {
                // Where a person was on the way to the sign-in is no place to go back to.
                Route::Login => {
                    let _ = navigator
                        .replace_with_query(&Route::Login, yew_router::query::Raw(query.as_str()));
                }
                route => visit(navigator, route, query),
            }
        }
    });
    if towards.is_some() {
        return html! { <ShellSkeleton /> };
    }
    match (&session.state, &place.route) {
        (State::Unknown, _) => html! { <ShellSkeleton /> },
        (State::Failed(failure), _) => {
            let props = NoticeProps::failed(failure, session.reload.clone());
            html! { <main class="page page--alone"><Notice ..props /></main> }
        }
        (State::Absent(_), _) => html! { <SignIn /> },
        (State::Present(_), route) => html! { <Shell><Page route={route.clone()} /></Shell> },
    }
}

/// Where the person must go instead, with the query; absent where this is the right place.
fn destination(state: &State, route: &Route, here: &str, query: &str) -> Option<(Route, String)> {
    match (state, route) {
        (State::Absent(_), Route::Login) => None,
        (State::Absent(Absence::SignedOut), _) | (State::Absent(_), Route::Start) => {
            Some((Route::Login, String::new()))
        }
        (State::Absent(_), _) => Some((Route::Login, format!("next={}", encode(here)))),
        (State::Present(_), Route::Login) => {
            let next = next_of(query).unwrap_or_else(|| "/".to_owned());
            let (path, query) = next.split_once('?').unwrap_or((&next, ""));
            Some((
                Route::recognize(path).unwrap_or(Route::Start),
                query.to_owned(),
            ))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::{
        catalogue::tests::catalogue, rendering, session::SignedIn, state::session::tests::owner,
    };

    fn present() -> State {
        State::Present(SignedIn {
            viewer: Rc::new(owner()),
            catalogue: Rc::new(catalogue()),
        })
    }

    #[test]
    fn who_is_not_signed_in_goes_to_the_sign_in_and_comes_back() {
        let fresh = State::Absent(Absence::Fresh);
        let (route, query) = destination(
            &fresh,
            &Route::Executive,
            "/executive?range=7d",
            "?range=7d",
        )
        .unwrap();
        assert_eq!(route, Route::Login);
        let (route, query) = destination(&present(), &Route::Login, "/login", &query).unwrap();
        assert_eq!((route, query.as_str()), (Route::Executive, "range=7d"));
    }

    #[test]
    fn who_signed_out_does_not_come_back() {
        let gone = State::Absent(Absence::SignedOut);
        assert_eq!(
            destination(&gone, &Route::Executive, "/executive", ""),
            Some((Route::Login, String::new()))
        );
        assert_eq!(destination(&gone, &Route::Login, "/login", ""), None);
    }

    #[test]
    fn another_site_is_never_come_back_to() {
        let to = destination(&present(), &Route::Login, "/login", "?next=//evil.example");
        assert_eq!(to, Some((Route::Start, String::new())));
    }

    #[tokio::test]
    async fn the_shell_shows_who_is_signed_in() {
        let html = rendering::signed_in("/executive", || html! { <Gate /> }).await;
        for text in [
            "Olivia Owner",
            "Shadow Analytics",
            "All workspaces",
            "Last 30 days",
            "Sign out",
            r#"aria-busy="true""#,
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn pages_that_are_not_there_say_so() {
        let html = rendering::signed_in("/nowhere", || html! { <Gate /> }).await;
        assert!(html.contains("There is no such page"), "{html}");
    }
}
