//! Publish: batches of one stream, several of them at work, each answered after its commit.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use futures_util::{Stream, StreamExt};
use metrics::counter;
use shadow_auth::Viewer;
use shadow_proto::streaming::v1 as proto;
use shadow_rpc::{Caller, status};
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status};
use tracing::{Instrument, trace_span};

use crate::admission::Room;
use crate::telemetry::Open;
use crate::{Config, Handler, standing};

use super::unread::Unread;
use super::{Intake, Permitted, Prepared};

/// How long the last message of a stream waits for a client that does not read.
const PATIENCE: Duration = Duration::from_secs(1);

/// The batches of a stream, as they come.
pub(crate) type Requests = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

/// The stream of answers.
pub(crate) type Responses = ReceiverStream<Result<proto::PublishResponse, Status>>;

/// Begins a stream. It is a task of its own: a caller that goes away takes nothing back of what was read.
pub(crate) fn publish(handler: &Handler, request: Request<Requests>) -> Result<Responses, Status> {
    let caller = shadow_rpc::caller(&request)?;
    let slot = Arc::clone(&handler.publishers)
        .try_acquire_owned()
        .map_err(|_| {
            let message = format!(
                "{} streams of events are open, which is the limit",
                handler.config.publishers
            );
            status::exhausted("TOO_MANY_STREAMS", message, status::RETRY_EXHAUSTED)
        })?;
    let (responses, received) = mpsc::channel(handler.config.stream_batches.max(1));
    let session = Session {
        intake: handler.intake.clone(),
        config: Arc::clone(&handler.config),
        caller,
        requests: request.into_inner(),
        responses,
        at_work: JoinSet::new(),
    };
    let shutdown = handler.shutdown.clone();
    let open = Open::one("shadow_publish_streams_open");
    let session = async move {
        session.run(shutdown).await;
        drop((slot, open));
    };
    tokio::spawn(session.instrument(trace_span!("stream")));
    Ok(ReceiverStream::new(received))
}

/// One stream, from its first batch to its last answer.
struct Session {
    intake: Intake,
    config: Arc<Config>,
    caller: Caller,
    requests: Requests,
    responses: mpsc::Sender<Result<proto::PublishResponse, Status>>,
    /// The batches that have room and are not answered yet.
    at_work: JoinSet<()>,
}

/// Why nothing more is read. `Gone`: nobody waits for answers any more.
enum Stopped {
    Gone,
    Failed(Status),
}

impl From<Status> for Stopped {
    fn from(status: Status) -> Self {
        Self::Failed(status)
    }
}

impl Session {
    /// Reads until the client has sent everything or goes away, the server stops, or the caller may no longer publish.
    /// Whatever the reason, what is at work is written, and answered while somebody listens.
    async fn run(mut self, shutdown: CancellationToken) {
        let (caller, responses) = (self.caller.clone(), self.responses.clone());
        let check = || async { caller.again(Utc::now()).await.map(drop) };
        let stopped = tokio::select! {
            lost = standing::lost(&caller, self.config.recheck, check) => Err(lost.into()),
            () = responses.closed() => Err(Stopped::Gone),
            () = shutdown.cancelled() => Ok(()),
            read = self.read() => read,
        };
        let mut last = match stopped {
            Err(Stopped::Failed(status)) => Some(status),
            Err(Stopped::Gone) | Ok(()) => None,
        };
        while let Some(done) = self.at_work.join_next().await {
            if let Err(error) = done {
                last = Some(broken(&error));
            }
        }
        if let Some(status) = last {
            // A client that does not read finds the stream ended all the same.
            drop(timeout(PATIENCE, self.responses.send(Err(status))).await);
        }
    }

    /// Takes batches as they come. While as many are at work as may be nothing is read, and flow control holds the
    /// client up.
    async fn read(&mut self) -> Result<(), Stopped> {
        let most = self.config.stream_batches.max(1);
        loop {
            let free = self.at_work.len() < most;
            tokio::select! {
                Some(done) = self.at_work.join_next() => done.map_err(|error| broken(&error))?,
                request = self.requests.next(), if free => match request {
                    Some(request) => self.take(request.map_err(unreadable)?).await?,
                    None => return Ok(()),
                },
            }
        }
    }

    /// Puts one batch to work, or answers why that cannot be.
    async fn take(&mut self, request: Bytes) -> Result<(), Stopped> {
        // What is no batch ends the stream: who sent it would wait for an answer to it by a sequence that is not known. Of a
        // batch the sequence is known, so that an event in it that is no message is answered for.
        let unread = Unread::of_stream(request)?;
        let sequence = unread.sequence();
        let viewer = match self.caller.again(Utc::now()).await {
            Err(status) if standing::ends(&status) => return Err(status.into()),
            viewer => viewer,
        };
        let batch = trace_span!("batch", sequence);
        let admitted = match viewer {
            Ok(viewer) => {
                let patience = self.config.stream_patience;
                admit(&self.intake, patience, &viewer, unread)
                    .instrument(batch.clone())
                    .await
            }
            Err(status) => Err(status),
        };
        let (prepared, room) = match admitted {
            Ok(admitted) => admitted,
            Err(status) => {
                let response = failed(sequence, &status);
                let sent = self.responses.send(Ok(response)).await;
                return sent.map_err(|_| Stopped::Gone);
            }
        };
        let (intake, responses) = (self.intake.clone(), self.responses.clone());
        let work = async move {
            let response = match prepared.store(&intake, room).await {
                Ok(stored) => proto::PublishResponse {
                    sequence,
                    statuses: stored.statuses,
                    refusals: stored.refusals,
                    failure: None,
                },
                Err(status) => failed(sequence, &status),
            };
            // A caller that has gone away needs no answer.
            drop(responses.send(Ok(response)).await);
        };
        self.at_work.spawn(work.instrument(batch));
        Ok(())
    }
}

/// Waits for room for a batch, and reads it when there is some.
async fn admit(
    intake: &Intake,
    patience: Duration,
    viewer: &Viewer,
    unread: Unread,
) -> Result<(Prepared, Room), Status> {
    unread.check()?;
    let mut permitted = Permitted::new(viewer);
    let bytes = unread.bytes_of(|workspace_id| permitted.contains(workspace_id));
    let refused_before = intake.refused_before().await?;
    let room = intake.admission.take_within(&bytes, patience);
    let room = room.instrument(trace_span!("admit")).await?;
    let prepared = Prepared::read(permitted, unread, Utc::now(), refused_before)?;
    Ok((prepared, room))
}

/// The answer for a batch of which nothing is known to be stored.
fn failed(sequence: u64, status: &Status) -> proto::PublishResponse {
    counter!("shadow_publish_stream_failures_total", "code" => status::name(status.code()))
        .increment(1);
    let delay = status::retry_delay(status);
    proto::PublishResponse {
        sequence,
        failure: Some(proto::PublishFailure {
            code: status.code().into(),
            message: status.message().to_owned(),
            retry_delay: delay.and_then(|delay| delay.try_into().ok()),
        }),
        ..Default::default()
    }
}

/// A batch that was not answered because its task has ended by itself.
fn broken(error: &JoinError) -> Status {
    status::internal(error)
}

/// What cannot be read ends the stream: where the next batch begins is not known.
fn unreadable(status: Status) -> Stopped {
    match status.code() {
        // The size of a message is checked before it is read; the limit is in the message.
        Code::OutOfRange => status::invalid("request", status.message().to_lowercase()).into(),
        Code::Internal => status::invalid("request", "is not a message of this method").into(),
        // The connection broke, or the client gave the stream up.
        _ => Stopped::Gone,
    }
}
