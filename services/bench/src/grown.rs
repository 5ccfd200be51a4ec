//! Ingest into a table that has grown, against ingest into one a tenth as large. Both grew through the product, and both
//! are there at the same time, each behind a server of its own.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::TimeDelta;
use tokio_postgres::Client;
use uuid::{NoContext, Timestamp, Uuid};

use crate::data;
use crate::ingest::publish;
use crate::ingest::round::{Cells, EXECUTIONS, Round, Rounds, Told};
use crate::process::{SERVER_CORE, processor_time};
use crate::report::{Figure, Target, number};
use crate::rounds::{Estimate, median};
use crate::stack::{self, PUBLISHER, Serving, Stack};

const PUBLISHERS: usize = 8;

/// How many times larger one table is than the other.
const TIMES: usize = 10;

/// Rounds that are different by themselves; a table grows through them again and again.
const DIFFERENT: usize = 21;

/// How much later the same round comes the next time.
const LATER: TimeDelta = TimeDelta::minutes(15);

/// A server and its table.
struct Table {
    serving: Serving,
    publishers: Vec<shadow_client::Client>,
    owner: Client,
    executions: usize,
    /// How many of them came in this run, and how long that took until they were in pages.
    grown_by: usize,
    grown_in: Duration,
}

/// What a round took: until all was acknowledged, and of the server's processor time.
#[derive(Clone, Copy, Default)]
struct Took {
    elapsed: f64,
    server: f64,
}

/// The figure, for a table of so many executions and one of a tenth.
pub(crate) async fn to_a_tenth(stack: &Stack, executions: usize, pairs: usize) -> Result<Figure> {
    let small = Table::grown(stack, "small", executions / TIMES).await?;
    let large = Table::grown(stack, "large", executions).await?;
    let rounds = Rounds::new();
    let (mut rates, mut busy) = (Vec::new(), Vec::new());
    // The first pair warms both sides up.
    for pair in 0..=pairs {
        // What came in within the last hour, as on a platform that is at work.
        let round = anew(rounds.round(pair, Cells::Many)?, TimeDelta::zero())?;
        let (mut at_large, mut at_small) = (Took::default(), Took::default());
        for side in [pair % 2, (pair + 1) % 2] {
            if side == 0 {
                at_large = large.take(&round).await?;
            } else {
                at_small = small.take(&round).await?;
            }
        }
        if pair > 0 {
            let rate = |took: Took| EXECUTIONS as f64 / took.elapsed;
            rates.push((rate(at_large), rate(at_small)));
            busy.push((at_large.server, at_small.server));
        }
    }
    let bytes = "SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits
                 WHERE inhparent = 'analytics.execution'::regclass";
    let bytes = data::count(&large.owner, bytes).await? as f64;
    let (large_holds, small_holds) = (large.executions, small.executions);
    let growing = large.grown_by as f64 / large.grown_in.as_secs_f64();
    large.serving.process.stop()?;
    small.serving.process.stop()?;
    let middle = |of: &dyn Fn(&(f64, f64)) -> f64, pairs: &[(f64, f64)]| {
        median(&mut pairs.iter().map(of).collect::<Vec<_>>())
    };
    let each = |of: &dyn Fn(&(f64, f64)) -> f64| {
        format!("{} µs", number(middle(of, &busy) * 1e6 / EXECUTIONS as f64))
    };
    Ok(Figure::ratio(
        &format!("executions acknowledged per second into a table of {large_holds}"),
        &format!("into one of {small_holds}"),
        Estimate::of_ratios(&rates),
    )
    .must(Target::AtLeast(0.9))
    .beside(
        "acknowledged per second",
        number(middle(&|pair| pair.0, &rates)),
    )
    .beside("into the smaller", number(middle(&|pair| pair.1, &rates)))
    .beside(
        "server's processor time per execution",
        each(&|pair| pair.0),
    )
    .beside("for the smaller", each(&|pair| pair.1))
    .beside(
        "per second while the larger grew, with pages",
        if large.grown_by > 0 {
            number(growing)
        } else {
            "it had grown before".to_owned()
        },
    )
    .beside(
        "bytes of the larger with indexes, per execution",
        number(bytes / large_holds as f64),
    ))
}

impl Table {
    /// A table that grew by publishing, and whose deltas are in pages. It goes on from what is there.
    async fn grown(stack: &Stack, name: &str, executions: usize) -> Result<Self> {
        let url = stack.database(&format!("grown_{name}")).await?;
        let serving = stack.serve("all", &url, Some(SERVER_CORE)).await?;
        let mut publishers = Vec::new();
        for _ in 0..PUBLISHERS {
            publishers.push(stack.client(&serving.url, PUBLISHER).await?);
        }
        let owner = stack::connect(&url).await?;
        let held = "SELECT count(*) FROM analytics.execution";
        let held = data::count(&owner, held).await? as usize;
        let first = held / EXECUTIONS;
        let parts = executions.div_ceil(EXECUTIONS).max(first);
        let grown_by = (parts - first) * EXECUTIONS;
        let mut table = Self {
            serving,
            publishers,
            owner,
            executions: held + grown_by,
            grown_by,
            grown_in: Duration::ZERO,
        };
        let start = Instant::now();
        let mut next = make(first).await?;
        for part in first + 1..=parts {
            let queues = next.batches(PUBLISHERS, Told::Once)?;
            // The next part is made while this one is stored.
            let ((), made) = tokio::try_join!(publish(&table.publishers, queues), make(part))?;
            next = made;
            if part % 32 == 0 {
                eprintln!("  {} of {} executions", part * EXECUTIONS, table.executions);
            }
        }
        data::compacted(&table.owner).await?;
        table.grown_in = start.elapsed();
        for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
            table.owner.batch_execute(statement).await?;
        }
        Ok(table)
    }

    async fn take(&self, round: &Round) -> Result<Took> {
        data::compacted(&self.owner).await?;
        self.owner.batch_execute("CHECKPOINT").await?;
        let queues = round.batches(PUBLISHERS, Told::Once)?;
        let before = processor_time(self.serving.process.pid())?;
        let start = Instant::now();
        publish(&self.publishers, queues).await?;
        let elapsed = start.elapsed().as_secs_f64();
        let used = processor_time(self.serving.process.pid())?.saturating_sub(before);
        Ok(Took {
            elapsed,
            server: used.as_secs_f64(),
        })
    }
}

/// A part of what a table grows through.
async fn make(part: usize) -> Result<Round> {
    tokio::task::spawn_blocking(move || {
        let round = Rounds::new().round(part % DIFFERENT, Cells::Few)?;
        anew(round, LATER * i32::try_from(part / DIFFERENT)?)
    })
    .await
    .context("a part could not be made")?
}

/// Executions like those of a round, opened later, that no table has yet.
fn anew(mut round: Round, later: TimeDelta) -> Result<Round> {
    for row in &mut round.rows {
        let opened_at = row.opened_at + later;
        let seconds = u64::try_from(opened_at.timestamp())?;
        let at = Timestamp::from_unix(NoContext, seconds, opened_at.timestamp_subsec_nanos());
        row.name(Uuid::new_v7(at));
        row.open_at(opened_at);
    }
    Ok(round)
}
