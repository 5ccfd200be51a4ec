//! Reads what is numbered, once for all watches of the process.

use std::sync::Arc;
use std::time::Duration;

use metrics::{gauge, histogram};
use shadow_auth::Scope;
use shadow_storage::{Database, Error, feed};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{Entry, Feed};
use crate::telemetry;

/// How many changes are read at once.
const PAGE: usize = 1_000;

/// How often the position is looked at while nobody watches.
const IDLE: Duration = Duration::from_secs(5);

/// Reads until `closing`.
pub(super) async fn run(db: Database, feed: Feed, poll: Duration, closing: CancellationToken) {
    let mut position = None;
    loop {
        let pause = match step(&db, &feed, &mut position).await {
            Ok(true) => continue,
            Ok(false) if feed.entries.receiver_count() == 0 => IDLE,
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

/// Hands out one page; says whether there may be more at once.
async fn step(db: &Database, feed: &Feed, position: &mut Option<i64>) -> Result<bool, Error> {
    let Some(after) = *position else {
        *position = Some(feed::position(db).await?.last);
        feed.ready.send_replace(true);
        return Ok(false);
    };
    if feed.entries.receiver_count() == 0 {
        // Nobody watches: go on from the end. A watch that came while the end was read needs what is after the position
        // before; one that comes later takes its snapshot later, at this end or after it.
        let end = feed::position(db).await?.last;
        if feed.entries.receiver_count() == 0 {
            *position = Some(end);
            measure(feed, end);
        }
        return Ok(feed.entries.receiver_count() > 0);
    }
    let scope =
        Scope::system("feed: read once for all watches, each of which has a scope of its own");
    let read = feed::read_after(db, &scope, after, PAGE).await?;
    *position = Some(read.next);
    let more = read.changes.len() >= PAGE;
    if let Some(oldest) = read.changes.first() {
        histogram!("shadow_feed_handout_seconds").record(telemetry::since(oldest.committed_at));
    }
    for change in read.changes {
        // Nobody receives when the last watch has just ended.
        drop(feed.entries.send(Arc::new(Entry::from(change))));
    }
    measure(feed, read.next);
    Ok(more)
}

fn measure(feed: &Feed, position: i64) {
    gauge!("shadow_feed_tailer_position").set(position as f64);
    gauge!("shadow_watch_backlog_changes").set(feed.entries.len() as f64);
}
