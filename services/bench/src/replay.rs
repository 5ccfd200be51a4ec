//! The product's own transactions, run again by pgbench: the same statements with the same values, at the same pace.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::process::Command;
use tokio_postgres::Client;

use crate::data;

const INSERT: &str = include_str!("../../storage/src/ingest/insert.sql");
const DELTAS: &str = include_str!("../../storage/src/ingest/append_deltas.sql");
const FEED: &str = include_str!("../../storage/src/ingest/append_feed.sql");

/// What the parameters of the statements are in `bench.recorded`, in their order.
const OF_INSERT: [&str; 1] = ["executions"];
const OF_DELTAS: [&str; 5] = [
    "delta_of",
    "first_quarter",
    "last_quarter",
    "last_event_at",
    "cells",
];
const OF_FEED: [&str; 17] = [
    "entry_of",
    "first",
    "last",
    "opened_at",
    "execution_id",
    "revision",
    "seen",
    "now",
    "users",
    "open_change",
    "opened",
    "started",
    "ended",
    "failed",
    "credits_micro",
    "first_user",
    "last_user",
];

/// As many connections as the server has writers.
const CONNECTIONS: usize = 2;

/// The script of one transaction, and pgbench.
#[derive(Debug)]
pub(crate) struct Replay {
    program: PathBuf,
    url: String,
    folder: TempDir,
    /// Transactions that are recorded.
    pub(crate) transactions: usize,
}

impl Replay {
    /// Nothing yet. Fails where PostgreSQL was installed without pgbench.
    pub(crate) async fn new(owner: &Client, url: &str) -> Result<Self> {
        let program = shadow_local::postgres_versions()
            .into_iter()
            .map(|installation| installation.bin.join("pgbench"))
            .find(|program| program.exists())
            .context("there is no pgbench beside PostgreSQL")?;
        owner
            .batch_execute(include_str!("sql/recorded_table.sql"))
            .await?;
        let folder = tempfile::Builder::new()
            .prefix("shadow-bench-replay-")
            .tempdir()?;
        std::fs::write(folder.path().join("script.sql"), script())?;
        Ok(Self {
            program,
            url: url.to_owned(),
            folder,
            transactions: 0,
        })
    }

    /// Takes what is in the product's tables for what is run again.
    pub(crate) async fn record(&mut self, owner: &Client) -> Result<()> {
        owner.batch_execute("TRUNCATE bench.recorded").await?;
        owner.batch_execute(include_str!("sql/record.sql")).await?;
        owner.batch_execute("ANALYZE bench.recorded").await?;
        let recorded = data::count(owner, "SELECT count(*) FROM bench.recorded").await?;
        let written = "SELECT count(DISTINCT xmin::text) FROM analytics.execution";
        ensure!(
            recorded > 0 && recorded == data::count(owner, written).await?,
            "{recorded} transactions were recorded, and others were not"
        );
        self.transactions = usize::try_from(recorded)?;
        Ok(())
    }

    /// Runs all of them within about a time; how many milliseconds each took, from when it was due.
    pub(crate) async fn run(&self, owner: &Client, within: Duration) -> Result<Vec<f64>> {
        owner
            .batch_execute("ALTER SEQUENCE bench.turn RESTART")
            .await?;
        let each = self.transactions / CONNECTIONS;
        ensure!(each > 0, "nothing was recorded");
        let rate = self.transactions as f64 / within.as_secs_f64();
        let log = self.folder.path().join("log");
        let output = Command::new(&self.program)
            .env("PGOPTIONS", "-c role=shadow_app")
            .args(["--no-vacuum", "--protocol=prepared", "--log"])
            .arg(format!("--client={CONNECTIONS}"))
            .arg(format!("--transactions={each}"))
            .arg(format!("--rate={rate}"))
            .arg(format!("--log-prefix={}", log.display()))
            .arg("--file")
            .arg(self.folder.path().join("script.sql"))
            .arg(&self.url)
            .output()
            .await?;
        ensure!(
            output.status.success(),
            "pgbench failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let milliseconds = self.logged()?;
        ensure!(
            milliseconds.len() == each * CONNECTIONS,
            "pgbench ran {} transactions of {}",
            milliseconds.len(),
            each * CONNECTIONS
        );
        Ok(milliseconds)
    }

    /// Reads what pgbench has noted of each transaction, and removes it.
    fn logged(&self) -> Result<Vec<f64>> {
        let mut milliseconds = Vec::new();
        for entry in std::fs::read_dir(self.folder.path())? {
            let path = entry?.path();
            if is_log(&path) {
                for line in std::fs::read_to_string(&path)?.lines() {
                    milliseconds.push(took(line)?);
                }
                std::fs::remove_file(path)?;
            }
        }
        Ok(milliseconds)
    }
}

fn is_log(path: &Path) -> bool {
    let name = path.file_name().and_then(std::ffi::OsStr::to_str);
    name.is_some_and(|name| name.starts_with("log."))
}

/// The third word of a line is how long the transaction took, in microseconds.
fn took(line: &str) -> Result<f64> {
    let micros = line
        .split_whitespace()
        .nth(2)
        .context("a line of pgbench")?;
    Ok(micros.parse::<f64>()? / 1e3)
}

/// One transaction. Its round trips are the product's.
fn script() -> String {
    let begin = "SELECT set_config('app.workspaces', workspaces, true) FROM bench.recorded
                 WHERE n = (SELECT nextval('bench.turn'))";
    let insert = filled(INSERT, &OF_INSERT);
    let (deltas, feed) = (filled(DELTAS, &OF_DELTAS), filled(FEED, &OF_FEED));
    format!(
        "\\startpipeline\nBEGIN;\n{begin};\n\\endpipeline\n{insert};\n\
         \\startpipeline\n{deltas};\n{feed};\n\\endpipeline\nCOMMIT;\n"
    )
}

/// A statement whose parameters are read from the recorded transaction whose turn it is.
fn filled(statement: &str, columns: &[&str]) -> String {
    // To pgbench a name after a colon is a variable of its own.
    let mut filled = statement.trim_end().replace(":part.", ": part.");
    // The last ones first: `$1` is a part of `$10`.
    for (index, column) in columns.iter().enumerate().rev() {
        let value = match *column {
            "now" => "now()".to_owned(),
            column => format!(
                "(SELECT {column} FROM bench.recorded WHERE n = (SELECT currval('bench.turn')))"
            ),
        };
        filled = filled.replace(&format!("${}", index + 1), &value);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_of_the_statements_is_filled_in() -> Result<()> {
        assert!(!script().contains('$'));
        assert!(!filled(FEED, &OF_FEED).contains("execution_id0"));
        assert_eq!(took("0 199 2241 0 1175850568 995598 12")?, 2.241);
        Ok(())
    }
}
