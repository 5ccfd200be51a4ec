//! A producer: publishes what happens to its subjects in pieces, shuffled and repeated, until each is answered for.

mod stream;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use shadow_client::{Answer, Client, PublisherConfig};
use shadow_proto::streaming::v1::{Event, EventStatus, PublishBatchResponse};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::ledger::{Draft, Ledger};
use crate::random::Random;
use crate::subject::Subject;

use stream::Pipe;

/// How many subjects are new in one round at most.
const NEW: u64 = 12;
/// How many events wait for a later batch at most.
const WAITING: u64 = 60;
/// How often a batch is published again though it was answered.
const AGAIN_PERCENT: u64 = 20;
/// The longest pause between two batches: what matters is when something breaks, not how much there is.
const PAUSE_MILLIS: u64 = 20;

/// How a producer publishes.
pub(crate) enum Way {
    /// The SDK's batches.
    Batches(Client),
    /// Event by event through the SDK, which makes the batches.
    Events(Client),
    /// Batches of one stream, several of them at a time.
    Stream(Box<Pipe>),
}

impl Way {
    /// How the producer of this number publishes.
    pub(crate) fn of(number: usize, client: Client) -> Self {
        match number % 3 {
            0 => Self::Batches(client),
            1 => Self::Stream(Box::new(Pipe::new(client))),
            _ => Self::Events(client),
        }
    }
}

/// One producer.
pub(crate) struct Producer {
    pub(crate) way: Way,
    pub(crate) workspaces: Vec<Uuid>,
    pub(crate) before: DateTime<Utc>,
    pub(crate) ledger: Arc<Mutex<Ledger>>,
    pub(crate) random: Random,
}

impl Producer {
    /// Publishes until it is told to stop; what waits is published then, so that nothing is unanswered in the end.
    pub(crate) async fn run(mut self, stop: CancellationToken) -> Self {
        let mut waiting: Vec<Draft> = Vec::new();
        while !stop.is_cancelled() {
            for _ in 0..=self.random.below(NEW) {
                let subject = Subject::draw(&mut self.random, &self.workspaces, self.before);
                let subject = Arc::new(subject);
                waiting.extend((0..subject.parts()).map(|part| Draft {
                    subject: Arc::clone(&subject),
                    part,
                }));
            }
            self.random.shuffle(&mut waiting);
            let keep = (self.random.below(WAITING) as usize).min(waiting.len());
            let batch = waiting.split_off(keep);
            self.publish(&batch).await;
            if self.random.percent(AGAIN_PERCENT) {
                self.publish(&batch).await;
            }
            let pause = Duration::from_millis(self.random.below(PAUSE_MILLIS));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => {}
            }
        }
        self.publish(&waiting).await;
        self
    }

    async fn publish(&mut self, drafts: &[Draft]) {
        if drafts.is_empty() {
            return;
        }
        self.ledger().sending(drafts);
        match &mut self.way {
            Way::Batches(client) => {
                let answer = client.publish_batch(events(drafts)).await;
                let answer = answer.map_err(|error| error.to_string());
                note(&mut self.ledger(), drafts, answer);
            }
            Way::Stream(pipe) => {
                let size = drafts.len().div_ceil(1 + self.random.below(4) as usize);
                let batches: Vec<&[Draft]> = drafts.chunks(size).collect();
                let answers = pipe.publish(batches.iter().map(|batch| events(batch)).collect());
                for (batch, answer) in batches.into_iter().zip(answers.await) {
                    note(&mut self.ledger(), batch, answer);
                }
            }
            Way::Events(client) => {
                let client = client.clone();
                self.one_by_one(&client, drafts).await;
            }
        }
    }

    async fn one_by_one(&self, client: &Client, drafts: &[Draft]) {
        let publisher = client.publisher(PublisherConfig {
            batch_events: 20,
            batch_time: Duration::from_millis(5),
            ..PublisherConfig::default()
        });
        let mut receipts = Vec::with_capacity(drafts.len());
        for event in events(drafts) {
            receipts.push(publisher.publish(event).await);
        }
        for (draft, receipt) in drafts.iter().zip(receipts) {
            let answer = match receipt {
                Ok(receipt) => receipt.await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            let mut ledger = self.ledger();
            match answer {
                Ok(Answer::Accepted) => ledger.answered(draft, EventStatus::Accepted),
                Ok(Answer::Repeated) => ledger.answered(draft, EventStatus::Repeated),
                Ok(Answer::Refused(refusal)) => ledger.refused.push(refusal.description),
                Err(error) => ledger.refused.push(error),
            }
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn events(drafts: &[Draft]) -> Vec<Event> {
    drafts
        .iter()
        .map(|draft| draft.subject.event(draft.part))
        .collect()
}

fn note(ledger: &mut Ledger, drafts: &[Draft], answer: Result<PublishBatchResponse, String>) {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            ledger.refused.push(error);
            return;
        }
    };
    for (draft, status) in drafts.iter().zip(answer.statuses()) {
        ledger.answered(draft, status);
    }
    for refusal in answer.refusals {
        let text = format!("{}: {}", refusal.field, refusal.description);
        ledger.refused.push(text);
    }
}
