//! A year of many executions: the demo's year, loaded through the API, and from it two more with the same workspaces,
//! agents and people, of which one holds ten times as many executions as the other.
//!
//! Executions of the two are thinned out and multiplied in the database, which a load of ten millions would take too long
//! for. What they amount to is made by the audit of pages, which replaces what is not byte for byte what the facts amount
//! to; that the pipeline makes the same is asserted on a sample of what went through it.

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use shadow_auth::Role;
use shadow_demo::{Demo, Pace, Scale};
use shadow_domain::time::UtcDay;
use shadow_storage::compaction::{self, Audited};
use shadow_storage::{Database, directory, platform, summaries};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::areas::Area;
use crate::data;
use crate::process::SERVER_CORE;
use crate::stack::{self, PUBLISHER, Serving, Stack};

/// The seed of the year's platform.
const SEED: u64 = 2027;

/// How many times as many executions one of the two holds.
const TIMES: i64 = 10;

/// Days of workspaces of which the pipeline's pages are compared with what the facts amount to.
const SAMPLE: i64 = 40;

/// Months of pages that are made at a time.
const AT_A_TIME: usize = 2;

/// Days of the platform that are merged in one go.
const DAYS: i64 = 400;

/// Days of workspaces that are summed up in one go.
const SUMMED_DAYS: i64 = 1_000;

/// The two platforms.
#[derive(Debug)]
pub(crate) struct Years<'a> {
    pub(crate) stack: &'a Stack,
    pub(crate) demo: Demo,
    /// The pages that are measured.
    pub(crate) areas: Vec<Area>,
    /// The one with many executions.
    pub(crate) dense: Year,
    /// The one with a tenth of them.
    pub(crate) sparse: Year,
}

/// A platform's year, with the metrics role in front of it.
#[derive(Debug)]
pub(crate) struct Year {
    pub(crate) url: String,
    /// A connection as the owner.
    pub(crate) owner: Client,
    pub(crate) serving: Serving,
    pub(crate) executions: i64,
}

impl<'a> Years<'a> {
    /// Makes what is not there yet: so many executions in the denser year, in whole multiples of the demo's. Of few it is no
    /// whole year.
    pub(crate) async fn make(stack: &'a Stack, executions: i64, areas: &[Area]) -> Result<Self> {
        let areas = match areas {
            [] => Area::ALL.to_vec(),
            some => some.to_vec(),
        };
        let scale = match executions {
            ..100_000 => Scale::Tiny,
            100_000..1_000_000 => Scale::Small,
            _ => Scale::Year,
        };
        let (demo, loaded) = load(stack, scale).await?;
        let copies = ((executions as f64 / loaded as f64).round() as i64).max(1);
        let kept = (copies * 1_024 / TIMES).min(1_024);
        let dense = Year::make(stack, &demo, "year_dense", Change::Thicken(copies - 1)).await?;
        let sparse = Year::make(stack, &demo, "year_sparse", Change::Thin(kept)).await?;
        Ok(Self {
            stack,
            demo,
            areas,
            dense,
            sparse,
        })
    }

    pub(crate) fn stop(self) -> Result<()> {
        self.dense.serving.process.stop()?;
        self.sparse.serving.process.stop()
    }
}

/// What is made of the demo's executions.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// So many more of each.
    Thicken(i64),
    /// So many of 1,024 are left.
    Thin(i64),
}

