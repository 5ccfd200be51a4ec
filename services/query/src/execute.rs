//! The executor: one snapshot for the whole batch, each load once, what waits to be compacted once.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chrono::{DateTime, Utc};
use shadow_auth::Scope;
use shadow_domain::{
    catalogue::{Context, TooLarge},
    cell::{Delta, Dimension, Part},
};
use shadow_storage::{Database, Snapshot, directory, partials::PageRow};
use uuid::Uuid;

use crate::{
    answer::{Answer, Key},
    cells::{Cells, Pending},
    compute::{self, Input},
    plan::{Invalid, Plan, Planned, Source, plan},
    request::Request,
};

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request contradicts itself, the catalogue or a limit.
    #[error("the request is not valid")]
    Invalid(Vec<Invalid>),
    /// A value does not fit what it is sent in.
    #[error("{metric} cannot be answered")]
    TooLarge {
        /// The metric's id.
        metric: &'static str,
        /// The value.
        source: TooLarge,
    },
    /// The data could not be read.
    #[error("the data could not be read")]
    Storage(#[from] shadow_storage::Error),
    /// The computation was given up.
    #[error("the computation was given up")]
    Interrupted(#[from] tokio::task::JoinError),
}

/// Answers every selection of a request, all from the same snapshot of what the scope may see.
pub async fn answer(
    db: &Database,
    scope: &Scope,
    request: &Request,
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<Vec<Answer>, Error> {
    let plan = plan(request, now).map_err(Error::Invalid)?;
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let answers = answer_in(&mut snapshot, request, plan, now).await?;
    snapshot.finish().await?;
    Ok(answers)
}

/// The same from a snapshot that is asked for more.
pub(crate) async fn answer_in(
    snapshot: &mut Snapshot,
    request: &Request,
    mut plan: Plan,
    now: DateTime<Utc>,
) -> Result<Vec<Answer>, Error> {
    if !snapshot.sees_everything() {
        plan.share();
    }
    let read = read(snapshot, &plan).await?;
    let request = request.clone();
    // Merging is work for a processor, not for a thread that others wait on.
    let mut answers =
        tokio::task::spawn_blocking(move || compute_all(&request, &plan, &read, now)).await??;
    label(snapshot, &mut answers).await?;
    Ok(answers)
}

/// What one plan needs, read.
struct Read {
    /// For each source of the plan.
    pages: Vec<Vec<PageRow>>,
    pending: Vec<(Uuid, Delta)>,
    snapshot_time: DateTime<Utc>,
    last_event_time: Option<DateTime<Utc>>,
}

async fn read(snapshot: &mut Snapshot, plan: &Plan) -> Result<Read, Error> {
    let mut pages = Vec::with_capacity(plan.sources.len());
    for source in &plan.sources {
        let mut rows = Vec::new();
        for load in source.loads() {
            rows.extend(if source.by_workspace {
                snapshot.load_pages(&load).await?
            } else {
                snapshot.load_together(&load).await?
            });
        }
        pages.push(rows);
    }
    let pending = match plan.range() {
        Some(range) => snapshot.pending(&range).await?,
        None => Vec::new(),
    };
    let (snapshot_time, last_event_time) = (snapshot.snapshot_time(), snapshot.last_event_at());
    Ok(Read {
        pages,
        pending,
        snapshot_time,
        last_event_time,
    })
}

fn compute_all(
    request: &Request,
    plan: &Plan,
    read: &Read,
    now: DateTime<Utc>,
) -> Result<Vec<Answer>, Error> {
    let cells = cells(plan, read);
    let answer = |(index, planned): (usize, &Planned)| {
        compute::answer(&Input {
            selection: &request.selections[index],
            index,
            planned,
            cells: &cells[planned.source],
            open_cells: &cells[planned.open_source],
            context: Context {
                currency: request.currency,
            },
            groups: request.bounds.groups,
            snapshot_time: read.snapshot_time,
            last_event_time: read.last_event_time,
            now,
        })
    };
    plan.selections.iter().enumerate().map(answer).collect()
}

/// For each source its pages, and the part of what waits that is of its dimension.
fn cells<'a>(plan: &Plan, read: &'a Read) -> Vec<Cells<'a>> {
    let mut pending: BTreeMap<Dimension, Vec<Pending<'a>>> = plan
        .sources
        .iter()
        .map(|source| (source.dimension, Vec::new()))
        .collect();
    for (workspace, delta) in &read.pending {
        for (key, partial) in &delta.0 {
            if let Some(cells) = pending.get_mut(&key.dimension) {
                cells.push(Pending {
                    workspace: *workspace,
                    key: &key.key,
                    quarter: key.quarter,
                    partial,
                });
            }
        }
    }
    let of = |(source, pages): (&Source, &'a Vec<PageRow>)| Cells {
        pages,
        pending: pending[&source.dimension].clone(),
    };
    plan.sources.iter().zip(&read.pages).map(of).collect()
}

/// Gives agents and workspaces the names that the directory has for them.
async fn label(snapshot: &mut Snapshot, answers: &mut [Answer]) -> Result<(), Error> {
    label_agents(snapshot, answers).await?;
    if keys_of(answers, Part::Workspace).next().is_none() {
        return Ok(());
    }
    let names = directory::workspace_names(snapshot).await?;
    for key in keys_of(answers, Part::Workspace) {
        if let Some(name) = key.workspace.and_then(|id| names.get(&id)) {
            key.label.clone_from(name);
        }
    }
    Ok(())
}

async fn label_agents(snapshot: &mut Snapshot, answers: &mut [Answer]) -> Result<(), Error> {
    let agents: BTreeSet<(Uuid, String)> = keys_of(answers, Part::Agent)
        .filter_map(|key| agent(key))
        .collect();
    if agents.is_empty() {
        return Ok(());
    }
    let agents: Vec<_> = agents.into_iter().collect();
    let names = directory::agent_names(snapshot, &agents).await?;
    for key in keys_of(answers, Part::Agent) {
        if let Some(name) = agent(key).and_then(|agent| names.get(&agent)) {
            key.label.clone_from(name);
        }
    }
    Ok(())
}

fn keys_of(answers: &mut [Answer], part: Part) -> impl Iterator<Item = &mut Key> {
    let groups = answers.iter_mut().flat_map(|answer| &mut answer.groups);
    groups
        .flat_map(|group| &mut group.keys)
        .filter(move |key| key.part == part)
}

fn agent(key: &Key) -> Option<(Uuid, String)> {
    Some((key.workspace?, key.id.clone()?))
}
