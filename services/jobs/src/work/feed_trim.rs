//! The feed is kept for a window, and no longer.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{TimeDelta, Utc};
use metrics::counter;
use shadow_storage::{Database, feed};

use super::Outcome;

/// Deletes what is older than the window from the feed. A cursor from before it is refused then.
#[derive(Clone, Debug)]
pub struct FeedTrim {
    /// In how long it is due again.
    pub every: Duration,
    /// How long changes are kept.
    pub window: TimeDelta,
}

impl Default for FeedTrim {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(600),
            window: TimeDelta::hours(24),
        }
    }
}

impl FeedTrim {
    /// The name of its row.
    pub const NAME: &str = "feed_trim";

    pub(super) async fn run(&self, db: &Database) -> Result<Outcome> {
        let trimmed = feed::trim(db, Utc::now() - self.window)
            .await
            .context("trimming the feed")?;
        counter!("shadow_feed_trimmed_total").increment(trimmed as u64);
        Ok(Outcome {
            summary: format!("deleted {trimmed} entries"),
            due_in: self.every,
        })
    }
}
