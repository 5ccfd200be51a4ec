//! The one binary: it starts roles, alone or together with the servers they need, and talks to running ones.
//!
//! It must never compute or store anything itself: every command is a few calls into the other crates.

mod commands;
mod connection;
mod data_folder;
mod database;
mod gateway;
mod import;
mod listen;
mod query;
mod random;
mod refusals;
mod roles;
mod tail;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

// A query merges many small partials; most of its time went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Shadow Analytics: what AI agents do, cost and achieve, exactly and at once.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(commands::up::Up),
    Serve(commands::serve::Serve),
    Migrate(commands::migrate::Migrate),
    Workspace(commands::workspace::Workspace),
    Token(commands::token::Token),
    Key(commands::key::Key),
    Import(import::Import),
    Query(query::Query),
    Tail(tail::Tail),
    Refusals(refusals::Refusals),
    Erasure(commands::erasure::Erasure),
    Demo(commands::demo::Demo),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            fail(&error);
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Up(up) => up.run().await,
        Command::Serve(serve) => serve.run().await,
        Command::Migrate(migrate) => migrate.run().await,
        Command::Workspace(workspace) => workspace.run().await,
        Command::Token(token) => token.run(),
        Command::Key(key) => key.run().await,
        Command::Import(import) => import.run().await,
        Command::Query(query) => query.run().await,
        Command::Tail(tail) => tail.run().await,
        Command::Refusals(refusals) => refusals.run().await,
        Command::Erasure(erasure) => erasure.run().await,
        Command::Demo(demo) => demo.run().await,
    }
}

/// One line: what failed, then why, outermost first.
#[expect(
    clippy::print_stderr,
    reason = "the program's own word to whoever started it"
)]
fn fail(error: &anyhow::Error) {
    eprintln!("error: {}", one_line(error));
}

/// The causes of an error in one line; some errors repeat their source in their own words, and that is left out.
fn one_line(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        let cause = cause.split_whitespace().collect::<Vec<_>>().join(" ");
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn errors_are_one_line_without_repetition() {
        let error = anyhow!("the port is taken\n  by another")
            .context("it cannot start: the port is taken by another");
        assert_eq!(
            one_line(&error),
            "it cannot start: the port is taken by another"
        );
        let error = anyhow!("refused")
            .context("connecting")
            .context("the database cannot be used");
        assert_eq!(
            one_line(&error),
            "the database cannot be used: connecting: refused"
        );
    }
}
