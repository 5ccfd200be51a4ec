//! Logs and metrics of the process.

mod logs;
mod metrics;
mod server;

pub use logs::{LogError, init_logs};
pub use metrics::{Metrics, MetricsError};
pub use server::serve;
