//! How much may be taken in and not yet be answered: bounded in bytes, for each workspace and for all together, so that
//! one workspace that floods takes nobody else's room.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::{counter, gauge};
use shadow_rpc::status;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use tonic::Status;
use uuid::Uuid;

use crate::Config;

/// Hands out room. Clones share it.
#[derive(Clone)]
pub(crate) struct Admission {
    shared: Arc<Shared>,
}

struct Shared {
    total_most: usize,
    workspace_most: usize,
    held: Mutex<Held>,
    freed: Notify,
}

#[derive(Default)]
struct Held {
    total: usize,
    batches: usize,
    workspaces: HashMap<Uuid, usize>,
}

/// Room for one batch, until it is dropped.
pub(crate) struct Room {
    shared: Arc<Shared>,
    bytes: HashMap<Uuid, usize>,
}

/// Which bound has been reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Full {
    Workspace(Uuid),
    Total,
}

impl Admission {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            shared: Arc::new(Shared {
                total_most: config.queued_bytes,
                workspace_most: config.workspace_queued_bytes,
                held: Mutex::default(),
                freed: Notify::new(),
            }),
        }
    }

    /// Room for a batch, by the bytes of its events in each workspace; refused at once where there is none.
    pub(crate) fn take(&self, bytes: &HashMap<Uuid, usize>) -> Result<Room, Status> {
        self.try_take(bytes).map_err(|full| self.refusal(full))
    }

    /// The same, but where there is no room it is waited for.
    pub(crate) async fn take_within(
        &self,
        bytes: &HashMap<Uuid, usize>,
        patience: Duration,
    ) -> Result<Room, Status> {
        let until = Instant::now() + patience;
        loop {
            let mut freed = std::pin::pin!(self.shared.freed.notified());
            // From here on nothing that is given back is missed.
            freed.as_mut().enable();
            match self.try_take(bytes) {
                Ok(room) => return Ok(room),
                Err(full) if timeout_at(until, freed).await.is_err() => {
                    return Err(self.refusal(full));
                }
                Err(_) => {}
            }
        }
    }

    /// A batch is never too large for a bound of which nothing is held: it could not go in at any time otherwise.
    fn try_take(&self, bytes: &HashMap<Uuid, usize>) -> Result<Room, Full> {
        let shared = &self.shared;
        let over = |held: usize, more: usize, most: usize| held > 0 && held + more > most;
        let total: usize = bytes.values().sum();
        let mut held = shared.held();
        for (workspace, more) in bytes {
            let of_workspace = held.workspaces.get(workspace).copied().unwrap_or_default();
            if over(of_workspace, *more, shared.workspace_most) {
                return Err(Full::Workspace(*workspace));
            }
        }
        if over(held.total, total, shared.total_most) {
            return Err(Full::Total);
        }
        for (workspace, more) in bytes {
            *held.workspaces.entry(*workspace).or_default() += more;
        }
        held.total += total;
        held.batches += 1;
        held.measure();
        Ok(Room {
            shared: Arc::clone(shared),
            bytes: bytes.clone(),
        })
    }

    fn refusal(&self, full: Full) -> Status {
        let (bound, reason, message) = match full {
            Full::Workspace(workspace) => {
                let most = self.shared.workspace_most;
                let message = format!(
                    "{most} bytes of events of workspace {workspace} may wait to be written, and as many do"
                );
                ("workspace", "PUBLISH_WORKSPACE_QUEUE_FULL", message)
            }
            Full::Total => {
                let most = self.shared.total_most;
                let message =
                    format!("{most} bytes of events may wait to be written, and as many do");
                ("total", "PUBLISH_QUEUE_FULL", message)
            }
        };
        counter!("shadow_publish_overload_total", "bound" => bound).increment(1);
        status::exhausted(reason, message, status::RETRY_EXHAUSTED)
    }
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn measure(&self) {
        gauge!("shadow_publish_queue_bytes").set(self.total as f64);
        gauge!("shadow_publish_queue_batches").set(self.batches as f64);
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut held = self.shared.held();
        for (workspace, bytes) in &self.bytes {
            held.total = held.total.saturating_sub(*bytes);
            let left = held.workspaces.get(workspace).copied().unwrap_or_default();
            match left.saturating_sub(*bytes) {
                0 => held.workspaces.remove(workspace),
                left => held.workspaces.insert(*workspace, left),
            };
        }
        held.batches = held.batches.saturating_sub(1);
        held.measure();
        drop(held);
        self.shared.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
