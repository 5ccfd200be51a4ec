//! What users did, and what went wrong, summed up by workspace and UTC day. Lists of users and of groups of errors read
//! summaries of days that are over, which a job makes, and facts of all other time.
//!
//! A summary notes the version of the day's pages, in the very state of facts that it sums up. Whatever changes a fact that it
//! counts appends a delta in the same transaction, and compaction counts up the version with the one that takes the delta
//! away. So a reader takes a day only where the version in its own state is the same and nothing of the day waits to be
//! compacted: then no fact has changed in between. It is never a little behind; where it would be, facts are read. Only the
//! group of an error that a version before has stored without one comes without a delta: a day with such an error is not
//! summed up before.
//!
//! People are there by the numbers that stand for them in pages. The number of whoever is erased passes to the pseudonym, so
//! that summaries name nobody and stay right. They go with the facts that they are of.

mod check;
mod coverage;
mod errors;
mod make;
mod trim;

use std::time::Duration;

pub use check::check;
pub use coverage::{Coverage, List};
pub use make::{Asked, Made, StaleDay, make, stale};
pub use trim::delete;

/// No statement of the job takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Counts up when a summary says something else than before: those of another definition are not read, and made anew. The
/// silence after which a visit is over is a part of it. 2 is the first with errors.
const DEFINITION: i16 = 2;
