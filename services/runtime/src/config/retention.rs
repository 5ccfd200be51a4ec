//! How long things are kept.

use std::time::Duration;

use super::{ConfigError, Environment};

const DAY: u64 = 86_400;

/// A month is dropped as a whole, and what has just begun must never be.
const SHORTEST_DAYS: u64 = 32;

/// No one keeps facts longer and not for ever: 100 years.
const LONGEST_DAYS: u64 = 36_500;

/// How long what is stored is kept.
#[derive(Debug, Clone)]
pub struct RetentionConfig {
    /// `SHADOW_RETENTION_FACTS`: how long executions with their steps, and activities, are kept, in days, such as `400d`, at
    /// least `32d`; they go by whole months, and their pages stay. Default, absence and `forever`: for ever.
    pub facts: Option<Duration>,
}

impl RetentionConfig {
    /// Reads the variables.
    pub fn from_environment(environment: &Environment) -> Result<RetentionConfig, ConfigError> {
        const VARIABLE: &str = "SHADOW_RETENTION_FACTS";
        let facts = match environment.get(VARIABLE) {
            None | Some("forever") => None,
            Some(text) => {
                let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
                let days = days.filter(|days| (SHORTEST_DAYS..=LONGEST_DAYS).contains(days));
                let expected = "forever, or from 32d to 36500d";
                let days = days.ok_or_else(|| ConfigError::invalid(VARIABLE, text, expected))?;
                Some(Duration::from_secs(days * DAY))
            }
        };
        Ok(RetentionConfig { facts })
    }
}
