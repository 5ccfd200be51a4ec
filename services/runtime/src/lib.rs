//! What a process needs before its first request: configuration, logs, metrics, signals, a bounded way to stop.
//!
//! It is the only crate that reads the environment. It must never know what the process is for: no protobuf type, no
//! table, no metric's meaning.

pub mod config;
pub mod readiness;
pub mod reload;
pub mod shutdown;
pub mod telemetry;
