//! Rows become events, these go through the SDK's publisher, and their answers are counted in the order of the rows.
//!
//! Everything that waits is bounded: the rows that are read ahead, and the bytes in the publisher.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use shadow_client::proto::streaming::v1::Event;
use shadow_client::{Client, Publisher, PublisherConfig, Receipt};
use shadow_runtime::shutdown::Shutdown;
use tokio::sync::mpsc;

use super::bad_row::BadRow;
use super::event::Reading;
use super::rows::Rows;
use super::summary::Summary;

/// How many rows are handed over at a time, and how many times such rows are read ahead.
const ROWS: usize = 1_000;
const AHEAD: usize = 4;

/// How many receipts wait to be counted.
const RECEIPTS: usize = 64 * 1024;

/// How an import goes.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Rows that cannot be read are counted and left out.
    pub(crate) skip_bad: bool,
    /// Rows on lines before it are left out.
    pub(crate) from_line: u64,
    /// How long the server may be away.
    pub(crate) give_up: Duration,
}

/// What the reader hands over.
enum Step {
    Events(Vec<(u64, Event)>),
    Skipped(BadRow),
    /// The reader stops here.
    Failed(anyhow::Error),
}

/// What becomes of a row, in the order of the rows.
enum Row {
    Sent(u64, Receipt),
    Skipped(BadRow),
    Failed(anyhow::Error),
}

/// Reads every row and publishes it. `progress` is called with what is answered for so far.
///
/// What was published before a failure or a stop stays; the summary counts it.
pub(crate) async fn publish(
    client: &Client,
    rows: Rows,
    reading: Reading,
    options: Options,
    stop: Shutdown,
    progress: impl FnMut(&Summary),
) -> (Summary, Result<()>) {
    let publisher = client.publisher(PublisherConfig {
        batch_events: 2_000,
        in_flight: 6,
        give_up: options.give_up,
        ..PublisherConfig::default()
    });
    let (sender, steps) = mpsc::channel(AHEAD);
    let reading_stopped = stop.clone();
    let reader = tokio::task::spawn_blocking(move || {
        read(rows, &reading, &options, &reading_stopped, &sender);
    });
    let (sent, rows) = mpsc::channel(RECEIPTS);
    let (fed, (summary, counted)) =
        tokio::join!(feed(&publisher, steps, sent), count(rows, progress));
    let read = reader
        .await
        .context("the reader of the file was interrupted");
    // The first that went wrong in the order of the rows.
    let outcome = counted.and(fed).and(read).and_then(|()| stopped(&stop));
    (summary, outcome)
}

fn stopped(stop: &Shutdown) -> Result<()> {
    if stop.is_requested() {
        bail!("stopped");
    }
    Ok(())
}

/// Publishes what was read. Ends when there is no more, or when nobody counts.
async fn feed(
    publisher: &Publisher,
    mut steps: mpsc::Receiver<Step>,
    rows: mpsc::Sender<Row>,
) -> Result<()> {
    while let Some(step) = steps.recv().await {
        let row = match step {
            Step::Events(events) => {
                for (line, event) in events {
                    let receipt = publisher.publish(event).await;
                    let receipt = receipt.with_context(|| format!("line {line}"))?;
                    if rows.send(Row::Sent(line, receipt)).await.is_err() {
                        return Ok(());
                    }
                }
                continue;
            }
            Step::Skipped(bad) => Row::Skipped(bad),
            Step::Failed(error) => Row::Failed(error),
        };
        if rows.send(row).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

async fn count(
    mut rows: mpsc::Receiver<Row>,
    mut progress: impl FnMut(&Summary),
) -> (Summary, Result<()>) {
    let mut summary = Summary::default();
    while let Some(row) = rows.recv().await {
        match row {
            Row::Sent(line, receipt) => match receipt.await {
                Ok(answer) => summary.answered(line, &answer),
                Err(error) => {
                    let error = anyhow::Error::new(error);
                    let error = error.context(format!("line {line} could not be published"));
                    return (summary, Err(error));
                }
            },
            Row::Skipped(bad) => summary.skipped(bad),
            Row::Failed(error) => return (summary, Err(error)),
        }
        progress(&summary);
    }
    (summary, Ok(()))
}

/// Runs on a thread of its own. Ends early when nobody wants more.
fn read(
    rows: Rows,
    reading: &Reading,
    options: &Options,
    stop: &Shutdown,
    steps: &mpsc::Sender<Step>,
) {
    let mut events = Vec::with_capacity(ROWS);
    for row in rows {
        if stop.is_requested() {
            break;
        }
        let row = match row {
            Ok(row) => row,
            Err(error) => return finish(events, Some(error), steps),
        };
        let line = row.as_ref().map_or_else(|bad| bad.line, |row| row.line);
        if line < options.from_line {
            continue;
        }
        match row.and_then(|row| reading.event(&row)) {
            Ok(event) => events.push((line, event)),
            Err(bad) if options.skip_bad => {
                // What came before it is counted before it.
                let before = Step::Events(std::mem::take(&mut events));
                for step in [before, Step::Skipped(bad)] {
                    if steps.blocking_send(step).is_err() {
                        return;
                    }
                }
            }
            Err(bad) => return finish(events, Some(bad.into()), steps),
        }
        if events.len() >= ROWS {
            let full = std::mem::replace(&mut events, Vec::with_capacity(ROWS));
            if steps.blocking_send(Step::Events(full)).is_err() {
                return;
            }
        }
    }
    finish(events, None, steps);
}

/// The rows before a bad one are published all the same.
fn finish(events: Vec<(u64, Event)>, failure: Option<anyhow::Error>, steps: &mpsc::Sender<Step>) {
    let rest = Step::Events(events);
    for step in [Some(rest), failure.map(Step::Failed)]
        .into_iter()
        .flatten()
    {
        if steps.blocking_send(step).is_err() {
            return;
        }
    }
}
