//! Why a token or a key was refused.

/// Why a token was refused. None of them repeats any part of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// There is none.
    #[error("a token is missing: send `authorization: Bearer <token or service key>`")]
    Absent,
    /// It is longer than [`MAX_TOKEN_BYTES`](super::MAX_TOKEN_BYTES).
    #[error("the token is larger than {} bytes", super::MAX_TOKEN_BYTES)]
    TooLarge,
    /// It is not a token, or it lacks a claim.
    #[error("the token is malformed")]
    Malformed,
    /// It was signed by an algorithm that is not accepted here.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// It names a key that is not known.
    #[error("the token's key is not known")]
    UnknownKey,
    /// Its signature is wrong.
    #[error("the token's signature is wrong")]
    Signature,
    /// Somebody else issued it.
    #[error("the token is of another issuer")]
    Issuer,
    /// It is meant for somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// It has ended.
    #[error("the token has expired")]
    Expired,
    /// It has not begun.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// It is a service key that is malformed, unknown, wrong, revoked or past its end: these are not told apart.
    #[error("the service key is not valid")]
    ServiceKey,
}

impl TokenError {
    /// A name that a program can act on.
    pub const fn reason(self) -> &'static str {
        match self {
            TokenError::Absent => "TOKEN_ABSENT",
            TokenError::TooLarge => "TOKEN_TOO_LARGE",
            TokenError::Malformed => "TOKEN_MALFORMED",
            TokenError::Algorithm => "TOKEN_ALGORITHM_NOT_ACCEPTED",
            TokenError::UnknownKey => "TOKEN_KEY_UNKNOWN",
            TokenError::Signature => "TOKEN_SIGNATURE_WRONG",
            TokenError::Issuer => "TOKEN_ISSUER_MISMATCH",
            TokenError::Audience => "TOKEN_AUDIENCE_MISMATCH",
            TokenError::Expired => "TOKEN_EXPIRED",
            TokenError::ServiceKey => "SERVICE_KEY_INVALID",
            TokenError::NotYetValid => "TOKEN_NOT_YET_VALID",
        }
    }
}

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Neither a secret nor a key set was given, so no token could ever be verified.
    #[error("no key to verify tokens with: give a secret or a key set")]
    None,
    /// The secret could be guessed.
    #[error("the secret is shorter than {} bytes", super::MIN_SECRET_BYTES)]
    ShortSecret,
    /// The key set is not the JSON of one.
    #[error("the key set is not a JWKS document")]
    NotAKeySet(#[source] serde_json::Error),
    /// One of its keys cannot be read.
    #[error("key {index} of the key set cannot be read")]
    Unreadable {
        /// Position in the document, from 0.
        index: usize,
        /// What is wrong with it.
        #[source]
        source: jsonwebtoken::errors::Error,
    },
    /// It holds no key for EdDSA, ES256 or RS256.
    #[error("the key set has no key for EdDSA, ES256 or RS256")]
    NoUsableKey,
}
