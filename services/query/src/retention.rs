//! Retention and lifecycle, from the sets of active users that cells hold.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use shadow_auth::Scope;
use shadow_domain::cell::Dimension;
use shadow_domain::ordinals::Ordinals;
use shadow_domain::time::{Granularity, IanaZone, Range, UtcDay, buckets};
use shadow_domain::users::{
    Cohort, Lifecycle, Mode, Pooled, by_active_days, firsts, lifecycle, pooled, retention,
};
use shadow_storage::partials::Keys;
use shadow_storage::{Database, Snapshot};

use crate::active::{self, Active};
use crate::execute::Error;
use crate::limits::MAX_RETENTION_INTERVALS;
use crate::plan::Invalid;
use crate::timeline::Timeline;

/// Days over which users are counted by how many of them they were active.
const MONTH_DAYS: usize = 30;

/// What is asked.
#[derive(Debug, Clone)]
pub struct RetentionQuestion {
    /// About which time; intervals that it touches are answered whole.
    pub range: Range,
    /// Whose days, weeks or months.
    pub zone: IanaZone,
    /// Which of the three.
    pub interval: Granularity,
    /// What counts as coming back.
    pub mode: Mode,
    /// What puts a user into a cohort.
    pub start: CohortStart,
}

/// The event whose first occurrence puts a user into a cohort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CohortStart {
    /// Being active at all.
    Active,
    /// Asking for an execution, of one agent or of any.
    Run(Option<String>),
    /// Doing something on the platform.
    Activity,
}

/// Who came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Retained {
    /// The range that was answered.
    pub range: Range,
    /// The intervals that have begun.
    pub intervals: Vec<Range>,
    /// How many of them are over.
    pub complete: usize,
    /// Who began in each interval, and how they came back.
    pub cohorts: Vec<Cohort>,
    /// The same of all cohorts together, by how many intervals later.
    pub pooled: Vec<Pooled>,
    /// The active users of each interval.
    pub lifecycle: Vec<Lifecycle>,
    /// The users of the last 30 days by how many of those they were active.
    pub active_days: Vec<u64>,
    /// When the data was read.
    pub snapshot_time: DateTime<Utc>,
    /// The latest event that was counted.
    pub last_event_time: Option<DateTime<Utc>>,
}

/// Answers for every workspace of a scope together, from one snapshot.
pub async fn retained(
    db: &Database,
    scope: &Scope,
    question: &RetentionQuestion,
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<Retained, Error> {
    let (range, intervals) = intervals(question, now).map_err(Error::Invalid)?;
    let complete = intervals.partition_point(|interval| interval.end <= now);
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let first = snapshot.first_page().await?.unwrap_or(UtcDay::of(now));
    let (cohorts, lifecycle) = match intervals.first() {
        Some(interval) => {
            let previous =
                active::interval_before(interval.start, question.interval, &question.zone);
            let timeline = history(previous, &intervals);
            let total = read(
                &mut snapshot,
                &timeline,
                first,
                Dimension::Total,
                &Keys::All,
            )
            .await?;
            let began = match &question.start {
                CohortStart::Active => total.each(Active::all),
                CohortStart::Run(None) => total.each(|active| active.ran.clone()),
                CohortStart::Activity => total.each(|active| active.did.clone()),
                CohortStart::Run(Some(agent)) => {
                    let keys = Keys::Exact(vec![agent.clone()]);
                    let ran =
                        read(&mut snapshot, &timeline, first, Dimension::Agent, &keys).await?;
                    ran.each(|active| active.ran.clone())
                }
            };
            let active = total.each(Active::all);
            (
                retention(
                    &firsts(&began.before, &began.intervals),
                    &active.intervals,
                    question.mode,
                ),
                lifecycle(&active.before, &active.previous, &active.intervals),
            )
        }
        None => (Vec::new(), Vec::new()),
    };
    let active_days = active_days(&mut snapshot, &range, &question.zone, first, now).await?;
    let (snapshot_time, last_event_time) = (snapshot.snapshot_time(), snapshot.last_event_at());
    snapshot.finish().await?;
    Ok(Retained {
        pooled: pooled(&cohorts, complete),
        range,
        intervals,
        complete,
        cohorts,
        lifecycle,
        active_days,
        snapshot_time,
        last_event_time,
    })
}

/// The range in whole intervals, and those of them that have begun.
fn intervals(
    question: &RetentionQuestion,
    now: DateTime<Utc>,
) -> Result<(Range, Vec<Range>), Vec<Invalid>> {
    let RetentionQuestion {
        range,
        interval,
        zone,
        ..
    } = question;
    let Ok(begun) = Range::new(range.start, range.end.min(now)) else {
        return Ok((active::whole_intervals(range, *interval, zone), Vec::new()));
    };
    let whole = active::whole_intervals(&begun, *interval, zone);
    let intervals = buckets(&whole, *interval, zone, MAX_RETENTION_INTERVALS).map_err(|_| {
        let text = format!("must touch at most {MAX_RETENTION_INTERVALS} intervals");
        vec![Invalid::new("range", text)]
    })?;
    Ok((whole, intervals))
}

/// What lies before the interval before the first one, that interval, and then all of them.
fn history(previous: DateTime<Utc>, intervals: &[Range]) -> Timeline {
    let begin = intervals.first().map_or(previous, |first| first.start);
    let before = [
        Range {
            start: active::earliest().min(previous - TimeDelta::days(1)),
            end: previous,
        },
        Range {
            start: previous,
            end: begin,
        },
    ];
    Timeline::new(
        before
            .into_iter()
            .chain(intervals.iter().copied())
            .collect(),
    )
}

/// Who did something that counts: before all intervals, in the one just before them, and in each.
struct Sets {
    before: Ordinals,
    previous: Ordinals,
    intervals: Vec<Ordinals>,
}

/// The same by what it was, as it was read.
struct History(Vec<Active>);

impl History {
    fn each(&self, of: impl Fn(&Active) -> Ordinals) -> Sets {
        let mut sets = self.0.iter().map(of);
        let mut before = sets.next().unwrap_or_default();
        let previous = sets.next().unwrap_or_default();
        before.merge(&previous);
        Sets {
            before,
            previous,
            intervals: sets.collect(),
        }
    }
}

async fn read(
    snapshot: &mut Snapshot,
    timeline: &Timeline,
    first: UtcDay,
    dimension: Dimension,
    keys: &Keys,
) -> Result<History, shadow_storage::Error> {
    let sets = active::read(snapshot, timeline, first, dimension, keys).await?;
    Ok(History(sets))
}

/// The users of the 30 days that end with the range, or with today, by how many days they were active.
async fn active_days(
    snapshot: &mut Snapshot,
    range: &Range,
    zone: &IanaZone,
    first: UtcDay,
    now: DateTime<Utc>,
) -> Result<Vec<u64>, shadow_storage::Error> {
    let last = Range {
        start: range.end.min(now) - TimeDelta::microseconds(2),
        end: range.end.min(now),
    };
    let last = active::whole_intervals(&last, Granularity::Day, zone);
    let mut start = last.start;
    for _ in 1..MONTH_DAYS {
        start = active::interval_before(start, Granularity::Day, zone);
    }
    let month = Range {
        start,
        end: last.end,
    };
    let days = buckets(&month, Granularity::Day, zone, MONTH_DAYS + 1).unwrap_or_default();
    let keys = Keys::All;
    let days = active::read(
        snapshot,
        &Timeline::new(days),
        first,
        Dimension::Total,
        &keys,
    )
    .await?;
    let days: Vec<Ordinals> = days.iter().map(Active::all).collect();
    Ok(by_active_days(&days))
}
