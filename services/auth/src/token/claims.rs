//! What a token says.

use serde::{Deserialize, Deserializer, Serialize};

/// The claims that this platform reads and writes; others are ignored. Times are seconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who the token is about: a user's or a service's id.
    pub sub: String,
    /// Who issued it.
    pub iss: String,
    /// Whom it is for; one name or a list of them in the token.
    #[serde(deserialize_with = "one_or_many", serialize_with = "as_one_or_many")]
    pub aud: Vec<String>,
    /// When it ends.
    #[serde(deserialize_with = "numeric_date")]
    pub exp: i64,
    /// When it begins.
    #[serde(
        default,
        deserialize_with = "optional_numeric_date",
        skip_serializing_if = "Option::is_none"
    )]
    pub nbf: Option<i64>,
    /// When it was issued.
    #[serde(
        default,
        deserialize_with = "optional_numeric_date",
        skip_serializing_if = "Option::is_none"
    )]
    pub iat: Option<i64>,
    /// When the person signed in; a session keeps it through every renewal.
    #[serde(
        default,
        deserialize_with = "optional_numeric_date",
        skip_serializing_if = "Option::is_none"
    )]
    pub auth_time: Option<i64>,
    /// Which session it is of; a session keeps it through every renewal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Names of the only permissions that may be used; absent means no narrowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// What people call the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// RFC 7519 lets a date have a fraction.
#[derive(Deserialize)]
#[serde(untagged)]
enum NumericDate {
    Whole(i64),
    Real(f64),
}

impl NumericDate {
    fn seconds(self) -> i64 {
        match self {
            NumericDate::Whole(seconds) => seconds,
            NumericDate::Real(seconds) => seconds.floor() as i64,
        }
    }
}

fn numeric_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    NumericDate::deserialize(deserializer).map(NumericDate::seconds)
}

fn optional_numeric_date<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    Ok(Option::<NumericDate>::deserialize(deserializer)?.map(NumericDate::seconds))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}

fn as_one_or_many<S: serde::Serializer>(
    audience: &[String],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match audience {
        [one] => serializer.serialize_str(one),
        many => many.serialize(serializer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_fractions_and_unknown_claims() {
        let claims: Claims = serde_json::from_str(
            r#"{"sub":"ada","iss":"here","aud":["a","b"],"exp":12.9,"iat":11,"nbf":null,"jti":"x"}"#,
        )
        .unwrap();
        assert_eq!(claims.aud, ["a", "b"]);
        assert_eq!((claims.exp, claims.iat, claims.nbf), (12, Some(11), None));
        assert_eq!(claims.permissions, None);
    }

    #[test]
    fn writes_one_audience_as_a_name() {
        let claims: Claims =
            serde_json::from_str(r#"{"sub":"ada","iss":"here","aud":"a","exp":1}"#).unwrap();
        assert_eq!(
            serde_json::to_string(&claims).unwrap(),
            r#"{"sub":"ada","iss":"here","aud":"a","exp":1}"#
        );
    }
}
