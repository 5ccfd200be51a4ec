//! Private PostgreSQL and Redis servers, for `shadow up` and for tests.
//!
//! A server belongs to one folder and listens on a Unix socket in a folder that only its user may enter, so it needs
//! no port and no password. It runs in a process group of its own (Ctrl-C reaches us, and we stop it) under a small
//! shell that stops it as soon as the process that started it is gone, however that happened.
//!
//! This crate must never know what is stored in those servers: no table, no key, no migration.

mod error;
mod owner;
mod postgres;
mod process;
mod redis;
mod servers;
mod test_redis;
mod testing;

pub use error::Error;
pub use postgres::{Installation, SUPERUSER, postgres_versions};
pub use servers::{Options, REDIS, Servers};
pub use test_redis::TestRedis;
pub use testing::{TestDatabase, TestServers};
