//! One user: what the user ran and did, from facts of the days that cells name.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use shadow_auth::Scope;
use shadow_domain::time::{IanaZone, Range, UtcDay, snap_outwards};
use shadow_domain::users::{Sessions, sessions};
use shadow_storage::users::{Done, RecentRun, Runs};
use shadow_storage::{Database, Snapshot, directory};
use uuid::Uuid;

use crate::active;
use crate::execute::Error;
use crate::limits::MAX_ACTIVITIES;
use crate::paths::{Feature, days, features, numbered};
use crate::plan::Invalid;

/// How many features and agents are answered, and how many of the latest events.
const MOST: usize = 50;

/// One user.
#[derive(Debug, Clone, PartialEq)]
pub struct OneUser {
    /// The range that was answered.
    pub range: Range,
    /// The first and the last UTC day on which the user was ever active.
    pub ever: (UtcDay, UtcDay),
    /// When the user was last active in the range.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// What the user ran in it.
    pub runs: Runs,
    /// What else the user did in it.
    pub activities: u64,
    /// Its local days.
    pub days: Vec<UserDay>,
    /// The visits.
    pub sessions: Sessions,
    /// The features that were used, the most used first.
    pub features: Vec<Feature>,
    /// The agents that were run, the most used first.
    pub agents: Vec<UserAgent>,
    /// The latest, the latest first.
    pub recent: Vec<Recent>,
    /// When the data was read.
    pub snapshot_time: DateTime<Utc>,
    /// The latest event that was counted.
    pub last_event_time: Option<DateTime<Utc>>,
}

/// What a user did on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserDay {
    /// The day, or the part of it that lies in the range.
    pub range: Range,
    /// What the user ran.
    pub runs: Runs,
    /// What else the user did.
    pub activities: u64,
}

/// An agent that a user ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent {
    /// Its workspace.
    pub workspace_id: Uuid,
    /// Its id.
    pub agent_id: String,
    /// What people call it; its id where it has no name.
    pub name: String,
    /// How it ran.
    pub runs: Runs,
}

/// Something that a user ran or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recent {
    /// An execution.
    Run(RecentRun),
    /// Anything else.
    Done(Done),
}

impl Recent {
    fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Run(run) => run.opened_at,
            Self::Done(done) => done.occurred_at,
        }
    }
}

/// Describes one user in every workspace of a scope together; nothing where the user was never active there.
pub async fn user(
    db: &Database,
    scope: &Scope,
    (range, zone): (&Range, &IanaZone),
    user_id: &str,
    deadline: Option<Duration>,
) -> Result<Option<OneUser>, Error> {
    let range = snap_outwards(range);
    let days = days(&range, zone)?;
    let edges: Vec<_> = days.iter().map(|day| day.start).collect();
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let Some((ever, spans)) = spans(&mut snapshot, &range, user_id).await? else {
        snapshot.finish().await?;
        return Ok(None);
    };
    let ran = snapshot.user_runs(&spans, user_id, &edges).await?;
    let recent_runs = snapshot.recent_runs(&spans, user_id, MOST as i64).await?;
    let limit = MAX_ACTIVITIES as i64 + 1;
    let named = [user_id.to_owned()];
    let mut done = snapshot.activities(&spans, &named, limit).await?;
    if done.len() > MAX_ACTIVITIES {
        let text = format!("has more than {MAX_ACTIVITIES} activities of the user: ask for less");
        return Err(Error::Invalid(vec![Invalid::new("range", text)]));
    }
    let agents = agents(&mut snapshot, &ran).await?;
    let (snapshot_time, last_event_time) = (snapshot.snapshot_time(), snapshot.last_event_at());
    snapshot.finish().await?;

    let mut days: Vec<UserDay> = days
        .into_iter()
        .map(|range| UserDay {
            range,
            runs: Runs::default(),
            activities: 0,
        })
        .collect();
    let mut runs = Runs::default();
    for (day, _, _, some) in &ran {
        runs.merge(some);
        // Days are numbered from 1.
        if let Some(day) = day.checked_sub(1).and_then(|day| days.get_mut(day)) {
            day.runs.merge(some);
        }
    }
    for one in &done {
        let day = edges.partition_point(|edge| *edge <= one.occurred_at);
        if let Some(day) = day.checked_sub(1).and_then(|day| days.get_mut(day)) {
            day.activities += 1;
        }
    }
    let mut features = features(&done);
    features.sort_by_key(|feature| std::cmp::Reverse(feature.uses));
    features.truncate(MOST);
    let last_done = done.iter().map(|one| one.occurred_at).max();
    let activities = done.len() as u64;
    let visits = sessions(numbered(&done).actions);
    done.sort_by_key(|one| std::cmp::Reverse((one.occurred_at, one.event_id)));
    let mut recent: Vec<Recent> = recent_runs.into_iter().map(Recent::Run).collect();
    recent.extend(done.into_iter().take(MOST).map(Recent::Done));
    recent.sort_by_key(|one| std::cmp::Reverse(one.at()));
    recent.truncate(MOST);
    Ok(Some(OneUser {
        range,
        ever,
        last_seen_at: runs.last_at.max(last_done),
        runs,
        activities,
        days,
        sessions: Sessions::of(&visits),
        features,
        agents,
        recent,
        snapshot_time,
        last_event_time,
    }))
}

/// The first and the last UTC day on which the user was ever active, and the parts of the range that have all the user did:
/// the days that cells name. So facts are found by their key, without an index by user.
async fn spans(
    snapshot: &mut Snapshot,
    range: &Range,
    user_id: &str,
) -> Result<Option<((UtcDay, UtcDay), Vec<Range>)>, Error> {
    let named = [user_id.to_owned()];
    let Some(ordinal) = snapshot.user_ordinals(&named).await?.remove(user_id) else {
        return Ok(None);
    };
    let mut active: BTreeSet<UtcDay> = BTreeSet::new();
    active::each_day(snapshot, |day, users| {
        if users.contains(ordinal) {
            active.insert(day);
        }
    })
    .await?;
    let (Some(first), Some(last)) = (active.first().copied(), active.last().copied()) else {
        return Ok(None);
    };
    let mut spans: Vec<Range> = Vec::new();
    for day in active {
        let whole = Range {
            start: day.start(),
            end: day.end(),
        };
        let Some(part) = whole.intersection(range) else {
            continue;
        };
        match spans.last_mut() {
            Some(last) if last.end == part.start => last.end = part.end,
            _ => spans.push(part),
        }
    }
    Ok(Some(((first, last), spans)))
}

/// Agents by what was run of them, the most first.
async fn agents(
    snapshot: &mut Snapshot,
    ran: &[(usize, Uuid, String, Runs)],
) -> Result<Vec<UserAgent>, Error> {
    let mut found: BTreeMap<(Uuid, String), Runs> = BTreeMap::new();
    for (_, workspace, agent, runs) in ran {
        let key = (*workspace, agent.clone());
        found.entry(key).or_default().merge(runs);
    }
    let mut agents: Vec<_> = found.into_iter().collect();
    agents.sort_by_key(|(_, runs)| std::cmp::Reverse(runs.opened));
    agents.truncate(MOST);
    let keys: Vec<_> = agents.iter().map(|(key, _)| key.clone()).collect();
    let mut names = directory::agent_names(snapshot, &keys).await?;
    let agent = |(key, runs): ((Uuid, String), Runs)| UserAgent {
        name: names.remove(&key).unwrap_or_else(|| key.1.clone()),
        workspace_id: key.0,
        agent_id: key.1,
        runs,
    };
    Ok(agents.into_iter().map(agent).collect())
}
