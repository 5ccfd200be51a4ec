//! What the tables of facts have in common: the key, and that a row never changes.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use shadow_domain::fact::Content;
use uuid::Uuid;

use super::{FactAnswer, Indexed, StoredFact};
use crate::Error;
use crate::database::Transaction;
use crate::erasure::Erased;
use crate::row::Key;

/// What a row of a table holds beside its key.
pub(super) trait Table: Sized {
    /// Its part of a fact; none where the fact belongs into another table.
    fn of(content: &Content) -> Option<&Self>;

    /// Inserts what has no row yet, in the order given, and says which that was.
    async fn insert(
        transaction: &mut Transaction,
        facts: &[Keyed<'_, Self>],
    ) -> Result<HashSet<Key>, Error>;

    /// What is stored under some keys.
    async fn load(
        transaction: &mut Transaction,
        keys: &Keys,
    ) -> Result<HashMap<Key, Content>, Error>;
}

/// A row and its key.
pub(super) type Keyed<'a, T> = (Key, &'a T);

/// Keys as columns.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) workspace_id: Vec<Uuid>,
    pub(super) occurred_at: Vec<DateTime<Utc>>,
    pub(super) event_id: Vec<Uuid>,
}

impl Keys {
    pub(super) fn of(keys: impl Iterator<Item = Key>) -> Self {
        let mut columns = Self::default();
        for (workspace_id, occurred_at, event_id) in keys {
            columns.workspace_id.push(workspace_id);
            columns.occurred_at.push(occurred_at);
            columns.event_id.push(event_id);
        }
        columns
    }
}

/// Stores those of the facts that belong into the table, which come in the order of their keys, and says what became of
/// each, in the same order.
pub(super) async fn store<T: Table>(
    transaction: &mut Transaction,
    facts: &[Indexed<'_>],
    erased: &Erased,
) -> Result<Vec<StoredFact>, Error> {
    let (mut keyed, mut indexed) = (Vec::new(), Vec::new());
    for (index, fact) in facts {
        if let Some(row) = T::of(&fact.content) {
            let key = (fact.workspace_id, fact.occurred_at, fact.event_id);
            keyed.push((key, row));
            indexed.push((*index, key, &fact.content));
        }
    }
    if keyed.is_empty() {
        return Ok(Vec::new());
    }
    let new = T::insert(transaction, &keyed).await?;
    let met = indexed.iter().map(|(_, key, _)| *key);
    let met = Keys::of(met.filter(|key| !new.contains(key)));
    let mut before = if met.event_id.is_empty() {
        HashMap::new()
    } else {
        T::load(transaction, &met).await?
    };
    // What is not swept yet is compared as if it were.
    for known in before.values_mut() {
        erased.content(known);
    }
    indexed
        .into_iter()
        .map(|(fact, key, content)| {
            let answer = if new.contains(&key) {
                FactAnswer::New
            } else {
                let known = before.get(&key).ok_or_else(|| {
                    Error::malformed("a fact", "a row that was met is not visible")
                })?;
                known
                    .difference(content)
                    .map_or(FactAnswer::Repeated, FactAnswer::Conflict)
            };
            Ok(StoredFact { fact, answer })
        })
        .collect()
}
