//! Redis.

use secrecy::SecretString;

use super::{ConfigError, Environment};

/// How Redis is reached.
#[derive(Debug, Clone, Default)]
pub struct RedisConfig {
    /// `REDIS_URL` or `REDIS_URL_FILE`: `redis://host:port`. No default; absence means that nothing is cached between
    /// processes and that each replica reads the feed from the database, except for `shadow up`, which then starts a
    /// private server.
    pub url: Option<SecretString>,
}

impl RedisConfig {
    /// Reads the variables.
    pub fn from_environment(environment: &Environment) -> Result<RedisConfig, ConfigError> {
        Ok(RedisConfig {
            url: environment.secret("REDIS_URL")?,
        })
    }
}
