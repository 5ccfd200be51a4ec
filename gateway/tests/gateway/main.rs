//! The gateway over real sockets, in front of a service that knows no message of ours either.

mod files;
mod rpc;
mod session;
mod stop;
mod support;
