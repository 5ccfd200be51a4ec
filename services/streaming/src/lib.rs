//! The streaming service: events come in, are answered for one by one after they are committed, and go out again to
//! whoever watches.
//!
//! It must never know how anything is stored, and it computes no metric.

mod admission;
mod background;
mod config;
mod convert;
mod cursor;
mod feed;
mod list_refusals;
mod pipeline;
mod publish;
mod refusal;
mod refusals;
mod server;
mod service;
mod standing;
pub mod telemetry;
pub mod validate;
mod watch;

pub use config::Config;
pub use server::Server;
pub use service::{Handler, Streaming};
