//! A key pair of an identity provider, for tokens that are verified by public key.

use anyhow::{Context, Result};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::signature::Ed25519KeyPair;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use shadow_auth::token::Claims;

const KEY_ID: &str = "bench";

/// Signs with Ed25519.
#[derive(Debug)]
pub(crate) struct Keys {
    private: EncodingKey,
}

impl Keys {
    pub(crate) fn generate() -> Result<Self> {
        let pair = Ed25519KeyPair::generate().context("no key pair")?;
        let der: Pkcs8V1Der<'_> = pair.as_der().context("a key pair without bytes")?;
        Ok(Self {
            private: EncodingKey::from_ed_der(der.as_ref()),
        })
    }

    /// The JWKS document that a server verifies with.
    pub(crate) fn document(&self) -> Result<String> {
        let mut public = Jwk::from_encoding_key(&self.private, Algorithm::EdDSA)?;
        public.common.key_id = Some(KEY_ID.to_owned());
        Ok(serde_json::to_string(&JwkSet { keys: vec![public] })?)
    }

    pub(crate) fn sign(&self, claims: &Claims) -> Result<String> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(KEY_ID.to_owned());
        Ok(encode(&header, claims, &self.private)?)
    }
}
