//! The meaning of every number: what an execution is, how executions become partials that merge
//! exactly, what each metric of the catalogue computes from them, and how periods are cut and
//! compared.
//!
//! Everything here is a function of its arguments. This crate must never know a clock (`now` is an
//! argument), the environment, a log, a network, a database or an async runtime; so the same
//! formulas run on the server and, compiled to WebAssembly, in the dashboard.

pub mod catalogue;
pub mod cell;
pub mod comparison;
pub mod credits;
pub mod data_health;
pub mod error_group;
pub mod execution;
pub mod fact;
pub mod health;
pub mod live;
pub mod movers;
pub mod ordinals;
pub mod partial;
pub mod provenance;
pub mod revenue;
pub mod sketch;
pub mod staleness;
pub mod statistics;
pub mod suggestion;
pub mod throughput;
pub mod time;
pub mod users;

mod bytes;

pub use bytes::Malformed;
