//! The stream that one watcher reads: a few messages that wait, bounded in bytes, and once it has caught up what is handed
//! out to all; and the newest counters, which never wait in line.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use chrono::Utc;
use futures_util::{FutureExt, Stream};
use prost::Message;
use shadow_proto::streaming::v1 as proto;
use shadow_proto::streaming::v1::watch_response::Message as Kind;
use shadow_rpc::{frames, wire};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tonic::Status;

use crate::cursor;

use super::counters::Counters;
use super::following::{Following, Next};

/// How many messages wait for a client that reads slowly, before changes wait in the buffer of the feed.
const MESSAGES: usize = 16;

/// How many bytes of them wait; a message that is larger waits alone.
const BYTES: usize = 128 * 1024;

/// A [`proto::WatchResponse`], as gRPC sends it.
pub(super) struct Encoded {
    /// The position that its cursor names, where it has one.
    pub(super) position: Option<i64>,
    pub(super) bytes: Bytes,
}

impl Encoded {
    /// Encodes a message for one watcher.
    pub(super) fn new(position: Option<i64>, message: Kind) -> Self {
        let response = proto::WatchResponse {
            cursor: position.map(cursor::encode).unwrap_or_default(),
            message: Some(message),
        };
        Self {
            position,
            bytes: frames::one(&response.encode_to_vec()),
        }
    }

    pub(super) fn heartbeat(position: Option<i64>) -> Self {
        let server_time = Some(wire::timestamp(Utc::now()));
        Self::new(position, Kind::Heartbeat(proto::Heartbeat { server_time }))
    }
}

/// What comes next.
enum Waiting {
    /// A message, and the room that it takes until it is read.
    Message {
        message: Encoded,
        _room: OwnedSemaphorePermit,
    },
    /// From here on the watcher follows by itself.
    Following(Box<Following>),
}

/// The watcher has gone away.
pub(super) struct Gone;

/// Where a session puts what it sends.
pub(super) struct Outbox {
    messages: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
}

/// How a session ends its watch. Without it the watch ends, too.
pub(super) struct Ending(oneshot::Sender<End>);

enum End {
    Failed(Status),
    /// The client goes on elsewhere.
    Stopped,
}

/// The stream that the watcher reads.
pub(crate) struct Outgoing {
    messages: mpsc::Receiver<Waiting>,
    following: Option<Box<Following>>,
    counters: Option<Counters>,
    /// What was sent last names this position: counters go on from there.
    position: Option<i64>,
    begun: bool,
    /// Absent when it has come.
    ending: Option<oneshot::Receiver<End>>,
}

/// An outbox and the stream of what is put into it, with counters where the watcher wants them. `after` is the position from
/// which the watcher goes on, where it named one: it is what the stream names if it ends before anything was sent.
pub(super) fn outbox(counters: Option<Counters>, after: Option<i64>) -> (Outbox, Ending, Outgoing) {
    let (messages, received) = mpsc::channel(MESSAGES);
    let (end, ending) = oneshot::channel();
    let outbox = Outbox {
        messages,
        room: Arc::new(Semaphore::new(BYTES)),
    };
    let outgoing = Outgoing {
        messages: received,
        following: None,
        counters,
        position: after,
        begun: false,
        ending: Some(ending),
    };
    (outbox, Ending(end), outgoing)
}

impl Outbox {
    /// Waits for room and puts a message there.
    pub(super) async fn send(&self, message: Encoded) -> Result<(), Gone> {
        let bytes = message.bytes.len().min(BYTES);
        let room = Arc::clone(&self.room).acquire_many_owned(u32::try_from(bytes).unwrap_or(0));
        let waiting = Waiting::Message {
            message,
            _room: room.await.map_err(|_| Gone)?,
        };
        self.messages.send(waiting).await.map_err(|_| Gone)
    }

    /// Lets the watcher follow by itself, after what waits.
    pub(super) async fn follow(&self, following: Following) -> Result<(), Gone> {
        let waiting = Waiting::Following(Box::new(following));
        self.messages.send(waiting).await.map_err(|_| Gone)
    }

    /// Returns when the watcher has gone away.
    pub(super) async fn closed(&self) {
        self.messages.closed().await;
    }
}

impl Ending {
    /// Ends the watch with a status; what waits is not sent.
    pub(super) fn fail(self, status: Status) {
        // Nobody reads it where the watcher has gone away.
        drop(self.0.send(End::Failed(status)));
    }

