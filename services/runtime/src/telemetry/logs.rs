//! Structured logs, and traces beside them.

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::Traces;
use crate::config::{LogFormat, TelemetryConfig};

/// Why logs and traces could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("SHADOW_LOG: {0:?} is not a log filter")]
    Filter(String, #[source] tracing_subscriber::filter::ParseError),
    /// Something in this process set up logs before.
    #[error("logs are set up already")]
    Twice(#[source] tracing_subscriber::util::TryInitError),
    /// Traces cannot be sent there.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT: traces cannot be sent there")]
    Traces(#[source] opentelemetry_otlp::ExporterBuildError),
}

/// Sets up logs for the whole process: on standard error, so that what a command prints stays clean. And traces, where
/// an endpoint for them is configured; they are to be finished at the end.
pub fn init(config: &TelemetryConfig) -> Result<Traces, TelemetryError> {
    let filter = EnvFilter::try_new(&config.filter)
        .map_err(|error| TelemetryError::Filter(config.filter.clone(), error))?;
    let traces = Traces::new(config).map_err(TelemetryError::Traces)?;
    let registry = tracing_subscriber::registry().with(traces.layer());
    match config.format {
        LogFormat::Json => {
            let layer = tracing_subscriber::fmt::layer()
                .json()
                .flatten_event(true)
                .with_current_span(true)
                .with_span_list(false);
            let layer = layer.with_writer(std::io::stderr);
            registry.with(layer.with_filter(filter)).try_init()
        }
        LogFormat::Pretty => {
            let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
            let layer = tracing_subscriber::fmt::layer()
                .with_ansi(colour)
                .with_target(false);
            let layer = layer.with_writer(std::io::stderr);
            registry.with(layer.with_filter(filter)).try_init()
        }
    }
    .map_err(TelemetryError::Twice)?;
    Ok(traces)
}
