//! One watch, from its first message to its last.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use metrics::{Histogram, counter, histogram};
use prost::Message as _;
use shadow_proto::streaming::v1 as proto;
use shadow_proto::streaming::v1::watch_response::Message;
use shadow_rpc::{status, wire};
use shadow_storage::{Database, feed};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use uuid::Uuid;

use crate::feed::{Entry, Feed};
use crate::{Config, Handler, telemetry};

use super::access::Access;
use super::outbox::{Encoded, Gone, Outbox};
use super::request::Wanted;

/// How many changes are read at once while a watch catches up. They wait in memory while its client does not read.
const PAGE: usize = 100;

/// How many bytes of executions a snapshot holds. It waits in memory, too.
const SNAPSHOT_BYTES: usize = 256 * 1024;

/// How long the last message of a watch waits for a client that does not read.
const PATIENCE: Duration = Duration::from_secs(1);

/// See the module.
pub(super) struct Session {
    db: Database,
    feed: Feed,
    config: Arc<Config>,
    shutdown: CancellationToken,
    wanted: Wanted,
    access: Arc<Access>,
    outbox: Outbox,
    progress: Progress,
}

/// How far a watch has come.
struct Progress {
    /// Everything up to here was sent or was not wanted; absent before the snapshot.
    position: Option<i64>,
    /// What the snapshot held of executions, by revision: changes that lead up to it are not sent again.
    held: HashMap<(Uuid, Uuid), i32>,
    last_sent: Instant,
}

/// Recent executions, and the position up to which they hold every change.
struct State {
    position: i64,
    executions: Vec<feed::Recent>,
}

/// Why a watch stopped following. `Gone`: nobody reads any more.
enum Stopped {
    Gone,
    Failed(Status),
}

impl From<Gone> for Stopped {
    fn from(Gone: Gone) -> Self {
        Self::Gone
    }
}

impl From<Status> for Stopped {
    fn from(status: Status) -> Self {
        Self::Failed(status)
    }
}

impl Session {
    pub(super) fn new(
        handler: &Handler,
        wanted: Wanted,
        access: Arc<Access>,
        outbox: Outbox,
    ) -> Self {
        let progress = Progress {
            position: wanted.after.filter(|_| wanted.topics.executions),
            held: HashMap::new(),
            last_sent: Instant::now(),
        };
        Self {
            db: handler.db.clone(),
            feed: handler.feed.clone(),
            config: Arc::clone(&handler.config),
            shutdown: handler.shutdown.clone(),
            wanted,
            access,
            outbox,
            progress,
        }
    }

    /// Sends until the client goes away, the server stops, or the caller may no longer see it.
    pub(super) async fn run(self) {
        let Self {
            db,
            feed,
            config,
            shutdown,
            wanted,
            access,
            outbox,
            progress,
        } = self;
        let mut following = Following {
            db,
            feed,
            heartbeat: config.heartbeat,
            near: i64::try_from(config.watch_buffer.saturating_mul(2)).unwrap_or(i64::MAX),
            wanted,
            access: &access,
            outbox: &outbox,
            progress,
        };
        let stopped = tokio::select! {
            status = access.lost(config.recheck) => Some(Stopped::Failed(status)),
            () = outbox.closed() => Some(Stopped::Gone),
            () = shutdown.cancelled() => None,
            stopped = following.follow() => Some(stopped),
        };
        let last = async {
            match stopped {
                Some(Stopped::Gone) => Ok(()),
                Some(Stopped::Failed(status)) => outbox.fail(status).await,
                // The client goes on from this cursor elsewhere.
                None => outbox.send(following.encoded(heartbeat())).await,
            }
        };
        // A client that does not read its last message finds the stream ended all the same.
        drop(timeout(PATIENCE, last).await);
    }
}

struct Following<'a> {
    db: Database,
    feed: Feed,
    heartbeat: Duration,
    /// A gap of at most so many positions is read from the database.
    near: i64,
    wanted: Wanted,
    access: &'a Access,
    outbox: &'a Outbox,
    progress: Progress,
}

