//! A verifier whose keys can be exchanged while it is in use.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};

use super::{Claims, TokenError, Verifier};

/// A verifier that many share and that can be replaced when keys rotate.
#[derive(Debug)]
pub struct SharedVerifier {
    current: RwLock<Arc<Verifier>>,
}

impl SharedVerifier {
    /// Begins with these keys.
    pub fn new(verifier: Verifier) -> SharedVerifier {
        SharedVerifier {
            current: RwLock::new(Arc::new(verifier)),
        }
    }

    /// Verifies by the keys of now; see [`Verifier::verify`].
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        self.current().verify(token, now)
    }

    /// The verifier of now: another one once the keys were exchanged.
    pub fn current(&self) -> Arc<Verifier> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Exchanges the keys.
    pub fn replace(&self, verifier: Verifier) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(verifier);
    }
}
