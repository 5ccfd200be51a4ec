//! Logs and traces.

use std::str::FromStr;

use super::{ConfigError, Deployment, Environment};

/// How logs are written, and where traces go.
#[derive(Debug, Clone)]
pub struct TelemetryConfig {
    /// `SHADOW_LOG_FORMAT`: `json` or `pretty`. Default and absence: `pretty` in development, else `json`.
    pub format: LogFormat,
    /// `SHADOW_LOG`: what is logged, such as `info` or `info,shadow_storage=debug`. Default and absence: `info`.
    pub filter: String,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: where traces are sent, by OTLP over gRPC, such as `http://127.0.0.1:4317`. Default
    /// and absence: there are no traces. `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` say which traces are kept;
    /// these and OpenTelemetry's other variables are read by its own library. Default and absence:
    /// `parentbased_always_on`.
    pub traces_endpoint: Option<String>,
    /// `OTEL_SERVICE_NAME`: what the process is called in traces. Default and absence: `shadow-analytics`.
    pub service_name: String,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For a person's eyes.
    Pretty,
}

impl TelemetryConfig {
    /// Reads the variables.
    pub fn from_environment(environment: &Environment) -> Result<TelemetryConfig, ConfigError> {
        let default = match Deployment::from_environment(environment)? {
            Deployment::Development => LogFormat::Pretty,
            Deployment::Staging | Deployment::Production => LogFormat::Json,
        };
        Ok(TelemetryConfig {
            format: environment
                .parse("SHADOW_LOG_FORMAT", "json or pretty")?
                .unwrap_or(default),
            filter: environment.text("SHADOW_LOG", "info"),
            traces_endpoint: environment
                .get("OTEL_EXPORTER_OTLP_ENDPOINT")
                .map(str::to_owned),
            service_name: environment.text("OTEL_SERVICE_NAME", "shadow-analytics"),
        })
    }
}

impl FromStr for LogFormat {
    type Err = ();

    fn from_str(text: &str) -> Result<LogFormat, ()> {
        match text {
            "json" => Ok(LogFormat::Json),
            "pretty" => Ok(LogFormat::Pretty),
            _ => Err(()),
        }
    }
}
