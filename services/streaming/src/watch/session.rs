//! One watch, from its first message to its last: what is rare. What has caught up follows by itself (`following`).

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use prost::Message as _;
use shadow_proto::streaming::v1 as proto;
use shadow_proto::streaming::v1::watch_response::Message;
use shadow_rpc::{frames, status, wire};
use shadow_storage::{Database, feed};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::feed::{Entry, Feed, Reader};
use crate::{Config, Handler};

use super::access::Access;
use super::following::{Following, Progress};
use super::outbox::{Encoded, Ending, Gone, Outbox};
use super::request::{Filter, Topics, Wanted};

/// How many changes are read at once while a watch catches up. They wait in memory while its client does not read.
const PAGE: usize = 100;

/// How many bytes of executions a snapshot holds. It waits in memory, too.
const SNAPSHOT_BYTES: usize = 256 * 1024;

/// See the module.
pub(super) struct Session {
    db: Database,
    feed: Feed,
    config: Arc<Config>,
    shutdown: CancellationToken,
    wanted: Wanted,
    access: Arc<Access>,
    outbox: Outbox,
    ending: Ending,
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
        ending: Ending,
    ) -> Self {
        Self {
            db: handler.db.clone(),
            feed: handler.feed.clone(),
            config: Arc::clone(&handler.config),
            shutdown: handler.shutdown.clone(),
            wanted,
            access,
            outbox,
            ending,
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
            ending,
        } = self;
        let progress = Progress::after(wanted.after.filter(|_| wanted.topics.executions));
        let mut catching = Catching {
            db,
            feed,
            heartbeat: config.heartbeat,
            near: i64::try_from(config.watch_buffer.saturating_mul(2)).unwrap_or(i64::MAX),
            topics: wanted.topics,
            filter: Arc::new(wanted.filter),
            snapshot_size: wanted.snapshot_size,
            access: &access,
            outbox: &outbox,
            entries: None,
            progress,
        };
        tokio::select! {
            status = access.lost(config.recheck) => ending.fail(status),
            () = outbox.closed() => {}
            () = shutdown.cancelled() => ending.stop(),
            stopped = catching.follow() => match stopped {
                Stopped::Gone => {}
                Stopped::Failed(status) => ending.fail(status),
            },
        }
        // The stream of a client that does not read is not polled, and nothing is kept for it any more.
        if let Some(entries) = catching.entries {
            entries.leave();
        }
    }
}

struct Catching<'a> {
    db: Database,
    feed: Feed,
    heartbeat: Duration,
    /// A gap of at most so many positions is read from the database.
    near: i64,
    topics: Topics,
    filter: Arc<Filter>,
    snapshot_size: u32,
    access: &'a Arc<Access>,
    outbox: &'a Outbox,
    entries: Option<Arc<Reader>>,
    progress: Progress,
}

impl Catching<'_> {
    async fn follow(&mut self) -> Stopped {
        match self.endless().await {
            Ok(never) => match never {},
            Err(stopped) => stopped,
        }
    }

    async fn endless(&mut self) -> Result<std::convert::Infallible, Stopped> {
        self.heartbeat().await?;
        if !self.topics.executions {
            return self.only_heartbeats().await;
        }
        let entries = Arc::new(self.feed.subscribe().await);
        self.entries = Some(Arc::clone(&entries));
        if self.progress.position.is_some() {
            self.catch_up().await?;
            // While it caught up more may have been handed out than the buffer holds; what was is in the database.
            entries.skip();
            self.catch_up().await?;
        } else {
            self.snapshot().await?;
        }
        loop {
            self.hand_over(&entries).await?;
            self.lagged(&entries).await?;
        }
    }

    /// Lets the watch follow by itself, and returns when it lags.
    async fn hand_over(&mut self, entries: &Arc<Reader>) -> Result<(), Stopped> {
        let position = self.progress.position;
        let progress = std::mem::replace(&mut self.progress, Progress::after(position));
        let (following, returned) = Following::new(
            Arc::clone(entries),
            progress,
            Arc::clone(&self.filter),
            Arc::clone(self.access),
            self.heartbeat,
        );
        self.outbox.follow(following).await?;
        self.progress = returned.await.map_err(|_| Stopped::Gone)?;
        Ok(())
    }

    /// Counters go their own way.
    async fn only_heartbeats(&mut self) -> Result<std::convert::Infallible, Stopped> {
        loop {
            tokio::time::sleep_until(self.progress.last_sent + self.heartbeat).await;
            self.heartbeat().await?;
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

    /// Sends one change where it is to be sent.
    async fn entry(&mut self, entry: &Entry) -> Result<(), Stopped> {
        let (scope, filter) = (self.access.scope(), Arc::clone(&self.filter));
        let wanted = |entry: &Entry| scope.contains(&entry.workspace_id) && filter.keeps(entry);
        if !self.progress.takes(entry, wanted) {
            return Ok(());
        }
        let message = Encoded {
            position: Some(entry.position),
            bytes: frames::one(&entry.message),
        };
        self.put(message).await
    }

    async fn snapshot(&mut self) -> Result<(), Stopped> {
        let state = self.read_snapshot().await?;
        let snapshot = self.begin_with(state);
        self.put(snapshot).await
    }

    async fn read_snapshot(&self) -> Result<State, Stopped> {
        let agent_ids: Vec<String> = self.filter.agent_ids.iter().cloned().collect();
        let statuses: Vec<_> = self.filter.statuses.iter().copied().collect();
        let filter = feed::Filter {
            agent_ids,
            statuses,
            models: self.filter.models.iter().cloned().collect(),
            minimum_duration_micros: self.filter.minimum_duration_micros,
        };
        let limit = self.snapshot_size as usize;
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
    async fn lagged(&mut self, entries: &Reader) -> Result<(), Stopped> {
        entries.skip();
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
        let lagged = Message::Lagged(proto::Lagged { missed });
        let lagged = Encoded::new(self.progress.position, lagged);
        let snapshot = self.begin_with(snapshot);
        self.put(lagged).await?;
        self.put(snapshot).await
    }

    async fn heartbeat(&mut self) -> Result<(), Stopped> {
        let heartbeat = Encoded::heartbeat(self.progress.position);
        self.put(heartbeat).await
    }

    /// Hands a message over.
    async fn put(&mut self, message: Encoded) -> Result<(), Stopped> {
        let position = message.position;
        self.outbox.send(message).await?;
        self.progress.position = position;
        self.progress.last_sent = Instant::now();
        Ok(())
    }
}
