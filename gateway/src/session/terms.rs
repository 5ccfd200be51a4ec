//! How long a session lasts: a short time without use, prolonged by use, up to a limit after signing in.

use std::time::Duration;

use chrono::{DateTime, Utc};
use shadow_auth::token::Claims;
use uuid::Uuid;

/// What a session is called among those of its person. One without a name of its own, as a version before began them, is called
/// by when it began and by its token, so that ending it ends no other.
pub(super) fn name(claims: &Claims) -> String {
    let Claims {
        auth_time,
        iat,
        exp,
        ..
    } = claims;
    let named = claims.sid.clone();
    named.unwrap_or_else(|| format!("{auth_time:?} {iat:?} {exp}"))
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    duration: i64,
    limit: i64,
}

impl Terms {
    pub(super) fn new(duration: Duration, limit: Duration) -> Terms {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Terms {
            duration: seconds(duration),
            limit: seconds(limit),
        }
    }

    /// So many seconds after signing in a session ends.
    pub(super) fn limit(&self) -> i64 {
        self.limit
    }

    /// What a new session says. A token that says when its person signed in keeps that, so that exchanging tokens
    /// prolongs nothing. Likewise a token of a session stays one of that session: a copied cookie makes no other.
    pub(super) fn begun(&self, person: Claims, now: DateTime<Utc>) -> Claims {
        let now = now.timestamp();
        let auth_time = person.auth_time.map_or(now, |auth_time| auth_time.min(now));
        let sid = person.sid.clone();
        let person = Claims {
            sid: sid.or_else(|| Some(Uuid::new_v4().to_string())),
            ..person
        };
        self.until(person, auth_time, now)
    }

    /// Whether it is a session and not over.
    pub(super) fn hold(&self, claims: &Claims, now: DateTime<Utc>) -> bool {
        claims
            .auth_time
            .is_some_and(|auth_time| now.timestamp() < auth_time.saturating_add(self.limit))
    }

    /// What a session says once more than half of its time has passed and prolonging it gains something.
    pub(super) fn renewed(&self, claims: &Claims, now: DateTime<Utc>) -> Option<Claims> {
        let now = now.timestamp();
        // It stays the same session, also where another token follows that of which it had its name.
        let named = Claims {
            sid: Some(name(claims)),
            ..claims.clone()
        };
        let renewed = self.until(named, claims.auth_time?, now);
        let due = claims.exp.saturating_sub(now) < self.duration / 2;
        (due && renewed.exp > claims.exp).then_some(renewed)
    }

    fn until(&self, person: Claims, auth_time: i64, now: i64) -> Claims {
        let exp = now
            .saturating_add(self.duration)
            .min(auth_time.saturating_add(self.limit));
        Claims {
            exp,
            nbf: None,
            iat: Some(now),
            auth_time: Some(auth_time),
            ..person
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms {
        duration: 900,
        limit: 3600,
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000 + seconds, 0).unwrap()
    }

    fn person(auth_time: Option<i64>) -> Claims {
        Claims {
            sub: "ada".to_owned(),
            iss: "issuer".to_owned(),
            aud: vec!["audience".to_owned()],
            exp: 1_000_000 + 60,
            nbf: Some(1_000_000),
            iat: None,
            auth_time: auth_time.map(|seconds| 1_000_000 + seconds),
            sid: None,
            permissions: Some(vec!["view_analytics".to_owned()]),
            name: None,
        }
    }

    #[test]
    fn a_session_is_short_and_keeps_what_narrows_it() {
        let session = TERMS.begun(person(None), at(0));
        assert_eq!(
            (session.exp, session.auth_time),
            (1_000_900, Some(1_000_000))
        );
        assert_eq!(
            (session.sub.as_str(), session.permissions),
            ("ada", Some(vec!["view_analytics".to_owned()]))
        );
    }

    #[test]
    fn use_prolongs_it_past_half_and_never_past_the_limit() {
        let mut session = TERMS.begun(person(None), at(0));
        assert_eq!(TERMS.renewed(&session, at(450)), None);
        let mut renewals = 0;
        for second in 0..4000 {
            assert_eq!(TERMS.hold(&session, at(second)), second < 3600, "{second}");
            if let Some(renewed) = TERMS.renewed(&session, at(second)) {
                assert!(renewed.exp > session.exp && renewed.auth_time == session.auth_time);
                assert_eq!(renewed.sid, session.sid);
                session = renewed;
                renewals += 1;
            }
            assert!(session.exp <= 1_003_600);
        }
        assert_eq!(session.exp, 1_003_600);
        assert!((6..=12).contains(&renewals), "{renewals}");
    }

    #[test]
    fn exchanging_a_token_prolongs_nothing() {
        let session = TERMS.begun(person(Some(-3000)), at(0));
        assert_eq!((session.auth_time, session.exp), (Some(997_000), 1_000_600));
        assert!(!TERMS.hold(&TERMS.begun(person(Some(-3600)), at(0)), at(0)));
        let future = TERMS.begun(person(Some(9999)), at(0));
        assert_eq!(
            future.auth_time,
            Some(1_000_000),
            "a sign-in in the future is one of now"
        );
    }

    #[test]
    fn a_token_that_is_no_session_does_not_hold() {
        assert!(!TERMS.hold(&person(None), at(0)));
        assert_eq!(TERMS.renewed(&person(None), at(0)), None);
    }
}
