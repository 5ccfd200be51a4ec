//! The service over a real socket, on a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod publish;
mod support;
mod watch;
