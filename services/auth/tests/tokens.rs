//! Tokens of every algorithm, and every way in which one is refused.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair,
};
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secrecy::SecretString;
use shadow_auth::token::{
    Claims, KeyError, MAX_TOKEN_BYTES, Signer, TokenError, Verifier, VerifierConfig, bearer,
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn claims() -> Claims {
    let now = now().timestamp();
    Claims {
        sub: "ada".to_owned(),
        iss: "issuer".to_owned(),
        aud: vec!["audience".to_owned()],
        exp: now + 900,
        nbf: Some(now),
        iat: Some(now),
        auth_time: None,
        sid: None,
        permissions: None,
        name: Some("Ada".to_owned()),
    }
}

fn config() -> VerifierConfig {
    VerifierConfig {
        issuer: "issuer".to_owned(),
        audience: "audience".to_owned(),
        hs256_secret: None,
        jwks: None,
    }
}

fn by_secret() -> Verifier {
    Verifier::new(VerifierConfig {
        hs256_secret: Some(SecretString::from(SECRET)),
        ..config()
    })
    .unwrap()
}

fn signed(claims: &Claims) -> String {
    Signer::new(&SecretString::from(SECRET))
        .unwrap()
        .sign(claims)
}

fn ed25519() -> EncodingKey {
    let pair = Ed25519KeyPair::generate().unwrap();
    EncodingKey::from_ed_der(AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap().as_ref())
}

fn es256() -> EncodingKey {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref())
}

fn rs256() -> EncodingKey {
    // The library wants the bare RSA key, which follows the 26 bytes of the PKCS#8 envelope.
    const ENVELOPE: usize = 26;
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let envelope = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    EncodingKey::from_rsa_der(&envelope.as_ref()[ENVELOPE..])
}

fn public(key: &EncodingKey, algorithm: Algorithm, id: Option<&str>) -> Jwk {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = id.map(str::to_owned);
    jwk
}

fn by_keys(keys: Vec<Jwk>) -> Result<Verifier, KeyError> {
    let document = serde_json::to_string(&JwkSet { keys }).unwrap();
    Verifier::new(VerifierConfig {
        jwks: Some(document),
        ..config()
    })
}

fn signed_with(key: &EncodingKey, algorithm: Algorithm, id: Option<&str>) -> String {
    let mut header = Header::new(algorithm);
    header.kid = id.map(str::to_owned);
    encode(&header, &claims(), key).unwrap()
}

#[test]
fn a_signed_token_says_what_was_signed() {
    assert_eq!(by_secret().verify(&signed(&claims()), now()), Ok(claims()));
}

#[test]
fn each_algorithm_of_the_allow_list_verifies_and_no_other_key_does() {
    for (algorithm, key, other) in [
        (Algorithm::EdDSA, ed25519(), ed25519()),
        (Algorithm::ES256, es256(), es256()),
        (Algorithm::RS256, rs256(), rs256()),
    ] {
        let verifier = by_keys(vec![public(&key, algorithm, None)]).unwrap();
        assert_eq!(
            verifier.verify(&signed_with(&key, algorithm, None), now()),
            Ok(claims()),
            "{algorithm:?}"
        );
        let forged = signed_with(&other, algorithm, None);
        assert_eq!(
            verifier.verify(&forged, now()),
            Err(TokenError::Signature),
            "{algorithm:?}"
        );
    }
}

#[test]
fn keys_rotate_by_their_id() {
    let (old, new) = (ed25519(), ed25519());
    let keys = vec![
        public(&old, Algorithm::EdDSA, Some("old")),
        public(&new, Algorithm::EdDSA, Some("new")),
    ];
    let verifier = by_keys(keys).unwrap();
    for (key, id) in [(&old, Some("old")), (&new, Some("new")), (&new, None)] {
        assert_eq!(
            verifier.verify(&signed_with(key, Algorithm::EdDSA, id), now()),
            Ok(claims()),
            "{id:?}"
        );
    }
    let swapped = signed_with(&new, Algorithm::EdDSA, Some("old"));
    assert_eq!(verifier.verify(&swapped, now()), Err(TokenError::Signature));
    let unknown = signed_with(&new, Algorithm::EdDSA, Some("next"));
    assert_eq!(
        verifier.verify(&unknown, now()),
        Err(TokenError::UnknownKey)
    );
}

#[test]
fn other_algorithms_are_refused() {
    let secret = EncodingKey::from_secret(SECRET.as_bytes());
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let token = signed_with(&secret, algorithm, None);
        assert_eq!(
            by_secret().verify(&token, now()),
            Err(TokenError::Algorithm),
            "{algorithm:?}"
        );
    }
    // {"alg":"none","typ":"JWT"} and no signature.
    let payload = signed(&claims()).split('.').nth(1).unwrap().to_owned();
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.");
    assert_eq!(by_secret().verify(&none, now()), Err(TokenError::Algorithm));
    // A public key used as a shared secret must not pass.
    let key = ed25519();
    let jwk = public(&key, Algorithm::EdDSA, None);
    let confused = signed_with(
        &EncodingKey::from_secret(serde_json::to_string(&jwk).unwrap().as_bytes()),
        Algorithm::HS256,
        None,
    );
    assert_eq!(
        by_keys(vec![jwk]).unwrap().verify(&confused, now()),
        Err(TokenError::Algorithm)
    );
}

