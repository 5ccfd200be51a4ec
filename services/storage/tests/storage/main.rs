//! Storage against real servers: every installed version of PostgreSQL that is supported, and Redis.

mod cache;
mod compaction;
mod directory;
mod feed;
mod jobs;
mod plans;
mod race;
mod schema;
mod store;
mod support;
mod wall;
