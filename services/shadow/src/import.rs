//! `shadow import`: executions from a file, through the same door as everything else.

mod bad_row;
mod event;
mod fields;
mod number;
mod progress;
mod rows;
mod send;
mod summary;
mod time;
mod workspace;

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono_tz::Tz;
use shadow_client::Client;
use shadow_domain::execution::Outcome;
use shadow_runtime::shutdown::Shutdown;

use crate::connection::Connection;

use event::Reading;
use fields::Mapping;
use progress::Progress;
use rows::Format;
use send::Options;
use summary::Summary;
use time::TimeFormat;

/// Import executions from a CSV or JSON Lines file
///
/// Each row is one execution that has ended. Its id is made from --source and its line, so importing a file again, or
/// the same file with more lines at its end, changes nothing of what is stored. So an import that was killed is given once
/// more: it goes over what is there quickly and adds the rest. One that ends early in any other way, by Ctrl-C for
/// instance, says which --from-line saves it even that.
///
/// The file is read as fast as the server stores, and may be larger than the memory. The server may restart meanwhile.
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
    /// Leave out what begins on a line before this one, where an earlier import ended
    #[arg(long, value_name = "LINE", default_value_t = 1)]
    from_line: u64,
    /// How long the server may be away before the import ends
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = humantime::parse_duration)]
    give_up: Duration,
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
        let stop = Shutdown::on_signal().context("signals cannot be waited for")?;
        let mut progress = Progress::of(&self.file);
        let outcome = self
            .import(&client, workspace_id, mapping, stop, &mut progress)
            .await;
        let (summary, outcome) = outcome?;
        let took = progress.finish(&summary);
        writeln!(std::io::stdout().lock(), "{summary}{took}")
            .context("the summary could not be printed")?;
        if outcome.is_err() && summary.through > 0 {
            let next = summary.through + 1;
            return outcome.with_context(|| {
                format!("the import ended early; --from-line {next} goes on where it ended")
            });
        }
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
        stop: Shutdown,
        progress: &mut Progress,
    ) -> Result<(Summary, Result<()>)> {
        let file = progress.bar().wrap_read(self.file_to_read()?);
        let rows = rows::open(self.format()?, self.delimiter, file, &mapping)?;
        let reading = Reading {
            mapping,
            workspace_id,
            source: self.source.clone(),
            zone: self.zone,
            times: self.time_format,
            outcome: self.outcome,
        };
        let options = Options {
            skip_bad: self.skip_bad,
            from_line: self.from_line,
            give_up: self.give_up,
        };
        let progress = |summary: &Summary| progress.set(summary);
        Ok(send::publish(client, rows, reading, options, stop, progress).await)
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
