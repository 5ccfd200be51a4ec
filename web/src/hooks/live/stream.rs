//! The stream itself: opened, followed, and opened again after a break from where it was, with growing pauses.

use std::{cell::RefCell, rc::Rc};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{
    future::{Either, select},
    pin_mut,
};
use gloo::timers::{callback::Timeout, future::TimeoutFuture};
use shadow_proto::streaming::v1::{ExecutionChange, WatchResponse, watch_response::Message};
use yew::prelude::*;

use super::{Counted, Shared, SharedCounters};
use crate::{
    api, browser,
    session::Session,
    state::{
        connection::{Connection, GIVE_UP_AFTER_SECONDS, Link, Signal, backoff_millis, resumes},
        failure::Failure,
        feed::Action,
        query::instant,
        watched::Watched,
    },
};

/// Changes are shown together at most this often, so that a burst does not draw the page for each of them.
const FLUSH_MILLIS: u32 = 150;

/// Where the stream is.
#[derive(Default)]
pub(super) struct Place {
    /// What was watched last, and the cursor to go on from.
    cursor: Option<(Watched, String)>,
    /// When the server was last heard.
    heard: Option<DateTime<Utc>>,
    /// How far its clock is ahead.
    ahead: TimeDelta,
}

/// What one run of the stream works with.
pub(super) struct Stream {
    pub(super) session: Session,
    pub(super) feed: UseReducerDispatcher<Shared>,
    pub(super) counters: UseReducerDispatcher<SharedCounters>,
    pub(super) connection: UseReducerDispatcher<Connection>,
    pub(super) place: Rc<RefCell<Place>>,
    pub(super) arrived: Rc<RefCell<Vec<ExecutionChange>>>,
}

impl Stream {
    pub(super) fn turn(&self, link: Link) {
        self.connection.dispatch(Signal::Turned(link));
    }

    pub(super) async fn keep(self, watched: Watched) {
        self.begin(&watched);
        self.turn(Link::Connecting);
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
                Some(Failure::CursorExpired) => self.place.borrow_mut().cursor = None,
                Some(failure @ (Failure::Forbidden | Failure::NotFound | Failure::Invalid(_))) => {
                    self.turn(Link::Refused(failure.advice()));
                    return;
                }
                _ => {}
            }
            self.turn(Link::Waiting(failures));
            TimeoutFuture::new(backoff_millis(failures, browser::random())).await;
        }
    }

    /// Goes on with what was watched, or forgets it.
    fn begin(&self, watched: &Watched) {
        self.counters
            .dispatch(Counted::Begin(watched.workspace.clone()));
        let mut place = self.place.borrow_mut();
        let same = place
            .cursor
            .as_ref()
            .is_some_and(|(known, _)| known == watched);
        if !same {
            place.cursor = None;
            self.feed.dispatch(Action::Begin(watched.clone()));
        } else if !resumes(place.heard, browser::now()) {
            place.cursor = None;
        }
    }

    /// Opens the stream and follows it to its end. Answers whether it was open, and why it ended.
    async fn run(&self, watched: &Watched) -> (bool, Option<Failure>) {
        let cursor = self
            .place
            .borrow()
            .cursor
            .as_ref()
            .map(|(_, cursor)| cursor.clone());
        let mut changes = match patiently(api::watch(watched.request(cursor))).await {
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
        let at = browser::now();
        {
            let mut place = self.place.borrow_mut();
            place.heard = Some(at);
            if !response.cursor.is_empty() {
                place.cursor = Some((watched.clone(), response.cursor));
            }
        }
        match response.message {
            Some(Message::Snapshot(snapshot)) => {
                // What arrived before is part of the snapshot.
                self.arrived.borrow_mut().clear();
                self.connection.dispatch(Signal::Snapshot { at });
                self.feed.dispatch(Action::Snapshot {
                    executions: snapshot.executions,
                    at: at + self.place.borrow().ahead,
                });
            }
            Some(Message::Change(change)) => self.collect(watched, change),
            Some(Message::Heartbeat(heartbeat)) => {
                let server_time = instant(heartbeat.server_time.as_ref());
                if let Some(server_time) = server_time {
                    self.place.borrow_mut().ahead = server_time - at;
                }
                self.connection
                    .dispatch(Signal::Heartbeat { at, server_time });
            }
            Some(Message::Lagged(lagged)) => self.connection.dispatch(Signal::Missed {
                at,
                changes: lagged.missed,
            }),
            Some(Message::Counters(counters)) => {
                self.connection.dispatch(Signal::Counters { at });
                self.counters.dispatch(Counted::Said(counters));
            }
            None => {}
        }
    }

    fn collect(&self, watched: &Watched, change: ExecutionChange) {
        let first = self.arrived.borrow().is_empty();
        self.arrived.borrow_mut().push(change);
        if !first {
            return;
        }
        let (arrived, place, watched) = (self.arrived.clone(), self.place.clone(), watched.clone());
        let (feed, connection) = (self.feed.clone(), self.connection.clone());
        // The timer outlives the stream: the cursor is past these changes, so nobody would send them again.
        Timeout::new(FLUSH_MILLIS, move || {
            let arrived = arrived.take();
            let current = place
                .borrow()
                .cursor
                .as_ref()
                .is_some_and(|(current, _)| *current == watched);
            let Some(last) = arrived.last().filter(|_| current) else {
                return;
            };
            let stored = instant(last.commit_time.as_ref());
            connection.dispatch(Signal::Changes {
                at: browser::now(),
                stored,
            });
            feed.dispatch(Action::Changes(arrived));
        })
        .forget();
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
