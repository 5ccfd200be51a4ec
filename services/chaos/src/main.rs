//! A seeded campaign of faults: producers and watchers at work while processes, connections, PostgreSQL and Redis break,
//! then a calm, then a proof that nothing was lost, nothing counted twice and nobody missed anything. And the same with
//! programs that are wrong by intention, each of which it has to notice.
//!
//! It may know everything but the dashboard's code, and nothing may know it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the report is for whoever started it"
)]

mod campaign;
mod check;
mod fault;
mod ledger;
mod producer;
mod proxy;
mod random;
mod report;
mod stack;
mod subject;
mod watcher;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use shadow_runtime::config::parse_duration;
use shadow_runtime::shutdown;
use shadow_storage::broken::Broken;
use tokio::time::Instant;

use campaign::Plan;
use report::Report;

/// How many faults come before the first look at the program as it is.
const FIRST_LOOK: u64 = 25;

/// How many faults come before the first look at a broken one, which should not take many.
const FIRST_LOOK_AT_BROKEN: u64 = 5;

/// Breaks things at random while events are published and watched, then checks that everything is right
#[derive(Debug, Parser)]
struct Arguments {
    /// How many times something breaks while the program is as it is
    #[arg(long, env = "KILLS", default_value_t = 1_000)]
    kills: u64,
    /// How many times something breaks at most until a broken program is caught
    #[arg(long, default_value_t = 315)]
    broken_kills: u64,
    /// Names every draw; a random one where it is absent
    #[arg(long, env = "SEED")]
    seed: Option<u64>,
    /// After so long, such as 90s or 15m, nothing breaks any more while the program is as it is
    #[arg(long, value_parser = duration)]
    duration_at_most: Option<Duration>,
    /// Which broken programs have to be caught, by name; none, or all where it is absent
    #[arg(long, value_delimiter = ',', env = "BROKEN")]
    broken: Option<Vec<String>>,
    /// The program; the one beside this program where it is absent
    #[arg(long)]
    program: Option<PathBuf>,
    /// The program that can be broken; the example beside this program where it is absent
    #[arg(long)]
    broken_program: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = tokio::select! {
        result = run(&arguments) => result,
        // What was started goes with what is dropped.
        signal = shutdown::signal() => signal.context("signals cannot be heard").map(|()| false),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("chaos: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<bool> {
    let random = || uuid::Uuid::new_v4().as_u64_pair().0 >> 16;
    let plan = Plan {
        seed: arguments.seed.unwrap_or_else(random),
        kills: arguments.kills,
        first_look: FIRST_LOOK,
        until: arguments.duration_at_most.map(|time| Instant::now() + time),
        broken: None,
    };
    let rules = rules(arguments.broken.as_deref())?;
    let beside = std::env::current_exe().context("this program is nowhere")?;
    let program = arguments.program.clone();
    let program = program.unwrap_or_else(|| beside.with_file_name("shadow"));
    let broken = arguments.broken_program.clone();
    let broken = broken.unwrap_or_else(|| beside.with_file_name("examples").join("broken"));
    if !rules.is_empty() {
        can_break(&broken)?;
    }

    println!("{} faults, seed {} …", plan.kills, plan.seed);
    let report = campaign(&program, plan).await?;
    print!("{report}");
    if !report.is_clean() {
        println!(
            "repeat it with: make chaos SEED={} KILLS={}",
            plan.seed, plan.kills
        );
        return Ok(false);
    }
    let mut all_caught = true;
    for rule in rules {
        let plan = Plan {
            kills: arguments.broken_kills,
            first_look: FIRST_LOOK_AT_BROKEN,
            until: None,
            broken: Some(rule),
            ..plan
        };
        let report = campaign(&broken, plan).await?;
        println!("{}", report.caught());
        if let Some(example) = report.findings.examples.first() {
            println!("  {example}");
        }
        all_caught &= report.is_caught();
    }
    if !all_caught {
        println!(
            "a broken program was not caught: the campaign proves nothing; the seed is {}",
            plan.seed
        );
    }
    Ok(all_caught)
}

/// Runs one campaign in a folder of its own, and keeps the folder where something is wrong that should not be.
async fn campaign(program: &Path, plan: Plan) -> Result<Report> {
    let folder = tempfile::Builder::new()
        .prefix("shadow-chaos-")
        // As root, the servers run as somebody else, who passes through here.
        .permissions(std::fs::Permissions::from_mode(0o711))
        .tempdir_in("/tmp")?;
    let report = campaign::run(folder.path(), program, plan).await;
    let expected = report.as_ref().is_ok_and(|report| match plan.broken {
        Some(_) => report.is_caught(),
        None => report.is_clean(),
    });
    if !expected {
        println!("data and logs are kept in {}", folder.keep().display());
    }
    report.with_context(|| format!("the campaign itself broke; its seed is {}", plan.seed))
}

fn rules(names: Option<&[String]>) -> Result<Vec<Broken>> {
    match names {
        None => Ok(Broken::ALL.to_vec()),
        Some([none]) if none == "none" => Ok(Vec::new()),
        Some(names) => names
            .iter()
            .map(|name| {
                Broken::from_name(name).with_context(|| {
                    let all = Broken::ALL.map(Broken::name).join(", ");
                    format!("{name:?} is no rule that can be broken: there are {all}")
                })
            })
            .collect(),
    }
}

/// Whether a program was built so that it can be broken; otherwise nothing would be caught, for no good reason.
fn can_break(program: &Path) -> Result<()> {
    let said = Command::new(program)
        .arg("can-break")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("could not start {}", program.display()))?;
    ensure!(
        said.success(),
        "{} was built without the feature chaos-broken; make chaos builds it with that",
        program.display()
    );
    Ok(())
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "expected a length of time such as 90s or 15m".to_owned())
}