    /// Ends the watch with the cursor of what was sent last; what waits is not sent.
    pub(super) fn stop(self) {
        drop(self.0.send(End::Stopped));
    }
}

impl Outgoing {
    fn send(&mut self, message: Encoded) -> Poll<Option<Result<Bytes, Status>>> {
        self.position = message.position;
        self.begun = true;
        Poll::Ready(Some(Ok(message.bytes)))
    }

    /// What the watcher follows has for it.
    fn follow(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Status>>> {
        let Some(following) = &mut self.following else {
            return Poll::Pending;
        };
        let next = following.poll_next(context);
        // A heartbeat or counters may name what was not wanted, too.
        self.position = following.progress.position;
        match std::task::ready!(next) {
            Next::Changes(changes) => Poll::Ready(Some(Ok(changes))),
            Next::Heartbeat => self.send(Encoded::heartbeat(self.position)),
            Next::Lagged => {
                if let Some(following) = self.following.take() {
                    following.give_back();
                }
                Poll::Pending
            }
        }
    }
}

impl Stream for Outgoing {
    type Item = Result<Bytes, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(ending) = &mut this.ending else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(end) = ending.poll_unpin(context) {
            this.ending = None;
            this.following = None;
            this.messages.close();
            return match end {
                Ok(End::Failed(status)) => Poll::Ready(Some(Err(status))),
                Ok(End::Stopped) => this.send(Encoded::heartbeat(this.position)),
                Err(_) => Poll::Ready(None),
            };
        }
        // The first message is a heartbeat.
        if let Some(counters) = this.counters.as_mut().filter(|_| this.begun)
            && let Some(counters) = counters.newest(context)
        {
            let encoded = Encoded::new(this.position, Kind::Counters(counters));
            return Poll::Ready(Some(Ok(encoded.bytes)));
        }
        loop {
            if let Poll::Ready(item) = this.follow(context) {
                return Poll::Ready(item);
            }
            if this.following.is_some() {
                return Poll::Pending;
            }
            match this.messages.poll_recv(context) {
                Poll::Ready(Some(Waiting::Message { message, .. })) => return this.send(message),
                Poll::Ready(Some(Waiting::Following(following))) => {
                    this.following = Some(following);
                }
                // Where no more is put there the watch is about to end, by what was polled first.
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use shadow_domain::live::Reading;
    use tokio::sync::watch;
    use tonic::Code;

    use super::*;

    fn heartbeat(position: i64) -> Encoded {
        Encoded::heartbeat(Some(position))
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
        let frames = outgoing.next().now_or_never()?.unwrap().unwrap();
        let message = frames::split(frames).next().unwrap();
        Some(proto::WatchResponse::decode(message).unwrap())
    }

    #[tokio::test]
    async fn counters_are_the_newest_and_go_on_from_what_was_sent_last() {
        let ends = watch::Sender::new(Some(1));
        let counters = Counters::new(ends.subscribe(), || Reading {
            open: 7,
            ..Reading::default()
        });
        let (outbox, _ending, mut outgoing) = outbox(Some(counters), None);
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
        let (outbox, _ending, mut outgoing) = outbox(None, None);
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
        let (outbox, _ending, mut outgoing) = outbox(None, None);
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

    #[tokio::test]
    async fn an_end_does_not_wait_for_what_does() {
        let (outbox, ending, mut outgoing) = super::outbox(None, None);
        for position in [3, 4] {
            outbox.send(heartbeat(position)).await.ok().unwrap();
        }
        next(&mut outgoing);
        ending.stop();
        let last = next(&mut outgoing).unwrap();
        assert_eq!(cursor::decode(&last.cursor), Some(3));
        assert!(outgoing.next().await.is_none());
        outbox.closed().await;

        let (_outbox, ending, mut outgoing) = super::outbox(None, Some(7));
        ending.stop();
        let last = next(&mut outgoing).unwrap();
        assert_eq!(
            cursor::decode(&last.cursor),
            Some(7),
            "where it went on from"
        );

        let (outbox, ending, mut outgoing) = super::outbox(None, None);
        outbox.send(heartbeat(3)).await.ok().unwrap();
        ending.fail(Status::unauthenticated("the token ended"));
        let status = outgoing.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        assert!(outgoing.next().await.is_none());
    }
}
