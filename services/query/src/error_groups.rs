//! Groups of errors: a board of them with what they amount to together, and one of them.

mod board;
mod timeline;

use std::time::Duration;

use chrono::{DateTime, Utc};
use shadow_auth::Scope;
use shadow_domain::error_group::{self, State};
use shadow_domain::partial::Sections;
use shadow_domain::time::{IanaZone, Range, snap_outwards};
use shadow_storage::error_group::{Among, Group, GroupKey, Impact, Occurrence, Part, Said};
use shadow_storage::{Database, Snapshot};

use crate::execute::Error;
use crate::limits::{MAX_ERROR_DAYS, MAX_ERROR_GROUPS};
use crate::plan::Invalid;
use crate::timeline::Timeline;
use crate::totals::Totals;

pub use board::{Order, Place, Search};
pub use timeline::ErrorBucket;

/// How many versions and models of a group are told apart, together.
const PARTS: i64 = 100;

/// How many executions of a group are shown.
const OCCURRENCES: i64 = 50;

/// How many changes of a group's state are shown.
const CHANGES: i64 = 100;

/// What is asked of many groups.
#[derive(Debug, Clone)]
pub struct ListQuestion {
    /// Errors of executions that were opened in it.
    pub range: Range,
    /// Whose days and hours.
    pub zone: IanaZone,
    /// Of these agents; of all, where none is named.
    pub agents: Vec<String>,
    /// Of these kinds, the empty one standing for none; of all, where none is named.
    pub kinds: Vec<String>,
    /// Which groups, in which order.
    pub search: Search,
}

/// A page of groups, and what all that were searched for amount to.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorGroups {
    /// The page.
    pub groups: Vec<SpikingGroup>,
    /// Where the next page begins; nothing on the last.
    pub next: Option<Place>,
    /// How many were found.
    pub matching: usize,
    /// How many were not looked at.
    pub left_out: u64,
    /// What those that were found amount to together.
    pub impact: Impact,
    /// The same by time.
    pub timeline: Vec<ErrorBucket>,
    /// Where the answer comes from.
    pub source: Source,
}

/// A group, and when it was a spike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpikingGroup {
    /// The group.
    pub group: Group,
    /// The hours of the range in which it was a spike.
    pub spikes: Vec<DateTime<Utc>>,
}

/// One group, and all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorGroup {
    /// The group in the range.
    pub group: SpikingGroup,
    /// The same by time.
    pub timeline: Vec<ErrorBucket>,
    /// What it hit in the range.
    pub parts: Vec<Part>,
    /// Executions of the range that had it, the latest first.
    pub occurrences: Vec<Occurrence>,
    /// What was said of it, the latest first.
    pub changes: Vec<Said>,
    /// Where the answer comes from.
    pub source: Source,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The range that was answered.
    pub range: Range,
    /// When the data was read.
    pub snapshot_time: DateTime<Utc>,
    /// The latest event that was counted.
    pub last_event_time: Option<DateTime<Utc>>,
    /// Executions of the range that may still fail.
    pub open_executions: u64,
}

