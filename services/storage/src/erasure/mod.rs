//! Erasing people. The event holds at once for what comes in; a job then brings what is stored under the pseudonym.
//!
//! A person's number in sets of users passes to the pseudonym, so no partial, page or count changes: each is still, byte for
//! byte, what the facts amount to.
//!
//! Batches are written by processes that may not know of an erasure yet. So each transaction that brings facts in asks last
//! of all whether somebody was erased since its process looked, and is done anew if so. One that asked before the erasure
//! was committed may commit after it: the job waits for all that were under way before it sweeps.

mod erased;
mod job;
mod record;

pub(crate) use erased::{Erased, Known, check, salt};
pub use job::{Pending, begin, finish, finished, pending, sweep};
pub(crate) use record::erase;
pub use record::{Record, list};
