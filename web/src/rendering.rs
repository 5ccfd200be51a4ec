//! Renders components natively, as somebody who is signed in.

use std::rc::Rc;

use yew::{LocalServerRenderer, prelude::*};
use yew_router::{
    Router,
    history::{AnyHistory, History, MemoryHistory},
    query::Raw,
};

use crate::{
    catalogue::tests::catalogue,
    session::{Session, SignedIn, State},
    state::session::tests::owner,
};

#[derive(Properties)]
struct StageProps {
    at: &'static str,
    show: Rc<dyn Fn() -> Html>,
}

impl PartialEq for StageProps {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at && Rc::ptr_eq(&self.show, &other.show)
    }
}

#[component]
fn Stage(props: &StageProps) -> Html {
    let history = MemoryHistory::new();
    match props.at.split_once('?') {
        Some((path, query)) => history.push_with_query(path, Raw(query)).unwrap(),
        None => history.push(props.at),
    }
    let session = Session {
        state: State::Present(SignedIn {
            viewer: Rc::new(owner()),
            catalogue: Rc::new(catalogue()),
        }),
        reload: Callback::noop(),
        expire: Callback::noop(),
        sign_out: Callback::noop(),
    };
    html! {
        <Router history={AnyHistory::from(history)}>
            <ContextProvider<Session> context={session}>{ (props.show)() }</ContextProvider<Session>>
        </Router>
    }
}

/// The markup at an address, for the owner of the tests.
pub(crate) async fn signed_in(at: &'static str, show: impl Fn() -> Html + 'static) -> String {
    let props = StageProps {
        at,
        show: Rc::new(show),
    };
    LocalServerRenderer::<Stage>::with_props(props)
        .hydratable(false)
        .render()
        .await
}
