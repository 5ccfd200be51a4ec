//! Rows become batches, and several batches are on their way at a time.

use anyhow::{Context, Result};
use futures_util::{StreamExt, stream};
use prost::Message;
use shadow_client::Client;
use shadow_client::proto::streaming::v1::{Event, PublishBatchResponse};
use tokio::sync::mpsc;

use super::bad_row::BadRow;
use super::event::Reading;
use super::rows::Rows;
use super::summary::Summary;

/// How many events a batch holds, and how many bytes at most; both are below the server's limits.
const EVENTS: usize = 1_000;
const BYTES: usize = 3 * 1024 * 1024;

/// How many batches are on their way at a time.
const IN_FLIGHT: usize = 4;

/// Some events and the line that each of them comes from.
#[derive(Default)]
struct Batch {
    events: Vec<Event>,
    lines: Vec<u64>,
    bytes: usize,
}

/// What the reader hands over.
enum Step {
    Batch(Batch),
    Skipped(BadRow),
    /// The reader stops here.
    Failed(anyhow::Error),
}

/// Reads every row and publishes it. `progress` is called with the number of rows that are answered for.
///
/// What was published before a failure stays; the summary counts it.
pub(crate) async fn publish(
    client: &Client,
    rows: Rows,
    reading: Reading,
    skip_bad: bool,
    mut progress: impl FnMut(u64),
) -> (Summary, Result<()>) {
    let (sender, steps) = mpsc::channel(1);
    let reader = tokio::task::spawn_blocking(move || read(rows, &reading, skip_bad, &sender));
    let steps = stream::unfold(steps, |mut steps| async move {
        steps.recv().await.map(|step| (step, steps))
    });
    let mut answers = std::pin::pin!(steps.map(|step| answer(client, step)).buffered(IN_FLIGHT));
    let mut summary = Summary::default();
    let mut outcome = Ok(());
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(Answer::Published(lines, response)) => summary.published(&lines, &response),
            Ok(Answer::Skipped(bad)) => summary.skipped(bad),
            Err(error) => {
                outcome = Err(error);
                break;
            }
        }
        progress(summary.rows);
    }
    if outcome.is_ok() {
        outcome = reader
            .await
            .context("the reader of the file was interrupted");
    }
    (summary, outcome)
}

enum Answer {
    Published(Vec<u64>, PublishBatchResponse),
    Skipped(BadRow),
}

async fn answer(client: &Client, step: Step) -> Result<Answer> {
    match step {
        Step::Batch(Batch { events, lines, .. }) => {
            let (first, last) = (
                lines.first().copied().unwrap_or(0),
                lines.last().copied().unwrap_or(0),
            );
            let response = client
                .publish_batch(events)
                .await
                .with_context(|| format!("lines {first} to {last} could not be published"))?;
            Ok(Answer::Published(lines, response))
        }
        Step::Skipped(bad) => Ok(Answer::Skipped(bad)),
        Step::Failed(error) => Err(error),
    }
}

/// Runs on a thread of its own. Ends early when nobody wants more.
fn read(rows: Rows, reading: &Reading, skip_bad: bool, steps: &mpsc::Sender<Step>) {
    let mut batch = Batch::default();
    for row in rows {
        let event =
            row.map(|row| row.and_then(|row| reading.event(&row).map(|event| (row.line, event))));
        let step = match event {
            Ok(Ok((line, event))) => {
                batch.bytes += event.encoded_len() + 8;
                batch.events.push(event);
                batch.lines.push(line);
                if batch.events.len() < EVENTS && batch.bytes < BYTES {
                    continue;
                }
                Step::Batch(std::mem::take(&mut batch))
            }
            Ok(Err(bad)) if skip_bad => Step::Skipped(bad),
            Ok(Err(bad)) => return finish(batch, Some(bad.into()), steps),
            Err(error) => return finish(batch, Some(error), steps),
        };
        if steps.blocking_send(step).is_err() {
            return;
        }
    }
    finish(batch, None, steps);
}

/// The rows before a bad one are published all the same.
fn finish(batch: Batch, failure: Option<anyhow::Error>, steps: &mpsc::Sender<Step>) {
    let rest = (!batch.events.is_empty()).then_some(Step::Batch(batch));
    for step in rest.into_iter().chain(failure.map(Step::Failed)) {
        if steps.blocking_send(step).is_err() {
            return;
        }
    }
}
