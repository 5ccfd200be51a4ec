//! Months are made before anything is stored in them.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{Months, Utc};
use shadow_storage::{Database, partitions};

use super::Outcome;

/// Makes the monthly partitions of executions. Ingestion makes what it misses by itself; this spares it the wait.
#[derive(Clone, Debug)]
pub struct Partitions {
    /// In how long it is due again.
    pub every: Duration,
    /// How many months before this one there are to be.
    pub behind: Months,
    /// How many months after this one there are to be.
    pub ahead: Months,
}

impl Default for Partitions {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(6 * 3_600),
            behind: Months::new(3),
            ahead: Months::new(2),
        }
    }
}

impl Partitions {
    /// The name of its row.
    pub const NAME: &str = "partitions";

    pub(super) async fn run(&self, db: &Database) -> Result<Outcome> {
        let now = Utc::now();
        let made = partitions::ensure(db, now - self.behind, now + self.ahead)
            .await
            .context("making partitions")?;
        Ok(Outcome {
            summary: format!("made {made} partitions"),
            due_in: self.every,
        })
    }
}
