//! The keys that signatures are checked with, each bound to one algorithm.

use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey};

use super::KeyError;

pub(super) struct Key {
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// The usable keys of a JWKS document. Keys for other algorithms or for encryption are passed over, and so are
/// symmetric ones: a document that is served to everybody must not hold them.
pub(super) fn of_document(document: &str) -> Result<Vec<Key>, KeyError> {
    let set: JwkSet = serde_json::from_str(document).map_err(KeyError::NotAKeySet)?;
    let mut keys = Vec::new();
    for (index, jwk) in set.keys.iter().enumerate() {
        let Some(algorithm) = algorithm_of(jwk) else {
            continue;
        };
        let decoding =
            DecodingKey::from_jwk(jwk).map_err(|source| KeyError::Unreadable { index, source })?;
        keys.push(Key {
            id: jwk.common.key_id.clone(),
            algorithm,
            decoding,
        });
    }
    if keys.is_empty() {
        Err(KeyError::NoUsableKey)
    } else {
        Ok(keys)
    }
}

fn algorithm_of(jwk: &Jwk) -> Option<Algorithm> {
    if jwk
        .common
        .public_key_use
        .as_ref()
        .is_some_and(|usage| *usage != PublicKeyUse::Signature)
    {
        return None;
    }
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        _ => return None,
    };
    jwk.common
        .key_algorithm
        .as_ref()
        .is_none_or(|stated| *stated == name)
        .then_some(algorithm)
}
