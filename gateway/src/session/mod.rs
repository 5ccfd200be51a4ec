//! The session of a browser: a short token in a cookie that no script can read.

mod cookie;
mod demo;
mod ended;
mod endpoints;
mod terms;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue};
use shadow_auth::token::{Claims, SharedVerifier, Signer, TokenError};
use shadow_runtime::config::GatewayConfig;

pub use demo::{DEMO_USERS, DemoUser};

use crate::keys::Keys;
use ended::Ended;
use terms::Terms;

pub(crate) struct Sessions {
    verifier: Arc<SharedVerifier>,
    signer: Signer,
    issuer: String,
    audience: String,
    terms: Terms,
    /// Whether cookies are `Secure`: everywhere but on loopback.
    secure: bool,
    demo: bool,
    ended: Ended,
}

/// A session that holds now.
pub(crate) struct Session {
    claims: Claims,
    pub(crate) token: String,
    /// The cookie that prolongs it, when it is due.
    pub(crate) renewal: Option<HeaderValue>,
}

impl Sessions {
    pub(crate) fn new(config: &GatewayConfig, keys: Keys) -> Sessions {
        Sessions {
            verifier: keys.verifier,
            signer: keys.signer,
            issuer: keys.issuer,
            audience: keys.audience,
            terms: Terms::new(config.session_duration, config.session_limit),
            secure: config
                .public_origins
                .iter()
                .any(|origin| origin.is_secure()),
            demo: config.demo_sign_in,
            ended: Ended::default(),
        }
    }

    /// The session of a request.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Option<Session> {
        self.at(headers, Utc::now()).ok()
    }

    fn at(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Result<Session, TokenError> {
        let token = cookie::read(headers).ok_or(TokenError::Absent)?;
        let claims = self.verifier.verify(token, now)?;
        if !self.terms.hold(&claims, now) || self.ended.contains(&claims) {
            return Err(TokenError::Expired);
        }
        match self.terms.renewed(&claims, now) {
            None => Ok(Session {
                token: token.to_owned(),
                claims,
                renewal: None,
            }),
            Some(claims) => {
                let (token, cookie) = self.sign(&claims, now);
                Ok(Session {
                    claims,
                    token,
                    renewal: Some(cookie),
                })
            }
        }
    }

    /// A new session of the person that a verified token names.
    fn begin(
        &self,
        person: Claims,
        now: DateTime<Utc>,
    ) -> Result<(Claims, HeaderValue), TokenError> {
        let person = Claims {
            iss: self.issuer.clone(),
            aud: vec![self.audience.clone()],
            ..person
        };
        let claims = self.terms.begun(person, now);
        if !self.terms.hold(&claims, now) || self.ended.contains(&claims) {
            return Err(TokenError::Expired);
        }
        let (_, cookie) = self.sign(&claims, now);
        Ok((claims, cookie))
    }

    fn sign(&self, claims: &Claims, now: DateTime<Utc>) -> (String, HeaderValue) {
        let token = self.signer.sign(claims);
        let cookie = cookie::write(
            &token,
            claims.exp.saturating_sub(now.timestamp()).max(0),
            self.secure,
        );
        (token, cookie)
    }
}
