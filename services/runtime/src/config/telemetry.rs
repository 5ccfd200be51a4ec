//! Logs.

use std::str::FromStr;

use super::{ConfigError, Deployment, Environment};

/// How logs are written.
#[derive(Debug, Clone)]
pub struct TelemetryConfig {
    /// `SHADOW_LOG_FORMAT`: `json` or `pretty`. Default and absence: `pretty` in development, else `json`.
    pub format: LogFormat,
    /// `SHADOW_LOG`: what is logged, such as `info` or `info,shadow_storage=debug`. Default and absence: `info`.
    pub filter: String,
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
