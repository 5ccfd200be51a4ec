//! Figures, each beside its baseline, by one protocol: interleaved pairs, the median ratio with its bootstrap interval,
//! the answers of both sides compared, processor time of each process beside it.
//!
//! It knows everything but the dashboard's code, and nothing may know it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the figures are for whoever started it"
)]

mod answers;
mod areas;
mod audience;
mod baseline;
mod broadcast;
mod builds;
mod busy;
mod cached;
mod dashboards;
mod data;
mod download;
mod echo;
mod executive;
mod grown;
mod ingest;
mod keys;
mod latency;
mod overload;
mod pages;
mod paint;
mod process;
mod replay;
mod report;
mod rounds;
mod serve;
mod side;
mod stack;
mod triangle;
mod visible;
mod watchers;
mod year;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use report::Report;
use stack::Stack;

/// Prints each figure of the product beside its baseline, and writes them to target/bench.json.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many pairs are measured for each figure.
    #[arg(long, default_value_t = 7)]
    pairs: usize,
    /// How large a table grows whose ingest is compared with that of a tenth.
    #[arg(long, default_value_t = 1_000_000)]
    grown: usize,
    /// How many executions a year holds in which pages are read, about: a multiple of the demo's two millions; or fewer than
    /// a million, for a quick look at a part of a year.
    #[arg(long, default_value_t = 2_000_000)]
    year: i64,
    /// Keep what the servers hold in this folder, and go on from what a run before has left there: a table that has grown
    /// grows once. Absent: a temporary one.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Measure this program, as another build left it, instead of building one. A gateway is beside it.
    #[arg(long)]
    program: Option<PathBuf>,
    /// Measure only figures whose name contains this, or one of these with commas between them.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Of the figures of pages measure only these pages, with commas between them: to look into one.
    #[arg(long, value_delimiter = ',', value_parser = areas::Area::parse)]
    area: Vec<areas::Area>,
    #[command(subcommand)]
    side: Option<Side>,
}

/// What this program does when it starts itself.
#[derive(Debug, clap::Subcommand)]
enum Side {
    /// The bare server that cached answers are measured against.
    #[command(hide = true)]
    Echo {
        /// Where it listens.
        address: std::net::SocketAddr,
        /// The file with its answer.
        answer: PathBuf,
    },
    /// The bare server that watches are measured against.
    #[command(hide = true)]
    Broadcast {
        /// Where it listens.
        address: std::net::SocketAddr,
        /// The file with its messages.
        messages: PathBuf,
    },
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments = Arguments::parse();
    match &arguments.side {
        Some(Side::Echo { address, answer }) => {
            return runtime()?.block_on(echo::serve(*address, answer));
        }
        Some(Side::Broadcast { address, messages }) => {
            return runtime()?.block_on(broadcast::serve(*address, messages));
        }
        None => {}
    }
    anyhow::ensure!(arguments.pairs >= 3, "fewer than three pairs say nothing");
    let root = root()?;
    let stack = Stack::start(
        &root,
        arguments.program.as_deref(),
        arguments.data.as_deref(),
    )?;
    // Everything that this process starts by itself from here on is on the generator's core.
    process::pin_this(process::GENERATOR_CORE)?;
    let report = runtime()?.block_on(measure(&arguments, &root, &stack))?;
    println!("\n{}", report.markdown());
    let path = root.join("target/bench.json");
    std::fs::write(&path, report.json()?)
        .with_context(|| format!("could not write {}", path.display()))?;
    eprintln!("written to {}", path.display());
    Ok(())
}

async fn measure(arguments: &Arguments, root: &Path, stack: &Stack) -> Result<Report> {
    let mut report = Report::new(stack).await?;
    let pairs = arguments.pairs;
    let wanted = |name: &str| -> bool {
        let only = &arguments.only;
        only.is_empty() || only.iter().any(|only| name.contains(only.as_str()))
    };
    if wanted("download") {
        report.add(download::first_load(&root.join("web/dist"))?);
    }
    if wanted("serving") {
        report.add(serve::until_serving(stack, pairs).await?);
    }
    if wanted("memory") {
        report.extend(serve::idle_memory(stack, root).await?);
    }
    for shape in &ingest::SHAPES {
        if wanted(&format!("ingest {}", shape.name)) {
            report.add(ingest::against_copy(stack, shape, pairs).await?);
        }
    }
    if wanted("grown") {
        report.add(grown::to_a_tenth(stack, arguments.grown, pairs).await?);
    }
    if wanted("latency") {
        report.add(latency::against_pgbench(stack, pairs).await?);
    }
    if wanted("visible") {
        report.extend(visible::after_acknowledgement(stack, pairs).await?);
    }
    if wanted("watchers") {
        report.add(watchers::against_broadcast(stack, pairs).await?);
    }
    if wanted("stalled") {
        report.extend(watchers::beside_stalled(stack, pairs).await?);
    }
    if wanted("overload") {
        report.extend(overload::against_peak(stack, pairs).await?);
    }
    if wanted("executive") || wanted("cached") || wanted("pages") {
        let platform = data::Platform::load(stack).await?;
        if wanted("pages") {
            report.extend(pages::per_execution(&platform).await?);
        }
        if wanted("executive") {
            report.add(executive::against_sql(&platform, pairs).await?);
        }
        if wanted("cached") {
            report.add(cached::against_echo(&platform, pairs).await?);
        }
        platform.stop()?;
    }
    if wanted("triangle") {
        report.add(triangle::processor_time_of_one(stack, pairs).await?);
    }
    if ["sql", "density", "dashboards"].into_iter().any(wanted) {
        let years = year::Years::make(stack, arguments.year, &arguments.area).await?;
        if wanted("sql") {
            report.extend(areas::against_sql(&years, pairs).await?);
        }
        if wanted("density") {
            report.extend(areas::against_sparse(&years, pairs).await?);
        }
        if wanted("dashboards") {
            report.extend(dashboards::many_against_one(&years, pairs).await?);
        }
        years.stop()?;
    }
    if wanted("paint") {
        report.extend(paint::in_chromium(stack, root)?);
    }
    if wanted("dashboard build") {
        report.extend(builds::dashboard(root)?);
    }
    Ok(report)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("could not start the runtime")
}

/// The folder of the workspace, which this program is built in and measures.
fn root() -> Result<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .context("the workspace's folder has gone")
}
