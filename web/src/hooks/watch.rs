//! The one stream of live changes: opened while the tab is seen, opened again after a break from where it was, with
//! growing pauses.

use std::{cell::RefCell, rc::Rc};

use chrono::{DateTime, Utc};
use futures_util::{
    future::{Either, abortable, select},
    pin_mut,
};
use gloo::timers::{callback::Timeout, future::TimeoutFuture};
use shadow_proto::streaming::v1::{
    Execution, ExecutionFilter, Topic, WatchRequest, WatchResponse, watch_response::Message,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::use_awake;
use crate::{
    api, browser,
    session::{Session, use_session},
    state::{
        connection::{GIVE_UP_AFTER_SECONDS, Link, backoff_millis},
        failure::Failure,
        feed::{Action, Feed},
    },
};

/// Changes are shown together at most this often, so that a burst does not draw the page for each of them.
const FLUSH_MILLIS: u32 = 150;
/// How many executions to begin with.
const SNAPSHOT_SIZE: u32 = 100;

/// What is watched.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Watched {
    /// The workspace, or every one that the person may see.
    pub workspace: Option<String>,
    /// The agent, or all.
    pub agent: Option<String>,
}

/// The feed and its stream.
#[derive(Clone, PartialEq)]
pub struct Watching {
    /// What was received.
    pub feed: UseReducerHandle<Feed>,
    /// What is being done about the stream.
    pub link: Link,
    /// When the server was last heard.
    pub heard: Option<DateTime<Utc>>,
    /// Opens the stream again, now.
    pub retry: Callback<()>,
}

/// Watches executions.
#[hook]
pub fn use_watch(watched: Watched) -> Watching {
    let session = use_session();
    let awake = use_awake();
    let feed = use_reducer_eq(Feed::default);
    let link = use_state_eq(Link::default);
    let heard = use_state_eq(|| None::<DateTime<Utc>>);
    let attempt = use_state_eq(|| 0_u32);
    let cursor = use_mut_ref(|| None::<(Watched, String)>);
    {
        let stream = Stream {
            session,
            feed: feed.dispatcher(),
            link: link.setter(),
            heard: heard.setter(),
            cursor,
            arrived: Rc::default(),
        };
        use_effect_with((watched, awake, *attempt), move |(watched, awake, _)| {
            let task = if !awake.online {
                stream.link.set(Link::Offline);
                None
            } else if !awake.visible {
                stream.link.set(Link::Hidden);
                None
            } else {
                let (task, handle) = abortable(stream.keep(watched.clone()));
                spawn_local(async move {
                    // An aborted task has nothing to say.
                    let _ = task.await;
                });
                Some(handle)
            };
            move || {
                if let Some(task) = task {
                    task.abort();
                }
            }
        });
    }
    let retry = Callback::from(move |()| attempt.set(*attempt + 1));
    Watching {
        feed,
        link: (*link).clone(),
        heard: *heard,
        retry,
    }
}

/// What one run of the stream works with.
struct Stream {
    session: Session,
    feed: UseReducerDispatcher<Feed>,
    link: UseStateSetter<Link>,
    heard: UseStateSetter<Option<DateTime<Utc>>>,
    cursor: Rc<RefCell<Option<(Watched, String)>>>,
    arrived: Rc<RefCell<Vec<Execution>>>,
}

impl Stream {
    async fn keep(self, watched: Watched) {
        let same = self
            .cursor
            .borrow()
            .as_ref()
            .is_some_and(|(known, _)| *known == watched);
        if !same {
            *self.cursor.borrow_mut() = None;
            self.feed.dispatch(Action::Clear);
        }
        self.link.set(Link::Connecting);
        let mut failures = 0;
        loop {
            let (opened, failure) = self.run(&watched).await;
            if opened {
                failures = 0;
            }
            failures += 1;
            match failure {
                // The token of a stream ends before the session does: asking again renews it. A session that has
                // ended refuses at once.
                Some(Failure::SignedOut) if !opened => {
                    self.session.expire.emit(());
                    return;
                }
                Some(Failure::CursorExpired) => *self.cursor.borrow_mut() = None,
                Some(failure @ (Failure::Forbidden | Failure::NotFound | Failure::Invalid(_))) => {
                    self.link.set(Link::Refused(failure.advice()));
                    return;
                }
                _ => {}
            }
            self.link.set(Link::Waiting(failures));
            TimeoutFuture::new(backoff_millis(failures, browser::random())).await;
        }
    }

    /// Opens the stream and follows it to its end. Answers whether it was open, and why it ended.
    async fn run(&self, watched: &Watched) -> (bool, Option<Failure>) {
        let request = WatchRequest {
            topics: vec![Topic::Executions.into()],
            workspace_ids: watched.workspace.iter().cloned().collect(),
            execution_filter: watched.agent.clone().map(|agent| ExecutionFilter {
                agent_ids: vec![agent],
                ..Default::default()
            }),
            cursor: self
                .cursor
                .borrow()
                .as_ref()
                .map(|(_, cursor)| cursor.clone()),
            snapshot_size: SNAPSHOT_SIZE,
        };
        let mut changes = match patiently(api::watch(request)).await {
            Ok(changes) => changes,
            Err(failure) => return (false, Some(failure)),
        };
        let mut opened = false;
        loop {
            match patiently(changes.next()).await {
                Ok(Some(message)) => {
                    opened = true;
                    self.receive(watched, message);
                }
                Ok(None) => return (opened, None),
                Err(failure) => return (opened, Some(failure)),
            }
        }
    }

    fn receive(&self, watched: &Watched, response: WatchResponse) {
        self.link.set(Link::Open);
        if !response.cursor.is_empty() {
            *self.cursor.borrow_mut() = Some((watched.clone(), response.cursor));
        }
        match response.message {
            Some(Message::Snapshot(snapshot)) => {
                // What arrived before is part of the snapshot.
                self.arrived.borrow_mut().clear();
                self.heard.set(Some(browser::now()));
                self.feed.dispatch(Action::Snapshot(snapshot.executions));
            }
            Some(Message::Change(change)) => self.collect(watched, change.execution),
            Some(Message::Heartbeat(_) | Message::Lagged(_)) | None => {
                self.heard.set(Some(browser::now()))
            }
        }
    }

    fn collect(&self, watched: &Watched, execution: Option<Execution>) {
        let Some(execution) = execution else { return };
        let first = self.arrived.borrow().is_empty();
        self.arrived.borrow_mut().push(execution);
        if first {
            let (arrived, cursor, watched) =
                (self.arrived.clone(), self.cursor.clone(), watched.clone());
            let (feed, heard) = (self.feed.clone(), self.heard.clone());
            // The timer outlives the stream: the cursor is past these changes, so nobody would send them again.
            Timeout::new(FLUSH_MILLIS, move || {
                let arrived = arrived.take();
                if cursor
                    .borrow()
                    .as_ref()
                    .is_some_and(|(current, _)| *current == watched)
                {
                    heard.set(Some(browser::now()));
                    feed.dispatch(Action::Changes(arrived));
                }
            })
            .forget();
        }
    }
}

/// Gives up on a server that has been silent for too long.
async fn patiently<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let silence = TimeoutFuture::new(GIVE_UP_AFTER_SECONDS as u32 * 1_000);
    pin_mut!(work);
    match select(work, silence).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(Failure::Unavailable),
    }
}
