//! Storage against real servers: every installed version of PostgreSQL that is supported, and Redis.
#![expect(
    clippy::unwrap_used,
    reason = "what a test cannot go on without fails it"
)]

mod audit;
mod cache;
mod compaction;
mod data_health;
mod directory;
mod entries;
mod erasure;
mod erasure_order;
mod error_day_changes;
mod error_days;
mod error_groups;
mod facts;
mod feed;
mod jobs;
mod keys;
mod plans;
mod platform;
mod pool;
mod race;
mod refusals;
mod retention;
mod schema;
mod steps;
mod store;
mod stream;
mod subscriptions;
mod summaries;
mod summary_plans;
mod support;
mod tallies;
mod wall;
