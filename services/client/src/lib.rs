//! The Rust SDK of Shadow Analytics: publish events, ask for metrics, watch executions.
//!
//! It must never know what the server does with a message; it knows which answers are worth another attempt.
//!
//! ```no_run
//! use futures_util::StreamExt;
//! use shadow_client::Client;
//! use shadow_client::proto::streaming::v1::{Event, EventStatus, Topic, WatchRequest, watch_response};
//!
//! # async fn example(events: Vec<Event>) -> Result<(), shadow_client::Error> {
//! let client = Client::connect("http://127.0.0.1:50051", "a token or service key").await?;
//!
//! let answer = client.publish_batch(events).await?;
//! let accepted = answer.statuses().filter(|status| *status == EventStatus::Accepted).count();
//! for refusal in &answer.refusals {
//!     eprintln!("event {}: {}: {}", refusal.index, refusal.field, refusal.description);
//! }
//! println!("{accepted} events are stored now");
//!
//! let mut changes = client.watch(WatchRequest { topics: vec![Topic::Executions.into()], ..Default::default() });
//! while let Some(message) = changes.next().await {
//!     if let Some(watch_response::Message::Change(change)) = message?.message {
//!         println!("{:?}", change.execution);
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod client;
mod error;
mod publisher;
mod retry;
mod spool;
mod trace;
mod watch;

/// The messages.
pub use shadow_proto as proto;

pub use client::{Bearer, Client, Config};
pub use error::Error;
pub use publisher::{
    Answer, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, Publisher, PublisherConfig, Receipt,
};
pub use retry::Retry;
pub use spool::{Durability, SpoolConfig, SpoolStatus, SpooledPublisher};
pub use watch::{Watch, WatchConfig, WatchState};
