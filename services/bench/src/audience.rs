//! Many watchers on few connections, who count what they are sent and take the time of it, and of whom some can stop
//! reading. They do not read what a message says: that would be this process's work, not the server's.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use prost::encoding::{DecodeContext, decode_key, skip_field};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Streaming};

use crate::echo::Raw;

/// How many watches share a connection.
const PER_CONNECTION: usize = 100;

/// As in the SDK: one that is not read stops nobody else on its connection.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 257 * STREAM_WINDOW;

/// How long everybody may take to have been sent everything.
const PATIENCE: Duration = Duration::from_secs(120);

/// What watchers ask for, and where.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) url: String,
    pub(crate) path: &'static str,
    pub(crate) token: String,
    pub(crate) request: Bytes,
}

/// Watchers, until this is dropped.
#[derive(Debug)]
pub(crate) struct Audience {
    shared: Arc<Shared>,
    stalled: watch::Sender<bool>,
    readers: JoinSet<Result<()>>,
    /// How many always read.
    steady: u64,
}

#[derive(Debug, Default)]
struct Shared {
    begun: AtomicUsize,
    /// Changes that came to those who always read.
    delivered: AtomicU64,
    target: AtomicU64,
    reached: Notify,
    timing: Mutex<Timing>,
}

/// When changes were published, and how long they took to each watcher.
#[derive(Debug, Default)]
struct Timing {
    /// How many changes came to each watcher before.
    before: usize,
    /// For each change since then.
    published: Vec<Instant>,
    milliseconds: Vec<f64>,
    /// What the first watcher was sent, as long as it is wanted.
    kept: Option<Vec<Bytes>>,
}

/// What a message is.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// The state from which changes go on.
    Beginning,
    Change,
    Missed,
    Other,
}

impl Audience {
    /// So many watchers, all of whom have begun; of every `stallers`th it can be asked to stop reading, and is not counted.
    pub(crate) async fn join(
        wanted: &Wanted,
        watchers: usize,
        stallers: Option<usize>,
    ) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let (stalled, may_read) = watch::channel(false);
        let mut readers = JoinSet::new();
        let mut steady = 0;
        let mut channel = wanted.connect().await?;
        for number in 0..watchers {
            if number > 0 && number % PER_CONNECTION == 0 {
                channel = wanted.connect().await?;
            }
            let stream = wanted.watch(&channel).await?;
            if stallers.is_some_and(|every| number % every == every - 1) {
                readers.spawn(stall(stream, Arc::clone(&shared), may_read.clone()));
            } else {
                steady += 1;
                readers.spawn(read(stream, Arc::clone(&shared), number == 0));
            }
        }
        let deadline = Instant::now() + PATIENCE;
        while shared.begun.load(Ordering::Relaxed) < watchers {
            ensure!(Instant::now() < deadline, "not every watch has begun");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(Self {
            shared,
            stalled,
            readers,
            steady,
        })
    }

    /// How many are counted.
    pub(crate) fn steady(&self) -> u64 {
        self.steady
    }

    /// From now on so many more changes are waited for.
    pub(crate) fn expect(&self, changes: usize) {
        let mut timing = self.shared.timing();
        timing.before += timing.published.len();
        timing.published.clear();
        timing.milliseconds.clear();
        let more = self.steady * changes as u64;
        self.shared.target.fetch_add(more, Ordering::SeqCst);
    }

    /// So many changes are published now.
    pub(crate) fn published(&self, changes: usize) {
        let mut timing = self.shared.timing();
        timing
            .published
            .extend(std::iter::repeat_n(Instant::now(), changes));
    }

    /// Waits until everybody has been sent what is expected.
    pub(crate) async fn reached(&mut self) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let reached = async {
            while shared.delivered.load(Ordering::SeqCst) < shared.target.load(Ordering::SeqCst) {
                shared.reached.notified().await;
            }
        };
        tokio::select! {
            reached = tokio::time::timeout(PATIENCE, reached) => {
                reached.context("not every change came to every watcher")
            }
            Some(ended) = self.readers.join_next() => {
                ended??;
                bail!("a watch ended")
            }
        }
    }

    /// How long each change took to each watcher since they were expected.
    pub(crate) fn milliseconds(&self) -> Vec<f64> {
        std::mem::take(&mut self.shared.timing().milliseconds)
    }

    /// Those who can stop reading do so, or read again.
    pub(crate) fn stall(&self, stalled: bool) {
        self.stalled.send_replace(stalled);
    }

    /// Keeps what is sent to the first watcher from now on.
    pub(crate) fn keep(&self) {
        self.shared.timing().kept = Some(Vec::new());
    }

    /// What was kept.
    pub(crate) fn kept(&self) -> Vec<Bytes> {
        self.shared.timing().kept.take().unwrap_or_default()
    }
}

