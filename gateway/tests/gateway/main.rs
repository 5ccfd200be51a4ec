//! The gateway over real sockets, in front of a service that knows no message of ours either.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod files;
mod rpc;
mod session;
mod stop;
mod support;
