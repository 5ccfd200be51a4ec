//! What one round of ingest takes in: executions that no other round has, and the batches in which they are sent.

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use shadow_demo::{Demo, Scale};
use shadow_proto::streaming::v1::{
    Event, ExecutionEnd, ExecutionEnded, ExecutionOpened, ExecutionStarted, event,
};
use uuid::Uuid;

use crate::data::{self, Finished, timestamp};

/// Executions of one round, and the days of a demo that surely hold so many.
pub(crate) const EXECUTIONS: usize = 32_000;
const DAYS: i64 = 12;

/// What the days of a round are drawn together to where many executions are to share a cell.
const SQUEEZED: TimeDelta = TimeDelta::hours(1);

/// Executions of one batch.
const BATCH: usize = 500;

/// Three platforms take turns.
const SEEDS: [u64; 3] = [11, 12, 13];

/// How many executions share a cell of a quarter-hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cells {
    /// Hundreds in that of a workspace: what came in within an hour.
    Many,
    /// Two: what came in within twelve days, as of a platform that is brought up to now.
    Few,
}

/// What is told of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Its end, which says everything.
    Once,
    /// That it opened and started, and in a later transaction that it ended.
    AsItHappens,
}

/// The platforms that rounds are made of.
#[derive(Debug)]
pub(crate) struct Rounds {
    demos: Vec<Demo>,
}

/// The executions of a round, and what bounds them.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) rows: Vec<Finished>,
    pub(crate) workspaces: Vec<Uuid>,
    pub(crate) span: (DateTime<Utc>, DateTime<Utc>),
}

impl Rounds {
    /// Rounds that end yesterday at the latest.
    pub(crate) fn new() -> Self {
        let end = Utc::now() - TimeDelta::days(1);
        Self {
            demos: SEEDS.map(|seed| Demo::new(seed, Scale::Small, end)).into(),
        }
    }

    /// The executions of a round: no two rounds have one in common.
    pub(crate) fn round(&self, number: usize, cells: Cells) -> Result<Round> {
        let demo = &self.demos[number % SEEDS.len()];
        let from = demo.start() + TimeDelta::days(DAYS * (number / SEEDS.len()) as i64);
        let to = from + TimeDelta::days(DAYS);
        ensure!(
            to <= demo.end(),
            "so many pairs need more than {} platforms",
            SEEDS.len()
        );
        let mut rows = data::finished(demo, from, to)?;
        ensure!(
            rows.len() >= EXECUTIONS,
            "{DAYS} days hold only {} executions",
            rows.len()
        );
        rows.truncate(EXECUTIONS);
        let span = match cells {
            Cells::Few => (from, to),
            Cells::Many => (from, from + SQUEEZED),
        };
        if cells == Cells::Many {
            squeeze(&mut rows, (from, to))?;
        }
        let workspaces = demo.directory().workspaces;
        Ok(Round {
            rows,
            workspaces: workspaces
                .iter()
                .map(|workspace| workspace.workspace_id)
                .collect(),
            span,
        })
    }
}

impl Round {
    /// The batches of each publisher, in the order in which it sends them.
    pub(crate) fn batches(&self, publishers: usize, told: Told) -> Result<Vec<Vec<Vec<Event>>>> {
        let mut queues: Vec<Vec<Vec<Event>>> = vec![Vec::new(); publishers];
        let mut later = queues.clone();
        for (index, rows) in self.rows.chunks(BATCH).enumerate() {
            let publisher = index % publishers;
            match told {
                Told::Once => {
                    queues[publisher].push(rows.iter().map(|row| row.event.clone()).collect());
                }
                Told::AsItHappens => {
                    queues[publisher].push(rows.iter().flat_map(beginning).collect());
                    later[publisher].push(rows.iter().map(end).collect());
                }
            }
        }
        for (queue, later) in queues.iter_mut().zip(later) {
            queue.extend(later);
        }
        Ok(queues)
    }
}

/// Draws the times of opening together, and leaves how long everything took; in the order of the ends again.
fn squeeze(rows: &mut [Finished], (from, to): (DateTime<Utc>, DateTime<Utc>)) -> Result<()> {
    let micros = |span: TimeDelta| span.num_microseconds().context("a span");
    let (whole, squeezed) = (micros(to - from)?, micros(SQUEEZED)?);
    for row in rows.iter_mut() {
        let since = micros(row.opened_at - from)?;
        let opened_at = from + TimeDelta::microseconds(since / (whole / squeezed));
        row.open_at(opened_at);
    }
    rows.sort_by_key(|row| (row.ended_at, row.execution_id));
    Ok(())
}

fn beginning(row: &Finished) -> impl Iterator<Item = Event> + use<> {
    let identity = Some(row.identity.clone());
    let opened = event::Event::ExecutionOpened(ExecutionOpened {
        identity: identity.clone(),
    });
    let started = row.started_at.map(|started_at| {
        let started = event::Event::ExecutionStarted(ExecutionStarted { identity });
        said(row, started_at, started)
    });
    [Some(said(row, row.opened_at, opened)), started]
        .into_iter()
        .flatten()
}

fn end(row: &Finished) -> Event {
    let ended = event::Event::ExecutionEnded(ExecutionEnded {
        identity: Some(row.identity.clone()),
        // An event of its own has told it.
        end: Some(ExecutionEnd {
            started_at: None,
            ..row.end.clone()
        }),
    });
    said(row, row.ended_at, ended)
}

fn said(row: &Finished, at: DateTime<Utc>, event: event::Event) -> Event {
    Event {
        event_id: Uuid::new_v4().to_string(),
        workspace_id: row.event.workspace_id.clone(),
        occurred_at: Some(timestamp(at)),
        event: Some(event),
    }
}
