//! Reads what is numbered, once for all watches of the process.

use std::time::Duration;

use metrics::{gauge, histogram};
use shadow_auth::Scope;
use shadow_storage::feed::Stream;
use shadow_storage::{Database, Error, feed};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::source::Source;
use super::{Entry, Feed};
use crate::telemetry;

/// How many changes are read at once.
const PAGE: usize = 1_000;

/// How often the position is looked at while nobody watches.
const IDLE: Duration = Duration::from_secs(5);

struct Tailer {
    db: Database,
    feed: Feed,
    source: Option<Source>,
    /// Everything up to here was handed out; absent until it is known where to begin.
    position: Option<i64>,
}

/// Reads until `closing`.
pub(super) async fn run(
    db: Database,
    feed: Feed,
    stream: Option<Stream>,
    poll: Duration,
    closing: CancellationToken,
) {
    let mut tailer = Tailer {
        db,
        feed: feed.clone(),
        source: stream.map(Source::new),
        position: None,
    };
    loop {
        let done = tokio::select! {
            done = tailer.step() => done,
            () = closing.cancelled() => return,
        };
        let pause = match done {
            Ok(true) => continue,
            Ok(false) if !feed.is_watched() => IDLE,
            Ok(false) => poll,
            Err(error) => {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "the feed could not be read"
                );
                poll * 10
            }
        };
        tokio::select! {
            () = feed.wake.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = closing.cancelled() => return,
        }
    }
}

impl Tailer {
    /// Hands out what there is at once, or within a moment; says whether to go on without a pause.
    async fn step(&mut self) -> Result<bool, Error> {
        let Some(position) = self.position else {
            self.position = Some(feed::position(&self.db).await?.last);
            self.feed.ready.send_replace(true);
            return Ok(false);
        };
        if !self.feed.is_watched() {
            return self.skip().await;
        }
        let Some(source) = &mut self.source else {
            return self.read(position).await;
        };
        source.announce().await;
        if source.is_followed() {
            return self.follow(position).await;
        }
        let last = async || Ok(feed::position(&self.db).await?.last);
        source.follow(position, last).await?;
        if source.is_followed() {
            return Ok(true);
        }
        self.read(position).await
    }

    /// Nobody watches: goes on from the end. A watch that came while the end was read needs what is after the position
    /// before; one that comes later takes its snapshot later, at this end or after it.
    async fn skip(&mut self) -> Result<bool, Error> {
        if let Some(source) = &mut self.source {
            source.leave();
        }
        let end = feed::position(&self.db).await?.last;
        let watched = self.feed.is_watched();
        if !watched {
            self.position = Some(end);
            self.measure();
        }
        Ok(watched)
    }

    /// Hands out one page of the database.
    async fn read(&mut self, after: i64) -> Result<bool, Error> {
        let scope =
            Scope::system("feed: read once for all watches, each of which has a scope of its own");
        let read = feed::read_after(&self.db, &scope, after, PAGE).await?;
        self.position = Some(read.next);
        let more = read.changes.len() >= PAGE;
        self.hand_out(read.changes.into_iter().map(Entry::from));
        Ok(more)
    }

    /// Hands out what comes from the stream. What it lacks is read from the database, before what comes after it.
    async fn follow(&mut self, mut position: i64) -> Result<bool, Error> {
        let Some(source) = &mut self.source else {
            return Ok(false);
        };
        let entries = source.next(position).await;
        if entries.is_empty() {
            // Either there is nothing, or nobody appends it.
            if source.is_followed() && feed::position(&self.db).await?.last == position {
                return Ok(true);
            }
            return self.leave(position).await;
        }
        let mut together = Vec::with_capacity(entries.len());
        for (next, message) in entries {
            if position < next - 1 {
                self.hand_out(together.drain(..));
            }
            while position < next - 1 {
                self.read(position).await?;
                let reached = self.position.unwrap_or(position);
                if reached <= position {
                    // It is not to be had: the stream is of another history.
                    return self.leave(position).await;
                }
                position = reached;
            }
            if next <= position {
                continue;
            }
            let Some(entry) = Entry::read(next, message) else {
                self.hand_out(together.drain(..));
                return self.leave(position).await;
            };
            position = next;
            self.position = Some(next);
            together.push(entry);
        }
        self.hand_out(together);
        Ok(true)
    }

    /// Goes on from the database until the stream is to be trusted again.
    async fn leave(&mut self, position: i64) -> Result<bool, Error> {
        if let Some(source) = &mut self.source {
            source.leave();
        }
        self.read(position).await
    }

    /// Gives entries that came together to every watch.
    fn hand_out(&self, entries: impl IntoIterator<Item = Entry>) {
        let mut entries = entries.into_iter().peekable();
        if let Some(oldest) = entries.peek() {
            histogram!("shadow_feed_handout_seconds").record(telemetry::since(oldest.committed_at));
        }
        self.feed.entries.push(entries);
        self.measure();
    }

    fn measure(&self) {
        let followed = self.source.as_ref().is_some_and(Source::is_followed);
        gauge!("shadow_feed_stream_followed").set(if followed { 1.0 } else { 0.0 });
        gauge!("shadow_feed_tailer_position").set(self.position.unwrap_or_default() as f64);
        gauge!("shadow_watch_backlog_changes").set(self.feed.entries.backlog() as f64);
    }
}
