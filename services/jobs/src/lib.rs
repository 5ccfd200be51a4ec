//! The worker: recurring work on rows that any number of workers share, and the relay of the feed.
//!
//! Each piece of work is idempotent and bounded, and may be cut off at any point. It must never know a protobuf type, a
//! table or a column.

mod backlog;
mod relay;
pub mod telemetry;
pub mod work;
mod worker;

use std::time::Duration;

use anyhow::Context;
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::Database;
use tokio::task::JoinSet;

use work::Work;

/// How a worker works.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many jobs one worker runs at the same time.
    pub slots: usize,
    /// How long a job stays with a worker that is not heard of any more.
    pub lease: Duration,
    /// How often a worker with nothing to do looks for what is due.
    pub poll: Duration,
    /// How soon a job that failed is due again.
    pub retry: Duration,
    /// How often the relay looks for what was committed elsewhere.
    pub relay: Duration,
    /// How often what waits is measured.
    pub backlog: Duration,
    /// What the worker does.
    pub work: Vec<Work>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            slots: 2,
            lease: Duration::from_secs(30),
            poll: Duration::from_millis(500),
            retry: Duration::from_secs(10),
            relay: Duration::from_millis(100),
            backlog: Duration::from_secs(5),
            work: work::all(None),
        }
    }
}

/// Works until stopping is asked for; what is running then ends at its next safe point. Fails when a part of it broke.
pub async fn run(db: Database, shutdown: Shutdown, config: Config) -> anyhow::Result<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(relay::run(db.clone(), config.relay, shutdown.clone()));
    tasks.spawn(backlog::run(db.clone(), config.backlog, shutdown.clone()));
    for _ in 0..config.slots.max(1) {
        let worker = worker::Worker::new(db.clone(), config.clone(), shutdown.clone());
        tasks.spawn(worker.run());
    }
    while let Some(ended) = tasks.join_next().await {
        ended.context("a part of the worker broke")?;
    }
    Ok(())
}
