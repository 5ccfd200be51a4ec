//! How executions flow, by the minutes of total cells, and in which hours of the week.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use shadow_auth::Scope;
use shadow_domain::partial::{MinuteCounts, Minutes, Partial, Sections};
use shadow_domain::throughput::Throughput;
use shadow_domain::time::{
    Granularity, IanaZone, QuarterHour, Range, buckets, local_time, snap_outwards,
};
use shadow_storage::Database;

use crate::execute::Error;
use crate::limits::{MAX_POINTS, MAX_THROUGHPUT_DAYS};
use crate::plan::Invalid;
use crate::timeline::Timeline;
use crate::totals::Totals;
use crate::turn::Turn;

/// How many hours a week has.
const HOURS: usize = 168;

/// What is asked.
#[derive(Debug, Clone)]
pub struct ThroughputQuestion {
    /// About which time.
    pub range: Range,
    /// Whose hours and days.
    pub zone: IanaZone,
    /// The length of a bucket.
    pub granularity: Granularity,
}

/// How the executions of a scope flowed.
#[derive(Debug, Clone, PartialEq)]
pub struct Flowed {
    /// The range that was answered.
    pub range: Range,
    /// Buckets that have begun.
    pub buckets: Vec<Range>,
    /// What happened in them.
    pub throughput: Throughput,
    /// How many were open when the range began.
    pub open_at_start: u64,
    /// Hours of the week, Monday's first hour first.
    pub week: Vec<Hour>,
    /// Executions of the range that have not ended.
    pub open_executions: u64,
    /// When the data was read.
    pub snapshot_time: DateTime<Utc>,
    /// The latest event that was counted.
    pub last_event_time: Option<DateTime<Utc>>,
}

/// An hour of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hour {
    /// How many such hours the range has that have begun.
    pub hours: u32,
    /// Executions opened in them.
    pub executions: u64,
    /// Of them, completed.
    pub completed: u64,
    /// Of them, completed, failed or timed out.
    pub judged: u64,
}

/// Answers for every workspace of a scope together, from one snapshot.
pub async fn throughput(
    db: &Database,
    scope: &Scope,
    question: &ThroughputQuestion,
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<Flowed, Error> {
    let range = snap_outwards(&question.range);
    let (mut tiles, hours) =
        tiles(question, &range).map_err(|wrong| Error::Invalid(vec![wrong]))?;
    tiles.retain(|tile| tile.start <= now);
    let turn = Turn::wait(deadline).await?;
    let mut snapshot = db.snapshot(scope, turn.left()).await?;
    // Whatever happened since the range began tells what was open then, from what is open now. Times may be ahead of the
    // clock, but not far.
    let within = Timeline::of_quarters(range);
    let until = now.max(range.start) + TimeDelta::days(3);
    let after = Range::new(range.end, until.max(range.end)).ok();
    let after = after.map(|after| Timeline::new(vec![snap_outwards(&after)]));
    let timelines: Vec<&Timeline> = [&within].into_iter().chain(&after).collect();
    let totals = Totals::read(&mut snapshot, &timelines).await?;
    let open_now = snapshot.open_quarters(1).await?.open;
    let (snapshot_time, last_event_time) = (snapshot.snapshot_time(), snapshot.last_event_at());
    snapshot.finish().await?;

    let zone = question.zone;
    let flowed = turn.merge(move || {
        let (cells, since) = cells(&totals, &within, after.as_ref())?;
        let open_at_start = (open_now + since.ended).saturating_sub(since.opened);
        let minutes: BTreeMap<QuarterHour, Minutes> = cells
            .iter()
            .filter_map(|(quarter, cell)| Some((*quarter, cell.minutes.as_deref()?.clone())))
            .collect();
        Ok::<_, shadow_storage::Error>(Flowed {
            throughput: Throughput::of(&minutes, &tiles, open_at_start, now),
            week: week(&cells, &hours, &zone, now),
            buckets: tiles,
            open_at_start,
            open_executions: cells.values().map(Partial::open).sum(),
            snapshot_time,
            last_event_time,
            range,
        })
    });
    Ok(flowed.await??)
}

/// The buckets, and the hours.
fn tiles(
    question: &ThroughputQuestion,
    range: &Range,
) -> Result<(Vec<Range>, Vec<Range>), Invalid> {
    if range.length() > TimeDelta::days(MAX_THROUGHPUT_DAYS) {
        let text = format!("must span at most {MAX_THROUGHPUT_DAYS} days");
        return Err(Invalid::new("range", text));
    }
    let tiles = buckets(range, question.granularity, &question.zone, MAX_POINTS).map_err(|_| {
        let text = format!("must make at most {MAX_POINTS} buckets of the range");
        Invalid::new("granularity", text)
    })?;
    // Daylight saving cuts no hour into more than two.
    let most = (MAX_THROUGHPUT_DAYS as usize + 1) * 48;
    let hours = buckets(range, Granularity::Hour, &question.zone, most)
        .map_err(|_| Invalid::new("range", "is too long"))?;
    Ok((tiles, hours))
}

/// The quarter-hours of a range, and what happened from its beginning until now, by the time at which it did.
fn cells(
    totals: &Totals,
    within: &Timeline,
    after: Option<&Timeline>,
) -> Result<(BTreeMap<QuarterHour, Partial>, MinuteCounts), shadow_storage::Error> {
    let mut cells = BTreeMap::<QuarterHour, Partial>::new();
    let mut since = MinuteCounts::default();
    let mut count = |partial: &Partial| {
        if let Some(minutes) = &partial.minutes {
            since.add(&minutes.sum());
        }
    };
    let reads = Sections::RUNS.and(Sections::MINUTES);
    totals.each_quarter(within, reads, |quarter, partial| {
        count(partial);
        // What waits has more than is read of pages.
        cells.entry(quarter).or_default().merge(&Partial {
            opened: partial.opened,
            outcomes: partial.outcomes,
            minutes: partial.minutes.clone(),
            ..Partial::default()
        });
    })?;
    if let Some(after) = after {
        // Of a whole day the minutes say no more than how many there were, which is all that is asked.
        totals.each(after, Sections::MINUTES, count)?;
    }
    Ok((cells, since))
}

/// Hours of a range, added up by what the clocks show when they begin.
fn week(
    cells: &BTreeMap<QuarterHour, Partial>,
    hours: &[Range],
    zone: &IanaZone,
    now: DateTime<Utc>,
) -> Vec<Hour> {
    let mut week = vec![Hour::default(); HOURS];
    for range in hours.iter().take_while(|range| range.start <= now) {
        let local = local_time(zone, range.start);
        let at = local.weekday().num_days_from_monday() * 24 + local.hour();
        let hour = &mut week[at as usize];
        hour.hours += 1;
        let within = QuarterHour::of(range.start)..QuarterHour::of(range.end);
        for (_, cell) in cells.range(within) {
            hour.executions += cell.opened;
            hour.completed += cell.completed();
            hour.judged += cell.completed() + cell.failed() + cell.timed_out();
        }
    }
    week
}
