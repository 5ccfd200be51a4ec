//! What one transaction writes: portions of many callers, each execution once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use shadow_domain::execution::{Execution, Seen};
use uuid::Uuid;

/// One execution of one portion that waits to be written.
pub(super) struct Item {
    /// Which of the writer's open portions it belongs to.
    pub(super) portion: u64,
    /// Its index in the portion.
    pub(super) index: usize,
    pub(super) execution: Execution,
}

/// One item's part in an execution of the batch.
pub(super) struct Share {
    pub(super) portion: u64,
    pub(super) index: usize,
    /// Which execution of the batch.
    pub(super) at: usize,
    /// The transitions that the item speaks of.
    pub(super) says: Seen,
    /// Those among them that no earlier item of the batch spoke of.
    pub(super) adds: Seen,
}

/// A transaction in the making.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) executions: Vec<Execution>,
    pub(super) shares: Vec<Share>,
    places: HashMap<(Uuid, Uuid), usize>,
}

impl Batch {
    /// Joins an item to the batch. One that contradicts another caller's comes back: it goes into a later transaction,
    /// where it meets what is stored by then, so that one caller's mistake never refuses another's event.
    pub(super) fn add(&mut self, item: Item) -> Option<Item> {
        let Item {
            portion,
            index,
            execution,
        } = item;
        let says = execution.seen();
        let key = (
            execution.identity.workspace_id,
            execution.identity.execution_id,
        );
        let (at, adds) = match self.places.entry(key) {
            Entry::Vacant(place) => {
                let at = *place.insert(self.executions.len());
                self.executions.push(execution);
                (at, says)
            }
            Entry::Occupied(place) => {
                let at = *place.get();
                match self.executions[at].join(&execution) {
                    Ok(adds) => (at, adds),
                    Err(_) => {
                        return Some(Item {
                            portion,
                            index,
                            execution,
                        });
                    }
                }
            }
        };
        self.shares.push(Share {
            portion,
            index,
            at,
            says,
            adds,
        });
        None
    }
}