/// The demo's year through the API, which nothing serves afterwards; and how many executions it has.
async fn load(stack: &Stack, scale: Scale) -> Result<(Demo, i64)> {
    let url = stack.database("year").await?;
    let owner = stack::connect(&url).await?;
    owner
        .batch_execute(include_str!("sql/year_made.sql"))
        .await?;
    // Yesterday's midnight, of the day on which it was begun.
    let end = (Utc::now() - TimeDelta::days(1)).date_naive();
    let end = owner
        .query_one(
            "INSERT INTO bench.made VALUES ('end', $1) ON CONFLICT (what) DO UPDATE SET at = bench.made.at RETURNING at",
            &[&end.and_time(NaiveTime::MIN).and_utc()],
        )
        .await?
        .get(0);
    let demo = Demo::new(SEED, scale, end);
    if !made(&owner, "loaded").await? {
        let database = stack.storage(&url).await?;
        put_directory(&database, &demo).await?;
        let serving = stack.serve("all", &url, None).await?;
        let publisher = stack.client(&serving.url, PUBLISHER).await?;
        demo.load_subscriptions(&publisher, DateTime::UNIX_EPOCH, end)
            .await?;
        let mut told = 0.0;
        demo.load(&publisher, demo.start(), end, Pace::Fast, |progress| {
            if progress.share >= told {
                eprintln!("  the demo's year: {:.0} %", progress.share * 100.0);
                told += 0.1;
            }
        })
        .await?;
        data::compacted(&owner).await?;
        serving.process.stop()?;
        check_sample(&database, end).await?;
        note(&owner, "loaded").await?;
    }
    let executions = data::count(&owner, "SELECT count(*) FROM analytics.execution").await?;
    Ok((demo, executions))
}

/// What came through the pipeline is byte for byte what the facts amount to.
async fn check_sample(database: &Database, end: DateTime<Utc>) -> Result<()> {
    for (workspace, day) in compaction::pick(database, UtcDay::of(end), SAMPLE).await? {
        let repaired = audit(database, workspace, (day, day)).await?;
        ensure!(
            repaired == 0,
            "{repaired} pages of {workspace} on {} are not what the facts amount to",
            day.date()
        );
    }
    Ok(())
}

impl Year {
    async fn make(stack: &Stack, demo: &Demo, name: &str, change: Change) -> Result<Self> {
        copy(stack, name).await?;
        let url = stack.database(name).await?;
        let owner = stack::connect(&url).await?;
        if !made(&owner, "changed").await? {
            eprintln!("  {name}: changing executions");
            let mut owner = stack::connect(&url).await?;
            let transaction = owner.transaction().await?;
            match change {
                Change::Thicken(more) => {
                    let more = i32::try_from(more)?;
                    let thicken = include_str!("sql/year_thicken.sql");
                    transaction.execute(thicken, &[&more]).await?
                }
                Change::Thin(left) => {
                    let thin = include_str!("sql/year_thin.sql");
                    transaction.execute(thin, &[&left]).await?
                }
            };
            transaction
                .execute("INSERT INTO bench.made VALUES ('changed', now())", &[])
                .await?;
            transaction.commit().await?;
            owner.batch_execute("VACUUM ANALYZE").await?;
        }
        let database = stack.storage(&url).await?;
        if !made(&owner, "pages").await? {
            make_pages(&database, &owner, demo, name).await?;
            note(&owner, "pages").await?;
        }
        // Also of a year that another version has left.
        merge_days(&database).await?;
        sum_up_days(&database).await?;
        owner.batch_execute("VACUUM ANALYZE").await?;
        owner.batch_execute("CHECKPOINT").await?;
        let executions = data::count(&owner, "SELECT count(*) FROM analytics.execution").await?;
        Ok(Self {
            serving: stack.serve("metrics", &url, Some(SERVER_CORE)).await?,
            url,
            owner,
            executions,
        })
    }
}

/// A copy of the demo's year under another name.
async fn copy(stack: &Stack, name: &str) -> Result<()> {
    let server = stack::connect(&stack.url("postgres")?).await?;
    let known = "SELECT count(*) FROM pg_database WHERE datname = $1";
    let known: i64 = server.query_one(known, &[&name]).await?.get(0);
    if known > 0 {
        return Ok(());
    }
    // Nobody may look on, not even connections that are about to end.
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'year'";
    server.query(others, &[]).await?;
    let copy = format!("CREATE DATABASE {name} TEMPLATE year STRATEGY file_copy");
    Ok(server.batch_execute(&copy).await?)
}

