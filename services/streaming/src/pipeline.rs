//! The way of events into the database: batched over all callers, by writers that run beside each other.
//!
//! An execution goes to a writer by the hash of its key, so two writers never wait for the same row. Facts beside
//! executions have a writer and transactions of their own. What a writer has taken it finishes, whether its caller is
//! still there or not. What waits for a writer it takes from each workspace in turn.

mod batch;
mod facts;
mod failure;
mod line;
mod writer;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use shadow_domain::execution::{Execution, Seen};
use shadow_domain::fact::Fact;
use shadow_rpc::status;
use shadow_storage::Database;
use shadow_storage::ingest::FactAnswer;
use tokio::sync::{Notify, mpsc, oneshot};
use tonic::Status;
use tracing::{Span, trace_span};
use uuid::Uuid;

use crate::Config;
use crate::admission::Room;
use crate::background::Background;

use facts::FactWriter;
use line::{Queued, Waiting};
use writer::Writer;

/// What became of one execution of a caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// The transitions that are stored now because of this caller.
    pub(crate) new: Seen,
    /// The transitions that contradict what is stored, each with the field that differs.
    pub(crate) conflicts: Vec<(Seen, &'static str)>,
    /// Nothing is stored, because the database refused something of the workspace.
    pub(crate) unstorable: Option<Status>,
}

/// What became of one fact of a caller. The error: the database refused something of the workspace.
pub(crate) type FactOutcome = Result<FactAnswer, Status>;

/// What one caller has of one workspace for one writer.
struct Portion {
    workspace_id: Uuid,
    executions: Vec<Execution>,
    answers: oneshot::Sender<Result<Vec<Answer>, Status>>,
    /// From here until the answer, in the caller's trace.
    span: Span,
    /// From here until a writer takes it.
    queued: Span,
    /// Held until the last portion of the batch is answered.
    _room: Arc<Room>,
}

impl Queued for Portion {
    fn workspace_id(&self) -> Uuid {
        self.workspace_id
    }

    fn size(&self) -> usize {
        self.executions.len()
    }
}

/// The writers and their queues.
#[derive(Clone)]
pub(crate) struct Pipeline {
    writers: Arc<[mpsc::UnboundedSender<Portion>]>,
    facts: mpsc::UnboundedSender<facts::Portion>,
}

impl Pipeline {
    /// Starts the writers. They end when `background` closes and their queues are empty; `committed` is notified
    /// after each commit.
    pub(crate) fn start(
        db: &Database,
        config: &Config,
        committed: &Arc<Notify>,
        background: &Background,
    ) -> Self {
        let writers = (0..config.writers.max(1)).map(|_| {
            let (sender, portions) = mpsc::unbounded_channel();
            let writer = Writer {
                db: db.clone(),
                waiting: Waiting::new(portions),
                committed: Arc::clone(committed),
                most: config.transaction_executions.max(1),
            };
            background.spawn(writer.run(background.closing().clone()));
            sender
        });
        let writers = writers.collect();
        let (facts, portions) = mpsc::unbounded_channel();
        let writer = FactWriter {
            db: db.clone(),
            waiting: Waiting::new(portions),
            most: config.transaction_executions.max(1),
        };
        background.spawn(writer.run(background.closing().clone()));
        Self { writers, facts }
    }

    /// Stores executions and answers for each of them, in order, after they are committed.
    ///
    /// From the first poll on everything is in the queues: a caller that goes away takes nothing back, and its room is
    /// held until everything is answered.
    pub(crate) async fn store(
        &self,
        executions: Vec<Execution>,
        room: Arc<Room>,
    ) -> Result<Vec<Answer>, Status> {
        let total = executions.len();
        let portions = parted(executions, |execution| {
            (self.writer_of(execution), execution.identity.workspace_id)
        });
        let mut waiting = Vec::with_capacity(portions.len());
        for ((writer, workspace_id), (indexes, executions)) in portions {
            let (answers, answered) = oneshot::channel();
            let span = trace_span!("store", executions = executions.len());
            let queued = trace_span!(parent: &span, "queue");
            self.writers[writer]
                .send(Portion {
                    workspace_id,
                    executions,
                    answers,
                    span,
                    queued,
                    _room: Arc::clone(&room),
                })
                .map_err(|_| closed())?;
            waiting.push((indexes, answered));
        }
        drop(room);
        gathered(total, waiting).await
    }

    /// Stores facts, each under a name of its own, and answers for each of them likewise.
    pub(crate) async fn store_facts(
        &self,
        facts: Vec<Fact>,
        room: Arc<Room>,
    ) -> Result<Vec<FactOutcome>, Status> {
        let total = facts.len();
        let portions = parted(facts, |fact| fact.workspace_id);
        let mut waiting = Vec::with_capacity(portions.len());
        for (workspace_id, (indexes, facts)) in portions {
            let (answers, answered) = oneshot::channel();
            self.facts
                .send(facts::Portion {
                    workspace_id,
                    span: trace_span!("store facts", facts = facts.len()),
                    facts,
                    answers,
                    _room: Arc::clone(&room),
                })
                .map_err(|_| closed())?;
            waiting.push((indexes, answered));
        }
        drop(room);
        gathered(total, waiting).await
    }

    fn writer_of(&self, execution: &Execution) -> usize {
        let mut hasher = DefaultHasher::new();
        (
            execution.identity.workspace_id,
            execution.identity.execution_id,
        )
            .hash(&mut hasher);
        (hasher.finish() % self.writers.len() as u64) as usize
    }
}

/// Items by a key, each with its index.
fn parted<T, K: Eq + Hash + Copy>(
    items: Vec<T>,
    key: impl Fn(&T) -> K,
) -> HashMap<K, (Vec<usize>, Vec<T>)> {
    let mut parts: HashMap<K, (Vec<usize>, Vec<T>)> = HashMap::new();
    for (index, item) in items.into_iter().enumerate() {
        let (indexes, items) = parts.entry(key(&item)).or_default();
        indexes.push(index);
        items.push(item);
    }
    parts
}

/// The indexes of a portion's items, and where they will be answered for.
type Expected<A> = (Vec<usize>, oneshot::Receiver<Result<Vec<A>, Status>>);

/// What is answered for the items of portions, in the order of all items.
async fn gathered<A>(total: usize, portions: Vec<Expected<A>>) -> Result<Vec<A>, Status> {
    let mut answers: Vec<Option<A>> = Vec::new();
    answers.resize_with(total, || None);
    for (indexes, answered) in portions {
        let portion = answered.await.map_err(|_| closed())??;
        for (index, answer) in indexes.into_iter().zip(portion) {
            answers[index] = Some(answer);
        }
    }
    let answers: Option<Vec<A>> = answers.into_iter().collect();
    answers.ok_or_else(|| Status::internal("not everything was answered for"))
}

/// The transitions that both have.
pub(crate) fn common(one: Seen, other: Seen) -> Seen {
    Seen(one.0 & other.0)
}

/// Whether there is a transition that both have.
pub(crate) fn overlap(one: Seen, other: Seen) -> bool {
    !common(one, other).is_empty()
}

fn closed() -> Status {
    status::unavailable("the server is stopping")
}