impl Following<'_> {
    async fn follow(&mut self) -> Stopped {
        match self.endless().await {
            Ok(never) => match never {},
            Err(stopped) => stopped,
        }
    }

    async fn endless(&mut self) -> Result<std::convert::Infallible, Stopped> {
        self.send(heartbeat()).await?;
        if !self.wanted.topics.executions {
            return self.only_heartbeats().await;
        }
        let mut entries = self.feed.subscribe().await;
        if self.progress.position.is_some() {
            self.catch_up().await?;
            // While it caught up more may have been handed out than the buffer holds; what was is in the database.
            entries = entries.resubscribe();
            self.catch_up().await?;
        } else {
            self.snapshot().await?;
        }
        let delivery: Histogram = histogram!("shadow_watch_delivery_seconds");
        loop {
            let silent_until = self.progress.last_sent + self.heartbeat;
            match timeout_at(silent_until, entries.recv()).await {
                Err(_) => self.send(heartbeat()).await?,
                Ok(Ok(entry)) => {
                    self.entry(&entry).await?;
                    delivery.record(telemetry::since(entry.committed_at));
                }
                Ok(Err(RecvError::Lagged(_))) => self.lagged(&mut entries).await?,
                Ok(Err(RecvError::Closed)) => {
                    return Err(status::unavailable("the server is stopping").into());
                }
            }
        }
    }

    /// Counters go their own way.
    async fn only_heartbeats(&mut self) -> Result<std::convert::Infallible, Stopped> {
        loop {
            tokio::time::sleep_until(self.progress.last_sent + self.heartbeat).await;
            self.send(heartbeat()).await?;
        }
    }

    /// Sends what is numbered after the position.
    async fn catch_up(&mut self) -> Result<(), Stopped> {
        loop {
            let after = self.progress.position.unwrap_or_default();
            let read = feed::read_after(&self.db, &self.access.scope(), after, PAGE)
                .await
                .map_err(status::from_storage)?;
            let more = read.changes.len() >= PAGE;
            for change in read.changes {
                self.entry(&Entry::from(change)).await?;
            }
            self.progress.position = Some(read.next);
            if !more {
                return Ok(());
            }
        }
    }

    /// Sends one change, unless it was sent, is not wanted, or leads up to what a snapshot held.
    async fn entry(&mut self, entry: &Entry) -> Result<(), Stopped> {
        if self
            .progress
            .position
            .is_some_and(|position| entry.position <= position)
        {
            return Ok(());
        }
        let key = (entry.workspace_id, entry.execution_id);
        let held = self.progress.held.get(&key);
        if !self.access.scope().contains(&entry.workspace_id)
            || !self.wanted.filter.keeps(entry)
            || held.is_some_and(|revision| entry.revision <= *revision)
        {
            self.progress.position = Some(entry.position);
            return Ok(());
        }
        self.progress.held.remove(&key);
        let message = Encoded {
            position: Some(entry.position),
            bytes: entry.message.clone(),
        };
        self.put(message).await
    }

    async fn snapshot(&mut self) -> Result<(), Stopped> {
        let state = self.read_snapshot().await?;
        let snapshot = self.begin_with(state);
        self.put(snapshot).await
    }

    async fn read_snapshot(&self) -> Result<State, Stopped> {
        let agent_ids: Vec<String> = self.wanted.filter.agent_ids.iter().cloned().collect();
        let statuses: Vec<_> = self.wanted.filter.statuses.iter().copied().collect();
        let filter = feed::Filter {
            agent_ids,
            statuses,
            models: self.wanted.filter.models.iter().cloned().collect(),
            minimum_duration_micros: self.wanted.filter.minimum_duration_micros,
        };
        let limit = self.wanted.snapshot_size as usize;
        let (position, executions) = feed::snapshot(&self.db, &self.access.scope(), &filter, limit)
            .await
            .map_err(status::from_storage)?;
        Ok(State {
            position,
            executions,
        })
    }

    /// A state as a message, what leads up to which is not sent again.
    fn begin_with(&mut self, state: State) -> Encoded {
        self.progress.held.clear();
        let mut executions = Vec::with_capacity(state.executions.len());
        let mut bytes = 0;
        for known in &state.executions {
            let execution = wire::execution(&known.execution, &known.agent_name, known.revision);
            bytes += execution.encoded_len();
            if bytes > SNAPSHOT_BYTES {
                break;
            }
            let identity = &known.execution.identity;
            self.progress.held.insert(
                (identity.workspace_id, identity.execution_id),
                known.revision,
            );
            executions.push(execution);
        }
        let message = Message::Snapshot(proto::Snapshot { executions });
        Encoded::new(Some(state.position), message)
    }

    /// The buffer ran over. What is missing by now is read where that is little: often a snapshot held it already, as it
    /// was read while the buffer filled. Else the client was too slow: it is told how much it missed and begins again.
    async fn lagged(&mut self, entries: &mut Receiver<Arc<Entry>>) -> Result<(), Stopped> {
        *entries = entries.resubscribe();
        let from = self.progress.position.unwrap_or_default();
        let end = feed::position(&self.db)
            .await
            .map_err(status::from_storage)?;
        if end.last - from <= self.near {
            return self.catch_up().await;
        }
        let snapshot = self.read_snapshot().await?;
        let missed = feed::count(&self.db, &self.access.scope(), from, snapshot.position)
            .await
            .map_err(status::from_storage)?;
        counter!("shadow_watch_lagged_total").increment(1);
        counter!("shadow_watch_missed_changes_total").increment(missed);
        let lagged = self.encoded(Message::Lagged(proto::Lagged { missed }));
        let snapshot = self.begin_with(snapshot);
        self.put(lagged).await?;
        self.put(snapshot).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Stopped> {
        let message = self.encoded(message);
        self.put(message).await
    }

    /// Hands a message over. The watch may be ended while this waits for a client that does not read: its last cursor must
    /// not be after what was not handed over.
    async fn put(&mut self, message: Encoded) -> Result<(), Stopped> {
        let position = message.position;
        self.outbox.send(message).await?;
        self.progress.position = position;
        self.progress.last_sent = Instant::now();
        Ok(())
    }

    fn encoded(&self, message: Message) -> Encoded {
        Encoded::new(self.progress.position, message)
    }
}

fn heartbeat() -> Message {
    Message::Heartbeat(proto::Heartbeat {
        server_time: Some(wire::timestamp(Utc::now())),
    })
}