/// Makes the pages of each workspace's months.
async fn make_pages(database: &Database, owner: &Client, demo: &Demo, name: &str) -> Result<()> {
    let directory = demo.directory();
    let mut months = Vec::new();
    // Copies of the last ones end after the year does.
    let last = demo.end().date_naive() + TimeDelta::days(1);
    let mut first = month(demo.start().date_naive())?;
    while first <= last {
        let next = first + Months::new(1);
        let days = (
            UtcDay::of_date(first),
            UtcDay::of_date(next - TimeDelta::days(1)),
        );
        months.extend(directory.workspaces.iter().map(|w| (w.workspace_id, days)));
        first = next;
    }
    let all = months.len();
    let done: &(dyn Fn(usize) + Sync) = &|done| {
        if done % 40 == 0 {
            eprintln!("  {name}: pages of {done} of {all} months");
        }
    };
    let making = stream::iter(months.into_iter().enumerate()).map(
        |(number, (workspace, days))| async move {
            let what = format!("{workspace} {}", days.0.date());
            if !made(owner, &what).await? {
                audit(database, workspace, days).await?;
                note(owner, &what).await?;
            }
            done(number);
            anyhow::Ok(())
        },
    );
    making.buffer_unordered(AT_A_TIME).try_collect().await
}

/// How many pages an audit repaired.
async fn audit(database: &Database, workspace: Uuid, days: (UtcDay, UtcDay)) -> Result<usize> {
    match compaction::audit(database, workspace, days).await? {
        Audited::Done { repaired, .. } => Ok(repaired.len()),
        Audited::Busy => anyhow::bail!("somebody else is at the pages of {workspace}"),
    }
}

/// Merges the days of all workspaces, as the job does.
async fn merge_days(database: &Database) -> Result<()> {
    let now = Utc::now();
    let (days, _) =
        platform::stale(database, UtcDay::of(now), now, platform::Asked::ALL, DAYS).await?;
    for day in days {
        platform::fold(database, day).await?;
    }
    Ok(())
}

/// Sums up the days of each workspace, as the job does.
async fn sum_up_days(database: &Database) -> Result<()> {
    loop {
        let now = Utc::now();
        let all = summaries::Asked::ALL;
        let (days, _) =
            summaries::stale(database, UtcDay::of(now), now, all, None, SUMMED_DAYS).await?;
        if days.is_empty() {
            return Ok(());
        }
        for day in days {
            summaries::make(database, day).await?;
        }
    }
}

async fn put_directory(database: &Database, demo: &Demo) -> Result<()> {
    let known = demo.directory();
    for w in &known.workspaces {
        directory::put_workspace(database, w.workspace_id, w.name, w.zone).await?;
    }
    for u in &known.users {
        directory::put_user(database, &u.user_id, Some(&u.name)).await?;
    }
    for a in &known.agents {
        directory::put_agent(database, a.workspace_id, &a.agent_id, a.name).await?;
    }
    for m in &known.memberships {
        let role = Role::parse(m.role).context("a role")?;
        directory::put_membership(database, m.workspace_id, &m.user_id, role).await?;
    }
    Ok(())
}

async fn made(owner: &Client, what: &str) -> Result<bool> {
    let found = "SELECT count(*) FROM bench.made WHERE what = $1";
    let found: i64 = owner.query_one(found, &[&what]).await?.get(0);
    Ok(found > 0)
}

async fn note(owner: &Client, what: &str) -> Result<()> {
    let note = "INSERT INTO bench.made VALUES ($1, now()) ON CONFLICT DO NOTHING";
    owner.execute(note, &[&what]).await?;
    Ok(())
}

fn month(day: NaiveDate) -> Result<NaiveDate> {
    day.with_day(1).context("the first of a month")
}
