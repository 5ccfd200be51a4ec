//! The keys that tokens are verified and sessions signed with.

use std::sync::Arc;
use std::time::Duration;

use shadow_auth::token::{KeyError, SharedVerifier, Signer, Verifier, VerifierConfig};
use shadow_runtime::config::{AuthConfig, ConfigError};
use shadow_runtime::reload;
use shadow_runtime::shutdown::Shutdown;

/// How often the key set's file is looked at.
const PERIOD: Duration = Duration::from_secs(10);

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A variable cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A key cannot be used.
    #[error("keys cannot be used")]
    Keys(#[from] KeyError),
    /// There is nothing to sign sessions with.
    #[error(transparent)]
    Secret(#[from] NeedsSecret),
}

/// The gateway signs sessions, so it needs a secret of its own even where an identity provider issues tokens.
#[derive(Debug, thiserror::Error)]
#[error("SHADOW_AUTH_SECRET is not set; the gateway signs sessions with it")]
pub struct NeedsSecret;

pub(crate) struct Keys {
    pub(crate) verifier: Arc<SharedVerifier>,
    pub(crate) signer: Signer,
    pub(crate) issuer: String,
    pub(crate) audience: String,
}

impl Keys {
    pub(crate) fn new(config: &AuthConfig, shutdown: &Shutdown) -> Result<Keys, KeysError> {
        let secret = config.secret.clone().ok_or(NeedsSecret)?;
        let with = {
            let (config, secret) = (config.clone(), secret.clone());
            move |jwks| {
                Verifier::new(VerifierConfig {
                    issuer: config.issuer.clone(),
                    audience: config.audience.clone(),
                    hs256_secret: Some(secret.clone()),
                    jwks,
                })
            }
        };
        let jwks = config.read_jwks()?;
        let verifier = Arc::new(SharedVerifier::new(with(jwks.clone())?));
        if let (Some(path), Some(content)) = (config.jwks_file.clone(), jwks) {
            let following = verifier.clone();
            let changed = move |content: &str| match with(Some(content.to_owned())) {
                Ok(verifier) => following.replace(verifier),
                Err(error) => {
                    tracing::error!(%error, "the new key set cannot be used; the old one stays")
                }
            };
            tokio::spawn(reload::watch(
                path,
                content,
                PERIOD,
                shutdown.clone(),
                changed,
            ));
        }
        let signer = Signer::new(&secret)?;
        Ok(Keys {
            verifier,
            signer,
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
        })
    }
}
