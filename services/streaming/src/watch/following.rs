//! A watch that has caught up: whoever writes to the client reads what is handed out where it is, so that nothing is
//! queued for this watch and nobody is woken in between.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use metrics::Histogram;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until};
use uuid::Uuid;

use crate::feed::{Entry, Reader};
use crate::telemetry;

use super::access::Access;
use super::request::Filter;

/// How far a watch has come.
#[derive(Debug)]
pub(super) struct Progress {
    /// Everything up to here was sent or was not wanted; absent before the snapshot.
    pub(super) position: Option<i64>,
    /// What the snapshot held of executions, by revision: changes that lead up to it are not sent again.
    pub(super) held: BTreeMap<(Uuid, Uuid), i32>,
    pub(super) last_sent: Instant,
}

impl Progress {
    pub(super) fn after(position: Option<i64>) -> Self {
        Self {
            position,
            held: BTreeMap::new(),
            last_sent: Instant::now(),
        }
    }

    /// Whether a change is to be sent: unless it was, is not wanted, or leads up to what a snapshot held. It is settled
    /// with this.
    pub(super) fn takes(&mut self, entry: &Entry, wanted: impl FnOnce(&Entry) -> bool) -> bool {
        if self
            .position
            .is_some_and(|position| entry.position <= position)
        {
            return false;
        }
        self.position = Some(entry.position);
        if !wanted(entry) {
            return false;
        }
        let key = (entry.workspace_id, entry.execution_id);
        match self.held.get(&key) {
            Some(revision) if entry.revision <= *revision => false,
            Some(_) => {
                self.held.remove(&key);
                true
            }
            None => true,
        }
    }
}

/// See the module.
pub(super) struct Following {
    entries: Arc<Reader>,
    pub(super) progress: Progress,
    filter: Arc<Filter>,
    access: Arc<Access>,
    heartbeat: Duration,
    /// Fires when nothing may have been sent for as long as `heartbeat`.
    silent: Pin<Box<Sleep>>,
    delivery: Histogram,
    back: oneshot::Sender<Progress>,
}

/// What a watch has for its client.
pub(super) enum Next {
    /// Changes, as gRPC sends them.
    Changes(Bytes),
    Heartbeat,
    /// What comes next is not in the buffer any more.
    Lagged,
}

impl Following {
    /// Goes on from there; when it lags the progress comes back.
    pub(super) fn new(
        entries: Arc<Reader>,
        progress: Progress,
        filter: Arc<Filter>,
        access: Arc<Access>,
        heartbeat: Duration,
    ) -> (Self, oneshot::Receiver<Progress>) {
        let (back, returned) = oneshot::channel();
        let following = Self {
            entries,
            silent: Box::pin(sleep_until(progress.last_sent + heartbeat)),
            progress,
            filter,
            access,
            heartbeat,
            delivery: metrics::histogram!("shadow_watch_delivery_seconds"),
            back,
        };
        (following, returned)
    }

    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Next> {
        while let Poll::Ready(page) = self.entries.poll_next(context) {
            let Ok(page) = page else {
                return Poll::Ready(Next::Lagged);
            };
            let (scope, filter) = (self.access.scope(), &self.filter);
            let progress = &mut self.progress;
            let wanted = |entry: &Entry| scope.contains(&entry.workspace_id) && filter.keeps(entry);
            let changes = page.kept(|entry| progress.takes(entry, wanted));
            if let Some(oldest) = page.entries().first() {
                self.delivery.record(telemetry::since(oldest.committed_at));
            }
            if !changes.is_empty() {
                progress.last_sent = Instant::now();
                return Poll::Ready(Next::Changes(changes));
            }
        }
        while self.silent.as_mut().poll(context).is_ready() {
            let until = self.progress.last_sent + self.heartbeat;
            let now = Instant::now();
            if until <= now {
                self.progress.last_sent = now;
                self.silent.as_mut().reset(now + self.heartbeat);
                return Poll::Ready(Next::Heartbeat);
            }
            self.silent.as_mut().reset(until);
        }
        Poll::Pending
    }

    /// Lets the session take over.
    pub(super) fn give_back(self) {
        // It is not there any more when the watch ends.
        drop(self.back.send(self.progress));
    }
}
