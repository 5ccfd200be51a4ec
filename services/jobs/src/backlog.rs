//! Measures what waits for the relay and for compaction. Every worker measures the same.

use std::time::Duration;

use metrics::gauge;
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::{Backlog, Database};
use tracing::warn;

/// Looks every `period` until stopping is asked for.
pub(crate) async fn run(db: Database, period: Duration, shutdown: Shutdown) {
    loop {
        match shadow_storage::backlog(&db).await {
            Ok(backlog) => measure(&backlog),
            Err(error) => warn!(
                error = &error as &dyn std::error::Error,
                "what waits could not be measured"
            ),
        }
        tokio::select! {
            () = shutdown.requested() => return,
            () = tokio::time::sleep(period) => {}
        }
    }
}

fn measure(backlog: &Backlog) {
    gauge!("shadow_feed_position").set(backlog.position as f64);
    gauge!("shadow_feed_unnumbered_entries").set(backlog.unnumbered as f64);
    gauge!("shadow_feed_unnumbered_age_seconds").set(backlog.unnumbered_age);
    gauge!("shadow_deltas_pending").set(backlog.deltas as f64);
    gauge!("shadow_deltas_pending_age_seconds").set(backlog.deltas_age);
}
