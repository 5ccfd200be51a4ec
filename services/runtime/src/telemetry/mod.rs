//! Logs, metrics and traces of the process.

mod logs;
mod metrics;
mod server;
mod traces;

pub use logs::{TelemetryError, init};
pub use metrics::{Metrics, MetricsError};
pub use server::serve;
pub use traces::{Traces, continue_trace};
