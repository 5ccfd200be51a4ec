//! The service over a real socket, on a real database.

mod publish;
mod support;
mod watch;
