//! The task behind a publisher: it cuts batches, sends them, and hands the answers out.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use shadow_proto::streaming::v1::{Event, EventStatus, PublishBatchResponse};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tonic::Status;

use super::{Answer, Answered, PublisherConfig};
use crate::{Client, Error};

/// What the publisher tells its task.
#[derive(Debug)]
pub(super) enum Command {
    Publish(Box<Waiting>),
    Flush(oneshot::Sender<()>),
}

/// An event that is not answered for.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) event: Event,
    /// What it adds to a batch.
    pub(super) bytes: usize,
    /// Its share of the memory, given back with the answer.
    pub(super) room: OwnedSemaphorePermit,
    pub(super) answer: oneshot::Sender<Answered>,
}

/// Batches are numbered as they are cut; that is how a flush knows which ones it waits for.
pub(super) struct Sender {
    client: Client,
    config: PublisherConfig,
    filling: Vec<Waiting>,
    filling_bytes: usize,
    /// When the batch that is filling has waited long enough.
    due: Instant,
    ready: VecDeque<(u64, Vec<Waiting>)>,
    sending: FuturesUnordered<BoxFuture<'static, u64>>,
    cut: u64,
    unanswered: BTreeSet<u64>,
    flushes: Vec<(u64, oneshot::Sender<()>)>,
}

impl Sender {
    pub(super) fn new(client: Client, config: PublisherConfig) -> Self {
        Self {
            client,
            config,
            filling: Vec::new(),
            filling_bytes: 0,
            due: Instant::now(),
            ready: VecDeque::new(),
            sending: FuturesUnordered::new(),
            cut: 0,
            unanswered: BTreeSet::new(),
            flushes: Vec::new(),
        }
    }

    /// Goes on until the publisher is gone and everything is answered for.
    pub(super) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let mut open = true;
        while open || !self.sending.is_empty() {
            let idle = self.sending.len() < self.config.in_flight;
            tokio::select! {
                command = commands.recv(), if open => match command {
                    Some(Command::Publish(waiting)) => self.take(*waiting),
                    Some(Command::Flush(done)) => {
                        self.cut();
                        self.flushes.push((self.cut, done));
                    }
                    None => {
                        self.cut();
                        open = false;
                    }
                },
                () = sleep_until(self.due), if idle && !self.filling.is_empty() => self.cut(),
                Some(number) = self.sending.next(), if !self.sending.is_empty() => {
                    self.unanswered.remove(&number);
                }
            }
            self.send();
            self.report();
        }
    }

    fn take(&mut self, waiting: Waiting) {
        if self.filling_bytes + waiting.bytes > self.config.batch_bytes {
            self.cut();
        }
        if self.filling.is_empty() {
            self.due = Instant::now() + self.config.batch_time;
        }
        self.filling_bytes += waiting.bytes;
        self.filling.push(waiting);
        if self.filling.len() >= self.config.batch_events {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.filling.is_empty() {
            return;
        }
        self.cut += 1;
        self.unanswered.insert(self.cut);
        self.ready
            .push_back((self.cut, std::mem::take(&mut self.filling)));
        self.filling_bytes = 0;
    }

    fn send(&mut self) {
        while self.sending.len() < self.config.in_flight
            && let Some((number, batch)) = self.ready.pop_front()
        {
            let (client, give_up) = (self.client.clone(), self.config.give_up);
            self.sending.push(Box::pin(async move {
                let (events, receipts): (Vec<_>, Vec<_>) = batch
                    .into_iter()
                    .map(|waiting| (waiting.event, (waiting.answer, waiting.room)))
                    .unzip();
                let outcome = client.publish_for(events, give_up).await;
                let answers = answers(outcome, receipts.len());
                for ((receipt, _room), answer) in receipts.into_iter().zip(answers) {
                    // Nobody may want to know.
                    let _ = receipt.send(answer);
                }
                number
            }));
        }
    }

    fn report(&mut self) {
        let first = self.unanswered.first().copied().unwrap_or(u64::MAX);
        for (_, done) in self.flushes.extract_if(.., |(last, _)| *last < first) {
            // Whoever asked may have gone.
            let _ = done.send(());
        }
    }
}

/// The answer of each of so many events.
fn answers(outcome: Result<PublishBatchResponse, Error>, count: usize) -> Vec<Answered> {
    let response = outcome.and_then(|response| {
        if response.statuses.len() == count {
            return Ok(response);
        }
        let answered = response.statuses.len();
        let text = format!("the server answered for {answered} events of {count}");
        Err(Error::Refused(Box::new(Status::internal(text))))
    });
    let response = match response {
        Ok(response) => response,
        Err(error) => {
            let error = Arc::new(error);
            return (0..count).map(|_| Err(Arc::clone(&error))).collect();
        }
    };
    let statuses: Vec<_> = response.statuses().collect();
    let mut refusals: HashMap<_, _> = response
        .refusals
        .into_iter()
        .map(|refusal| (refusal.index as usize, refusal))
        .collect();
    let answer = |(index, status): (usize, EventStatus)| match status {
        EventStatus::Accepted => Ok(Answer::Accepted),
        EventStatus::Repeated => Ok(Answer::Repeated),
        EventStatus::Refused => Ok(Answer::Refused(refusals.remove(&index).unwrap_or_default())),
        EventStatus::Unspecified => Err(Arc::new(Error::Refused(Box::new(Status::internal(
            "the server gave an event an answer that this client does not know",
        ))))),
    };
    statuses.into_iter().enumerate().map(answer).collect()
}
