//! Leases what is due, does it, and says how it went.

use std::time::Duration;

use anyhow::{Error, Result};
use metrics::{counter, histogram};
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::Database;
use shadow_storage::jobs::{self, Lease};
use tokio::time::Instant;
use tracing::{Instrument, debug, error, trace_span, warn};
use uuid::Uuid;

use crate::Config;
use crate::work::{Outcome, Work};

/// How long to wait after the database failed.
const PAUSE: Duration = Duration::from_secs(2);

/// One slot of a worker.
pub(crate) struct Worker {
    db: Database,
    config: Config,
    shutdown: Shutdown,
    /// Told apart from every other slot of every worker.
    name: String,
}

impl Worker {
    pub(crate) fn new(db: Database, config: Config, shutdown: Shutdown) -> Self {
        Self {
            db,
            config,
            shutdown,
            name: Uuid::now_v7().to_string(),
        }
    }

    /// Works until stopping is asked for.
    pub(crate) async fn run(self) {
        let names: Vec<&str> = self.config.work.iter().map(Work::name).collect();
        let mut registered = false;
        while !self.shutdown.is_requested() {
            let pause = match self.turn(&names, &mut registered).await {
                Ok(true) => continue,
                Ok(false) => self.config.poll,
                Err(error) => {
                    warn!(
                        error = format!("{error:#}"),
                        "the worker cannot reach its jobs"
                    );
                    PAUSE
                }
            };
            tokio::select! {
                () = self.shutdown.requested() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Does the job that has been due for longest; says whether there was one.
    async fn turn(&self, names: &[&str], registered: &mut bool) -> Result<bool> {
        if !*registered {
            jobs::register(&self.db, names).await?;
            *registered = true;
        }
        let Some(lease) = jobs::lease(&self.db, names, &self.name, self.config.lease).await? else {
            return Ok(false);
        };
        let Some(work) = self
            .config
            .work
            .iter()
            .find(|work| work.name() == lease.name)
        else {
            return Ok(false);
        };
        let began = Instant::now();
        let span = trace_span!("job", otel.name = work.name());
        let result = tokio::select! {
            result = work.run(&self.db, &self.shutdown).instrument(span) => result,
            lost = self.hold(&lease) => {
                counter!("shadow_job_runs_total", "name" => work.name(), "outcome" => "lost").increment(1);
                warn!(job = work.name(), reason = format!("{lost:#}"), "the job was given up");
                return Ok(true);
            }
        };
        histogram!("shadow_job_seconds", "name" => work.name())
            .record(began.elapsed().as_secs_f64());
        self.finish(work, &lease, result).await?;
        Ok(true)
    }

    /// Extends the lease again and again; returns when that is no longer possible.
    async fn hold(&self, lease: &Lease) -> Error {
        let mut heard = Instant::now();
        loop {
            tokio::time::sleep(self.config.lease / 3).await;
            match jobs::heartbeat(&self.db, lease, self.config.lease).await {
                Ok(true) => heard = Instant::now(),
                Ok(false) => return Error::msg("another worker took it over"),
                Err(error) if heard.elapsed() > self.config.lease => return error.into(),
                Err(error) => debug!(
                    error = &error as &dyn std::error::Error,
                    "a heartbeat failed"
                ),
            }
        }
    }

    async fn finish(&self, work: &Work, lease: &Lease, result: Result<Outcome>) -> Result<()> {
        let outcome = if result.is_ok() {
            "succeeded"
        } else {
            "failed"
        };
        counter!("shadow_job_runs_total", "name" => work.name(), "outcome" => outcome).increment(1);
        let held = match result {
            Ok(Outcome { summary, due_in }) => {
                debug!(job = work.name(), summary, "a job is done");
                jobs::finish(&self.db, lease, Ok(&summary), due_in).await?
            }
            Err(error) => {
                let error = format!("{error:#}");
                error!(job = work.name(), error, "a job failed");
                jobs::finish(&self.db, lease, Err(&error), self.config.retry).await?
            }
        };
        if !held {
            warn!(
                job = work.name(),
                "the job was taken over before its outcome was noted"
            );
        }
        Ok(())
    }
}
