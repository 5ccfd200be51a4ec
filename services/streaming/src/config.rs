//! How much of everything, and how often.

use std::time::Duration;

use shadow_storage::feed::Stream;

/// The bounds of the service. The defaults suit one machine.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many transactions may be written at the same time. An execution always goes to the same writer.
    pub writers: usize,
    /// How many executions a writer puts into one transaction before it takes no more. Whoever comes in waits for the one
    /// that is under way: larger ones cost a little less per execution, and keep others waiting for longer.
    pub transaction_executions: usize,
    /// How many bytes of events, as they were sent, may be taken in and not yet be answered; beyond it callers are asked
    /// to come back. What they are read into takes a few times as much.
    pub queued_bytes: usize,
    /// How many of these may be of one workspace. A fraction of all, so that one that floods leaves room to the others.
    pub workspace_queued_bytes: usize,
    /// How many streams of events one process serves.
    pub publishers: usize,
    /// How many batches of one stream are at work at a time; meanwhile no more of it is read.
    pub stream_batches: usize,
    /// How long a batch of a stream waits for room before it is answered with a failure; meanwhile no more of the stream
    /// is read.
    pub stream_patience: Duration,
    /// Where replicas get changes without asking the database; without it each of them reads the database.
    pub stream: Option<Stream>,
    /// How many changes are kept at hand for watchers. One that is behind them reads the database, and gets a new snapshot
    /// where it is more than twice as many behind.
    pub watch_buffer: usize,
    /// How many watches one process serves.
    pub watchers: usize,
    /// How long a watch stays silent before a heartbeat.
    pub heartbeat: Duration,
    /// How often the feed is read where nothing woke the reader: what other processes commit is seen after at most this.
    pub poll: Duration,
    /// How often a stream looks whether its caller may still see what it watches, or publish.
    pub recheck: Duration,
    /// How often what was counted of refused events is stored.
    pub refusals: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            writers: 2,
            transaction_executions: 2_000,
            queued_bytes: 64 * 1024 * 1024,
            workspace_queued_bytes: 16 * 1024 * 1024,
            publishers: 256,
            stream_batches: 8,
            stream_patience: Duration::from_secs(1),
            stream: None,
            watch_buffer: 4_096,
            watchers: 1_000,
            heartbeat: Duration::from_secs(10),
            poll: Duration::from_millis(100),
            recheck: Duration::from_secs(2),
            refusals: Duration::from_secs(5),
        }
    }
}
