//! The two sides of ingest: a server and its publishers, and COPY beside it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use shadow_proto::streaming::v1::{Event, EventStatus};
use tokio_postgres::Client;

use super::Shape;
use super::round::{EXECUTIONS, Round, Told};
use crate::process::{SERVER_CORE, family_time, processor_time};
use crate::stack::{self, PUBLISHER, Serving, Stack};
use crate::{baseline, data};

/// The parts of a measurement.
pub(super) struct Sides {
    told: Told,
    pub(super) compacts: bool,
    serving: Serving,
    publishers: Vec<shadow_client::Client>,
    pub(super) owner: Client,
    copiers: Vec<Client>,
    postgres: u32,
}

/// Each publisher sends its batches, one after the other, until all are acknowledged.
pub(crate) async fn publish(
    publishers: &[shadow_client::Client],
    queues: Vec<Vec<Vec<Event>>>,
) -> Result<()> {
    let publishing = publishers
        .iter()
        .zip(queues)
        .map(|(client, batches)| async move {
            for batch in batches {
                let answer = client.publish_batch(batch).await?;
                let accepted = i32::from(EventStatus::Accepted);
                ensure!(
                    answer.statuses.iter().all(|status| *status == accepted),
                    "not everything was accepted: {:?}",
                    answer.refusals.first()
                );
            }
            Ok(())
        });
    try_join_all(publishing).await?;
    Ok(())
}

/// What one side of a pair took.
#[derive(Clone, Copy)]
pub(super) struct Took {
    pub(super) elapsed: Duration,
    pub(super) server: Duration,
    pub(super) postgres: Duration,
    /// Bytes of the write-ahead log.
    pub(super) log: i64,
}

impl Sides {
    pub(super) async fn start(stack: &Stack, shape: &Shape) -> Result<Self> {
        let database = format!("ingest_{}", shape.name.replace([' ', ','], "_"));
        let url = stack.database(&database).await?;
        let serving = stack.serve(shape.role, &url, Some(SERVER_CORE)).await?;
        let mut publishers = Vec::new();
        for _ in 0..shape.publishers {
            publishers.push(stack.client(&serving.url, PUBLISHER).await?);
        }
        let owner = stack::connect(&url).await?;
        let postgres = stack::postgres_pid(&owner).await?;
        let mut copiers = Vec::new();
        for _ in 0..4 {
            copiers.push(stack::connect(&url).await?);
        }
        Ok(Self {
            told: shape.told,
            compacts: shape.role == "all",
            serving,
            publishers,
            owner,
            copiers,
            postgres,
        })
    }

    pub(super) fn stop(self) -> Result<()> {
        self.serving.process.stop()
    }

    pub(super) async fn publish(&self, round: &Round) -> Result<Took> {
        let queues = round.batches(self.publishers.len(), self.told)?;
        self.settle().await?;
        let before = self.used().await?;
        let start = Instant::now();
        publish(&self.publishers, queues).await?;
        self.took(start.elapsed(), before).await
    }

    pub(super) async fn copy(&self, round: &Round, commit: usize) -> Result<Took> {
        self.settle().await?;
        let before = self.used().await?;
        let elapsed = baseline::copy(&self.copiers, &round.rows, commit, self.revision()).await?;
        self.took(elapsed, before).await
    }

    /// The revision of an execution that everything is told of.
    fn revision(&self) -> i32 {
        match self.told {
            Told::Once => 1,
            Told::AsItHappens => 2,
        }
    }

    /// Each side begins with nothing left to write from before.
    pub(super) async fn settle(&self) -> Result<()> {
        if self.compacts {
            data::compacted(&self.owner).await?;
        }
        Ok(self.owner.batch_execute("CHECKPOINT").await?)
    }

    async fn used(&self) -> Result<Took> {
        let log = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint";
        Ok(Took {
            elapsed: Duration::ZERO,
            server: processor_time(self.serving.process.pid())?,
            postgres: family_time(self.postgres)?,
            log: data::count(&self.owner, log).await?,
        })
    }

    async fn took(&self, elapsed: Duration, before: Took) -> Result<Took> {
        let after = self.used().await?;
        Ok(Took {
            elapsed,
            server: after.server.saturating_sub(before.server),
            postgres: after.postgres.saturating_sub(before.postgres),
            log: after.log - before.log,
        })
    }

    /// How many executions the server put into one transaction, which is what COPY gets too.
    pub(super) async fn commit_rows(&self, round: &Round) -> Result<usize> {
        let statement = "SELECT count(DISTINCT xmin::text) FROM analytics.execution
                         WHERE workspace_id = ANY ($1) AND opened_at >= $2 AND opened_at < $3";
        let (from, to) = round.span;
        let row = self
            .owner
            .query_one(statement, &[&round.workspaces, &from, &to])
            .await?;
        let commits = usize::try_from(row.get::<_, i64>(0))?;
        Ok(round
            .rows
            .len()
            .checked_div(commits)
            .context("nothing was committed")?
            .max(1))
    }

    /// Leaves as many connections for COPY as make it fastest; how many, and how long one takes.
    pub(super) async fn tune(&mut self, warm: &Round, commit: usize) -> Result<(usize, Duration)> {
        let mut best: Option<(Duration, usize)> = None;
        let mut last = Duration::ZERO;
        let revision = self.revision();
        for writers in [4, 2, 1] {
            self.owner.batch_execute("TRUNCATE bench.execution").await?;
            self.settle().await?;
            let copiers = &self.copiers[..writers];
            last = baseline::copy(copiers, &warm.rows, commit, revision).await?;
            if best.is_none_or(|(fastest, _)| last < fastest) {
                best = Some((last, writers));
            }
        }
        let (_, writers) = best.context("nothing was tried")?;
        self.copiers.truncate(writers);
        Ok((writers, last))
    }

    /// Both sides hold the same rows.
    pub(super) async fn check(&self, round: &Round) -> Result<()> {
        let (workspaces, span) = (&round.workspaces, round.span);
        let ours = baseline::content(&self.owner, "analytics.execution", workspaces, span).await?;
        let theirs = baseline::content(&self.owner, "bench.execution", workspaces, span).await?;
        ensure!(
            ours == theirs,
            "the two sides hold different rows: {ours:?} and {theirs:?}"
        );
        ensure!(ours.0 == EXECUTIONS as i64, "{} rows are stored", ours.0);
        Ok(())
    }

    /// Rows and bytes of a table beside the executions. Not what it takes on disk: that counts what was deleted, too.
    pub(super) async fn stored(&self, table: &str) -> Result<(f64, f64)> {
        let statement = format!(
            "SELECT count(*), coalesce(sum(pg_column_size(t)), 0)::bigint FROM analytics.{table} AS t"
        );
        let row = self.owner.query_one(&statement, &[]).await?;
        Ok((row.get::<_, i64>(0) as f64, row.get::<_, i64>(1) as f64))
    }
}
