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
mod baseline;
mod builds;
mod cached;
mod data;
mod download;
mod echo;
mod executive;
mod ingest;
mod pages;
mod process;
mod report;
mod rounds;
mod serve;
mod stack;

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
    /// Measure only figures whose name contains this.
    #[arg(long)]
    only: Option<String>,
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
    if let Some(Side::Echo { address, answer }) = &arguments.side {
        return runtime()?.block_on(echo::serve(*address, answer));
    }
    anyhow::ensure!(arguments.pairs >= 3, "fewer than three pairs say nothing");
    let root = root()?;
    let stack = Stack::start(&root)?;
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
    let wanted = |name: &str| {
        arguments
            .only
            .as_deref()
            .is_none_or(|only| name.contains(only))
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
    if wanted("ingest") {
        for role in ["all", "streaming"] {
            report.add(ingest::against_copy(stack, role, pairs).await?);
        }
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
