//! Appends what is numbered to the stream in Redis, once for all replicas, while anybody watches on any of them.
//!
//! Any process may do it, and the one that has the lease does. It begins where the stream ends, so nothing has to be
//! remembered, and one that follows another goes on where that one was.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use metrics::counter;
use shadow_storage::feed::{self, Lease, Stream};
use shadow_storage::{Database, Error, erasure};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{Entry, Feed};

/// How many changes are read and appended at once.
const PAGE: usize = 500;

/// How far back a stream begins that is empty or far behind: who needs more reads the database.
const BACK: i64 = 1_000;

/// How long to wait for another publisher to finish.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long to wait after a failure, and how long it is known whether anybody watches elsewhere.
const PAUSE: Duration = Duration::from_secs(1);

struct Publisher {
    db: Database,
    stream: Stream,
    feed: Feed,
    /// Up to here the stream was seen to reach.
    published: i64,
    /// When it was last asked whether the stream knows of every erasure.
    erased: Option<Instant>,
    /// Whether anybody watched elsewhere, and when that was asked.
    elsewhere: Option<(bool, Instant)>,
}

/// Appends after each numbering, and looks every `poll` for what others numbered, until `closing`.
pub(super) async fn run(
    db: Database,
    stream: Stream,
    feed: Feed,
    numbered: Arc<Notify>,
    poll: Duration,
    closing: CancellationToken,
) {
    let mut publisher = Publisher {
        db,
        stream,
        feed,
        published: 0,
        erased: None,
        elsewhere: None,
    };
    let mut failing = false;
    loop {
        let done = tokio::select! {
            done = publisher.step() => done,
            () = closing.cancelled() => return,
        };
        let pause = match done {
            Ok(true) => Some(poll),
            Ok(false) => None,
            Err(error) => {
                // Once for each outage: watches go on without it.
                if !std::mem::replace(&mut failing, true) {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "changes could not be appended for other replicas"
                    );
                }
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => continue,
                    () = closing.cancelled() => return,
                }
            }
        };
        failing = false;
        tokio::select! {
            () = numbered.notified() => {}
            () = tokio::time::sleep(pause.unwrap_or(PAUSE)) => {}
            () = closing.cancelled() => return,
        }
    }
}

impl Publisher {
    /// Appends what is new; says whether anybody watches.
    async fn step(&mut self) -> Result<bool, Error> {
        self.forget().await?;
        if !self.is_watched().await? {
            return Ok(false);
        }
        if feed::position(&self.db).await?.last == self.published {
            return Ok(true);
        }
        if let Some(mut lease) = Lease::take(&self.db, PATIENCE).await? {
            let appended = self.append(&mut lease).await;
            lease.finish().await?;
            appended?;
        }
        Ok(true)
    }

    /// Empties the stream where somebody was erased since it last was, whom changes in it may name: the database has them
    /// without the name. Beside the stream stands how many erasures it knows of, so that one replica does it once; it is read
    /// each time, since a Redis that comes back from a copy has names in it again.
    async fn forget(&mut self) -> Result<(), Error> {
        if self.erased.is_some_and(|asked| asked.elapsed() < PAUSE) {
            return Ok(());
        }
        let finished = erasure::finished(&self.db).await?;
        if finished > 0 && self.stream.forgotten().await? != Some(finished) {
            // Nobody else may be about to append what was read before.
            let Some(lease) = Lease::take(&self.db, PATIENCE).await? else {
                return Ok(());
            };
            let forgotten = self.stream.forget(finished).await;
            lease.finish().await?;
            forgotten?;
            self.published = 0;
        }
        self.erased = Some(Instant::now());
        Ok(())
    }

    async fn append(&mut self, lease: &mut Lease) -> Result<(), Error> {
        let mut top = self.stream.top().await?;
        let last = lease.position().await?.last;
        if top > last {
            // Of a history that the database has no more, such as before it was restored.
            self.stream.clear().await?;
            top = 0;
        }
        let mut position = top.max(last - BACK);
        loop {
            let read = lease.read_after(position, PAGE).await?;
            let more = read.changes.len() >= PAGE;
            let entries: Vec<(i64, Bytes)> = read
                .changes
                .into_iter()
                .map(Entry::from)
                .map(|entry| (entry.position, entry.message))
                .collect();
            if !entries.is_empty() {
                self.stream.append(&entries).await?;
                counter!("shadow_feed_streamed_total").increment(entries.len() as u64);
            }
            position = read.next;
            self.published = position;
            if !more {
                return Ok(());
            }
        }
    }

    async fn is_watched(&mut self) -> Result<bool, Error> {
        if self.feed.is_watched() {
            return Ok(true);
        }
        match self.elsewhere {
            Some((watched, asked)) if asked.elapsed() < PAUSE => Ok(watched),
            _ => {
                let watched = self.stream.is_watched().await?;
                self.elsewhere = Some((watched, Instant::now()));
                Ok(watched)
            }
        }
    }
}
