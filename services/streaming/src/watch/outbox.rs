//! What waits for one watcher: a few messages, bounded in bytes, and the newest counters, which never wait in line.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use prost::Message;
use shadow_domain::live::{Reading, Window};
use shadow_proto::streaming::v1 as proto;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_stream::wrappers::{ReceiverStream, WatchStream};
use tonic::Status;

use crate::cursor;

/// How many messages wait for a client that reads slowly, before changes wait in the buffer of the feed.
const MESSAGES: usize = 16;

/// How many bytes of them wait; a message that is larger waits alone.
const BYTES: usize = 128 * 1024;

/// A [`proto::WatchResponse`], encoded.
pub(super) struct Encoded {
    /// The position that its cursor names, where it has one.
    pub(super) position: Option<i64>,
    pub(super) bytes: Bytes,
}

impl Encoded {
    /// Encodes a message for one watcher.
    pub(super) fn new(position: Option<i64>, message: proto::watch_response::Message) -> Self {
        let response = proto::WatchResponse {
            cursor: position.map(cursor::encode).unwrap_or_default(),
            message: Some(message),
        };
        Self {
            position,
            bytes: response.encode_to_vec().into(),
        }
    }
}

/// A message, and the room that it takes until it is read.
struct Waiting {
    message: Encoded,
    _room: OwnedSemaphorePermit,
}

/// The watcher has gone away.
pub(super) struct Gone;

/// Where a session puts what it sends.
pub(super) struct Outbox {
    messages: mpsc::Sender<Result<Waiting, Status>>,
    room: Arc<Semaphore>,
}

/// The stream that the watcher reads.
pub(crate) struct Outgoing {
    messages: ReceiverStream<Result<Waiting, Status>>,
    counters: Option<Counters>,
    /// What was sent last names this position: counters go on from there.
    position: Option<i64>,
    begun: bool,
}

/// The counters that one watcher wants: at each end of their windows they are read again.
pub(super) struct Counters {
    ends: WatchStream<Option<i64>>,
    read: Box<dyn Fn() -> Reading + Send + Sync>,
}

/// An outbox and the stream of what is put into it, with counters where the watcher wants them.
pub(super) fn outbox(counters: Option<Counters>) -> (Outbox, Outgoing) {
    let (messages, received) = mpsc::channel(MESSAGES);
    let outbox = Outbox {
        messages,
        room: Arc::new(Semaphore::new(BYTES)),
    };
    let outgoing = Outgoing {
        messages: ReceiverStream::new(received),
        counters,
        position: None,
        begun: false,
    };
    (outbox, outgoing)
}

impl Outbox {
    /// Waits for room and puts a message there.
    pub(super) async fn send(&self, message: Encoded) -> Result<(), Gone> {
        let bytes = message.bytes.len().min(BYTES);
        let room = Arc::clone(&self.room).acquire_many_owned(u32::try_from(bytes).unwrap_or(0));
        let waiting = Waiting {
            message,
            _room: room.await.map_err(|_| Gone)?,
        };
        self.messages.send(Ok(waiting)).await.map_err(|_| Gone)
    }

    /// Ends the stream with a status.
    pub(super) async fn fail(&self, status: Status) -> Result<(), Gone> {
        self.messages.send(Err(status)).await.map_err(|_| Gone)
    }

    /// Returns when the watcher has gone away.
    pub(super) async fn closed(&self) {
        self.messages.closed().await;
    }
}

impl Stream for Outgoing {
    type Item = Result<Bytes, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        // The first message is a heartbeat.
        if let Some(counters) = this.counters.as_mut().filter(|_| this.begun)
            && let Some(counters) = counters.newest(context)
        {
            let message = proto::watch_response::Message::Counters(counters);
            let encoded = Encoded::new(this.position, message);
            return Poll::Ready(Some(Ok(encoded.bytes)));
        }
        let polled = this.messages.poll_next_unpin(context);
        let Poll::Ready(Some(Ok(Waiting { message, .. }))) = polled else {
            return polled.map(|ended| ended.and_then(Result::err).map(Err));
        };
        this.position = message.position;
        this.begun = true;
        Poll::Ready(Some(Ok(message.bytes)))
    }
}

impl Counters {
    /// `ends` are the ends of the windows, and `read` reads them as of the last one.
    pub(super) fn new(
        ends: watch::Receiver<Option<i64>>,
        read: impl Fn() -> Reading + Send + Sync + 'static,
    ) -> Self {
        Self {
            ends: WatchStream::new(ends),
            read: Box::new(read),
        }
    }

