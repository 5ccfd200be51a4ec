//! The service over a real socket, on a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod activity;
mod admission;
mod client;
mod counters;
mod credits;
mod directory;
mod faults;
mod feedback;
mod filter;
mod keys;
mod permuted;
mod publish;
mod publish_stream;
mod refusals;
mod replicas;
mod run;
mod stalled;
mod steps;
mod support;
mod watch;
