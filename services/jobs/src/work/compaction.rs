//! Deltas become pages.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::{StreamExt, stream};
use metrics::{counter, histogram};
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::Database;
use shadow_storage::compaction::{self, Compacted, PendingWorkspace};
use tracing::{Instrument, trace_span};

use super::Outcome;

/// Merges the deltas of each workspace into its pages. Queries read both, so it changes no answer; it makes them cheap.
#[derive(Clone, Debug)]
pub struct Compaction {
    /// In how long it is due again where nothing is left to do.
    pub every: Duration,
    /// How many deltas one transaction merges.
    pub deltas: i64,
    /// How many transactions one run makes for one workspace.
    pub rounds: u32,
    /// How many workspaces are compacted at the same time.
    pub workspaces: usize,
}

impl Default for Compaction {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(1),
            deltas: 200,
            rounds: 50,
            workspaces: 2,
        }
    }
}

impl Compaction {
    /// The name of its row.
    pub const NAME: &str = "compaction";

    pub(super) async fn run(&self, db: &Database, shutdown: &Shutdown) -> Result<Outcome> {
        let pending = compaction::pending_workspaces(db)
            .await
            .context("finding what waits")?;
        let workspaces = pending.len();
        let results: Vec<Result<Done>> = stream::iter(pending)
            .map(|pending| self.workspace(db, pending, shutdown))
            .buffer_unordered(self.workspaces.max(1))
            .collect()
            .await;
        // One workspace that cannot be compacted keeps none of the others waiting; the run fails after all of them.
        let mut done = Vec::with_capacity(results.len());
        let mut failed = None;
        for result in results {
            match result {
                Ok(one) => done.push(one),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        let deltas: usize = done.iter().map(|done| done.deltas).sum();
        let pages: usize = done.iter().map(|done| done.pages).sum();
        counter!("shadow_deltas_compacted_total").increment(deltas as u64);
        if let Some(error) = failed {
            return Err(error);
        }
        let left = done.iter().any(|done| done.left);
        Ok(Outcome {
            summary: format!(
                "merged {deltas} deltas of {workspaces} workspaces into {pages} pages"
            ),
            due_in: if left { Duration::ZERO } else { self.every },
        })
    }

    /// Compacts one workspace until nothing waits or its rounds are used up.
    async fn workspace(
        &self,
        db: &Database,
        pending: PendingWorkspace,
        shutdown: &Shutdown,
    ) -> Result<Done> {
        let mut done = Done::default();
        for _ in 0..self.rounds {
            if shutdown.is_requested() {
                return Ok(done);
            }
            let began = Instant::now();
            let span = trace_span!("compact workspace", workspace = %pending.workspace_id);
            let compacted = compaction::compact(db, pending.workspace_id, self.deltas)
                .instrument(span)
                .await
                .with_context(|| format!("compacting workspace {}", pending.workspace_id))?;
            match compacted {
                // Whoever is at it goes on until nothing waits.
                Compacted::Busy => return Ok(done),
                Compacted::Done { deltas, pages } => {
                    histogram!("shadow_compaction_seconds").record(began.elapsed());
                    done.deltas += deltas;
                    done.pages += pages;
                    if (deltas as i64) < self.deltas {
                        return Ok(done);
                    }
                }
            }
        }
        done.left = true;
        Ok(done)
    }
}

#[derive(Default)]
struct Done {
    deltas: usize,
    pages: usize,
    left: bool,
}
