//! A watch that survives its connection.
//!
//! It must never yield a change twice, and never pass one over without a snapshot in between.

mod seen;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::{self, BoxStream};
use shadow_proto::streaming::v1::watch_response::Message;
use shadow_proto::streaming::v1::{WatchRequest, WatchResponse};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt;

use crate::{Client, Error, retry};
use seen::Seen;

/// How a watch behaves. Its pauses are those of the client's [`Retry`](crate::Retry).
#[derive(Clone, Debug)]
pub struct WatchConfig {
    /// How long it is tried again from the first failure on, while the server is away, restarts or is full.
    pub give_up: Duration,
    /// A stream that is silent for so long is taken for broken. The server's heartbeat comes every ten seconds.
    pub silence: Duration,
}

impl Default for WatchConfig {
    /// A day until it gives up, and half a minute of silence.
    fn default() -> Self {
        Self {
            give_up: Duration::from_secs(24 * 60 * 60),
            silence: Duration::from_secs(30),
        }
    }
}

/// What a watch is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchState {
    /// There was no message yet, and nothing failed.
    Connecting,
    /// Messages come.
    Live,
    /// The stream broke or could not be opened; it is tried again after a pause.
    Reconnecting {
        /// How often it was tried without a message since.
        attempts: u32,
        /// What was in the way, for a person.
        reason: String,
    },
}

/// The messages of a watch, over as many connections as it takes.
///
/// When a stream breaks, the next one goes on after the last message. When that is no longer possible it begins with a
/// new snapshot, which replaces what was known: what changed in between is not told one by one. The same holds after a
/// `Lagged`. A change is never yielded twice, nor one that leads up to what a snapshot held already.
///
/// The watch is at work while it is polled. It ends after an error, which is one that another attempt would not change,
/// or the last of the attempts.
pub struct Watch {
    messages: BoxStream<'static, Result<WatchResponse, Error>>,
    states: watch::Receiver<WatchState>,
}

impl Stream for Watch {
    type Item = Result<WatchResponse, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.messages.as_mut().poll_next(context)
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.states.borrow().clone();
        formatter
            .debug_struct("Watch")
            .field("state", &state)
            .finish_non_exhaustive()
    }
}

impl Watch {
    pub(crate) fn new(client: Client, request: WatchRequest, config: WatchConfig) -> Self {
        let (sender, states) = watch::channel(WatchState::Connecting);
        let watching = Watching {
            client,
            request,
            config,
            open: None,
            attempts: 0,
            broken: Instant::now(),
            seen: Seen::default(),
            states: sender,
        };
        let messages = stream::unfold(Some(watching), |watching| async {
            let mut watching = watching?;
            let next = watching.next().await;
            let rest = next.is_ok().then_some(watching);
            Some((next, rest))
        });
        Self {
            messages: Box::pin(messages),
            states,
        }
    }

    /// What it is doing, now and whenever that changes; there are no more changes once it has ended.
    pub fn states(&self) -> watch::Receiver<WatchState> {
        self.states.clone()
    }
}

struct Watching {
    client: Client,
    request: WatchRequest,
    config: WatchConfig,
    open: Option<Streaming<WatchResponse>>,
    /// Attempts since the last message.
    attempts: u32,
    /// When the first of them failed.
    broken: Instant,
    seen: Seen,
    states: watch::Sender<WatchState>,
}

impl Watching {
    /// The next message that the caller has not seen.
    async fn next(&mut self) -> Result<WatchResponse, Error> {
        loop {
            match self.message().await {
                Ok(message) => {
                    self.live();
                    if !message.cursor.is_empty() {
                        self.request.cursor = Some(message.cursor.clone());
                    }
                    if self.is_new(&message) {
                        return Ok(message);
                    }
                }
                Err(status) if expired(&status) && self.request.cursor.is_some() => {
                    self.open = None;
                    self.request.cursor = None;
                }
                Err(status) if retry::repeatable(&status) => self.again(&status).await?,
                Err(status) => return Err(Error::Refused(Box::new(status))),
            }
        }
    }

    /// The next message of the stream, which is opened where it is not open.
    async fn message(&mut self) -> Result<WatchResponse, Status> {
        let silence = self.config.silence;
        let Ok(message) = timeout(silence, self.received()).await else {
            let text = format!("nothing came for {silence:?}");
            return Err(Status::unavailable(text));
        };
        // The server ends the stream when it stops.
        message?.ok_or_else(|| Status::unavailable("the stream ended"))
    }

    async fn received(&mut self) -> Result<Option<WatchResponse>, Status> {
        let open = match &mut self.open {
            Some(open) => open,
            closed => {
                let opened = self.client.streaming().watch(self.request.clone()).await?;
                closed.insert(opened.into_inner())
            }
        };
        open.message().await
    }

    fn is_new(&mut self, message: &WatchResponse) -> bool {
        match &message.message {
            Some(Message::Snapshot(snapshot)) => {
                self.seen.begin(snapshot);
                true
            }
            Some(Message::Change(change)) => self.seen.is_new(change),
            _ => true,
        }
    }

    fn live(&mut self) {
        self.attempts = 0;
        self.states.send_if_modified(|state| {
            let other = *state != WatchState::Live;
            *state = WatchState::Live;
            other
        });
    }

    /// Waits before the next attempt, unless it was the last one.
    async fn again(&mut self, status: &Status) -> Result<(), Error> {
        self.open = None;
        // Not since the last message: whoever has not polled for long has not waited for so long.
        if self.attempts == 0 {
            self.broken = Instant::now();
        }
        self.attempts = self.attempts.saturating_add(1);
        if self.broken.elapsed() >= self.config.give_up {
            return Err(Error::Exhausted {
                attempts: self.attempts,
                status: Box::new(status.clone()),
            });
        }
        self.states.send_replace(WatchState::Reconnecting {
            attempts: self.attempts,
            reason: status.message().to_owned(),
        });
        tokio::time::sleep(self.client.retry().pause(self.attempts, status)).await;
        Ok(())
    }
}

fn expired(status: &Status) -> bool {
    let reason = status.get_details_error_info().map(|info| info.reason);
    status.code() == Code::FailedPrecondition && reason.as_deref() == Some("CURSOR_EXPIRED")
}
