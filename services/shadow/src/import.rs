//! `shadow import`: executions from a file, through the same door as everything else.

mod bad_row;
mod event;
mod fields;
mod number;
mod rows;
mod send;
mod summary;
mod time;
mod workspace;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use chrono_tz::Tz;
use indicatif::{ProgressBar, ProgressStyle};
use shadow_client::Client;
use shadow_domain::execution::Outcome;

use crate::connection::Connection;

use event::Reading;
use fields::Mapping;
use rows::Format;
use summary::Summary;
use time::TimeFormat;

/// Import executions from a CSV or JSON Lines file
///
/// Each row is one execution that has ended. Its id is made from --source and its line, so importing a file again, or
/// the same file with more lines at its end, changes nothing of what is stored.
#[derive(Debug, clap::Args)]
#[command(after_long_help = fields::help())]
pub(crate) struct Import {
    /// The workspace: its id, its name, or new:NAME to make one unless there is one of that name
    #[arg(long, value_name = "ID|NAME|new:NAME")]
    workspace: String,
    /// The file to read
    #[arg(long, value_name = "PATH")]
    file: PathBuf,
    /// How the file is written [default: by the end of its name]
    #[arg(long)]
    format: Option<Format>,
    /// What stands between the columns of a CSV file
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = delimiter)]
    delimiter: u8,
    /// A name for where the rows come from; with the line it makes each row's id
    #[arg(long, value_name = "NAME")]
    source: String,
    /// The column of a field, as in input_tokens=ContextTokens; for JSON Lines the key, or keys joined by dots
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    columns: Vec<String>,
    /// The value of a field where the file has no column or an empty cell, as in trigger=api
    #[arg(long = "const", value_name = "FIELD=VALUE")]
    constants: Vec<String>,
    /// The zone of times that have no offset, such as Asia/Kolkata, and of a workspace that is made
    #[arg(long, default_value = "UTC", value_parser = zone)]
    zone: Tz,
    /// How times are written
    #[arg(long, value_name = "FORMAT", default_value = "calendar")]
    time_format: TimeFormat,
    /// The outcome of rows that have none
    #[arg(long, default_value = "unknown", value_parser = event::parse_outcome)]
    outcome: Outcome,
    /// Go on after a row that cannot be read, and count it
    #[arg(long)]
    skip_bad: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Import {
    /// Imports, and prints what became of the rows.
    pub(crate) async fn run(self) -> Result<()> {
        let mapping = Mapping::parse(&self.columns, &self.constants)?;
        self.open(&mapping)?;
        let client = self.connection.connect().await?;
        let workspace_id =
            workspace::resolve(&self.workspace, self.zone, &self.connection, &client).await?;
        let bar = bar(&self.file);
        let outcome = self.import(&client, workspace_id, mapping, &bar).await;
        bar.finish_and_clear();
        let (summary, outcome) = outcome?;
        write!(std::io::stdout().lock(), "{summary}")
            .context("the summary could not be printed")?;
        outcome?;
        if summary.refused > 0 {
            bail!("the server refused some of the rows");
        }
        Ok(())
    }

    async fn import(
        &self,
        client: &Client,
        workspace_id: uuid::Uuid,
        mapping: Mapping,
        bar: &ProgressBar,
    ) -> Result<(Summary, Result<()>)> {
        let file = bar.wrap_read(self.file_to_read()?);
        let rows = rows::open(self.format()?, self.delimiter, file, &mapping)?;
        let reading = Reading {
            mapping,
            workspace_id,
            source: self.source.clone(),
            zone: self.zone,
            times: self.time_format,
            outcome: self.outcome,
        };
        let progress = |rows: u64| bar.set_message(format!("{rows} rows"));
        Ok(send::publish(client, rows, reading, self.skip_bad, progress).await)
    }

    /// Finds out what is wrong with the file before anything is asked of a server.
    fn open(&self, mapping: &Mapping) -> Result<()> {
        let file = self.file_to_read()?;
        rows::open(self.format()?, self.delimiter, file, mapping)
            .map(drop)
            .with_context(|| self.file.display().to_string())
    }

    fn file_to_read(&self) -> Result<File> {
        File::open(&self.file).with_context(|| format!("{} cannot be opened", self.file.display()))
    }

    fn format(&self) -> Result<Format> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        match self
            .file
            .extension()
            .and_then(|extension| extension.to_str())
        {
            Some("csv") => Ok(Format::Csv),
            Some("jsonl" | "ndjson") => Ok(Format::Jsonl),
            _ => bail!(
                "{}: add --format csv or --format jsonl",
                self.file.display()
            ),
        }
    }
}

/// How far the file is read. It shows nothing where there is no terminal.
fn bar(file: &Path) -> ProgressBar {
    let bytes = file.metadata().map_or(0, |metadata| metadata.len());
    let style = ProgressStyle::with_template("{bar:40} {percent:>3} % · {msg} · {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes)
        .with_style(style)
        .with_message("0 rows")
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => Ok(*byte),
        _ if text == "\\t" => Ok(b'\t'),
        _ => Err("expected one character, or \\t for a tab".to_owned()),
    }
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse()
        .map_err(|_| format!("{text} is not a time zone such as Asia/Kolkata"))
}
