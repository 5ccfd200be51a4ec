//! Numbers what was committed to the feed, wherever it was committed.

use std::time::Duration;

use metrics::counter;
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::{Database, feed};
use tracing::warn;

/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Looks every `period` until stopping is asked for.
pub(crate) async fn run(db: Database, period: Duration, shutdown: Shutdown) {
    loop {
        let pause = match feed::number(&db).await {
            Ok(0) => period,
            Ok(changes) => {
                counter!("shadow_feed_numbered_total").increment(changes as u64);
                Duration::ZERO
            }
            Err(error) => {
                warn!(
                    error = &error as &dyn std::error::Error,
                    "the feed could not be numbered"
                );
                PAUSE
            }
        };
        tokio::select! {
            () = shutdown.requested() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
