//! Users side by side: what they ran and did, from summaries of days and from facts, and since when, from cells.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use shadow_auth::Scope;
use shadow_domain::ordinals::Ordinals;
use shadow_domain::time::{IanaZone, Range, UtcDay, snap_outwards};
use shadow_storage::summaries::List;
use shadow_storage::users::{UserRow, UserSearch};
use shadow_storage::{Database, Snapshot};

use crate::active;
use crate::execute::Error;
use crate::paths::days;

/// Users of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Users {
    /// The range that was answered.
    pub range: Range,
    /// In the order that was asked for; one more than were asked for, where there are.
    pub users: Vec<User>,
    /// How many match, on all pages.
    pub matching: u64,
    /// When the data was read.
    pub snapshot_time: DateTime<Utc>,
    /// The latest event that was counted.
    pub last_event_time: Option<DateTime<Utc>>,
}

/// A user of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// What the user did in the range.
    pub row: UserRow,
    /// The first UTC day on which the user was ever active.
    pub first_day: Option<UtcDay>,
    /// How many visits.
    pub sessions: u64,
}

/// Lists users of every workspace of a scope together, from one snapshot.
pub async fn users(
    db: &Database,
    scope: &Scope,
    (range, zone): (&Range, &IanaZone),
    search: &UserSearch,
    limit: usize,
    deadline: Option<Duration>,
) -> Result<Users, Error> {
    let range = snap_outwards(range);
    let edges: Vec<_> = days(&range, zone)?.iter().map(|day| day.start).collect();
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let coverage = snapshot.coverage(List::Users, &range, &edges).await?;
    let (rows, matching) = snapshot
        .user_board(&coverage, &edges, search, limit as i64 + 1)
        .await?;
    let ids: Vec<String> = rows.iter().map(|row| row.key.user_id.clone()).collect();
    let ordinals = snapshot.user_ordinals(&ids).await?;
    let visits = snapshot.visits(&coverage, &ids, &ordinals).await?;
    let since = since(&mut snapshot, ordinals).await?;
    let (snapshot_time, last_event_time) = (snapshot.snapshot_time(), snapshot.last_event_at());
    snapshot.finish().await?;
    let user = |row: UserRow| {
        let id = &row.key.user_id;
        User {
            first_day: since.get(id).map(|days| days.0),
            sessions: visits.get(id).copied().unwrap_or_default(),
            row,
        }
    };
    Ok(Users {
        range,
        users: rows.into_iter().map(user).collect(),
        matching,
        snapshot_time,
        last_event_time,
    })
}

/// The first and the last UTC day on which each of some users was ever active.
async fn since(
    snapshot: &mut Snapshot,
    ordinals: HashMap<String, u32>,
) -> Result<HashMap<String, (UtcDay, UtcDay)>, Error> {
    let wanted: Ordinals = ordinals.values().copied().collect();
    let mut found: HashMap<u32, (UtcDay, UtcDay)> = HashMap::new();
    active::each_day(snapshot, |day, active| {
        let mut among = wanted.clone();
        among.keep(active);
        for user in among.iter() {
            let days = found.entry(user).or_insert((day, day));
            *days = (days.0.min(day), days.1.max(day));
        }
    })
    .await?;
    Ok(ordinals
        .into_iter()
        .filter_map(|(user, ordinal)| Some((user, *found.get(&ordinal)?)))
        .collect())
}
