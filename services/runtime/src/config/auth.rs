//! Tokens.

use std::path::PathBuf;

use secrecy::SecretString;

use super::{ConfigError, Deployment, Environment, Problem};

/// Which tokens are accepted.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// `SHADOW_AUTH_ISSUER`: the only accepted `iss`. Default and absence: `shadow-analytics`.
    pub issuer: String,
    /// `SHADOW_AUTH_AUDIENCE`: the `aud` that a token must name. Default and absence: `shadow-analytics`.
    pub audience: String,
    /// `SHADOW_AUTH_SECRET` or `SHADOW_AUTH_SECRET_FILE`: a shared secret of at least 32 bytes, with which the gateway
    /// signs sessions and local stacks sign tokens (HS256). No default; absence means that HS256 is not accepted, and
    /// the gateway does not start.
    pub secret: Option<SecretString>,
    /// `SHADOW_AUTH_JWKS_FILE`: a JWKS document with public keys (EdDSA, ES256, RS256), read again when it changes. No
    /// default; absence means that only tokens of the shared secret are accepted.
    pub jwks_file: Option<PathBuf>,
}

impl AuthConfig {
    /// Reads the variables. At least one of secret and key set must be there.
    pub fn from_environment(environment: &Environment) -> Result<AuthConfig, ConfigError> {
        const SECRET: &str = "SHADOW_AUTH_SECRET";
        let config = AuthConfig {
            issuer: environment.text("SHADOW_AUTH_ISSUER", "shadow-analytics"),
            audience: environment.text("SHADOW_AUTH_AUDIENCE", "shadow-analytics"),
            secret: environment.secret(SECRET)?,
            jwks_file: environment.path("SHADOW_AUTH_JWKS_FILE"),
        };
        Deployment::from_environment(environment)?.check(SECRET, config.secret.as_ref())?;
        if config.secret.is_none() && config.jwks_file.is_none() {
            let problem = Problem::Missing(
                "set it, or SHADOW_AUTH_JWKS_FILE, so that tokens can be verified",
            );
            return Err(ConfigError::new(SECRET, problem));
        }
        Ok(config)
    }

    /// The content of the key set's file.
    pub fn read_jwks(&self) -> Result<Option<String>, ConfigError> {
        let Some(path) = &self.jwks_file else {
            return Ok(None);
        };
        std::fs::read_to_string(path).map(Some).map_err(|source| {
            ConfigError::new("SHADOW_AUTH_JWKS_FILE", Problem::Unreadable(source))
        })
    }
}
