//! Counts of refused events: summed up here and added to what is stored now and then, so that a flood of refusals costs
//! the database no more than a few.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use shadow_storage::Database;
use shadow_storage::refusals::{self, Count, Key, MAX_FIELD_BYTES};
use uuid::Uuid;

use crate::background::Background;

/// So many sums are told apart between two writes; what comes beyond is counted without its field and workspace.
const KEYS: usize = 4_096;

const HOUR_SECONDS: i64 = 3_600;

/// What was refused and is not stored yet. Clones share it. What a process that is killed has not stored is not counted.
#[derive(Clone, Default)]
pub(crate) struct Refusals {
    sums: Arc<Mutex<HashMap<Key, Sum>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sum {
    events: i64,
    last_at: DateTime<Utc>,
}

/// One refused event. `workspace_id` is absent where the caller may not publish into it, so that strangers add no rows to
/// workspaces of others.
pub(crate) struct One<'a> {
    pub(crate) workspace_id: Option<Uuid>,
    pub(crate) reason: i32,
    pub(crate) field: &'a str,
}

impl Refusals {
    /// Stores what has come together again and again, until `background` closes.
    pub(crate) fn start(db: &Database, every: Duration, background: &Background) -> Self {
        let refusals = Self::default();
        let (ours, db) = (refusals.clone(), db.clone());
        let closing = background.closing().clone();
        background.spawn(async move {
            while closing
                .run_until_cancelled(tokio::time::sleep(every))
                .await
                .is_some()
            {
                ours.store(&db).await;
            }
        });
        refusals
    }

    /// Counts events that were refused now.
    pub(crate) fn add<'a>(&self, refused: impl IntoIterator<Item = One<'a>>, now: DateTime<Utc>) {
        let seconds = now.timestamp() - now.timestamp().rem_euclid(HOUR_SECONDS);
        let hour = DateTime::from_timestamp(seconds, 0).unwrap_or(now);
        let mut sums = self.sums();
        for one in refused {
            let key = Key {
                workspace_id: one.workspace_id,
                hour,
                reason: i16::try_from(one.reason).unwrap_or(i16::MAX),
                field: shortened(one.field).to_owned(),
            };
            let sum = Sum {
                events: 1,
                last_at: now,
            };
            put(&mut sums, key, sum);
        }
    }

    /// Stores what has come together. What cannot be stored is kept for the next time.
    pub(crate) async fn store(&self, db: &Database) {
        let taken = std::mem::take(&mut *self.sums());
        if taken.is_empty() {
            return;
        }
        let counts: Vec<Count> = taken
            .into_iter()
            .map(|(key, Sum { events, last_at })| Count {
                key,
                events,
                last_at,
            })
            .collect();
        if let Err(error) = refusals::add(db, &counts).await {
            let error = shadow_rpc::status::chain(&error);
            tracing::warn!(%error, "refused events could not be counted yet");
            let mut sums = self.sums();
            for Count {
                key,
                events,
                last_at,
            } in counts
            {
                put(&mut sums, key, Sum { events, last_at });
            }
        }
    }

    fn sums(&self) -> MutexGuard<'_, HashMap<Key, Sum>> {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put(sums: &mut HashMap<Key, Sum>, mut key: Key, more: Sum) {
    if sums.len() >= KEYS && !sums.contains_key(&key) {
        key.field.clear();
        key.workspace_id = None;
    }
    let sum = sums.entry(key).or_insert(Sum { events: 0, ..more });
    sum.events = sum.events.saturating_add(more.events);
    sum.last_at = sum.last_at.max(more.last_at);
}

fn shortened(field: &str) -> &str {
    &field[..field.floor_char_boundary(MAX_FIELD_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn one(workspace: u128, field: &str) -> One<'_> {
        One {
            workspace_id: Some(Uuid::from_u128(workspace)),
            reason: 2,
            field,
        }
    }

    #[test]
    fn alike_ones_of_an_hour_are_one_sum() {
        let refusals = Refusals::default();
        let (first, last) = (at("2026-11-20T10:00:00Z"), at("2026-11-20T10:59:59.9Z"));
        refusals.add([one(1, "event_id"), one(1, "event_id")], last);
        refusals.add([one(1, "event_id"), one(2, "event_id")], first);
        refusals.add([one(1, "event_id")], at("2026-11-20T11:00:00Z"));
        let sums = refusals.sums();
        assert_eq!(sums.len(), 3);
        let key = Key {
            workspace_id: Some(Uuid::from_u128(1)),
            hour: first,
            reason: 2,
            field: "event_id".to_owned(),
        };
        let expected = Sum {
            events: 3,
            last_at: last,
        };
        assert_eq!(sums[&key], expected);
    }

    #[test]
    fn what_is_told_apart_is_bounded_and_nothing_is_left_out() {
        let refusals = Refusals::default();
        let now = at("2026-11-20T10:00:00Z");
        let fields: Vec<String> = (0..KEYS + 100).map(|field| field.to_string()).collect();
        refusals.add(fields.iter().map(|field| one(1, field)), now);
        let sums = refusals.sums();
        assert_eq!(sums.len(), KEYS + 1);
        let events: i64 = sums.values().map(|sum| sum.events).sum();
        assert_eq!(events as usize, KEYS + 100);
    }

    #[test]
    fn fields_are_cut_between_letters() {
        assert_eq!(shortened("event_id"), "event_id");
        assert_eq!(shortened(&"ä".repeat(100)), "ä".repeat(64));
        assert_eq!(shortened(&format!("x{}", "ä".repeat(100))).len(), 127);
    }
}
