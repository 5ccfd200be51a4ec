//! Signs tokens with a shared secret: sessions of the gateway, and tokens of a local stack.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secrecy::{ExposeSecret, SecretString};

use super::{Claims, KeyError, MIN_SECRET_BYTES};

/// Signs by HS256.
#[derive(Clone)]
pub struct Signer {
    key: EncodingKey,
}

impl Signer {
    /// A signer with this secret.
    pub fn new(secret: &SecretString) -> Result<Signer, KeyError> {
        let secret = secret.expose_secret().as_bytes();
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyError::ShortSecret);
        }
        Ok(Signer {
            key: EncodingKey::from_secret(secret),
        })
    }

    /// The token that says this.
    pub fn sign(&self, claims: &Claims) -> String {
        encode(&Header::new(Algorithm::HS256), claims, &self.key)
            .expect("claims are plain JSON and HMAC takes keys of any length")
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Signer")
    }
}
