//! Counts of refused events are kept for a window, and no longer.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{TimeDelta, Utc};
use shadow_storage::{Database, refusals};

use super::Outcome;

/// Deletes the counts of hours that are older than the window.
#[derive(Clone, Debug)]
pub struct RefusalTrim {
    /// In how long it is due again.
    pub every: Duration,
    /// How long counts are kept.
    pub window: TimeDelta,
}

impl Default for RefusalTrim {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(3_600),
            window: TimeDelta::days(30),
        }
    }
}

impl RefusalTrim {
    /// The name of its row.
    pub const NAME: &str = "refusal_trim";

    pub(super) async fn run(&self, db: &Database) -> Result<Outcome> {
        let trimmed = refusals::trim(db, Utc::now() - self.window)
            .await
            .context("trimming counts of refused events")?;
        Ok(Outcome {
            summary: format!("deleted {trimmed} counts"),
            due_in: self.every,
        })
    }
}
