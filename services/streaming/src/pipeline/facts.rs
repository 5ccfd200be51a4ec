//! The writer of facts beside executions: takes what waits, writes it in one transaction, answers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use metrics::{counter, histogram};
use shadow_auth::Scope;
use shadow_domain::fact::{Fact, Name};
use shadow_storage::Database;
use shadow_storage::ingest::{self, FactAnswer, FactBatch};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tracing::{Instrument, Span, trace_span};
use uuid::Uuid;

use super::FactOutcome;
use super::failure::{Failure, retrying};
use super::line::{Queued, Waiting};
use crate::admission::Room;

/// What one caller has of one workspace: facts, each under a name of its own.
pub(super) struct Portion {
    pub(super) workspace_id: Uuid,
    pub(super) facts: Vec<Fact>,
    pub(super) answers: oneshot::Sender<Result<Vec<FactOutcome>, Status>>,
    /// From here until the answer, in the caller's trace.
    pub(super) span: Span,
    /// Held until the portion is answered.
    pub(super) _room: Arc<Room>,
}

impl Queued for Portion {
    fn workspace_id(&self) -> Uuid {
        self.workspace_id
    }

    fn size(&self) -> usize {
        self.facts.len()
    }
}

/// See the module.
pub(super) struct FactWriter {
    pub(super) db: Database,
    pub(super) waiting: Waiting<Portion>,
    /// How many facts go into one transaction before it takes no more.
    pub(super) most: usize,
}

/// A transaction in the making: each fact once, and the portions that it holds.
#[derive(Default)]
struct Batch {
    facts: Vec<Fact>,
    places: HashMap<Name, usize>,
    portions: Vec<Held>,
}

/// A portion of a batch.
struct Held {
    portion: Portion,
    shares: Vec<Share>,
}

/// One fact of a portion.
#[derive(Clone, Copy)]
struct Share {
    /// Which fact of the batch it is.
    at: usize,
    /// Whether no earlier portion of the batch has it.
    first: bool,
}

impl Batch {
    /// Takes a portion in. One that contradicts another caller's comes back: it goes into a later transaction, where it
    /// meets what is stored by then, so that one caller's mistake never refuses another's event.
    fn add(&mut self, mut portion: Portion) -> Option<Portion> {
        let contradicts = portion.facts.iter().any(|fact| {
            let place = self.places.get(&fact.name());
            place.is_some_and(|at| self.facts[*at] != *fact)
        });
        if contradicts {
            return Some(portion);
        }
        let facts = std::mem::take(&mut portion.facts);
        let shares = facts
            .into_iter()
            .map(|fact| match self.places.entry(fact.name()) {
                Entry::Vacant(place) => {
                    let at = *place.insert(self.facts.len());
                    self.facts.push(fact);
                    Share { at, first: true }
                }
                Entry::Occupied(place) => Share {
                    at: *place.get(),
                    first: false,
                },
            });
        let shares = shares.collect();
        self.portions.push(Held { portion, shares });
        None
    }
}

impl FactWriter {
    /// Writes until `closing` is cancelled and nothing waits any more.
    pub(super) async fn run(mut self, closing: CancellationToken) {
        let mut carried = Vec::new();
        loop {
            let mut batch = Batch::default();
            carried = carried
                .into_iter()
                .filter_map(|portion| batch.add(portion))
                .collect();
            if batch.portions.is_empty() {
                let Some(portion) = self.waiting.first(&closing).await else {
                    return;
                };
                carried.extend(batch.add(portion));
            }
            // What comes back counts, too: else one workspace whose callers contradict each other would be taken in whole.
            let mut back = 0;
            while batch.facts.len() + back < self.most
                && let Some(portion) = self.waiting.next()
            {
                if let Some(portion) = batch.add(portion) {
                    back += portion.size();
                    carried.push(portion);
                }
            }
            self.write(batch).await;
        }
    }

    async fn write(&self, batch: Batch) {
        let began = Instant::now();
        histogram!("shadow_publish_transaction_facts").record(batch.facts.len() as f64);
        let span = trace_span!(parent: None, "write facts", facts = batch.facts.len());
        for held in &batch.portions {
            span.follows_from(&held.portion.span);
        }
        let stored = self.store(&batch.facts).instrument(span).await;
        histogram!("shadow_publish_transaction_seconds").record(began.elapsed());
        for Held { portion, shares } in batch.portions {
            let answers = shares
                .into_iter()
                .map(|Share { at, first }| match stored[at].clone() {
                    Ok(FactAnswer::New) if !first => Ok(Ok(FactAnswer::Repeated)),
                    Ok(answer) => Ok(Ok(answer)),
                    Err(Failure::Data(status)) => Ok(Err(status)),
                    Err(Failure::Moment(status)) => Err(status),
                });
            // A caller that has gone away needs no answer.
            drop(portion.answers.send(answers.collect()));
        }
    }

    /// One transaction. A fact without an answer is one whose workspace the database refused.
    async fn store(&self, facts: &[Fact]) -> Vec<Result<FactAnswer, Failure>> {
        let workspaces = facts.iter().map(|fact| fact.workspace_id);
        let scope =
            Scope::system("publish: permission was checked event by event").within(workspaces);
        let stored = retrying(|| ingest::store_facts(&self.db, &scope, facts)).await;
        match stored {
            Ok(outcome) => answers(facts, outcome),
            Err(error) => vec![Err(Failure::from(error)); facts.len()],
        }
    }
}

fn answers(facts: &[Fact], outcome: FactBatch) -> Vec<Result<FactAnswer, Failure>> {
    let mut failures = HashMap::new();
    for failed in outcome.failed {
        counter!("shadow_publish_refused_workspaces_total")
            .increment(failed.workspaces.len() as u64);
        let failure = Failure::from(failed.error);
        let failed = failed.workspaces.into_iter();
        failures.extend(failed.map(|workspace| (workspace, failure.clone())));
    }
    let mut answers: Vec<_> = facts
        .iter()
        .map(|fact| {
            let failure = failures.get(&fact.workspace_id).cloned();
            Err(failure.unwrap_or_else(|| {
                Failure::Moment(Status::internal("a fact was not answered for"))
            }))
        })
        .collect();
    for stored in outcome.stored {
        answers[stored.fact] = Ok(stored.answer);
    }
    answers
}
