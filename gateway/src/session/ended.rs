//! Sessions that were signed out of before their time. A request that was under way may still renew the cookie, and
//! somebody may have copied it: neither brings the session back. Only this process knows: after its restart, and on other
//! gateways, a copied cookie works until its token ends or is renewed no more.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use shadow_auth::token::{Claims, SKEW};

use super::terms;

/// More than this many people do not sign out within one session's time; the oldest are forgotten first.
const CAPACITY: usize = 100_000;

#[derive(Default)]
pub(super) struct Ended {
    /// By person and session, until no token of that session is valid any more.
    sessions: Mutex<HashMap<(String, String), i64>>,
}

impl Ended {
    pub(super) fn add(&self, claims: &Claims, limit: i64, now: DateTime<Utc>) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now.timestamp();
        sessions.retain(|_, until| *until > now);
        if sessions.len() >= CAPACITY
            && let Some(oldest) = sessions
                .iter()
                .min_by_key(|(_, until)| **until)
                .map(|(key, _)| key.clone())
        {
            sessions.remove(&oldest);
        }
        let until = claims
            .auth_time
            .unwrap_or(now)
            .saturating_add(limit)
            .saturating_add(SKEW);
        sessions.insert(key(claims), until);
    }

    pub(super) fn contains(&self, claims: &Claims) -> bool {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        !sessions.is_empty() && sessions.contains_key(&key(claims))
    }
}

/// The person and the session.
fn key(claims: &Claims) -> (String, String) {
    (claims.sub.clone(), terms::name(claims))
}
