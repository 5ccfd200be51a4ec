//! What was committed, in the order of the feed, fanned out to every watch of this process.
//!
//! One relay numbers what was committed; one tailer reads what is numbered. Both are woken by a commit of this process;
//! what other processes commit is found by looking often. A row lock makes any number of relays one at a time.

mod relay;
mod tailer;

use std::sync::Arc;

use shadow_domain::execution::Status;
use shadow_proto::streaming::v1 as proto;
use shadow_storage::Database;
use shadow_storage::feed::Change;
use tokio::sync::{Notify, broadcast, watch};
use uuid::Uuid;

use crate::background::Background;
use crate::{Config, convert};

/// A change in the form in which it is sent, made once for all watches.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) position: i64,
    pub(crate) workspace_id: Uuid,
    pub(crate) execution_id: Uuid,
    pub(crate) agent_id: String,
    pub(crate) status: Status,
    /// Known from the end on.
    pub(crate) model: Option<String>,
    pub(crate) duration_micros: Option<i64>,
    pub(crate) revision: i32,
    pub(crate) change: proto::ExecutionChange,
}

impl From<Change> for Entry {
    fn from(change: Change) -> Self {
        let Change {
            position,
            execution,
            agent_name,
            revision,
            committed_at,
            ..
        } = change;
        let end = execution.end.as_ref();
        Self {
            position,
            workspace_id: execution.identity.workspace_id,
            execution_id: execution.identity.execution_id,
            status: execution.status(),
            model: end.and_then(|end| end.model.clone()),
            duration_micros: end.and_then(|end| end.duration_micros),
            revision,
            change: convert::change(&execution, &agent_name, revision, committed_at),
            agent_id: execution.identity.agent_id,
        }
    }
}

/// Where watches of this process get what is new.
#[derive(Clone)]
pub(crate) struct Feed {
    entries: broadcast::Sender<Arc<Entry>>,
    wake: Arc<Notify>,
    /// Whether the tailer knows where it goes on from.
    ready: watch::Sender<bool>,
}

impl Feed {
    /// Starts the relay and the tailer; they end when `background` closes. `committed` is notified after each commit.
    pub(crate) fn start(
        db: &Database,
        config: &Config,
        committed: &Arc<Notify>,
        background: &Background,
    ) -> Self {
        let feed = Self {
            entries: broadcast::Sender::new(config.watch_buffer.max(1)),
            wake: Arc::default(),
            ready: watch::Sender::new(false),
        };
        background.spawn(relay::run(
            db.clone(),
            Arc::clone(committed),
            Arc::clone(&feed.wake),
            background.closing().clone(),
        ));
        background.spawn(tailer::run(
            db.clone(),
            feed.clone(),
            config.poll,
            background.closing().clone(),
        ));
        feed
    }

    /// Everything that is numbered from now on, and possibly a little from before.
    pub(crate) async fn subscribe(&self) -> broadcast::Receiver<Arc<Entry>> {
        let mut ready = self.ready.subscribe();
        // Fails only without a sender, and `self` is one.
        drop(ready.wait_for(|ready| *ready).await);
        let entries = self.entries.subscribe();
        self.wake.notify_one();
        entries
    }
}
