//! Publishing through a folder: events are in a file before `publish` returns, and leave it after they are answered for.
//!
//! It must never remove what was not answered for, and never hold more than its bounded part of the disk.
//!
//! The folder holds segments: files of records that are written one after the other and removed as a whole, once every
//! event of theirs is answered for. What is in a folder that is opened is sent first. An event may be sent again that was
//! answered for before, which changes nothing.

mod drain;
mod folder;
mod ledger;
mod record;
mod writer;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prost::Message;
use shadow_proto::streaming::v1::{Event, Refusal};
use tokio::sync::{Notify, broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::publisher::encoded_in_batch;
use crate::{Client, Error, MAX_BATCH_BYTES, PublisherConfig};
use folder::Folder;
use ledger::Ledger;
use writer::Append;

/// How many events wait for the file at once; beyond it `publish` waits. Those that wait are written together.
const WAITING: usize = 1_024;

/// How many refusals are kept for whoever reads them slowly.
const REFUSALS: usize = 1_024;

/// How a spooled publisher behaves.
#[derive(Clone, Debug)]
pub struct SpoolConfig {
    /// The folder, which is made where it is not there. One publisher at a time may have it.
    pub folder: PathBuf,
    /// How many bytes it may hold; an event that finds no room is refused.
    pub bytes: u64,
    /// What an event outlives once `publish` has returned.
    pub durability: Durability,
    /// How what is in the folder is sent.
    pub publisher: PublisherConfig,
}

impl SpoolConfig {
    /// Up to 1 GiB in this folder, which outlives the process.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            bytes: 1024 * 1024 * 1024,
            durability: Durability::Process,
            publisher: PublisherConfig::default(),
        }
    }
}

/// What an event outlives once `publish` has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process, however it comes. It is handed to the operating system, which writes it to the disk soon.
    Process,
    /// Loss of power, too. It is flushed to the disk, together with all that waited meanwhile; so publish from several
    /// tasks, or do not await one after the other.
    Disk,
}

/// How a spool does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpoolStatus {
    /// How many bytes it holds.
    pub bytes: u64,
    /// How many events the server refused, which are not kept.
    pub refused: u64,
    /// How many bytes could not be read: the record that was being written when a process was killed, of which `publish`
    /// never returned, and what the disk has damaged.
    pub unreadable_bytes: u64,
    /// Why the server does not take what it is sent, such as a token that has expired; absent where it does, and while it
    /// is merely away. It is tried again.
    pub trouble: Option<String>,
}

/// Publishes through a folder. Made by [`Client::spooled_publisher`].
///
/// One that is dropped stops at once; what is in its folder is sent by whoever opens that again.
#[derive(Debug)]
pub struct SpooledPublisher {
    shared: Arc<Shared>,
    appends: mpsc::Sender<Append>,
    /// Ends when the thread that writes has ended.
    written: oneshot::Receiver<()>,
    tasks: Tasks,
}

/// What the file's thread and the tasks share.
#[derive(Debug)]
struct Shared {
    folder: Folder,
    ledger: Mutex<Ledger>,
    /// Something was written or removed.
    changed: Notify,
    status: watch::Sender<SpoolStatus>,
    refusals: broadcast::Sender<Refusal>,
}

impl Shared {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everybody who waits that the ledger is another.
    fn tell(&self) {
        let bytes = self.ledger().bytes();
        self.status.send_modify(|status| status.bytes = bytes);
        self.changed.notify_waiters();
    }

    /// Lets a segment be sent again from its beginning.
    fn again(&self, number: ledger::Number) {
        self.ledger().again(number);
        self.tell();
    }

    fn trouble(&self, trouble: Option<String>) {
        self.status.send_if_modified(|status| {
            let other = status.trouble != trouble;
            status.trouble = trouble;
            other
        });
    }

    fn unreadable(&self, bytes: u64) {
        self.status
            .send_modify(|status| status.unreadable_bytes += bytes);
    }
}

#[derive(Debug)]
struct Tasks(Vec<JoinHandle<()>>);

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl SpooledPublisher {
    pub(crate) async fn open(client: Client, config: SpoolConfig) -> Result<Self, Error> {
        let SpoolConfig {
            folder,
            bytes,
            durability,
            publisher,
        } = config;
        let opened = tokio::task::spawn_blocking(move || Folder::open(folder));
        let (folder, segments) = opened.await.map_err(|_| Error::Closed)??;
        let ledger = Ledger::new(bytes, segments);
        let status = SpoolStatus {
            bytes: ledger.bytes(),
            ..SpoolStatus::default()
        };
        let shared = Arc::new(Shared {
            folder,
            ledger: Mutex::new(ledger),
            changed: Notify::new(),
            status: watch::Sender::new(status),
            refusals: broadcast::Sender::new(REFUSALS),
        });
        let (appends, received) = mpsc::channel(WAITING);
        let written = writer::start(Arc::clone(&shared), durability, received)?;
        let tasks = Tasks(drain::start(&shared, &client, publisher));
        Ok(Self {
            shared,
            appends,
            written,
            tasks,
        })
    }

    /// Takes an event over, and returns when it is in the file. It is sent in the background, until it is answered for.
    ///
    /// An event that no batch can hold, or that the folder has no room for, is refused here.
    pub async fn publish(&self, event: Event) -> Result<(), Error> {
        let bytes = encoded_in_batch(&event);
        if bytes > MAX_BATCH_BYTES {
            return Err(Error::TooLarge {
                event_id: event.event_id,
                bytes,
                limit: MAX_BATCH_BYTES,
            });
        }
        let (answer, answered) = oneshot::channel();
        let append = Append {
            record: record::of(&event.encode_to_vec()),
            answer,
        };
        self.appends.send(append).await.map_err(|_| Error::Closed)?;
        answered.await.map_err(|_| Error::Closed)?
    }

    /// Returns when everything that was published before is answered for, however long that takes.
    pub async fn flush(&self) -> Result<(), Error> {
        let last = self.shared.ledger().close();
        self.shared.tell();
        loop {
            let changed = self.shared.changed.notified();
            tokio::pin!(changed);
            // From here on nothing is missed.
            changed.as_mut().enable();
            if self.shared.ledger().is_empty_through(last) {
                return Ok(());
            }
            changed.await;
        }
    }

    /// Flushes, ends, and lets the folder go.
    pub async fn close(self) -> Result<(), Error> {
        self.flush().await?;
        let Self {
            shared,
            appends,
            written,
            mut tasks,
        } = self;
        drop(appends);
        for task in tasks.0.drain(..) {
            task.abort();
            // It was told to end.
            drop(task.await);
        }
        // Fails when the thread has ended, which is what is waited for.
        drop(written.await);
        drop(shared);
        Ok(())
    }

    /// How it does, now and whenever that changes.
    pub fn status(&self) -> watch::Receiver<SpoolStatus> {
        self.shared.status.subscribe()
    }

    /// The events that the server refuses from now on. Their index is of no use.
    pub fn refusals(&self) -> broadcast::Receiver<Refusal> {
        self.shared.refusals.subscribe()
    }
}
