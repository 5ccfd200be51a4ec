//! The executor: one snapshot for the whole batch, each load once, what waits to be compacted once.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use chrono::{DateTime, Utc};
use shadow_auth::Scope;
use shadow_domain::{
    catalogue::{Context, TooLarge},
    cell::{Delta, Dimension, Part, SEPARATOR},
};
use shadow_storage::{Database, Snapshot, directory, partials::StoredPage};
use uuid::Uuid;

use crate::{
    answer::{Answer, Key},
    cells::{Cells, Pending},
    compute::{self, Input},
    open::Open,
    plan::{Invalid, Plan, Planned, Source, plan},
    request::Request,
    together::Together,
    turn::Turn,
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
    let turn = Turn::wait(deadline).await?;
    let mut snapshot = db.snapshot(scope, turn.left()).await?;
    let read = Read::of(&mut snapshot, request, plan).await?;
    snapshot.finish().await?;
    turn.merge(move || read.answers(now)).await?
}

/// The pages of a source.
async fn read(snapshot: &mut Snapshot, source: &Source) -> Result<Vec<StoredPage>, Error> {
    let mut rows = Vec::new();
    let mut loads = source.loads();
    if let Some((cut, stretches, starts)) = source.openings() {
        for days in stretches {
            rows.extend(
                snapshot
                    .stored_openings(source.dimension, days, &starts)
                    .await?,
            );
        }
        loads = cut.loads();
    }
    for load in loads {
        rows.extend(match source.by_workspace {
            true => snapshot.stored_pages(&load).await?,
            false => snapshot.stored_together(&load).await?,
        });
    }
    Ok(rows)
}

/// What one request needs, read: nothing more has to be asked for.
pub(crate) struct Read {
    request: Request,
    plan: Plan,
    /// For each source of the plan.
    pages: Vec<Vec<StoredPage>>,
    pending: Vec<(Uuid, Delta)>,
    /// What the directory calls agents and workspaces, where answers do.
    agents: HashMap<(Uuid, String), String>,
    workspaces: BTreeMap<Uuid, String>,
    snapshot_time: DateTime<Utc>,
    last_event_time: Option<DateTime<Utc>>,
}

impl Read {
    /// Reads it from a snapshot, which may be asked for more.
    pub(crate) async fn of(
        snapshot: &mut Snapshot,
        request: &Request,
        mut plan: Plan,
    ) -> Result<Self, Error> {
        if !snapshot.sees_everything() {
            plan.share();
        }
        let mut pages = Vec::with_capacity(plan.sources.len());
        for source in &plan.sources {
            pages.push(read(snapshot, source).await?);
        }
        let pending = match plan.range() {
            Some(range) => snapshot.pending(&range).await?,
            None => Vec::new(),
        };
        let mut read = Self {
            request: request.clone(),
            plan,
            pages,
            pending,
            agents: HashMap::new(),
            workspaces: BTreeMap::new(),
            snapshot_time: snapshot.snapshot_time(),
            last_event_time: snapshot.last_event_at(),
        };
        let agents: Vec<_> = read.agents().into_iter().collect();
        if !agents.is_empty() {
            read.agents = directory::agent_names(snapshot, &agents).await?;
        }
        let mut selections = request.selections.iter();
        if selections.any(|selection| selection.group_by.contains(&Part::Workspace)) {
            read.workspaces = directory::workspace_names(snapshot).await?;
        }
        Ok(read)
    }

    /// The agents of which answers may tell.
    fn agents(&self) -> BTreeSet<(Uuid, String)> {
        let mut agents = BTreeSet::new();
        for (selection, planned) in self.request.selections.iter().zip(&self.plan.selections) {
            let grouping = &planned.grouping;
            let mut parts = selection.group_by.iter().zip(&grouping.positions);
            let Some(position) = parts.find_map(|(part, position)| match part {
                Part::Agent => *position,
                _ => None,
            }) else {
                continue;
            };
            let rows = self.pages[planned.source].iter();
            let rows = rows.map(|row| (row.workspace_id, row.key.as_str()));
            let pending = self.pending.iter().flat_map(|(workspace, delta)| {
                let cells = delta.0.keys();
                let cells = cells.filter(|cell| cell.dimension == grouping.dimension);
                cells.map(|cell| (*workspace, cell.key.as_str()))
            });
            let keys: BTreeSet<(Uuid, &str)> = rows.chain(pending).collect();
            agents.extend(keys.into_iter().filter_map(|(workspace, key)| {
                let agent = key.split(SEPARATOR).nth(position)?;
                (!agent.is_empty()).then(|| (workspace, agent.to_owned()))
            }));
        }
        agents
    }

    /// Computes the answers. That is work for a processor, not for a thread that others wait on.
    pub(crate) fn answers(&self, now: DateTime<Utc>) -> Result<Vec<Answer>, Error> {
        let (cells, open) = (self.cells(), Open::default());
        let together = Together::new(&self.plan.selections, &cells)?;
        let answer = |(index, planned): (usize, &Planned)| {
            compute::answer(&Input {
                selection: &self.request.selections[index],
                index,
                planned,
                cells: &cells[planned.source],
                open_cells: &cells[planned.open_source],
                open: &open,
                together: &together,
                context: Context {
                    currency: self.request.currency,
                },
                groups: self.request.bounds.groups,
                snapshot_time: self.snapshot_time,
                last_event_time: self.last_event_time,
                now,
            })
        };
        let selections = self.plan.selections.iter().enumerate();
        let mut answers = selections.map(answer).collect::<Result<Vec<_>, _>>()?;
        self.label(&mut answers);
        Ok(answers)
    }

    /// For each source its pages, and the part of what waits that is of its dimension.
    fn cells(&self) -> Vec<Cells<'_>> {
        let sources = &self.plan.sources;
        let mut pending: BTreeMap<Dimension, Vec<Pending<'_>>> = sources
            .iter()
            .map(|source| (source.dimension, Vec::new()))
            .collect();
        for (workspace, delta) in &self.pending {
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
        sources
            .iter()
            .zip(&self.pages)
            .map(|(source, pages)| Cells {
                pages,
                pending: pending[&source.dimension].clone(),
            })
            .collect()
    }

    /// Gives agents and workspaces the names that the directory has for them.
    fn label(&self, answers: &mut [Answer]) {
        let groups = answers.iter_mut().flat_map(|answer| &mut answer.groups);
        for key in groups.flat_map(|group| &mut group.keys) {
            if let Some(name) = self.name(key) {
                key.label.clone_from(name);
            }
        }
    }

    fn name(&self, key: &Key) -> Option<&String> {
        let workspace = key.workspace?;
        match key.part {
            Part::Agent => self.agents.get(&(workspace, key.id.clone()?)),
            Part::Workspace => self.workspaces.get(&workspace),
            _ => None,
        }
    }
}
