//! A watch that survives its connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::stream;
use shadow_proto::streaming::v1::{WatchRequest, WatchResponse};
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt;

use crate::{Client, Error, retry};

/// The messages of a watch, over as many connections as it takes. It ends after an error.
pub struct Watch(Pin<Box<dyn Stream<Item = Result<WatchResponse, Error>> + Send>>);

impl Stream for Watch {
    type Item = Result<WatchResponse, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

struct State {
    client: Client,
    request: WatchRequest,
    open: Option<Streaming<WatchResponse>>,
    /// Attempts since the last message.
    attempts: u32,
    failed: bool,
}

impl Watch {
    pub(crate) fn new(client: Client, request: WatchRequest) -> Self {
        let state = State {
            client,
            request,
            open: None,
            attempts: 0,
            failed: false,
        };
        Self(Box::pin(stream::unfold(state, |mut state| async move {
            if state.failed {
                return None;
            }
            let next = state.next().await;
            state.failed = next.is_err();
            Some((next, state))
        })))
    }
}

impl State {
    async fn next(&mut self) -> Result<WatchResponse, Error> {
        loop {
            match self.message().await {
                Ok(Some(message)) => {
                    self.attempts = 0;
                    if !message.cursor.is_empty() {
                        self.request.cursor = Some(message.cursor.clone());
                    }
                    return Ok(message);
                }
                // The server ended the stream, for instance because it stops.
                Ok(None) => self.again(Status::unavailable("the stream ended")).await?,
                Err(status) if expired(&status) && self.request.cursor.is_some() => {
                    self.open = None;
                    self.request.cursor = None;
                }
                Err(status)
                    if retry::unavailable(&status) || status.code() == Code::ResourceExhausted =>
                {
                    self.again(status).await?;
                }
                Err(status) => return Err(Error::Refused(Box::new(status))),
            }
        }
    }

    async fn message(&mut self) -> Result<Option<WatchResponse>, Status> {
        let open = match &mut self.open {
            Some(open) => open,
            closed => {
                let opened = self.client.streaming().watch(self.request.clone()).await?;
                closed.insert(opened.into_inner())
            }
        };
        open.message().await
    }

    async fn again(&mut self, status: Status) -> Result<(), Error> {
        self.open = None;
        self.attempts += 1;
        let retry = self.client.retry();
        if self.attempts >= retry.attempts {
            return Err(Error::Exhausted {
                attempts: self.attempts,
                status: Box::new(status),
            });
        }
        tokio::time::sleep(retry.pause(self.attempts, &status)).await;
        Ok(())
    }
}

fn expired(status: &Status) -> bool {
    let reason = status.get_details_error_info().map(|info| info.reason);
    status.code() == Code::FailedPrecondition && reason.as_deref() == Some("CURSOR_EXPIRED")
}
