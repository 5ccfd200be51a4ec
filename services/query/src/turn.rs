//! Turns at reading pages and merging them, so that many who ask at once take bounded memory, and their merging neither
//! stops others on the same thread nor keeps a connection that somebody waits for.
//!
//! Whoever waits for a turn holds no connection, so that no order of waiting can end in everybody waiting.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::execute::Error;

/// How many read ahead of those who merge.
const AHEAD: usize = 4;

/// Pages that were read and are not merged yet take memory.
static READING: LazyLock<Arc<Semaphore>> =
    LazyLock::new(|| Arc::new(Semaphore::new(processors() + AHEAD)));

static MERGING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(processors())));

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A turn at reading, and then at merging what was read.
pub(crate) struct Turn {
    permit: OwnedSemaphorePermit,
    deadline: Option<Instant>,
}

impl Turn {
    /// Waits for a turn, in the order in which they were asked for; whoever asks gives up when there is no more time.
    pub(crate) async fn wait(deadline: Option<Duration>) -> Result<Self, Error> {
        let until = deadline.and_then(|deadline| Instant::now().checked_add(deadline));
        Ok(Self {
            permit: permit(&READING, deadline).await?,
            deadline: until,
        })
    }

    /// How much time there is left.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Merges on a thread that nobody else waits on. The turn is over when that has ended, also where nobody waits for it
    /// any more.
    pub(crate) async fn merge<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = (permit(&MERGING, self.left()).await?, self.permit);
        let merging = tokio::task::spawn_blocking(move || {
            let merged = work();
            drop(turn);
            merged
        });
        Ok(merging.await?)
    }
}

async fn permit(
    turns: &Arc<Semaphore>,
    left: Option<Duration>,
) -> Result<OwnedSemaphorePermit, Error> {
    let permit = Arc::clone(turns).acquire_owned();
    let permit = match left {
        Some(left) => tokio::time::timeout(left, permit).await.ok(),
        None => Some(permit.await),
    };
    // Nobody closes them.
    let permit = permit.and_then(Result::ok);
    permit.ok_or(Error::Storage(shadow_storage::Error::Busy))
}
