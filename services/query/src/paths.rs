//! Visits, paths and features, from activities one by one: they are no function of cells.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use chrono::{DateTime, Utc};
use shadow_auth::Scope;
use shadow_domain::cell::Dimension;
use shadow_domain::fact::ActivityType;
use shadow_domain::time::{Granularity, IanaZone, Range, UtcDay, buckets, snap_outwards};
use shadow_domain::users::{Action, OTHER, Paths, Sessions, paths, sessions};
use shadow_storage::partials::Keys;
use shadow_storage::users::Done;
use shadow_storage::{Database, Snapshot};

use crate::active;
use crate::execute::Error;
use crate::limits::{MAX_ACTIVITIES, MAX_ACTIVITY_DAYS};
use crate::plan::Invalid;
use crate::timeline::Timeline;

/// What a page or feature is called of which nothing is known.
pub const UNKNOWN: &str = "unknown";

/// What is asked.
#[derive(Debug, Clone)]
pub struct PathsQuestion {
    /// About which time.
    pub range: Range,
    /// Whose days: where there is too much, whole days are left out.
    pub zone: IanaZone,
    /// How many of each thing are told apart.
    pub limit: usize,
}

/// What people do.
#[derive(Debug, Clone, PartialEq)]
pub struct Visits {
    /// The range that was answered.
    pub range: Range,
    /// What visits amount to.
    pub sessions: Sessions,
    /// Where they lead, by the numbers of pages.
    pub paths: Paths,
    /// The pages by number.
    pub pages: Vec<String>,
    /// Who was active at all.
    pub active_users: u64,
    /// Features, the one with most users first.
    pub features: Vec<Feature>,
    /// When the data was read.
    pub snapshot_time: DateTime<Utc>,
    /// The latest event that was counted.
    pub last_event_time: Option<DateTime<Utc>>,
}

/// A feature and how it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// Who used it.
    pub users: u64,
    /// How often.
    pub uses: u64,
    /// When last.
    pub last_used_at: DateTime<Utc>,
}

/// Answers for every workspace of a scope together, from one snapshot.
pub async fn visits(
    db: &Database,
    scope: &Scope,
    question: &PathsQuestion,
    deadline: Option<Duration>,
) -> Result<Visits, Error> {
    let range = snap_outwards(&question.range);
    days(&range, &question.zone)?;
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let range = bounded(&mut snapshot, &range, &question.zone).await?;
    let done = snapshot
        .activities(&[range], &[], MAX_ACTIVITIES as i64)
        .await?;
    let timeline = Timeline::new(vec![range]);
    let first = UtcDay::of(range.start);
    let active = active::read(
        &mut snapshot,
        &timeline,
        first,
        Dimension::Total,
        &Keys::All,
    )
    .await?;
    let active_users = active.first().map_or(0, |active| active.all().len());
    let (snapshot_time, last_event_time) = (snapshot.snapshot_time(), snapshot.last_event_at());
    snapshot.finish().await?;
    let limit = question.limit;
    // Sorting is work for a processor, not for a thread that others wait on.
    let (sessions, paths, pages, features) = tokio::task::spawn_blocking(move || {
        let Numbered { actions, pages } = numbered(&done);
        let visits = sessions(actions);
        let mut features = features(&done);
        features.truncate(limit);
        (
            Sessions::of(&visits),
            paths(&visits, limit),
            pages,
            features,
        )
    })
    .await?;
    Ok(Visits {
        range,
        sessions,
        paths,
        pages,
        active_users,
        features,
        snapshot_time,
        last_event_time,
    })
}

impl Visits {
    /// What a page is called; nothing where it stands for several.
    pub fn page(&self, page: u32) -> Option<&str> {
        let name = (page != OTHER).then(|| self.pages.get(page as usize));
        name.flatten().map(String::as_str)
    }
}

/// The local days of a range, which must not be too many.
pub(crate) fn days(range: &Range, zone: &IanaZone) -> Result<Vec<Range>, Error> {
    buckets(range, Granularity::Day, zone, MAX_ACTIVITY_DAYS).map_err(|_| {
        let text = format!("must touch at most {MAX_ACTIVITY_DAYS} days");
        Error::Invalid(vec![Invalid::new("range", text)])
    })
}

/// The latest whole days of a range that have no more activities than are read at once.
async fn bounded(snapshot: &mut Snapshot, range: &Range, zone: &IanaZone) -> Result<Range, Error> {
    let Some(beyond) = snapshot
        .activity_beyond(range, MAX_ACTIVITIES as i64)
        .await?
    else {
        return Ok(*range);
    };
    let days = days(range, zone)?;
    let fits = days.into_iter().find(|day| day.start > beyond);
    let fits = fits.ok_or_else(|| {
        let text =
            format!("has a day of more than {MAX_ACTIVITIES} activities: ask for a part of it");
        Error::Invalid(vec![Invalid::new("range", text)])
    })?;
    Ok(Range {
        start: fits.start,
        end: range.end,
    })
}

/// Activities with numbers instead of texts.
pub(crate) struct Numbered {
    pub(crate) actions: Vec<Action>,
    pub(crate) pages: Vec<String>,
}

/// Numbers what has a text. Pages are numbered in order of their names, so that what is equally common is always listed
/// alike.
pub(crate) fn numbered(done: &[Done]) -> Numbered {
    let pages: BTreeSet<&str> = done.iter().map(what).collect();
    let number_of: BTreeMap<&str, u32> = pages.iter().copied().zip(0..).collect();
    let mut visitors = HashMap::new();
    let mut visits: HashMap<&str, u32> = HashMap::new();
    let actions = done.iter().map(|one| {
        let next = visitors.len() as u32;
        let visitor = visitors.entry((one.workspace_id, one.user_id.as_str()));
        let visitor = *visitor.or_insert(next);
        let session = one.session_id.as_deref().map(|session| {
            let next = visits.len() as u32;
            *visits.entry(session).or_insert(next)
        });
        Action {
            visitor,
            session,
            at_micros: one.occurred_at.timestamp_micros(),
            event: one.event_id.as_u128(),
            kind: one.activity_type,
            what: number_of.get(what(one)).copied(),
        }
    });
    Numbered {
        actions: actions.collect(),
        pages: pages.into_iter().map(str::to_owned).collect(),
    }
}

/// The features that were used, the one with most users first, then by name.
pub(crate) fn features(done: &[Done]) -> Vec<Feature> {
    let mut found: BTreeMap<&str, (BTreeSet<&str>, u64, DateTime<Utc>)> = BTreeMap::new();
    let uses = done
        .iter()
        .filter(|one| one.activity_type == ActivityType::FeatureUse);
    for one in uses {
        let (users, uses, last) = found.entry(name(one)).or_default();
        users.insert(&one.user_id);
        *uses += 1;
        *last = (*last).max(one.occurred_at);
    }
    let mut features: Vec<Feature> = found
        .into_iter()
        .map(|(name, (users, uses, last_used_at))| Feature {
            name: name.to_owned(),
            users: users.len() as u64,
            uses,
            last_used_at,
        })
        .collect();
    features.sort_by_key(|one| std::cmp::Reverse((one.users, one.uses)));
    features
}

/// What a page is called.
pub(crate) fn what(done: &Done) -> &str {
    let text = done.name.as_deref().or(done.path.as_deref());
    text.unwrap_or(UNKNOWN)
}

fn name(done: &Done) -> &str {
    done.name.as_deref().unwrap_or(UNKNOWN)
}