/// A page of the groups of a scope, from one snapshot.
pub async fn error_groups(
    db: &Database,
    scope: &Scope,
    question: &ListQuestion,
    deadline: Option<Duration>,
) -> Result<ErrorGroups, Error> {
    let range = checked(&question.range)?;
    let among = Among {
        range,
        agents: question.agents.clone(),
        kinds: question.kinds.clone(),
    };
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let mut errors = snapshot.errors(among.clone()).await?;
    let counts = errors
        .counts(&mut snapshot, MAX_ERROR_GROUPS as i64)
        .await?;
    let left_out = counts.all.saturating_sub(counts.groups.len() as u64);
    let search = &question.search;
    let (found, page, next) = if search.looks_at_standings() {
        let found = snapshot.error_standings(counts.groups).await?;
        let found = search.found(found);
        let keys: Vec<GroupKey> = found.iter().map(|group| group.standing.key).collect();
        let (page, next) = search.page(found);
        (keys, page, next)
    } else {
        // Only what is shown has to be looked up.
        let found = search.in_order(counts.groups);
        let keys: Vec<GroupKey> = found.iter().map(|one| one.key).collect();
        let (page, next) = search.page(found);
        (keys, snapshot.error_standings(page).await?, next)
    };
    let (impact, mut together) = if found.len() as u64 == counts.all {
        (counts.impact, counts.quarters)
    } else {
        let impact = errors.impact(&mut snapshot, &found).await?;
        (impact, errors.all_quarters(&mut snapshot, &found).await?)
    };
    let shown: Vec<GroupKey> = page.iter().map(|group| group.standing.key).collect();
    let mut apart = errors.quarters(&mut snapshot, &shown).await?;
    // What is usual matters only where there was enough to be more than that.
    let zone = &question.zone;
    let many = timeline::may_spike(&apart, zone);
    let all_may = error_group::may_spike(zone, together.iter().copied());
    if all_may || !many.is_empty() {
        let usual = Among {
            range: timeline::usual(&range),
            ..among
        };
        let mut before = snapshot.errors(usual).await?;
        if !many.is_empty() {
            apart.extend(before.quarters(&mut snapshot, &many).await?);
        }
        if all_may {
            together.extend(before.all_quarters(&mut snapshot, &found).await?);
        }
    }
    let source = Source::read(&mut snapshot, range).await?;
    snapshot.finish().await?;
    let mut spikes = timeline::spikes_of_each(apart, &range, zone);
    Ok(ErrorGroups {
        groups: page
            .into_iter()
            .map(|group| SpikingGroup {
                spikes: spikes.remove(&group.standing.key).unwrap_or_default(),
                group,
            })
            .collect(),
        next,
        matching: found.len(),
        left_out,
        impact,
        timeline: timeline::timeline(&together, &range, zone).0,
        source,
    })
}

/// One group, from one snapshot; nothing where no kept execution of the scope has it.
pub async fn error_group(
    db: &Database,
    scope: &Scope,
    key: &GroupKey,
    range: &Range,
    zone: &IanaZone,
    deadline: Option<Duration>,
) -> Result<Option<ErrorGroup>, Error> {
    let range = checked(range)?;
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let Some(standing) = snapshot.error_group(key).await? else {
        snapshot.finish().await?;
        return Ok(None);
    };
    let among = Among {
        range,
        agents: Vec::new(),
        kinds: Vec::new(),
    };
    let impact = snapshot.error_impact(&[*key], &among).await?;
    let longer = Among {
        range: Range {
            start: timeline::usual(&range).start,
            end: range.end,
        },
        ..among
    };
    let quarters = snapshot.all_error_quarters(&[*key], &longer).await?;
    let parts = snapshot.error_parts(key, &range, PARTS).await?;
    let occurrences = snapshot.error_occurrences(key, &range, OCCURRENCES).await?;
    let changes = snapshot.error_history(key, CHANGES).await?;
    let source = Source::read(&mut snapshot, range).await?;
    snapshot.finish().await?;
    let (timeline, spikes) = timeline::timeline(&quarters, &range, zone);
    Ok(Some(ErrorGroup {
        group: SpikingGroup {
            group: Group { standing, impact },
            spikes,
        },
        timeline,
        parts,
        occurrences,
        changes,
        source,
    }))
}

fn checked(range: &Range) -> Result<Range, Error> {
    let range = snap_outwards(range);
    if range.length().num_days() > MAX_ERROR_DAYS {
        let text = format!("must span at most {MAX_ERROR_DAYS} days");
        return Err(Error::Invalid(vec![Invalid::new("range", text)]));
    }
    Ok(range)
}

impl Source {
    async fn read(snapshot: &mut Snapshot, range: Range) -> Result<Self, shadow_storage::Error> {
        let timeline = Timeline::new(vec![range]);
        let totals = Totals::read(snapshot, &[&timeline]).await?;
        let (mut opened, mut ended) = (0, 0);
        totals.each(&timeline, Sections::RUNS, |partial| {
            opened += partial.opened;
            ended += partial.ended();
        })?;
        Ok(Self {
            range,
            snapshot_time: snapshot.snapshot_time(),
            last_event_time: snapshot.last_event_at(),
            open_executions: opened.saturating_sub(ended),
        })
    }
}

/// Whether a group is among those that are searched for by their state.
fn has_state(group: &Group, states: &[State], regressed_only: bool) -> bool {
    let standing = &group.standing;
    (states.is_empty() || states.contains(&standing.state()))
        && (!regressed_only || standing.is_regression())
}
