//! The gate and the server, without a database.

mod gate;
mod log;
mod server;
mod support;
mod table;
