//! Background work.

use std::time::Duration;

use super::{ConfigError, Environment};

/// A worker says a few times within its lease that it is still there.
const SHORTEST_LEASE: Duration = Duration::from_millis(100);

/// How background work is done.
#[derive(Debug, Clone)]
pub struct JobsConfig {
    /// `SHADOW_JOB_LEASE`: how long a job stays with a worker that is not heard of any more, at least `100ms`. Default and
    /// absence: `30s`.
    pub lease: Duration,
}

impl JobsConfig {
    /// Reads the variables.
    pub fn from_environment(environment: &Environment) -> Result<JobsConfig, ConfigError> {
        const VARIABLE: &str = "SHADOW_JOB_LEASE";
        let lease = environment.duration(VARIABLE, Duration::from_secs(30))?;
        if lease < SHORTEST_LEASE {
            let value = environment.get(VARIABLE).unwrap_or_default();
            return Err(ConfigError::invalid(VARIABLE, value, "at least 100ms"));
        }
        Ok(JobsConfig { lease })
    }
}
