//! What was committed, in the order of the feed, fanned out to every watch of this process.
//!
//! One relay numbers what was committed; one tailer reads what is numbered. Both are woken by a commit of this process;
//! what other processes commit is found by looking often. A row lock makes any number of relays one at a time.
//!
//! Where there is a Redis, whoever has the lease appends what is numbered to a stream there, and the tailers of all
//! replicas wait for it instead of looking. Whatever the stream lacks they read from the database.

mod buffer;
mod counters;
mod entry;
mod page;
mod publisher;
mod relay;
mod source;
mod tailer;

use std::sync::Arc;

use shadow_storage::Database;
use tokio::sync::{Notify, watch};

use crate::Config;
use crate::background::Background;

use buffer::Buffer;

pub(crate) use buffer::Reader;
pub(crate) use counters::Counters;
pub(crate) use entry::Entry;
pub(crate) use page::Page;

/// Where watches of this process get what is new.
#[derive(Clone)]
pub(crate) struct Feed {
    entries: Buffer,
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
            entries: Buffer::new(config.watch_buffer),
            wake: Arc::default(),
            ready: watch::Sender::new(false),
            counters: Counters::default(),
        };
        let numbered = Arc::new(Notify::new());
        background.spawn(relay::run(
            db.clone(),
            Arc::clone(committed),
            [Arc::clone(&feed.wake), Arc::clone(&numbered)],
            background.closing().clone(),
        ));
        background.spawn(tailer::run(
            db.clone(),
            feed.clone(),
            config.stream.clone(),
            config.poll,
            background.closing().clone(),
        ));
        if let Some(stream) = &config.stream {
            background.spawn(publisher::run(
                db.clone(),
                stream.clone(),
                feed.clone(),
                numbered,
                config.poll,
                background.closing().clone(),
            ));
        }
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

    /// Whether changes are watched in this process.
    fn is_watched(&self) -> bool {
        self.entries.is_read()
    }

    /// Everything that is numbered from now on, and possibly a little from before.
    pub(crate) async fn subscribe(&self) -> Reader {
        let mut ready = self.ready.subscribe();
        // Fails only without a sender, and `self` is one.
        drop(ready.wait_for(|ready| *ready).await);
        let entries = self.entries.subscribe();
        self.wake.notify_one();
        entries
    }
}
