//! Finished executions acknowledged per second through gRPC, against COPY of the same rows.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;
use shadow_demo::Demo;
use shadow_proto::streaming::v1::{Event, EventStatus};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::baseline;
use crate::data::{self, Finished};
use crate::process::{SERVER_CORE, family_time, processor_time};
use crate::report::{Figure, Target, number};
use crate::rounds::{Estimate, median};
use crate::stack::{self, PUBLISHER, Serving, Stack};

const PUBLISHERS: usize = 8;
const BATCH: usize = 500;

/// Executions of one round, and the days of a demo that surely hold so many.
const EXECUTIONS: usize = 32_000;
const DAYS: i64 = 12;

/// Three platforms take turns.
const SEEDS: [u64; 3] = [11, 12, 13];

/// The parts of a measurement.
struct Bench {
    compacts: bool,
    serving: Serving,
    publishers: Vec<shadow_client::Client>,
    owner: Client,
    copiers: Vec<Client>,
    postgres: u32,
    demos: Vec<Demo>,
}

/// The executions of a round, and what bounds them.
struct Round {
    rows: Vec<Finished>,
    workspaces: Vec<Uuid>,
    span: (DateTime<Utc>, DateTime<Utc>),
}

/// What one side of a pair took.
#[derive(Clone, Copy)]
struct Took {
    elapsed: Duration,
    server: Duration,
    postgres: Duration,
}

/// The figure, with all roles in one process, which compacts meanwhile, or with one role alone.
pub(crate) async fn against_copy(
    stack: &Stack,
    role: &'static str,
    pairs: usize,
) -> Result<Figure> {
    let mut bench = Bench::start(stack, role).await?;
    let warm = bench.round(0)?;
    bench.publish(&warm.rows).await?;
    let commit = bench.commit_rows(&warm).await?;
    baseline::create(&bench.owner).await?;
    let (writers, alone) = bench.tune(&warm, commit).await?;

    let mut took = Vec::new();
    for pair in 0..pairs {
        let round = bench.round(pair + 1)?;
        // Who goes first takes turns, so that neither always finds the other's disk writes.
        let (ours, theirs) = if pair % 2 == 0 {
            let ours = bench.publish(&round.rows).await?;
            (ours, bench.copy(&round.rows, commit).await?)
        } else {
            let theirs = bench.copy(&round.rows, commit).await?;
            (bench.publish(&round.rows).await?, theirs)
        };
        bench.check(&round).await?;
        eprintln!(
            "  pair {}: {} against {} executions a second",
            pair + 1,
            number(rate(ours.elapsed)),
            number(rate(theirs.elapsed))
        );
        took.push((ours, theirs));
    }
    bench.serving.process.stop()?;

    let ratios: Vec<_> = took
        .iter()
        .map(|(ours, theirs)| (rate(ours.elapsed), rate(theirs.elapsed)))
        .collect();
    let middle =
        |of: &dyn Fn(&(Took, Took)) -> f64| median(&mut took.iter().map(of).collect::<Vec<_>>());
    let microseconds = |of: &dyn Fn(&(Took, Took)) -> Duration| {
        let each = middle(&|pair| of(pair).as_secs_f64() * 1e6 / EXECUTIONS as f64);
        format!("{} µs", number(each))
    };
    Ok(Figure::ratio(
        &format!("executions acknowledged per second ({role})"),
        "binary COPY",
        Estimate::of_ratios(&ratios),
    )
    .must(Target::AtLeast(0.3))
    .beside(
        "acknowledged per second",
        number(middle(&|pair| rate(pair.0.elapsed))),
    )
    .beside(
        "copied per second",
        number(middle(&|pair| rate(pair.1.elapsed))),
    )
    .beside("copied per second by one connection", number(rate(alone)))
    .beside("rows per commit on both sides", commit.to_string())
    .beside(
        "connections of COPY (the fastest number)",
        writers.to_string(),
    )
    .beside(
        "server's processor time per execution",
        microseconds(&|pair| pair.0.server),
    )
    .beside("PostgreSQL's", microseconds(&|pair| pair.0.postgres))
    .beside(
        "PostgreSQL's for COPY",
        microseconds(&|pair| pair.1.postgres),
    ))
}

fn rate(elapsed: Duration) -> f64 {
    EXECUTIONS as f64 / elapsed.as_secs_f64()
}

