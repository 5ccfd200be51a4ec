//! Publishing event by event: batches, several of them on their way, and an answer for each event.
//!
//! It must never hold more than its bounded memory, and never send an event again that was answered for.

mod sender;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use prost::{Message, encoding};
use shadow_proto::streaming::v1::{Event, Refusal};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::{Client, Error};
use sender::{Command, Sender, Waiting};

/// How many events the server takes in one batch.
pub const MAX_BATCH_EVENTS: usize = 5_000;
/// How many bytes the server takes in one batch.
pub const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;

/// How a publisher behaves. Values beyond a limit are taken as the limit, and zero as one.
#[derive(Clone, Debug)]
pub struct PublisherConfig {
    /// A batch is sent when it holds so many events, at most [`MAX_BATCH_EVENTS`].
    pub batch_events: usize,
    /// A batch is sent before it holds more bytes than this, at most [`MAX_BATCH_BYTES`].
    pub batch_bytes: usize,
    /// A batch is sent when its first event has waited so long. While as many batches are on their way as may be, it
    /// goes on filling instead.
    pub batch_time: Duration,
    /// How many batches may be on their way at once.
    pub in_flight: usize,
    /// How many bytes of events that are not answered for are held, encoded; beyond it `publish` waits. At most 1 GiB.
    pub memory: usize,
    /// How long one batch is tried again while the server is away, restarts or is full.
    pub give_up: Duration,
}

impl Default for PublisherConfig {
    /// Up to 500 events and 1 MiB or 20 ms in a batch, four batches at once, 64 MiB, and a day until it gives up.
    fn default() -> Self {
        Self {
            batch_events: 500,
            batch_bytes: 1024 * 1024,
            batch_time: Duration::from_millis(20),
            in_flight: 4,
            memory: 64 * 1024 * 1024,
            give_up: Duration::from_secs(24 * 60 * 60),
        }
    }
}

impl PublisherConfig {
    fn within_limits(self) -> Self {
        Self {
            batch_events: self.batch_events.clamp(1, MAX_BATCH_EVENTS),
            batch_bytes: self.batch_bytes.clamp(1, MAX_BATCH_BYTES),
            in_flight: self.in_flight.max(1),
            memory: self.memory.clamp(1, 1024 * 1024 * 1024),
            ..self
        }
    }
}

/// What became of one event.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It was new and is stored.
    Accepted,
    /// It was stored before; nothing changed.
    Repeated,
    /// It was not stored. The refusal's index is the one in the batch that this publisher made, and of no use.
    Refused(Refusal),
}

type Answered = Result<Answer, Arc<Error>>;

/// The answer for one event, when it comes. It is an error where its whole batch was refused, or was given up.
///
/// It may be dropped: the event is published all the same.
#[derive(Debug)]
pub struct Receipt(oneshot::Receiver<Answered>);

impl Future for Receipt {
    type Output = Answered;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0
            .poll_unpin(context)
            .map(|answer| answer.unwrap_or_else(|_| Err(Arc::new(Error::Closed))))
    }
}

/// Publishes event by event. Made by [`Client::publisher`].
///
/// One that is dropped still sends what it was given, as long as the runtime lives; [`Publisher::close`] waits for it.
#[derive(Debug)]
pub struct Publisher {
    commands: mpsc::UnboundedSender<Command>,
    room: Arc<Semaphore>,
    memory: usize,
}

impl Publisher {
    pub(crate) fn new(client: Client, config: PublisherConfig) -> Self {
        let config = config.within_limits();
        let (commands, received) = mpsc::unbounded_channel();
        let memory = config.memory;
        tokio::spawn(Sender::new(client, config).run(received));
        Self {
            commands,
            room: Arc::new(Semaphore::new(memory)),
            memory,
        }
    }

    /// Takes an event over, and returns when there was room for it; the receipt says later what became of it.
    ///
    /// An event that no batch can hold is refused here. Nothing is taken over when this future is dropped early.
    pub async fn publish(&self, event: Event) -> Result<Receipt, Error> {
        let bytes = encoded_in_batch(&event);
        if bytes > MAX_BATCH_BYTES {
            return Err(Error::TooLarge {
                event_id: event.event_id,
                bytes,
                limit: MAX_BATCH_BYTES,
            });
        }
        // One that is larger than the whole memory has it for itself.
        let wanted = u32::try_from(bytes.min(self.memory)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(wanted).await;
        let (answer, receipt) = oneshot::channel();
        let waiting = Waiting {
            event,
            bytes,
            room: room.map_err(|_| Error::Closed)?,
            answer,
        };
        self.tell(Command::Publish(Box::new(waiting)))?;
        Ok(Receipt(receipt))
    }

    /// Sends what waits, and returns when everything that was published before is answered for, or given up. What the
    /// answers are, the receipts say.
    pub async fn flush(&self) -> Result<(), Error> {
        let (done, flushed) = oneshot::channel();
        self.tell(Command::Flush(done))?;
        flushed.await.map_err(|_| Error::Closed)
    }

    /// Flushes, and ends.
    pub async fn close(self) -> Result<(), Error> {
        self.flush().await
    }

    fn tell(&self, command: Command) -> Result<(), Error> {
        self.commands.send(command).map_err(|_| Error::Closed)
    }
}

/// How many bytes the event adds to a batch: its own, their number, and the tag of the field.
pub(crate) fn encoded_in_batch(event: &Event) -> usize {
    let bytes = event.encoded_len();
    1 + encoding::encoded_len_varint(bytes as u64) + bytes
}

#[cfg(test)]
mod tests {
    use shadow_proto::streaming::v1::PublishBatchRequest;

    use super::*;

    #[test]
    fn what_an_event_adds_to_a_batch_is_counted_exactly() {
        for letters in [0, 1, 100, 127, 128, 20_000] {
            let event = Event {
                event_id: "e".repeat(letters),
                ..Event::default()
            };
            let events = vec![event.clone(); 3];
            assert_eq!(
                PublishBatchRequest { events }.encoded_len(),
                3 * encoded_in_batch(&event)
            );
        }
    }
}
