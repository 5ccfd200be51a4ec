//! JSON Web Tokens: what they say, how they are verified and signed.

mod claims;
mod error;
mod keys;
mod shared;
mod signer;
mod verifier;

pub use claims::Claims;
pub use error::{KeyError, TokenError};
pub use shared::SharedVerifier;
pub use signer::Signer;
pub use verifier::{MAX_TOKEN_BYTES, SKEW, Verifier, VerifierConfig, bearer};

/// The shortest HS256 secret: as long as the hash, which RFC 7518 demands.
pub const MIN_SECRET_BYTES: usize = 32;
