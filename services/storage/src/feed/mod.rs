//! The ordered log of what was committed: numbered by a relay, read from a cursor, begun with a snapshot.

mod lease;
mod read;
mod relay;
mod stream;
mod tallies;

use chrono::{DateTime, Utc};
use shadow_domain::execution::{Execution, Status};

pub use lease::Lease;
pub(crate) use read::SHARD;
pub use read::{count, position, read_after, snapshot};
pub(crate) use relay::Number;
pub use relay::{number, trim, try_number};
pub use stream::{Reader, Stream};
pub use tallies::{Beginning, Entry, Tallies, begin_tallies, tallies_after};

/// One change of one execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place in the order of commits.
    pub position: i64,
    /// The execution as it was after the change, as it is known now: what came later is masked.
    pub execution: Execution,
    /// What people call its agent; the id where it has no name.
    pub agent_name: String,
    /// The revision of the execution after the change.
    pub revision: i32,
    /// When it was committed.
    pub committed_at: DateTime<Utc>,
}

/// Changes after a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// Up to here nothing of the scope is missing: read on after it.
    pub next: i64,
}

/// An execution as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recent {
    /// The execution.
    pub execution: Execution,
    /// What people call its agent; the id where it has no name.
    pub agent_name: String,
    /// Its revision.
    pub revision: i32,
}

/// Which executions a snapshot holds; empty lists keep all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Agents to keep.
    pub agent_ids: Vec<String>,
    /// Statuses to keep.
    pub statuses: Vec<Status>,
    /// Models to keep; what has not ended has none.
    pub models: Vec<String>,
    /// Keeps what ended and is known to have worked at least so many microseconds.
    pub minimum_duration_micros: Option<i64>,
}

/// Where the feed ends, and from where on it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The last position that was given; 0 before the first.
    pub last: i64,
    /// A cursor at this position or after it can be read on from; one before it has lost changes.
    pub oldest: i64,
}
