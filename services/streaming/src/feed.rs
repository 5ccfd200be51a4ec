//! What was committed, in the order of the feed, fanned out to every watch of this process.
//!
//! One relay numbers what was committed; one tailer reads what is numbered. Both are woken by a commit of this process;
//! what other processes commit is found by looking often. A row lock makes any number of relays one at a time.

mod counters;
mod entry;
mod relay;
mod tailer;

use std::sync::Arc;

use shadow_storage::Database;
use tokio::sync::{Notify, broadcast, watch};

use crate::Config;
use crate::background::Background;

pub(crate) use counters::Counters;
pub(crate) use entry::Entry;

/// Where watches of this process get what is new.
#[derive(Clone)]
pub(crate) struct Feed {
    entries: broadcast::Sender<Arc<Entry>>,
    wake: Arc<Notify>,
    /// Whether the tailer knows where it goes on from.
    ready: watch::Sender<bool>,
    counters: Counters,
}

impl Feed {
    /// Starts the relay, the tailer and what follows the counters; they end when `background` closes. `committed` is notified after each commit.
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
            counters: Counters::default(),
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
        background.spawn(counters::run(
            db.clone(),
            feed.counters.clone(),
            background.closing().clone(),
        ));
        feed
    }

    /// How much is going on.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
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
