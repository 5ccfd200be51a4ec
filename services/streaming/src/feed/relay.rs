//! Numbers what was committed, after it was committed: the order of numbers is then an order of commits.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use shadow_storage::{Database, feed};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How long to wait after a failure. The worker numbers too, so nothing depends on this one.
const PAUSE: Duration = Duration::from_secs(1);

/// How long to wait while another relay is at it.
const BUSY: Duration = Duration::from_millis(5);

/// Numbers after each commit and tells `numbered`, until `closing`.
pub(super) async fn run(
    db: Database,
    committed: Arc<Notify>,
    numbered: [Arc<Notify>; 2],
    closing: CancellationToken,
) {
    loop {
        tokio::select! {
            () = committed.notified() => {}
            () = closing.cancelled() => return,
        }
        if let Err(error) = number(&db, &numbered, &closing).await {
            warn!(
                error = &error as &dyn std::error::Error,
                "the feed could not be numbered"
            );
            committed.notify_one();
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = closing.cancelled() => return,
            }
        }
    }
}

async fn number(
    db: &Database,
    numbered: &[Arc<Notify>],
    closing: &CancellationToken,
) -> Result<(), shadow_storage::Error> {
    loop {
        let Some(changes) = feed::try_number(db).await? else {
            // Whoever is at it may have looked before this process committed, and may have nobody to be woken by.
            tokio::select! {
                () = tokio::time::sleep(BUSY) => continue,
                () = closing.cancelled() => return Ok(()),
            }
        };
        if changes == 0 {
            return Ok(());
        }
        counter!("shadow_feed_numbered_total").increment(changes as u64);
        numbered.iter().for_each(|one| one.notify_one());
    }
}
