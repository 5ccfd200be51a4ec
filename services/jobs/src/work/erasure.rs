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
    /// How many erasures one run works at, beside those that fail.
    pub most: i64,
    /// How many stretches of workspaces' time one run sweeps for each of them.
    pub stretches: usize,
    /// How many executions, or activities, a stretch holds.
    pub rows: i64,
}

impl Default for Erasure {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(2),
            again: Duration::from_millis(200),
            most: 20,
            stretches: 1_000,
            rows: 5_000,
        }
    }
}

impl Erasure {
    /// The name of its row.
    pub const NAME: &str = "erasure";

    pub(super) async fn run(&self, db: &Database, shutdown: &Shutdown) -> Result<Outcome> {
        let (mut finished, mut left, mut failed) = (0, 0, None);
        let mut last = None;
        // Those that fail are passed: else the oldest would hold up everybody for ever.
        while finished + left < self.most && !shutdown.is_requested() {
            let mut pending = erasure::pending(db, last.as_ref(), self.most)
                .await
                .context("finding whom to erase")?;
            for one in &mut pending {
                if shutdown.is_requested() {
                    break;
                }
                // Each person, whatever becomes of the others.
                match self.erase(db, shutdown, one).await {
                    Ok(true) => finished += 1,
                    Ok(false) => left += 1,
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
            last = pending.pop();
            if last.is_none() {
                break;
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        Ok(Outcome {
            summary: format!("finished {finished} erasures, {left} go on"),
            due_in: if left == 0 { self.every } else { self.again },
        })
    }

    /// Whether nothing names the person any more.
    async fn erase(
        &self,
        db: &Database,
        shutdown: &Shutdown,
        one: &mut erasure::Pending,
    ) -> Result<bool> {
        if !self.sweep(db, shutdown, one).await? {
            return Ok(false);
        }
        erasure::finish(db, one)
            .await
            .context("ending an erasure")?;
        counter!("shadow_erasures_finished_total").increment(1);
        Ok(true)
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
        for _ in 0..self.stretches {
            if shutdown.is_requested() {
                return Ok(false);
            }
            let more = erasure::sweep(db, one, self.rows)
                .await
                .context("erasing a person")?;
            if !more {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
