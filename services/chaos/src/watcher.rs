//! A watcher: follows what is committed over broken connections, and records every message that says something.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::StreamExt;
use shadow_client::{Client, Watch};
use shadow_proto::streaming::v1 as proto;
use shadow_proto::streaming::v1::watch_response::Message;
use uuid::Uuid;

use crate::random::Random;
use crate::subject::Key;

/// How many executions the first snapshot holds at most.
const SNAPSHOT: u32 = 200;

/// One thing that a watcher was told.
#[derive(Debug)]
pub(crate) enum Heard {
    /// The state at a position: executions by revision.
    Snapshot(i64, HashMap<Key, i32>),
    /// A change at a position.
    Change(i64, Key, i32),
}

/// All that a watcher was told, and how far it has come.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// In the order in which it was told.
    pub(crate) heard: Vec<Heard>,
    /// The position of its last cursor.
    pub(crate) position: i64,
    /// How often it went on with a cursor of its own choice.
    pub(crate) resumed: u64,
    /// How often it was told that it was too slow.
    pub(crate) lagged: u64,
    /// What must not have been told.
    pub(crate) nonsense: Vec<String>,
    /// Whether it has a snapshot to go on from.
    pub(crate) settled: bool,
}

/// What the watcher and the campaign both look at.
pub(crate) type Shared = Arc<Mutex<Record>>;

/// One watcher.
pub(crate) struct Watcher {
    pub(crate) client: Client,
    /// Empty: all workspaces.
    pub(crate) workspaces: Vec<Uuid>,
    pub(crate) record: Shared,
    pub(crate) random: Random,
}

impl Watcher {
    /// Watches until it is dropped. The SDK goes on by itself when a connection breaks; now and then the watch is thrown
    /// away, and another one begins after the last cursor.
    pub(crate) async fn run(mut self) {
        let mut cursor: Option<String> = None;
        loop {
            if cursor.is_some() {
                self.record().resumed += 1;
            }
            let mut watch = self.client.watch(self.request(cursor.clone()));
            let patience = Duration::from_millis(500 + self.random.below(3_000));
            let followed = self.follow(&mut watch, &mut cursor);
            // Whether the time was over or the SDK gave up: another watch begins.
            tokio::time::timeout(patience, followed).await.ok();
        }
    }

    fn request(&self, cursor: Option<String>) -> proto::WatchRequest {
        proto::WatchRequest {
            topics: vec![proto::Topic::Executions.into()],
            workspace_ids: self.workspaces.iter().map(Uuid::to_string).collect(),
            cursor,
            snapshot_size: SNAPSHOT,
            ..proto::WatchRequest::default()
        }
    }

    /// Follows until the SDK gives up.
    async fn follow(&self, watch: &mut Watch, cursor: &mut Option<String>) {
        while let Some(message) = watch.next().await {
            match message {
                Ok(message) => {
                    if !message.cursor.is_empty() {
                        *cursor = Some(message.cursor.clone());
                    }
                    self.record().hear(message);
                }
                Err(error) => self.record().nonsense.push(error.to_string()),
            }
        }
    }

    fn record(&self) -> std::sync::MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn hear(&mut self, response: proto::WatchResponse) {
        let position = position(&response.cursor);
        if let Some(position) = position {
            self.position = position;
        }
        let heard = match response.message {
            Some(Message::Snapshot(snapshot)) => {
                // The first message that says something, and the one after a lag; any other would hide a gap.
                if self.settled {
                    let text = "it got a snapshot though its cursor was good";
                    self.nonsense.push(text.to_owned());
                }
                self.settled = true;
                let held = snapshot.executions.iter().filter_map(named).collect();
                position.map(|position| Heard::Snapshot(position, held))
            }
            Some(Message::Change(change)) => position
                .zip(change.execution.as_ref().and_then(named))
                .map(|(position, (key, revision))| Heard::Change(position, key, revision)),
            Some(Message::Lagged(_)) => {
                self.lagged += 1;
                self.settled = false;
                return;
            }
            _ => return,
        };
        match heard {
            Some(heard) => self.heard.push(heard),
            None => {
                let text = "it was told something without a cursor or a name";
                self.nonsense.push(text.to_owned());
            }
        }
    }
}

fn named(execution: &proto::Execution) -> Option<(Key, i32)> {
    let workspace = execution.workspace_id.parse().ok()?;
    let id = execution.identity.as_ref()?.execution_id.parse().ok()?;
    Some(((workspace, id), i32::try_from(execution.revision).ok()?))
}

/// Clients must not look into a cursor; the campaign does, to compare the order of what was told with the order of
/// commits.
fn position(cursor: &str) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    Some(i64::from_be_bytes(bytes.get(1..)?.try_into().ok()?))
}
