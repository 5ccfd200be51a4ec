//! Verifies tokens.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use secrecy::{ExposeSecret, SecretString};

use super::keys::{self, Key};
use super::{Claims, KeyError, MIN_SECRET_BYTES, TokenError};
use crate::key::SUBJECT_PREFIX;

/// The longest token that is looked at.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// By how many seconds the clocks of issuer and verifier may differ.
pub const SKEW: i64 = 60;

const MAX_SUBJECT_BYTES: usize = 128;

/// What a verifier accepts.
#[derive(Debug, Clone)]
pub struct VerifierConfig {
    /// The only issuer.
    pub issuer: String,
    /// The audience that a token must name.
    pub audience: String,
    /// A shared secret; with it HS256 is accepted.
    pub hs256_secret: Option<SecretString>,
    /// A JWKS document; with it those of EdDSA, ES256 and RS256 are accepted that it has keys for.
    pub jwks: Option<String>,
}

/// Verifies tokens by the keys that it was made with.
pub struct Verifier {
    issuer: String,
    audience: String,
    keys: Vec<Key>,
}

/// The token of an `authorization` header.
pub fn bearer(header: Option<&str>) -> Result<&str, TokenError> {
    let header = header
        .map(str::trim)
        .filter(|header| !header.is_empty())
        .ok_or(TokenError::Absent)?;
    let (scheme, token) = header.split_once(' ').ok_or(TokenError::Malformed)?;
    let token = token.trim_start();
    if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() {
        Ok(token)
    } else {
        Err(TokenError::Malformed)
    }
}

impl Verifier {
    /// A verifier with these keys.
    pub fn new(config: VerifierConfig) -> Result<Verifier, KeyError> {
        let mut keys = match &config.jwks {
            Some(document) => keys::of_document(document)?,
            None => Vec::new(),
        };
        if let Some(secret) = &config.hs256_secret {
            let secret = secret.expose_secret().as_bytes();
            if secret.len() < MIN_SECRET_BYTES {
                return Err(KeyError::ShortSecret);
            }
            keys.push(Key {
                id: None,
                algorithm: Algorithm::HS256,
                decoding: DecodingKey::from_secret(secret),
            });
        }
        if keys.is_empty() {
            return Err(KeyError::None);
        }
        Ok(Verifier {
            issuer: config.issuer,
            audience: config.audience,
            keys,
        })
    }

    /// What the token says, when it holds at `now`.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        let claims = self.verify_signature(token)?;
        self.check(&claims, now)?;
        Ok(claims)
    }

    fn verify_signature(&self, token: &str) -> Result<Claims, TokenError> {
        if token.is_empty() {
            return Err(TokenError::Absent);
        }
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::TooLarge);
        }
        let header = header_of(token)?;
        let mut refusal = TokenError::UnknownKey;
        for key in self.candidates(&header)? {
            match decode::<Claims>(token, &key.decoding, &signature_only(key.algorithm)) {
                Ok(data) => return Ok(data.claims),
                Err(error) => refusal = refusal_of(error.kind()),
            }
        }
        Err(refusal)
    }

    /// The keys of the header's algorithm and, where both have one, of its key id.
    fn candidates(&self, header: &Header) -> Result<Vec<&Key>, TokenError> {
        let of_algorithm: Vec<&Key> = self
            .keys
            .iter()
            .filter(|key| key.algorithm == header.alg)
            .collect();
        if of_algorithm.is_empty() {
            return Err(TokenError::Algorithm);
        }
        let named = |key: &&Key| match (&key.id, &header.kid) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        };
        Ok(of_algorithm.into_iter().filter(named).collect())
    }

    /// Whether what a token says holds at `now`, once its signature is known to be right.
    pub fn check(&self, claims: &Claims, now: DateTime<Utc>) -> Result<(), TokenError> {
        let now = now.timestamp();
        let subject = &claims.sub;
        if subject.is_empty()
            || subject.len() > MAX_SUBJECT_BYTES
            || subject.chars().any(char::is_control)
            || subject.starts_with(SUBJECT_PREFIX)
        {
            return Err(TokenError::Malformed);
        }
        if claims.iss != self.issuer {
            return Err(TokenError::Issuer);
        }
        if !claims.aud.contains(&self.audience) {
            return Err(TokenError::Audience);
        }
        if claims.exp.saturating_add(SKEW) <= now {
            return Err(TokenError::Expired);
        }
        if claims.nbf.is_some_and(|nbf| nbf.saturating_sub(SKEW) > now) {
            return Err(TokenError::NotYetValid);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let algorithms: HashSet<Algorithm> = self.keys.iter().map(|key| key.algorithm).collect();
        formatter
            .debug_struct("Verifier")
            .field("issuer", &self.issuer)
            .field("algorithms", &algorithms)
            .finish()
    }
}

fn header_of(token: &str) -> Result<Header, TokenError> {
    let header = decode_header(token).map_err(|error| match error.kind() {
        // JSON, but with an algorithm that no standard library knows, "none" among them.
        ErrorKind::Json(error) if error.is_data() => TokenError::Algorithm,
        _ => TokenError::Malformed,
    })?;
    // An extension that must be understood is not.
    if header.crit.is_some() {
        Err(TokenError::Malformed)
    } else {
        Ok(header)
    }
}

/// Only the signature: the library compares times with its own clock, and this crate has none.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims = HashSet::new();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

fn refusal_of(error: &ErrorKind) -> TokenError {
    match error {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => TokenError::Algorithm,
        _ => TokenError::Malformed,
    }
}
