//! Verifies tokens, and remembers whose signature was right: a page asks many times with one token, and checking a
//! signature costs more than the rest of an answer that is kept.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use shadow_auth::token::{Claims, SharedVerifier, TokenError, Verifier};

const MEMORY: Duration = Duration::from_secs(60);
const CAPACITY: u64 = 10_000;

/// A verifier with a memory. Clones share it.
#[derive(Clone)]
pub(crate) struct Tokens {
    verifier: Arc<SharedVerifier>,
    /// By the hash of the token: no token is kept.
    known: Cache<[u8; 32], Known>,
}

/// What a token says, and by whose keys its signature is right.
#[derive(Clone)]
struct Known {
    claims: Arc<Claims>,
    verifier: Arc<Verifier>,
}

impl Tokens {
    pub(crate) fn new(verifier: Arc<SharedVerifier>) -> Self {
        let known = Cache::builder()
            .max_capacity(CAPACITY)
            .time_to_live(MEMORY)
            .build();
        Self { verifier, known }
    }

    /// What the token says, when it holds at `now` by the keys of now.
    pub(super) fn verify(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Arc<Claims>, TokenError> {
        let verifier = self.verifier.current();
        let name: [u8; 32] = Sha256::digest(token).into();
        let known = self.known.get(&name);
        if let Some(known) = known.filter(|known| Arc::ptr_eq(&known.verifier, &verifier)) {
            verifier.check(&known.claims, now)?;
            return Ok(known.claims);
        }
        let claims = Arc::new(verifier.verify(token, now)?);
        let known = Known {
            claims: Arc::clone(&claims),
            verifier,
        };
        self.known.insert(name, known);
        Ok(claims)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use shadow_auth::token::{Signer, VerifierConfig};

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn secret(name: &str) -> SecretString {
        SecretString::from(name.repeat(32))
    }

    fn verifier(name: &str) -> Verifier {
        let config = VerifierConfig {
            issuer: "here".to_owned(),
            audience: "shadow".to_owned(),
            hs256_secret: Some(secret(name)),
            jwks: None,
        };
        Verifier::new(config).unwrap()
    }

    fn token(exp: i64) -> String {
        let claims = Claims {
            sub: "ada".to_owned(),
            iss: "here".to_owned(),
            aud: vec!["shadow".to_owned()],
            exp,
            nbf: None,
            iat: None,
            auth_time: None,
            sid: None,
            permissions: None,
            name: None,
        };
        Signer::new(&secret("a")).unwrap().sign(&claims)
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_token_that_is_known_still_ends() {
        let tokens = Tokens::new(Arc::new(SharedVerifier::new(verifier("a"))));
        let token = token(NOW);
        let first = tokens.verify(&token, at(NOW)).unwrap();
        let again = tokens.verify(&token, at(NOW)).unwrap();
        assert!(
            Arc::ptr_eq(&first, &again),
            "the signature was checked again"
        );
        let late = tokens.verify(&token, at(NOW + 61));
        assert_eq!(late, Err(TokenError::Expired));
    }

    #[test]
    fn a_token_whose_key_is_gone_is_unknown() {
        let shared = Arc::new(SharedVerifier::new(verifier("a")));
        let tokens = Tokens::new(Arc::clone(&shared));
        let token = token(NOW);
        tokens.verify(&token, at(NOW)).unwrap();
        shared.replace(verifier("b"));
        for _ in 0..2 {
            let refused = tokens.verify(&token, at(NOW));
            assert_eq!(refused, Err(TokenError::Signature));
        }
        shared.replace(verifier("a"));
        tokens.verify(&token, at(NOW)).unwrap();
    }

    #[test]
    fn what_was_refused_is_not_remembered_as_right() {
        let tokens = Tokens::new(Arc::new(SharedVerifier::new(verifier("a"))));
        let good = token(NOW);
        tokens.verify(&good, at(NOW)).unwrap();
        let (head, signature) = good.rsplit_once('.').unwrap();
        let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
        for _ in 0..2 {
            let refused = tokens.verify(&forged, at(NOW));
            assert!(refused.is_err());
        }
    }
}