#[test]
fn malformed_tokens_are_refused() {
    let token = signed(&claims());
    let (message, _) = token.rsplit_once('.').unwrap();
    let verifier = by_secret();
    for (bad, expected) in [
        ("", TokenError::Absent),
        ("x", TokenError::Malformed),
        ("a.b", TokenError::Malformed),
        ("a.b.c", TokenError::Malformed),
        ("a.b.c.d", TokenError::Malformed),
        (message, TokenError::Malformed),
        (&format!("{message}.AAAA"), TokenError::Signature),
        (&format!("{message}.not base64"), TokenError::Malformed),
    ] {
        assert_eq!(verifier.verify(bad, now()), Err(expected), "{bad}");
    }
    let secret = EncodingKey::from_secret(SECRET.as_bytes());
    let other = serde_json::json!({"sub": "ada", "iss": "issuer", "aud": "audience"});
    let without_exp = encode(&Header::new(Algorithm::HS256), &other, &secret).unwrap();
    assert_eq!(
        verifier.verify(&without_exp, now()),
        Err(TokenError::Malformed)
    );
    let mut critical = Header::new(Algorithm::HS256);
    critical.crit = Some(vec!["b64".to_owned()]);
    let critical = encode(&critical, &claims(), &secret).unwrap();
    assert_eq!(
        verifier.verify(&critical, now()),
        Err(TokenError::Malformed)
    );
}

#[test]
fn the_size_is_checked_first() {
    let long = "x".repeat(MAX_TOKEN_BYTES + 1);
    assert_eq!(by_secret().verify(&long, now()), Err(TokenError::TooLarge));
    let named = Claims {
        name: Some("n".repeat(MAX_TOKEN_BYTES)),
        ..claims()
    };
    assert_eq!(
        by_secret().verify(&signed(&named), now()),
        Err(TokenError::TooLarge)
    );
}

#[test]
fn claims_are_checked() {
    let change = |change: fn(&mut Claims)| {
        let mut claims = claims();
        change(&mut claims);
        by_secret().verify(&signed(&claims), now()).map(|_| ())
    };
    assert_eq!(
        change(|claims| claims.iss = "other".to_owned()),
        Err(TokenError::Issuer)
    );
    assert_eq!(
        change(|claims| claims.aud = vec!["other".to_owned()]),
        Err(TokenError::Audience)
    );
    assert_eq!(
        change(|claims| claims.aud = vec![]),
        Err(TokenError::Audience)
    );
    assert_eq!(change(|claims| claims.aud.push("other".to_owned())), Ok(()));
    assert_eq!(
        change(|claims| claims.sub.clear()),
        Err(TokenError::Malformed)
    );
    assert_eq!(
        change(|claims| claims.sub = "a\0b".to_owned()),
        Err(TokenError::Malformed)
    );
    assert_eq!(
        change(|claims| claims.sub = "s".repeat(129)),
        Err(TokenError::Malformed)
    );
    assert_eq!(
        change(|claims| claims.sub = "key:of-a-service".to_owned()),
        Err(TokenError::Malformed)
    );
    assert_eq!(change(|claims| claims.exp = i64::MAX), Ok(()));
    assert_eq!(change(|claims| claims.nbf = Some(i64::MIN)), Ok(()));
}

#[test]
fn a_minute_of_skew_is_granted_and_no_more() {
    let token = signed(&claims());
    let at = |seconds| {
        by_secret()
            .verify(&token, now() + Duration::seconds(seconds))
            .map(|_| ())
    };
    assert_eq!(at(-61), Err(TokenError::NotYetValid));
    assert_eq!(at(-60), Ok(()));
    assert_eq!(at(900 + 59), Ok(()));
    assert_eq!(at(900 + 60), Err(TokenError::Expired));
}

#[test]
fn keys_that_cannot_be_used_are_refused() {
    assert!(matches!(Verifier::new(config()), Err(KeyError::None)));
    let short = VerifierConfig {
        hs256_secret: Some(SecretString::from("short")),
        ..config()
    };
    assert!(matches!(Verifier::new(short), Err(KeyError::ShortSecret)));
    assert!(matches!(
        Signer::new(&SecretString::from("short")),
        Err(KeyError::ShortSecret)
    ));
    let document = |text: &str| {
        Verifier::new(VerifierConfig {
            jwks: Some(text.to_owned()),
            ..config()
        })
    };
    assert!(matches!(document("{"), Err(KeyError::NotAKeySet(_))));
    assert!(matches!(
        document(r#"{"keys":[]}"#),
        Err(KeyError::NoUsableKey)
    ));
    let symmetric = r#"{"keys":[{"kty":"oct","alg":"HS256","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]}"#;
    assert!(matches!(document(symmetric), Err(KeyError::NoUsableKey)));
}

#[test]
fn a_bearer_is_read_from_the_header() {
    assert_eq!(bearer(Some("Bearer abc")), Ok("abc"));
    assert_eq!(bearer(Some("bearer  abc ")), Ok("abc"));
    assert_eq!(bearer(None), Err(TokenError::Absent));
    assert_eq!(bearer(Some(" ")), Err(TokenError::Absent));
    assert_eq!(bearer(Some("Basic abc")), Err(TokenError::Malformed));
    assert_eq!(bearer(Some("abc")), Err(TokenError::Malformed));
}
