//! The gate and the server, without a database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod gate;
mod hostile;
mod keys;
mod log;
mod quiet;
mod server;
mod support;
mod table;
