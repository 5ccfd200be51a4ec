//! Commands, and the SDK, against a server on a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod demo;
mod demo_load;
mod examples;
mod import;
mod query;
mod run;
mod stack;
mod tail;
mod watch;