    /// The counters of now, where they are new.
    fn newest(&mut self, context: &mut Context<'_>) -> Option<proto::Counters> {
        loop {
            let Poll::Ready(Some(end)) = self.ends.poll_next_unpin(context) else {
                return None;
            };
            if let Some(end) = end {
                return Some(message(end, &(self.read)()));
            }
        }
    }
}

fn message(end: i64, reading: &Reading) -> proto::Counters {
    proto::Counters {
        time: Some(prost_types::Timestamp {
            seconds: end,
            nanos: 0,
        }),
        open: reading.open,
        last_second: Some(window(&reading.last_second)),
        last_minute: Some(window(&reading.last_minute)),
    }
}

fn window(window: &Window) -> proto::CounterWindow {
    let counts = &window.counts;
    proto::CounterWindow {
        opened: counts.opened,
        started: counts.started,
        ended: counts.ended,
        failed: counts.failed,
        credits_micro: counts.credits_micro,
        active_users: window.active_users,
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use shadow_proto::streaming::v1::watch_response::Message as Kind;

    use super::*;

    fn heartbeat(position: i64) -> Encoded {
        Encoded::new(Some(position), Kind::Heartbeat(proto::Heartbeat::default()))
    }

    fn large() -> Encoded {
        let bytes = vec![0; BYTES / 2].into();
        Encoded {
            position: None,
            bytes,
        }
    }

    /// What the watcher would read now without waiting.
    fn next(outgoing: &mut Outgoing) -> Option<proto::WatchResponse> {
        let message = outgoing.next().now_or_never()?.unwrap().unwrap();
        Some(proto::WatchResponse::decode(message).unwrap())
    }

    #[tokio::test]
    async fn counters_are_the_newest_and_go_on_from_what_was_sent_last() {
        let ends = watch::Sender::new(Some(1));
        let counters = Counters::new(ends.subscribe(), || Reading {
            open: 7,
            ..Reading::default()
        });
        let (outbox, mut outgoing) = outbox(Some(counters));
        assert_eq!(next(&mut outgoing), None, "not before the first message");
        for position in [3, 4] {
            outbox.send(heartbeat(position)).await.ok().unwrap();
        }
        assert!(matches!(
            next(&mut outgoing).unwrap().message,
            Some(Kind::Heartbeat(_))
        ));
        ends.send_replace(Some(2));
        ends.send_replace(Some(3));
        let response = next(&mut outgoing).unwrap();
        // The heartbeat at 4 was not read yet.
        assert_eq!(cursor::decode(&response.cursor), Some(3));
        let Some(Kind::Counters(counters)) = response.message else {
            panic!("no counters");
        };
        assert_eq!((counters.time.unwrap().seconds, counters.open), (3, 7));
        assert_eq!(
            cursor::decode(&next(&mut outgoing).unwrap().cursor),
            Some(4)
        );
        ends.send_replace(None);
        assert_eq!(next(&mut outgoing), None, "they are not known");
    }

    #[tokio::test]
    async fn a_watcher_that_does_not_read_holds_a_bounded_number_of_bytes() {
        let (outbox, mut outgoing) = outbox(None);
        for _ in 0..2 {
            outbox.send(large()).await.ok().unwrap();
        }
        assert!(outbox.send(heartbeat(1)).now_or_never().is_none());
        assert_eq!(outgoing.next().await.unwrap().unwrap().len(), BYTES / 2);
        let sent = outbox.send(heartbeat(1)).now_or_never();
        assert!(sent.is_some_and(|sent| sent.is_ok()));
    }

    #[tokio::test]
    async fn a_message_that_is_larger_than_the_bound_waits_alone() {
        let (outbox, mut outgoing) = outbox(None);
        let bytes = Bytes::from(vec![0; BYTES * 2]);
        let larger = Encoded {
            position: None,
            bytes: bytes.clone(),
        };
        outbox.send(larger).await.ok().unwrap();
        assert!(outbox.send(heartbeat(1)).now_or_never().is_none());
        assert_eq!(outgoing.next().await.unwrap().unwrap(), bytes);
        drop(outgoing);
        outbox.closed().await;
        assert!(outbox.send(heartbeat(1)).await.is_err());
    }
}
