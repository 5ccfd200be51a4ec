//! How long batches of a hundred wait for their acknowledgement at half load, against the transactions that they led to,
//! run again by pgbench.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use shadow_client::Client;
use shadow_proto::streaming::v1::EventStatus;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::busy::Busy;
use crate::process::SERVER_CORE;
use crate::replay::Replay;
use crate::report::{Figure, Target, number};
use crate::rounds::{Estimate, median, percentile};
use crate::stack::{self, PUBLISHER, Serving, Stack};

const BATCH: usize = 100;

/// Workspaces, each with a publisher of its own.
const PUBLISHERS: usize = 8;

/// How long each side of a pair takes, and the search for the full load.
const PHASE: Duration = Duration::from_secs(4);

/// What a transaction leaves behind. Both sides begin without.
const EMPTY: &str = "TRUNCATE analytics.execution, analytics.partial_delta, analytics.feed";

/// A server and those who publish.
struct Scene {
    serving: Serving,
    publishers: Vec<(Client, Busy)>,
    owner: tokio_postgres::Client,
}

/// The figure.
pub(crate) async fn against_pgbench(stack: &Stack, pairs: usize) -> Result<Figure> {
    let url = stack.database("latency").await?;
    let mut scene = Scene::start(stack, &url).await?;
    let mut replay = Replay::new(&scene.owner, &url).await?;
    let full = scene.full_load().await?;
    let half = full / 2.0;
    // The first round warms up, and is what pgbench runs first.
    scene.at(half).await?;
    replay.record(&scene.owner).await?;
    scene.empty().await?;
    replay.run(&scene.owner, PHASE).await?;

    let (mut worst, mut middle) = (Vec::new(), Vec::new());
    let mut per_transaction = Vec::new();
    for pair in 0..pairs {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for side in [pair % 2, (pair + 1) % 2] {
            scene.empty().await?;
            if side == 0 {
                ours = scene.at(half).await?;
                replay.record(&scene.owner).await?;
                let executions = ours.len() * BATCH;
                per_transaction.push(executions as f64 / replay.transactions as f64);
            } else {
                theirs = replay.run(&scene.owner, PHASE).await?;
            }
        }
        let mut both = |part| (percentile(&mut ours, part), percentile(&mut theirs, part));
        worst.push(both(0.99));
        middle.push(both(0.5));
        eprintln!(
            "  pair {}: {} against {} ms",
            pair + 1,
            number(worst[pair].0),
            number(worst[pair].1)
        );
    }
    scene.serving.process.stop()?;
    let of = |pairs: &[(f64, f64)], which: &dyn Fn(&(f64, f64)) -> f64| {
        let mut numbers: Vec<_> = pairs.iter().map(which).collect();
        format!("{} ms", number(median(&mut numbers)))
    };
    Ok(Figure::ratio(
        "p99 of acknowledgements of batches of 100 at half load",
        "p99 of the same transactions by pgbench",
        Estimate::of_ratios(&worst),
    )
    .must(Target::AtMost(3.0))
    .beside("p99", of(&worst, &|pair| pair.0))
    .beside("pgbench's", of(&worst, &|pair| pair.1))
    .beside("p50", of(&middle, &|pair| pair.0))
    .beside("pgbench's p50", of(&middle, &|pair| pair.1))
    .beside("executions a second at full load", number(full))
    .beside(
        "executions per transaction on both sides",
        number(median(&mut per_transaction)),
    ))
}

impl Scene {
    async fn start(stack: &Stack, url: &str) -> Result<Self> {
        // Nothing compacts: the deltas are to be there when they are recorded.
        let serving = stack.serve("streaming", url, Some(SERVER_CORE)).await?;
        let mut publishers = Vec::new();
        for _ in 0..PUBLISHERS {
            publishers.push((stack.client(&serving.url, PUBLISHER).await?, Busy::new()));
        }
        Ok(Self {
            serving,
            publishers,
            owner: stack::connect(url).await?,
        })
    }

    async fn empty(&self) -> Result<()> {
        self.owner.batch_execute(EMPTY).await?;
        Ok(self.owner.batch_execute("CHECKPOINT").await?)
    }

    /// Executions a second where each publisher sends the next batch when the last one is acknowledged.
    async fn full_load(&mut self) -> Result<f64> {
        let until = Instant::now() + PHASE;
        let publishing = self.publishers.iter_mut().map(|(client, busy)| async move {
            let mut batches = 0;
            while Instant::now() < until {
                publish(client.clone(), busy.batch(BATCH)).await?;
                batches += 1;
            }
            anyhow::Ok(batches)
        });
        let batches: usize = try_join_all(publishing).await?.into_iter().sum();
        self.empty().await?;
        Ok((batches * BATCH) as f64 / PHASE.as_secs_f64())
    }

    /// Publishes so many executions a second, whatever the answers; how many milliseconds each batch waited for its
    /// acknowledgement, from when it was due.
    async fn at(&mut self, per_second: f64) -> Result<Vec<f64>> {
        let batches = (per_second / BATCH as f64 * PHASE.as_secs_f64()) as usize;
        let mut turn = tokio::time::interval(PHASE / u32::try_from(batches.max(1))?);
        turn.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut publishing = JoinSet::new();
        for number in 0..batches {
            let due = turn.tick().await.into_std();
            let (client, busy) = &mut self.publishers[number % PUBLISHERS];
            let (client, batch) = (client.clone(), busy.batch(BATCH));
            publishing.spawn(async move {
                publish(client, batch).await?;
                anyhow::Ok(due.elapsed().as_secs_f64() * 1e3)
            });
        }
        let mut milliseconds = Vec::with_capacity(batches);
        while let Some(published) = publishing.join_next().await {
            milliseconds.push(published??);
        }
        Ok(milliseconds)
    }
}

async fn publish(client: Client, batch: Vec<shadow_proto::streaming::v1::Event>) -> Result<()> {
    let answer = client.publish_batch(batch).await?;
    ensure!(
        answer
            .statuses()
            .all(|status| status == EventStatus::Accepted),
        "not everything was accepted: {:?}",
        answer.refusals.first()
    );
    Ok(())
}