impl Bench {
    async fn start(stack: &Stack, role: &'static str) -> Result<Self> {
        let url = stack.database(&format!("ingest_{role}")).await?;
        let serving = stack.serve(role, &url, Some(SERVER_CORE)).await?;
        let mut publishers = Vec::new();
        for _ in 0..PUBLISHERS {
            publishers.push(stack.client(&serving.url, PUBLISHER).await?);
        }
        let owner = stack::connect(&url).await?;
        let postgres = stack::postgres_pid(&owner).await?;
        let mut copiers = Vec::new();
        for _ in 0..4 {
            copiers.push(stack::connect(&url).await?);
        }
        let end = Utc::now() - TimeDelta::days(1);
        Ok(Self {
            compacts: role == "all",
            serving,
            publishers,
            owner,
            copiers,
            postgres,
            demos: SEEDS.map(|seed| Demo::new(seed, end)).into(),
        })
    }

    /// The executions of a round: no two rounds have one in common.
    fn round(&self, number: usize) -> Result<Round> {
        let demo = &self.demos[number % SEEDS.len()];
        let from = demo.start() + TimeDelta::days(DAYS * (number / SEEDS.len()) as i64);
        let span = (from, from + TimeDelta::days(DAYS));
        ensure!(
            span.1 <= demo.end(),
            "so many pairs need more than {} platforms",
            SEEDS.len()
        );
        let mut rows = data::finished(demo, span.0, span.1)?;
        ensure!(
            rows.len() >= EXECUTIONS,
            "{DAYS} days hold only {} executions",
            rows.len()
        );
        rows.truncate(EXECUTIONS);
        let workspaces = demo.directory().workspaces;
        Ok(Round {
            rows,
            workspaces: workspaces
                .iter()
                .map(|workspace| workspace.workspace_id)
                .collect(),
            span,
        })
    }

    async fn publish(&self, rows: &[Finished]) -> Result<Took> {
        let mut queues: Vec<Vec<Vec<Event>>> = vec![Vec::new(); PUBLISHERS];
        for (index, batch) in rows.chunks(BATCH).enumerate() {
            let events = batch.iter().map(|row| row.event.clone()).collect();
            queues[index % PUBLISHERS].push(events);
        }
        self.settle().await?;
        let before = self.processor_times()?;
        let start = Instant::now();
        let publishing = self
            .publishers
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
        self.took(start.elapsed(), before)
    }

    async fn copy(&self, rows: &[Finished], commit: usize) -> Result<Took> {
        self.settle().await?;
        let before = self.processor_times()?;
        let elapsed = baseline::copy(&self.copiers, rows, commit).await?;
        self.took(elapsed, before)
    }

    /// Each side begins with nothing left to write from before.
    async fn settle(&self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        let waiting = "SELECT count(*) FROM analytics.partial_delta";
        while self.compacts && data::count(&self.owner, waiting).await? > 0 {
            ensure!(
                Instant::now() < deadline,
                "compaction does not come to an end"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(self.owner.batch_execute("CHECKPOINT").await?)
    }

    fn processor_times(&self) -> Result<(Duration, Duration)> {
        Ok((
            processor_time(self.serving.process.pid())?,
            family_time(self.postgres)?,
        ))
    }

    fn took(&self, elapsed: Duration, before: (Duration, Duration)) -> Result<Took> {
        let (server, postgres) = self.processor_times()?;
        Ok(Took {
            elapsed,
            server: server.saturating_sub(before.0),
            postgres: postgres.saturating_sub(before.1),
        })
    }

    /// How many executions the server put into one transaction, which is what COPY gets too.
    async fn commit_rows(&self, round: &Round) -> Result<usize> {
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
    async fn tune(&mut self, warm: &Round, commit: usize) -> Result<(usize, Duration)> {
        let mut best: Option<(Duration, usize)> = None;
        let mut last = Duration::ZERO;
        for writers in [4, 2, 1] {
            self.owner.batch_execute("TRUNCATE bench.execution").await?;
            self.settle().await?;
            last = baseline::copy(&self.copiers[..writers], &warm.rows, commit).await?;
            if best.is_none_or(|(fastest, _)| last < fastest) {
                best = Some((last, writers));
            }
        }
        let (_, writers) = best.context("nothing was tried")?;
        self.copiers.truncate(writers);
        Ok((writers, last))
    }

    /// Both sides hold the same rows.
    async fn check(&self, round: &Round) -> Result<()> {
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
}
