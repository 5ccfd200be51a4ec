//! Asks a page's question, and again while its answer may change. What was answered stays on the screen until the next
//! answer is there, so nothing jumps.

use std::rc::Rc;

use futures_util::future::{AbortHandle, LocalBoxFuture, abortable};
use gloo::timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::use_awake;
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
    /// Why there is no newer one.
    pub failure: Option<Failure>,
    /// Whether the answer is to an earlier question.
    pub outdated: bool,
    /// Asks again.
    pub retry: Callback<()>,
}

type Answer<Q, A> = Option<(Q, Rc<A>)>;

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
            .is_some_and(|(question, _)| *question != asked),
        loaded: loaded.as_ref().map(|(_, answer)| answer.clone()),
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
                set_loaded.set(Some((asked.clone(), Rc::new(answer))));
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
