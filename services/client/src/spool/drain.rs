//! What is in the folder is sent, oldest first, and leaves it when it is answered for.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use prost::Message;
use shadow_proto::streaming::v1::Event;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tonic::Status;

use super::ledger::{Fate, Number, Part};
use super::{Shared, record};
use crate::{Answer, Client, Error, Publisher, PublisherConfig, Receipt, Retry};

/// How many events are read at once.
const EVENTS: usize = 1_000;

/// How long to wait after a file could not be read.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// Starts what sends and what waits for the answers. Both go on until they are aborted.
pub(super) fn start(
    shared: &Arc<Shared>,
    client: &Client,
    config: PublisherConfig,
) -> Vec<JoinHandle<()>> {
    let (receipts, received) = mpsc::unbounded_channel();
    let (pause, paused) = watch::channel(false);
    let feed = Feed {
        shared: Arc::clone(shared),
        publisher: client.publisher(config),
        receipts,
        paused,
    };
    let settle = Settle {
        shared: Arc::clone(shared),
        retry: client.retry().clone(),
        pause,
        failures: 0,
    };
    vec![tokio::spawn(feed.run()), tokio::spawn(settle.run(received))]
}

/// An event on its way.
type OnItsWay = (Number, Receipt);

struct Feed {
    shared: Arc<Shared>,
    publisher: Publisher,
    /// As many as the publisher's memory holds events.
    receipts: mpsc::UnboundedSender<OnItsWay>,
    paused: watch::Receiver<bool>,
}

impl Feed {
    async fn run(mut self) {
        loop {
            let shared = Arc::clone(&self.shared);
            let changed = shared.changed.notified();
            tokio::pin!(changed);
            // From here on nothing is missed.
            changed.as_mut().enable();
            // Fails when nobody waits for answers any more: then this ends too.
            if self.paused.wait_for(|paused| !paused).await.is_err() {
                return;
            }
            let part = self.shared.ledger().part();
            match part {
                Some(part) => {
                    if self.send(part).await.is_err() {
                        return;
                    }
                }
                None => changed.await,
            }
        }
    }

    async fn send(&mut self, part: Part) -> Result<(), Error> {
        let shared = Arc::clone(&self.shared);
        let read = tokio::task::spawn_blocking(move || shared.folder.read(part)).await;
        let bytes = match read.map_err(io::Error::other).flatten() {
            Ok(bytes) => bytes,
            Err(error) => {
                self.shared
                    .trouble(Some(format!("the spool cannot be read: {error}")));
                tokio::time::sleep(READ_AGAIN).await;
                return Ok(());
            }
        };
        let (events, taken) = events(&bytes);
        let fate = match taken {
            // Nothing behind it can be read either: where that would begin is not known.
            0 => {
                self.shared.unreadable(part.to - part.from);
                self.shared.ledger().cut(part.number)
            }
            taken => {
                let count = events.len() as u64;
                self.shared.ledger().took(part.number, taken, count)
            }
        };
        match fate {
            Fate::Again => self.shared.again(part.number),
            Fate::Done => remove(&self.shared, part.number).await,
            Fate::Stays => {}
        }
        for event in events {
            let receipt = self.publisher.publish(event).await?;
            self.receipts
                .send((part.number, receipt))
                .map_err(|_| Error::Closed)?;
        }
        Ok(())
    }
}

/// The events of the records at the beginning, and how many bytes these have.
fn events(bytes: &[u8]) -> (Vec<Event>, u64) {
    let mut events = Vec::new();
    let mut rest = bytes;
    while events.len() < EVENTS
        && let Some((content, after)) = record::first(rest)
        && let Ok(event) = Event::decode(content)
    {
        events.push(event);
        rest = after;
    }
    (events, (bytes.len() - rest.len()) as u64)
}

struct Settle {
    shared: Arc<Shared>,
    retry: Retry,
    pause: watch::Sender<bool>,
    /// How many segments in a row were not taken.
    failures: u32,
}

impl Settle {
    async fn run(mut self, mut receipts: mpsc::UnboundedReceiver<OnItsWay>) {
        while let Some((number, receipt)) = receipts.recv().await {
            let taken = match receipt.await {
                Ok(answer) => {
                    self.answered(answer);
                    true
                }
                Err(error) => {
                    self.shared.trouble(Some(error.to_string()));
                    false
                }
            };
            let fate = self.shared.ledger().settled(number, taken);
            match fate {
                Fate::Again => self.again(number).await,
                Fate::Done => {
                    self.failures = 0;
                    remove(&self.shared, number).await;
                }
                Fate::Stays => {}
            }
        }
    }

    fn answered(&self, answer: Answer) {
        self.shared.trouble(None);
        if let Answer::Refused(refusal) = answer {
            self.shared.status.send_modify(|status| status.refused += 1);
            // Nobody may want to know.
            let _ = self.shared.refusals.send(refusal);
        }
    }

    /// Nothing is sent for a while, then this segment again.
    async fn again(&mut self, number: Number) {
        self.failures = self.failures.saturating_add(1);
        self.pause.send_replace(true);
        let pause = self.retry.pause(self.failures, &Status::unavailable(""));
        tokio::time::sleep(pause).await;
        self.shared.again(number);
        self.pause.send_replace(false);
    }
}

/// Removes the file of a segment that is done.
async fn remove(shared: &Arc<Shared>, number: Number) {
    let of_folder = Arc::clone(shared);
    // A file that stays is sent again by the next process, which changes nothing.
    drop(tokio::task::spawn_blocking(move || of_folder.folder.remove(number)).await);
    shared.ledger().removed(number);
    shared.tell();
}
