//! How much is at stake where this runs.

use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};

use super::{ConfigError, Environment, Problem};

/// What secrets begin with that were made for a developer's machine.
pub const DEVELOPMENT_PREFIX: &str = "development-";

/// The kind of deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deployment {
    /// A developer's machine.
    #[default]
    Development,
    /// A rehearsal of production.
    Staging,
    /// Real data.
    Production,
}

impl Deployment {
    /// `SHADOW_DEPLOYMENT`: `development`, `staging` or `production`. Default and absence: `development`.
    pub fn from_environment(environment: &Environment) -> Result<Deployment, ConfigError> {
        let deployment =
            environment.parse("SHADOW_DEPLOYMENT", "development, staging or production")?;
        Ok(deployment.unwrap_or_default())
    }

    /// Refuses a secret of a developer's machine in production.
    pub(super) fn check(
        self,
        variable: &str,
        secret: Option<&SecretString>,
    ) -> Result<(), ConfigError> {
        let of_development =
            secret.is_some_and(|secret| secret.expose_secret().starts_with(DEVELOPMENT_PREFIX));
        if self == Deployment::Production && of_development {
            let problem =
                Problem::Unsafe("is a development secret; production needs one of its own");
            return Err(ConfigError::new(variable, problem));
        }
        Ok(())
    }
}

impl FromStr for Deployment {
    type Err = ();

    fn from_str(text: &str) -> Result<Deployment, ()> {
        match text {
            "development" => Ok(Deployment::Development),
            "staging" => Ok(Deployment::Staging),
            "production" => Ok(Deployment::Production),
            _ => Err(()),
        }
    }
}
