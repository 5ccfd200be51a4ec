//! How much of everything, and how often.

use std::time::Duration;

/// The bounds of the service. The defaults suit one machine.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many transactions may be written at the same time. An execution always goes to the same writer.
    pub writers: usize,
    /// How long a writer that was idle waits for more callers before it writes.
    pub window: Duration,
    /// How many executions a writer puts into one transaction before it stops waiting for more.
    pub transaction_executions: usize,
    /// How many executions may be accepted and not yet written; beyond it callers are asked to come back.
    pub queued_executions: usize,
    /// How many changes a watcher may be behind before it gets a new snapshot.
    pub watch_buffer: usize,
    /// How many watches one process serves.
    pub watchers: usize,
    /// How long a watch stays silent before a heartbeat.
    pub heartbeat: Duration,
    /// How often the feed is read where nothing woke the reader: what other processes commit is seen after at most this.
    pub poll: Duration,
    /// How often a watch looks whether its caller may still see what it watches.
    pub recheck: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            writers: 2,
            window: Duration::from_millis(3),
            transaction_executions: 5_000,
            queued_executions: 50_000,
            watch_buffer: 4_096,
            watchers: 1_000,
            heartbeat: Duration::from_secs(10),
            poll: Duration::from_millis(100),
            recheck: Duration::from_secs(2),
        }
    }
}
