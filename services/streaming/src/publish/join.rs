//! What one batch says of one execution, or under one name, joined into one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use shadow_domain::execution::{Execution, Seen};
use shadow_domain::fact::Fact;
use uuid::Uuid;

use crate::refusal::{self, Kind};
use crate::validate::Refused;

/// An execution and the events of the batch that speak of it.
pub(super) struct Joined {
    pub(super) execution: Execution,
    pub(super) events: Vec<Contribution>,
}

/// One event's part in an execution.
pub(super) struct Contribution {
    /// The event's index in the batch.
    pub(super) index: usize,
    pub(super) kind: Kind,
    /// The transitions that the event speaks of.
    pub(super) says: Seen,
    /// Those among them that no earlier event of the batch spoke of.
    pub(super) adds: Seen,
}

/// Joins events, in their order. Of two that contradict each other the earlier one is kept.
pub(super) fn join(
    events: Vec<(usize, Kind, Execution)>,
) -> (Vec<Joined>, Vec<(usize, Uuid, Refused)>) {
    let mut joined: Vec<Joined> = Vec::with_capacity(events.len());
    let mut conflicts = Vec::new();
    let mut places = HashMap::with_capacity(events.len());
    for (index, kind, execution) in events {
        let workspace_id = execution.identity.workspace_id;
        let says = execution.seen();
        match places.entry((workspace_id, execution.identity.execution_id)) {
            Entry::Vacant(place) => {
                place.insert(joined.len());
                joined.push(Joined {
                    execution,
                    events: vec![Contribution {
                        index,
                        kind,
                        says,
                        adds: says,
                    }],
                });
            }
            Entry::Occupied(place) => {
                let known = &mut joined[*place.get()];
                if let Some(refused) = ends_before_start(&known.execution, &execution) {
                    conflicts.push((index, workspace_id, refused));
                    continue;
                }
                match known.execution.join(&execution) {
                    Ok(adds) => known.events.push(Contribution {
                        index,
                        kind,
                        says,
                        adds,
                    }),
                    Err(conflict) => {
                        conflicts.push((
                            index,
                            workspace_id,
                            refusal::conflict(kind, conflict.field),
                        ));
                    }
                }
            }
        }
    }
    (joined, conflicts)
}

/// Two events of one execution may each be right and yet not fit together.
fn ends_before_start(known: &Execution, event: &Execution) -> Option<Refused> {
    let started_at = event.started_at.or(known.started_at)?;
    let ended_at = event.end.as_ref().or(known.end.as_ref())?.ended_at;
    (ended_at < started_at).then(refusal::ends_before_start)
}

/// A fact and the events of the batch that report it, the first one first.
pub(super) struct Reported {
    pub(super) fact: Fact,
    pub(super) events: Vec<usize>,
}

/// Puts facts of the same name together, in their order. Of two that contradict each other the earlier one is kept.
pub(super) fn same(facts: Vec<(usize, Fact)>) -> (Vec<Reported>, Vec<(usize, Uuid, Refused)>) {
    let mut reported: Vec<Reported> = Vec::with_capacity(facts.len());
    let mut conflicts = Vec::new();
    let mut places = HashMap::with_capacity(facts.len());
    for (index, fact) in facts {
        match places.entry(fact.name()) {
            Entry::Vacant(place) => {
                place.insert(reported.len());
                reported.push(Reported {
                    fact,
                    events: vec![index],
                });
            }
            Entry::Occupied(place) => {
                let known = &mut reported[*place.get()];
                match known.fact.content.difference(&fact.content) {
                    None => known.events.push(index),
                    Some(field) => {
                        let refused = refusal::known(fact.content.kind(), field);
                        conflicts.push((index, fact.workspace_id, refused));
                    }
                }
            }
        }
    }
    (reported, conflicts)
}
