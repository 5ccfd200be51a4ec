//! The caller of a request, as services see it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use shadow_auth::key;
use shadow_auth::table::Rule;
use shadow_auth::token::{Claims, SKEW, SharedVerifier, TokenError, Verifier, VerifierConfig};
use shadow_auth::{Permission, Scope, Viewer};
use shadow_runtime::config::AuthConfig;
use shadow_runtime::reload;
use shadow_runtime::shutdown::Shutdown;
use tonic::{Request, Status};
use uuid::Uuid;

use super::{Members, Tokens};
use crate::{log, status};

/// How often the key set's file is looked at.
const KEYS_PERIOD: Duration = Duration::from_secs(10);

/// A caller whose token or key was verified.
#[derive(Debug, Clone)]
pub struct Caller {
    viewer: Arc<Viewer>,
    credential: Credential,
    members: Members,
    rule: Rule,
}

/// By what a caller said who it is. Secrets are not kept.
#[derive(Debug, Clone)]
enum Credential {
    Token(Arc<Claims>),
    Key { id: Uuid, expires_at: DateTime<Utc> },
}

impl Caller {
    /// Who shows this token or key, if the directory and the table let it in.
    pub(super) async fn admit(
        bearer: &str,
        tokens: &Tokens,
        members: &Members,
        rule: Rule,
        now: DateTime<Utc>,
    ) -> Result<Caller, Status> {
        let (credential, viewer) = if bearer.starts_with(key::PREFIX) {
            let known = members.shown_key(bearer, now).await?;
            log::record_subject(&known.viewer.subject);
            let (id, expires_at) = (known.key.id, known.key.expires_at);
            let viewer = Arc::clone(&known.viewer);
            (Credential::Key { id, expires_at }, viewer)
        } else {
            let claims = tokens
                .verify(bearer, now)
                .map_err(status::unauthenticated)?;
            log::record_subject(&claims.sub);
            let viewer = of_token(&claims, members).await?;
            (Credential::Token(claims), viewer)
        };
        Ok(Caller {
            viewer: permitted(viewer, rule)?,
            credential,
            members: members.clone(),
            rule,
        })
    }

    /// What it may do, as it was when the request began.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// When its token, skew included, or its key ends.
    pub fn expires_at(&self) -> DateTime<Utc> {
        match &self.credential {
            Credential::Token(claims) => {
                DateTime::from_timestamp(claims.exp.saturating_add(SKEW), 0)
                    .unwrap_or(DateTime::<Utc>::MAX_UTC)
            }
            Credential::Key { expires_at, .. } => *expires_at,
        }
    }

    /// What it may do now, for streams that outlive a decision: fails with UNAUTHENTICATED once its token or key has
    /// ended, or its key was revoked, and with PERMISSION_DENIED once it lost what the RPC needs.
    pub async fn again(&self, now: DateTime<Utc>) -> Result<Arc<Viewer>, Status> {
        let viewer = match &self.credential {
            Credential::Token(_) if now >= self.expires_at() => {
                return Err(status::unauthenticated(TokenError::Expired));
            }
            Credential::Token(claims) => of_token(claims, &self.members).await?,
            Credential::Key { id, .. } => Arc::clone(&self.members.key(*id, now).await?.viewer),
        };
        permitted(viewer, self.rule)
    }
}

/// What the directory says of a token's subject, narrowed and named by the token.
async fn of_token(claims: &Claims, members: &Members) -> Result<Arc<Viewer>, Status> {
    let mut viewer = members.viewer(&claims.sub).await?;
    let name = claims
        .name
        .as_ref()
        .filter(|_| viewer.name == viewer.subject);
    if name.is_some() || claims.permissions.is_some() {
        let mut own = Viewer::clone(&viewer).narrowed(claims.permissions.as_deref());
        if let Some(name) = name {
            own.name.clone_from(name);
        }
        viewer = Arc::new(own);
    }
    Ok(viewer)
}

fn permitted(viewer: Arc<Viewer>, rule: Rule) -> Result<Arc<Viewer>, Status> {
    match rule {
        Rule::Needs(permission) if !viewer.has_somewhere(permission) => {
            Err(status::denied(shadow_auth::Denied::Missing(permission)))
        }
        _ => Ok(viewer),
    }
}

/// The caller of a request that passed the gate.
pub fn caller<T>(request: &Request<T>) -> Result<Caller, Status> {
    request
        .extensions()
        .get::<Caller>()
        .cloned()
        .ok_or_else(|| status::unauthenticated(TokenError::Absent))
}

/// What the caller of a request may do.
pub fn viewer<T>(request: &Request<T>) -> Result<Arc<Viewer>, Status> {
    caller(request).map(|caller| caller.viewer)
}

/// The workspaces in which the caller may use the permission: those requested, or all of them when none is. They are
/// written into the request log.
pub fn scope<T>(
    request: &Request<T>,
    permission: Permission,
    requested: &[Uuid],
) -> Result<Scope, Status> {
    let scope = viewer(request)?
        .scope(permission, requested)
        .map_err(status::denied)?;
    log::record_scope(&scope);
    Ok(scope)
}

/// Why a verifier cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum VerifierError {
    /// A variable cannot be used.
    #[error(transparent)]
    Config(#[from] shadow_runtime::config::ConfigError),
    /// Keys cannot be used.
    #[error("tokens cannot be verified")]
    Keys(#[from] shadow_auth::token::KeyError),
}

/// The verifier of a configuration; where it has a key set, a task follows its file until stopping is asked for.
pub fn verifier(
    config: &AuthConfig,
    shutdown: &Shutdown,
) -> Result<Arc<SharedVerifier>, VerifierError> {
    let with = {
        let config = config.clone();
        move |jwks| {
            Verifier::new(VerifierConfig {
                issuer: config.issuer.clone(),
                audience: config.audience.clone(),
                hs256_secret: config.secret.clone(),
                jwks,
            })
        }
    };
    let jwks = config.read_jwks()?;
    let shared = Arc::new(SharedVerifier::new(with(jwks.clone())?));
    if let (Some(path), Some(content)) = (config.jwks_file.clone(), jwks) {
        let following = shared.clone();
        let changed = move |content: &str| match with(Some(content.to_owned())) {
            Ok(verifier) => following.replace(verifier),
            Err(error) => {
                tracing::error!(%error, "the new key set cannot be used; the old one stays")
            }
        };
        tokio::spawn(reload::watch(
            path,
            content,
            KEYS_PERIOD,
            shutdown.clone(),
            changed,
        ));
    }
    Ok(shared)
}
