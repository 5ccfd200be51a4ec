//! Asks a page's question, and again while its answer may change. What was answered stays on the screen until the next
//! answer is there, so nothing jumps.

use std::rc::Rc;

use chrono::{DateTime, Utc};
use futures_util::future::{AbortHandle, LocalBoxFuture, abortable};
use gloo::timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{Pulse, use_awake};
use crate::{
    session::{Session, use_session},
    state::failure::Failure,
};

/// How long an answer that may change is shown before it is asked for again.
const FRESH_MILLIS: u32 = 10_000;

/// An answer, and whether asking again may bring another.
pub struct Fresh<A> {
    /// What came back.
    pub answer: A,
    /// Whether its range reaches to now.
    pub live: bool,
}

/// How a question is put to the server.
pub(super) type Ask<Q, A> = fn(Q) -> LocalBoxFuture<'static, Result<Fresh<A>, Failure>>;

/// How far a page is.
pub struct Answered<A> {
    /// The latest answer, which may be to an earlier question.
    pub loaded: Option<Rc<A>>,
    /// Whether it may change, and is asked for again.
    pub live: bool,
    /// Why there is no newer one.
    pub failure: Option<Failure>,
    /// Whether the answer is to an earlier question.
    pub outdated: bool,
    /// Asks again.
    pub retry: Callback<()>,
}

impl<A> Answered<A> {
    /// How fresh the page is, where `as_of` finds in the answer when its data was read.
    pub fn pulse(&self, as_of: impl FnOnce(&A) -> Option<DateTime<Utc>>) -> Pulse {
        match self.loaded.as_deref().and_then(as_of) {
            Some(as_of) => Pulse::Answer {
                as_of,
                follows: self.live,
                failing: self.failure.is_some(),
            },
            None => Pulse::None,
        }
    }
}

/// What came back, to which question, and whether it may change.
type Answer<Q, A> = Option<(Q, Rc<A>, bool)>;

/// Asks a question, in the same way for as long as the page is there.
#[hook]
pub fn use_answer<Q, A>(asked: Q, ask: Ask<Q, A>) -> Answered<A>
where
    Q: Clone + PartialEq + 'static,
    A: PartialEq + 'static,
{
    let session = use_session();
    let awake = use_awake();
    let loaded = use_state_eq(|| Answer::<Q, A>::None);
    let failure = use_state_eq(|| None::<Failure>);
    let attempt = use_state_eq(|| 0_u32);
    {
        let (set_loaded, set_failure) = (loaded.setter(), failure.setter());
        use_effect_with(
            (asked.clone(), *attempt, awake.asks()),
            move |(asked, _, asks)| {
                let forever = ask_for_ever(asked.clone(), ask, session, set_loaded, set_failure);
                let task = asks.then(|| start(forever));
                move || {
                    if let Some(task) = task {
                        task.abort();
                    }
                }
            },
        );
    }
    let retry = {
        let (attempt, set_failure) = (attempt.clone(), failure.setter());
        Callback::from(move |()| {
            set_failure.set(None);
            attempt.set(*attempt + 1);
        })
    };
    let offline = (!awake.online).then_some(Failure::Offline);
    Answered {
        outdated: loaded
            .as_ref()
            .is_some_and(|(question, ..)| *question != asked),
        live: loaded.as_ref().is_some_and(|(.., live)| *live),
        loaded: loaded.as_ref().map(|(_, answer, _)| answer.clone()),
        failure: offline.or_else(|| (*failure).clone()),
        retry,
    }
}

async fn ask_for_ever<Q: Clone + PartialEq, A: PartialEq>(
    asked: Q,
    ask: Ask<Q, A>,
    session: Session,
    set_loaded: UseStateSetter<Answer<Q, A>>,
    set_failure: UseStateSetter<Option<Failure>>,
) {
    loop {
        match ask(asked.clone()).await {
            Ok(Fresh { answer, live }) => {
                set_loaded.set(Some((asked.clone(), Rc::new(answer), live)));
                set_failure.set(None);
                if !live {
                    return;
                }
            }
            Err(failure) if session.ended_by(&failure) => return,
            Err(failure) => {
                let may_pass = failure.may_pass();
                set_failure.set(Some(failure));
                if !may_pass {
                    return;
                }
            }
        }
        TimeoutFuture::new(FRESH_MILLIS).await;
    }
}

fn start(task: impl Future<Output = ()> + 'static) -> AbortHandle {
    let (task, handle) = abortable(task);
    spawn_local(async move {
        // An aborted task has nothing to say.
        let _ = task.await;
    });
    handle
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(live: bool, loaded: Option<Rc<DateTime<Utc>>>) -> Answered<DateTime<Utc>> {
        Answered {
            loaded,
            live,
            failure: Some(Failure::Offline),
            outdated: false,
            retry: Callback::noop(),
        }
    }

    #[test]
    fn only_what_may_change_is_followed() {
        let at: DateTime<Utc> = "2026-11-24T21:00:00Z".parse().unwrap();
        for live in [true, false] {
            let pulse = answered(live, Some(Rc::new(at))).pulse(|at| Some(*at));
            let expected = Pulse::Answer {
                as_of: at,
                follows: live,
                failing: true,
            };
            assert_eq!(pulse, expected);
        }
        assert_eq!(answered(true, None).pulse(|at| Some(*at)), Pulse::None);
        let nothing_read = answered(true, Some(Rc::new(at))).pulse(|_| None);
        assert_eq!(nothing_read, Pulse::None);
    }
}
