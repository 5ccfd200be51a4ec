//! Everything that is kept: facts, partials, the feed and the directory in PostgreSQL, answers for a moment in Redis.
//!
//! This crate alone names a table, a column or a Redis key. It moves values of `shadow-domain` in and out, each time for
//! a `Scope`; it must never know a protobuf type, decide what a number means, or who may see it.

mod backlog;
pub mod broken;
pub mod cache;
pub mod compaction;
pub mod credits;
pub mod data_health;
mod database;
pub mod directory;
pub mod erasure;
mod error;
pub mod error_group;
pub mod executions;
pub mod feed;
pub mod ingest;
pub mod jobs;
pub mod leaderboard;
pub mod migrations;
mod ordinals;
pub mod partials;
pub mod partitions;
pub mod platform;
mod pool;
mod redis;
pub mod refusals;
pub mod retention;
pub mod revenue;
mod row;
mod schema;
mod snapshot;
mod statement;
pub mod summaries;
pub mod telemetry;
mod trace;
pub mod users;
pub mod workspaces;

pub use backlog::{Backlog, backlog};
pub use database::{Config, Database};
pub use error::Error;
pub use snapshot::Snapshot;