impl Wanted {
    async fn connect(&self) -> Result<Channel> {
        let endpoint = Endpoint::from_shared(self.url.clone())?
            .tcp_nodelay(true)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW);
        Ok(endpoint.connect().await?)
    }

    async fn watch(&self, channel: &Channel) -> Result<Streaming<Bytes>> {
        let mut grpc = Grpc::new(channel.clone());
        grpc.ready().await?;
        let mut request = Request::new(self.request.clone());
        request
            .metadata_mut()
            .insert("authorization", self.token.parse()?);
        let path = http::uri::PathAndQuery::from_static(self.path);
        let answer = grpc.server_streaming(request, path, Raw).await?;
        Ok(answer.into_inner())
    }
}

impl Shared {
    fn timing(&self) -> std::sync::MutexGuard<'_, Timing> {
        self.timing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the change that a watcher got after so many others.
    fn delivered(&self, number: usize, message: &Bytes, first: bool) {
        let mut timing = self.timing();
        let published = number
            .checked_sub(timing.before)
            .and_then(|number| timing.published.get(number).copied());
        if let Some(published) = published {
            let took = published.elapsed().as_secs_f64() * 1e3;
            timing.milliseconds.push(took);
        }
        if first && let Some(kept) = &mut timing.kept {
            kept.push(message.clone());
        }
        drop(timing);
        let delivered = self.delivered.fetch_add(1, Ordering::SeqCst) + 1;
        if delivered >= self.target.load(Ordering::SeqCst) {
            self.reached.notify_one();
        }
    }
}

async fn read(mut stream: Streaming<Bytes>, shared: Arc<Shared>, first: bool) -> Result<()> {
    let mut number = 0;
    while let Some(message) = stream.message().await? {
        match kind(&message)? {
            Kind::Beginning => {
                shared.begun.fetch_add(1, Ordering::Relaxed);
            }
            Kind::Change => {
                shared.delivered(number, &message, first);
                number += 1;
            }
            Kind::Missed => bail!("a watcher that reads was told that it is too slow"),
            Kind::Other => {}
        }
    }
    Ok(())
}

/// Reads, too, but for as long as it is asked not to.
async fn stall(
    mut stream: Streaming<Bytes>,
    shared: Arc<Shared>,
    mut stalled: watch::Receiver<bool>,
) -> Result<()> {
    while let Some(message) = stream.message().await? {
        if kind(&message)? == Kind::Beginning {
            shared.begun.fetch_add(1, Ordering::Relaxed);
        }
        stalled.wait_for(|stalled| !stalled).await?;
    }
    Ok(())
}

/// By the field of a `WatchResponse` that is set beside the cursor. The bare server begins with an empty message.
fn kind(message: &Bytes) -> Result<Kind> {
    let mut rest = message.clone();
    while !rest.is_empty() {
        let (field, wire_type) = decode_key(&mut rest)?;
        match field {
            1 => skip_field(wire_type, field, &mut rest, DecodeContext::default())?,
            3 => return Ok(Kind::Beginning),
            4 => return Ok(Kind::Change),
            5 => return Ok(Kind::Missed),
            _ => return Ok(Kind::Other),
        }
    }
    Ok(Kind::Beginning)
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use shadow_proto::streaming::v1::watch_response::Message;
    use shadow_proto::streaming::v1::{
        ExecutionChange, Heartbeat, Lagged, Snapshot, WatchResponse,
    };

    use super::*;

    #[test]
    fn messages_are_told_apart() -> Result<()> {
        let cases = [
            (Message::Heartbeat(Heartbeat::default()), Kind::Other),
            (Message::Snapshot(Snapshot::default()), Kind::Beginning),
            (Message::Change(ExecutionChange::default()), Kind::Change),
            (Message::Lagged(Lagged::default()), Kind::Missed),
        ];
        for (message, expected) in cases {
            let response = WatchResponse {
                cursor: "a cursor".to_owned(),
                message: Some(message),
            };
            assert_eq!(kind(&response.encode_to_vec().into())?, expected);
        }
        assert_eq!(kind(&Bytes::new())?, Kind::Beginning);
        Ok(())
    }
}
