//! Which stored dimension answers a selection, and which of its keys belong to which group.

use std::collections::BTreeSet;

use shadow_domain::cell::{Dimension, Part, SEPARATOR};
use shadow_storage::partials::Keys;
use uuid::Uuid;

use crate::request::{Filter, Selection};

/// How the cells of one dimension make the groups of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// Where the cells are.
    pub dimension: Dimension,
    /// For each part that is grouped by, where it stands in the dimension's keys; none for the workspace.
    pub positions: Vec<Option<usize>>,
    /// For each part that is filtered, where it stands in the dimension's keys, and what is kept.
    pub filters: Vec<(usize, BTreeSet<String>)>,
    /// Workspaces are told apart. Agents belong to one: the same id in two of them is two agents.
    pub by_workspace: bool,
}

/// What the values of one group have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct GroupKey {
    /// One for each part that is grouped by; empty is unknown.
    pub ids: Vec<String>,
    /// The workspace, where an agent or a workspace is among the keys.
    pub workspace: Option<Uuid>,
}

impl Grouping {
    /// The grouping of a selection, or `None` when no stored dimension has its parts.
    pub(crate) fn of(selection: &Selection) -> Option<Self> {
        Self::new(&selection.group_by, &selection.filters)
    }

    /// What of a selection's filters is known of executions that are still open, to count those.
    pub(crate) fn of_open(selection: &Selection) -> Option<Self> {
        let filters: Vec<_> = selection
            .filters
            .iter()
            .filter(|filter| is_identity(filter.part))
            .cloned()
            .collect();
        // A version is stored beside its agent only.
        Self::new(&[], &filters).or_else(|| {
            let agent = filters
                .iter()
                .any(|filter| filter.part == Part::AgentVersion);
            agent.then(|| Self::new(&[Part::Agent], &filters)).flatten()
        })
    }

    /// One group of everything.
    pub(crate) fn everything() -> Self {
        Self {
            dimension: Dimension::Total,
            positions: Vec::new(),
            filters: Vec::new(),
            by_workspace: false,
        }
    }

    fn new(group_by: &[Part], filters: &[Filter]) -> Option<Self> {
        let parts = group_by
            .iter()
            .copied()
            .chain(filters.iter().map(|filter| filter.part));
        let dimension = Dimension::from_parts(&stored(parts))?;
        let position = |part: Part| dimension.parts().iter().position(|stored| *stored == part);
        Some(Self {
            dimension,
            positions: group_by.iter().map(|part| position(*part)).collect(),
            filters: filters
                .iter()
                .map(|filter| {
                    Some((
                        position(filter.part)?,
                        filter.keys.iter().cloned().collect(),
                    ))
                })
                .collect::<Option<_>>()?,
            by_workspace: [Part::Agent, Part::Workspace]
                .iter()
                .any(|part| group_by.contains(part)),
        })
    }

    /// The group that a stored key belongs to, or `None` when a filter leaves it out.
    pub(crate) fn group(&self, workspace: Uuid, key: &str) -> Option<GroupKey> {
        if self.positions.is_empty() && self.filters.is_empty() {
            return Some(GroupKey::default());
        }
        let mut parts = key.splitn(2, SEPARATOR);
        let parts = [
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        ];
        let kept = |(position, keys): &(usize, BTreeSet<String>)| keys.contains(parts[*position]);
        self.filters.iter().all(kept).then(|| GroupKey {
            ids: self
                .positions
                .iter()
                .map(|position| match position {
                    Some(position) => parts[*position].to_owned(),
                    None => workspace.to_string(),
                })
                .collect(),
            workspace: self.by_workspace.then_some(workspace),
        })
    }

    /// The stored keys that are worth reading; those among them that do not pass the filters are left out later.
    pub(crate) fn keys(&self) -> Keys {
        let of = |position: usize| {
            self.filters
                .iter()
                .find(|(at, _)| *at == position)
                .map(|(_, keys)| keys)
        };
        match (self.dimension.parts().len(), of(0), of(1)) {
            (1, Some(keys), _) => Keys::Exact(keys.iter().cloned().collect()),
            (2, Some(first), Some(second)) => {
                let pairs = first
                    .iter()
                    .flat_map(|a| second.iter().map(move |b| Dimension::key(&[a, b])));
                Keys::Exact(pairs.collect())
            }
            (2, Some(first), None) if first.len() == 1 => Keys::Prefix(
                first
                    .iter()
                    .map(|key| format!("{key}{SEPARATOR}"))
                    .collect(),
            ),
            _ => Keys::All,
        }
    }
}

/// The parts of keys that a selection names, each once.
pub(crate) fn parts(selection: &Selection) -> Vec<Part> {
    stored(
        selection
            .group_by
            .iter()
            .copied()
            .chain(selection.filters.iter().map(|filter| filter.part)),
    )
}

/// Each part once, without the workspace, which is in no key.
fn stored(parts: impl Iterator<Item = Part>) -> Vec<Part> {
    parts.fold(Vec::new(), |mut seen, part| {
        if part != Part::Workspace && !seen.contains(&part) {
            seen.push(part);
        }
        seen
    })
}

/// Identity is known from an execution's first event on, all else at its end.
fn is_identity(part: Part) -> bool {
    match part {
        Part::Agent | Part::AgentVersion | Part::Trigger | Part::Environment => true,
        Part::Model | Part::Provider | Part::ErrorKind => false,
        // No filter names one.
        Part::Workspace => true,
    }
}
