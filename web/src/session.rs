//! The session as the pages see it: who is signed in, and what to do when nobody is.

use std::rc::Rc;

use gloo::timers::callback::Interval;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    api,
    catalogue::Catalogue,
    state::{failure::Failure, session::Viewer},
};

/// The gateway ends a session that was not used for a quarter of an hour.
const RENEW_EVERY_MILLIS: u32 = 4 * 60 * 1_000;

/// Why nobody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// There was no session.
    Fresh,
    /// The session ended by itself.
    Expired,
    /// The person signed out.
    SignedOut,
}

/// What is known about the session.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Nothing yet.
    Unknown,
    /// Nobody is signed in.
    Absent(Absence),
    /// Somebody is.
    Present(SignedIn),
    /// The server does not say.
    Failed(Failure),
}

/// What every page behind the sign-in may rely on.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedIn {
    /// Who it is.
    pub viewer: Rc<Viewer>,
    /// What the metrics mean.
    pub catalogue: Rc<Catalogue>,
}

/// The session, for any component.
#[derive(Clone, PartialEq)]
pub struct Session {
    /// What is known.
    pub state: State,
    /// Asks the server again.
    pub reload: Callback<()>,
    /// Notes that the server no longer knows the session.
    pub expire: Callback<()>,
    /// Ends the session.
    pub sign_out: Callback<()>,
}

impl Session {
    /// Notes a failure that means the end of the session; true when it was one.
    pub fn ended_by(&self, failure: &Failure) -> bool {
        let ended = *failure == Failure::SignedOut;
        if ended {
            self.expire.emit(());
        }
        ended
    }
}

/// Properties of [`SessionProvider`].
#[derive(Properties, PartialEq)]
pub struct SessionProviderProps {
    /// What may ask for the session.
    pub children: Html,
}

/// Asks who is signed in, and keeps the session while the application is open.
#[component]
pub fn SessionProvider(props: &SessionProviderProps) -> Html {
    let state = use_state_eq(|| State::Unknown);
    let reload = {
        let set = state.setter();
        use_callback((), move |(), ()| load(set.clone()))
    };
    let expire = {
        let set = state.setter();
        use_callback((), move |(), ()| set.set(State::Absent(Absence::Expired)))
    };
    let sign_out = {
        let set = state.setter();
        use_callback((), move |(), ()| {
            let set = set.clone();
            spawn_local(async move {
                set.set(match api::sign_out().await {
                    Ok(()) | Err(Failure::SignedOut) => State::Absent(Absence::SignedOut),
                    Err(failure) => State::Failed(failure),
                });
            });
        })
    };
    use_effect_with((), {
        let reload = reload.clone();
        move |()| reload.emit(())
    });
    let present = matches!(*state, State::Present(_));
    use_effect_with(present, {
        let expire = expire.clone();
        move |present| {
            // Also in a hidden tab: a person who comes back finds the page as it was, until the session's own limit.
            let interval = present.then(|| {
                Interval::new(RENEW_EVERY_MILLIS, move || {
                    let expire = expire.clone();
                    spawn_local(async move {
                        if api::renew().await == Err(Failure::SignedOut) {
                            expire.emit(());
                        }
                    });
                })
            });
            move || drop(interval)
        }
    });
    let session = Session {
        state: (*state).clone(),
        reload,
        expire,
        sign_out,
    };
    html! { <ContextProvider<Session> context={session}>{ props.children.clone() }</ContextProvider<Session>> }
}

fn load(set: UseStateSetter<State>) {
    spawn_local(async move {
        set.set(match api::begin().await {
            Ok((viewer, catalogue)) => State::Present(SignedIn {
                viewer: Rc::new(viewer),
                catalogue: Rc::new(catalogue),
            }),
            Err(Failure::SignedOut) => State::Absent(Absence::Fresh),
            Err(failure) => State::Failed(failure),
        });
    });
}

/// The session.
#[hook]
pub fn use_session() -> Session {
    use_context::<Session>().unwrap_or_else(|| Session {
        state: State::Unknown,
        reload: Callback::noop(),
        expire: Callback::noop(),
        sign_out: Callback::noop(),
    })
}

/// Who is signed in; on pages behind the sign-in there is always somebody.
#[hook]
pub fn use_signed_in() -> SignedIn {
    match use_session().state {
        State::Present(signed_in) => signed_in,
        _ => SignedIn {
            viewer: Rc::default(),
            catalogue: Rc::default(),
        },
    }
}
