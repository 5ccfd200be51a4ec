//! One writer: takes what waits, writes it in one transaction, answers.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::Utc;
use metrics::{counter, histogram};
use shadow_auth::Scope;
use shadow_domain::execution::Execution;
use shadow_storage::Database;
use shadow_storage::ingest::{self, Stored};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tracing::{Instrument, Span, trace_span};

use super::batch::{Batch, Item, Share};
use super::failure::{Failure, retrying};
use super::line::Waiting;
use super::{Answer, Portion, common, overlap};

/// See the module.
pub(super) struct Writer {
    pub(super) db: Database,
    pub(super) waiting: Waiting<Portion>,
    pub(super) committed: Arc<Notify>,
    pub(super) most: usize,
}

/// A portion whose executions are not all answered yet.
struct Open {
    portion: Portion,
    answers: Vec<Answer>,
    remaining: usize,
}

/// The portions that a writer has taken, and the items of them that wait for the next transaction.
#[derive(Default)]
struct Taken {
    open: HashMap<u64, Open>,
    next: u64,
    carried: Vec<Item>,
}

impl Writer {
    /// Writes until `closing` is cancelled and nothing waits any more.
    pub(super) async fn run(mut self, closing: CancellationToken) {
        let mut taken = Taken::default();
        loop {
            let mut batch = Batch::default();
            taken.begin(&mut batch);
            if batch.executions.is_empty() {
                let Some(portion) = self.waiting.first(&closing).await else {
                    return;
                };
                taken.take(portion, &mut batch);
            }
            // What comes back counts, too: else one workspace whose callers contradict each other would be taken in whole.
            let carried = taken.carried.len();
            while batch.executions.len() + (taken.carried.len() - carried) < self.most
                && let Some(portion) = self.waiting.next()
            {
                taken.take(portion, &mut batch);
            }
            self.write(&mut taken, batch).await;
        }
    }

    async fn write(&self, taken: &mut Taken, batch: Batch) {
        let Batch {
            executions, shares, ..
        } = batch;
        let began = Instant::now();
        histogram!("shadow_publish_transaction_executions").record(executions.len() as f64);
        let span = taken.span(&shares, executions.len());
        let stored = self.store(&executions).instrument(span).await;
        histogram!("shadow_publish_transaction_seconds").record(began.elapsed().as_secs_f64());
        if stored.iter().any(Result::is_ok) {
            self.committed.notify_one();
        }
        for share in shares {
            let answer = match &stored[share.at] {
                Ok(stored) => Ok(Answer {
                    new: common(share.adds, stored.new),
                    conflicts: stored
                        .conflicts
                        .iter()
                        .filter(|(seen, _)| overlap(*seen, share.says))
                        .copied()
                        .collect(),
                    unstorable: None,
                }),
                Err(Failure::Data(status)) => Ok(Answer {
                    unstorable: Some(status.clone()),
                    ..Answer::default()
                }),
                Err(Failure::Moment(status)) => Err(status.clone()),
            };
            taken.answer(share.portion, share.index, answer);
        }
    }

    /// One transaction. An execution without an answer is one whose workspace the database refused.
    async fn store(&self, executions: &[Execution]) -> Vec<Result<Stored, Failure>> {
        let outcome = match self.attempt(executions).await {
            Ok(outcome) => outcome,
            Err(error) => return vec![Err(Failure::from(error)); executions.len()],
        };
        let mut failures = HashMap::new();
        for failed in outcome.failed {
            counter!("shadow_publish_refused_workspaces_total")
                .increment(failed.workspaces.len() as u64);
            let failure = Failure::from(failed.error);
            failures.extend(
                failed
                    .workspaces
                    .into_iter()
                    .map(|workspace| (workspace, failure.clone())),
            );
        }
        let mut answers: Vec<_> = executions
            .iter()
            .map(|execution| {
                let failure = failures.get(&execution.identity.workspace_id).cloned();
                Err(failure.unwrap_or_else(|| {
                    Failure::Moment(Status::internal("an execution was not answered for"))
                }))
            })
            .collect();
        for stored in outcome.stored {
            let index = stored.execution;
            answers[index] = Ok(stored);
        }
        answers
    }

    async fn attempt(
        &self,
        executions: &[Execution],
    ) -> Result<ingest::Batch, shadow_storage::Error> {
        let workspaces = executions
            .iter()
            .map(|execution| execution.identity.workspace_id);
        let scope =
            Scope::system("publish: permission was checked event by event").within(workspaces);
        retrying(|| ingest::store(&self.db, &scope, executions, Utc::now())).await
    }
}

impl Taken {
    /// Puts what an earlier transaction could not hold into a new one.
    fn begin(&mut self, batch: &mut Batch) {
        self.carried = std::mem::take(&mut self.carried)
            .into_iter()
            .filter_map(|item| batch.add(item))
            .collect();
    }

    fn take(&mut self, mut portion: Portion, batch: &mut Batch) {
        let name = self.next;
        self.next += 1;
        portion.queued = Span::none();
        let executions = std::mem::take(&mut portion.executions);
        let remaining = executions.len();
        self.open.insert(
            name,
            Open {
                portion,
                answers: vec![Answer::default(); remaining],
                remaining,
            },
        );
        for (index, execution) in executions.into_iter().enumerate() {
            if let Some(item) = batch.add(Item {
                portion: name,
                index,
                execution,
            }) {
                self.carried.push(item);
            }
        }
    }

    /// A transaction serves many callers: its span is a part of the first one's trace, and linked to the others'.
    fn span(&self, shares: &[Share], executions: usize) -> Span {
        let callers = || {
            shares
                .iter()
                .filter_map(|share| self.open.get(&share.portion))
        };
        let Some(first) = callers()
            .next()
            .filter(|first| !first.portion.span.is_disabled())
        else {
            return Span::none();
        };
        let first = &first.portion.span;
        let span = trace_span!(parent: first, "write transaction", executions);
        let mut linked = HashSet::from([first.id()]);
        for caller in callers().map(|open| &open.portion.span) {
            if linked.insert(caller.id()) {
                span.follows_from(caller);
            }
        }
        span
    }

    /// Notes one answer; the last one, or the first failure, is sent to the caller.
    fn answer(&mut self, portion: u64, index: usize, answer: Result<Answer, Status>) {
        let Some(open) = self.open.get_mut(&portion) else {
            return;
        };
        let failure = match answer {
            Ok(answer) => {
                open.answers[index] = answer;
                open.remaining -= 1;
                None
            }
            Err(status) => Some(status),
        };
        if (open.remaining == 0 || failure.is_some())
            && let Some(Open {
                portion, answers, ..
            }) = self.open.remove(&portion)
        {
            reply(portion.answers, failure.map_or(Ok(answers), Err));
        }
    }
}

/// A caller that has gone away needs no answer.
fn reply(
    caller: oneshot::Sender<Result<Vec<Answer>, Status>>,
    answer: Result<Vec<Answer>, Status>,
) {
    drop(caller.send(answer));
}
