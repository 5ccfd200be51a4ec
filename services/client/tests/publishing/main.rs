//! Publishing event by event, from memory and through a folder.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod publisher;
mod spool;
mod store;
