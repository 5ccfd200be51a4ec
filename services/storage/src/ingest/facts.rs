//! Facts beside the transitions of executions, each kind in a file of its own.

use shadow_domain::fact::{Content, Fact};

use super::{activities, feedbacks, steps};
use crate::Error;
use crate::database::Transaction;

/// What became of one fact of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFact {
    /// Index among the facts of the batch.
    pub fact: usize,
    /// What became of it.
    pub answer: FactAnswer,
}

/// What became of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactAnswer {
    /// It was stored now.
    New,
    /// The same was stored before.
    Repeated,
    /// Something else is stored under its name; the field that differs.
    Conflict(&'static str),
}

/// A fact and its index in the batch.
pub(super) type Indexed<'a> = (usize, &'a Fact);

/// Stores facts, which are in the order of (workspace, time, event id), kind by kind.
pub(super) async fn all(
    transaction: &mut Transaction,
    facts: &[Indexed<'_>],
) -> Result<Vec<StoredFact>, Error> {
    let of = |kind: fn(&Content) -> bool| -> Vec<Indexed<'_>> {
        facts
            .iter()
            .filter(|(_, fact)| kind(&fact.content))
            .copied()
            .collect()
    };
    let mut stored = Vec::with_capacity(facts.len());
    stored.extend(steps::store(transaction, &of(|c| matches!(c, Content::Step(..)))).await?);
    stored
        .extend(feedbacks::store(transaction, &of(|c| matches!(c, Content::Feedback(..)))).await?);
    stored
        .extend(activities::store(transaction, &of(|c| matches!(c, Content::Activity(_)))).await?);
    Ok(stored)
}
