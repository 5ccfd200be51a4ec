//! Asks a page's question, and again while its range reaches to now. What was answered stays on the screen until the
//! next answer is there, so nothing jumps.

use std::rc::Rc;

use futures_util::future::{AbortHandle, abortable};
use gloo::timers::future::TimeoutFuture;
use shadow_proto::metrics::v1::QueryResponse;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::use_awake;
use crate::{
    api, browser,
    session::use_session,
    state::{answer::begun, failure::Failure, query::Question, range::Span, view::Compare},
    zone::Zone,
};

/// How long an answer that reaches to now is shown before it is asked for again.
const FRESH_MILLIS: u32 = 10_000;

/// What a page wants to know; the clock makes a question of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The workspace, or every one that the person may see.
    pub workspace: Option<String>,
    /// The span of time.
    pub span: Span,
    /// The zone.
    pub zone: Zone,
    /// The comparison.
    pub compare: Compare,
}

impl Asked {
    /// The question now.
    pub fn question(&self) -> Question {
        Question {
            workspace: self.workspace.clone(),
            range: self.span.range(&*self.zone, browser::now()),
            zone: shadow_domain::time::Zone::name(&*self.zone).to_owned(),
            compare: self.compare,
        }
    }
}

/// An answer with its question.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// What the page wanted to know.
    pub asked: Asked,
    /// What was asked.
    pub question: Question,
    /// What came back.
    pub response: Rc<QueryResponse>,
}

/// How far the page is.
#[derive(Clone, PartialEq)]
pub struct PageQuery {
    /// The latest answer, which may be to an earlier question.
    pub loaded: Option<Rc<Loaded>>,
    /// Why there is no newer one.
    pub failure: Option<Failure>,
    /// Whether the answer is to an earlier question.
    pub outdated: bool,
    /// Asks again.
    pub retry: Callback<()>,
}

/// Asks what the page wants to know.
#[hook]
pub fn use_page_query(asked: Asked) -> PageQuery {
    let session = use_session();
    let awake = use_awake();
    let loaded = use_state_eq(|| None::<Rc<Loaded>>);
    let failure = use_state_eq(|| None::<Failure>);
    let attempt = use_state_eq(|| 0_u32);
    {
        let (set_loaded, set_failure) = (loaded.setter(), failure.setter());
        use_effect_with(
            (asked.clone(), *attempt, awake.asks()),
            move |(asked, _, asks)| {
                let task = asks.then(|| {
                    start(ask_for_ever(
                        asked.clone(),
                        session,
                        set_loaded,
                        set_failure,
                    ))
                });
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
    let outdated = loaded.as_ref().is_some_and(|loaded| loaded.asked != asked);
    let offline = (!awake.online).then_some(Failure::Offline);
    PageQuery {
        loaded: (*loaded).clone(),
        failure: offline.or_else(|| (*failure).clone()),
        outdated,
        retry,
    }
}

async fn ask_for_ever(
    asked: Asked,
    session: crate::session::Session,
    set_loaded: UseStateSetter<Option<Rc<Loaded>>>,
    set_failure: UseStateSetter<Option<Failure>>,
) {
    loop {
        let question = asked.question();
        match api::query(question.request()).await {
            Ok(response) => {
                let live = question.is_live(browser::now());
                let loaded = Loaded {
                    asked: asked.clone(),
                    question,
                    response: Rc::new(begun(response)),
                };
                set_loaded.set(Some(Rc::new(loaded)));
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
