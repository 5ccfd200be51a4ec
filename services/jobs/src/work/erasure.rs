//! Whoever is erased is erased from everything that is stored.

use std::time::Duration;

use anyhow::{Context, Result};
use metrics::counter;
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::{Database, erasure};

use super::Outcome;

/// Brings what is stored of erased people under their pseudonyms.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// In how long it is due again where nothing is left to do.
    pub every: Duration,
    /// In how long it is due again where it waits for transactions to end, or is not through.
    pub again: Duration,
    /// How many erasures one run works at.
    pub most: i64,
    /// How many workspaces one run sweeps for each of them.
    pub workspaces: usize,
}

impl Default for Erasure {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(2),
            again: Duration::from_millis(200),
            most: 20,
            workspaces: 1_000,
        }
    }
}

impl Erasure {
    /// The name of its row.
    pub const NAME: &str = "erasure";

    pub(super) async fn run(&self, db: &Database, shutdown: &Shutdown) -> Result<Outcome> {
        let pending = erasure::pending(db, self.most)
            .await
            .context("finding whom to erase")?;
        let (mut finished, mut left) = (0, 0);
        for mut one in pending {
            // Each person, whatever becomes of the others.
            if self.sweep(db, shutdown, &mut one).await? {
                erasure::finish(db, &one)
                    .await
                    .context("ending an erasure")?;
                finished += 1;
            } else {
                left += 1;
            }
        }
        counter!("shadow_erasures_finished_total").increment(finished);
        Ok(Outcome {
            summary: format!("finished {finished} erasures, {left} go on"),
            due_in: if left == 0 { self.every } else { self.again },
        })
    }

    /// Whether nothing is left to sweep.
    async fn sweep(
        &self,
        db: &Database,
        shutdown: &Shutdown,
        one: &mut erasure::Pending,
    ) -> Result<bool> {
        if !erasure::begin(db, one)
            .await
            .context("beginning to erase")?
        {
            return Ok(false);
        }
        for _ in 0..self.workspaces {
            if shutdown.is_requested() {
                return Ok(false);
            }
            let more = erasure::sweep(db, one).await.context("erasing a person")?;
            if !more {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
