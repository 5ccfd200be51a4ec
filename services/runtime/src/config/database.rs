//! PostgreSQL.

use std::time::Duration;

use secrecy::SecretString;

use super::{ConfigError, Environment, Problem};

/// How PostgreSQL is reached.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// `DATABASE_URL` or `DATABASE_URL_FILE`: `postgres://user:password@host:port/database`. No default; absence is an
    /// error, except for `shadow up`, which then starts a private server.
    pub url: SecretString,
    /// `SHADOW_DATABASE_POOL_SIZE`: connections for requests, 1 to 1,000; readers leave one of them to writers.
    /// Default and absence: 8.
    pub pool_size: u32,
    /// `SHADOW_DATABASE_STATEMENT_TIMEOUT`: the longest that one statement may take. Default and absence: `30s`.
    pub statement_timeout: Duration,
}

impl DatabaseConfig {
    /// Reads the variables.
    pub fn from_environment(environment: &Environment) -> Result<DatabaseConfig, ConfigError> {
        let url = environment.secret("DATABASE_URL")?.ok_or_else(|| {
            ConfigError::new(
                "DATABASE_URL",
                Problem::Missing("set it to postgres://user:password@host:port/database"),
            )
        })?;
        Self::with_url(url, environment)
    }

    /// Reads the other variables, for a server that was started here.
    pub fn with_url(
        url: SecretString,
        environment: &Environment,
    ) -> Result<DatabaseConfig, ConfigError> {
        const SIZE: &str = "SHADOW_DATABASE_POOL_SIZE";
        const EXPECTED: &str = "a number from 1 to 1000";
        let pool_size = environment.parse(SIZE, EXPECTED)?.unwrap_or(8);
        if !(1..=1000).contains(&pool_size) {
            return Err(ConfigError::invalid(SIZE, &pool_size.to_string(), EXPECTED));
        }
        let statement_timeout =
            environment.duration("SHADOW_DATABASE_STATEMENT_TIMEOUT", Duration::from_secs(30))?;
        Ok(DatabaseConfig {
            url,
            pool_size,
            statement_timeout,
        })
    }
}
