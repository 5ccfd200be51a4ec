//! The planner: from a request to what must be read and how it is put together. It reads no data and no clock.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use shadow_domain::{
    catalogue::{Kind, Metric},
    cell::Dimension,
    partial::Sections,
    time::{Comparison, Granularity, Range, UtcDay, compared_range},
};
use shadow_storage::partials::{Keys, Load, Quarters};

use crate::{
    check,
    folded::STICKINESS_DAYS,
    grouping::Grouping,
    limits,
    period::Period,
    request::{Request, Selection},
    timeline::Timeline,
};

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {description}")]
pub struct Invalid {
    /// Path of the field, such as `selections[1].metrics[0]`.
    pub field: String,
    /// What it should be.
    pub description: String,
}

impl Invalid {
    /// A violation of one field.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            description: description.into(),
        }
    }
}

/// What must be read, each load once, and how each selection is put together from it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// In the order of the request.
    pub selections: Vec<Planned>,
    /// Shared between selections.
    pub sources: Vec<Source>,
}

/// One selection, ready to be answered.
#[derive(Debug, Clone)]
pub struct Planned {
    /// How cells make groups.
    pub grouping: Grouping,
    /// Where its cells are, among the plan's sources.
    pub source: usize,
    /// How cells count open executions.
    pub open: Grouping,
    /// Where those cells are.
    pub open_source: usize,
    /// What is asked about.
    pub current: Period,
    /// What it is compared with.
    pub previous: Option<Period>,
    /// Whether nothing but values is wanted of it.
    pub values_only: bool,
    /// The parts of partials that it reads, but for metrics that look back.
    pub reads: Sections,
}

/// Cells of one dimension that must be read.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where they are.
    pub dimension: Dimension,
    /// Which keys.
    pub keys: Keys,
    /// Whether workspaces are told apart; else what was merged of all of them will do.
    pub by_workspace: bool,
    /// The days, each with whether its quarter-hours are needed.
    pub days: BTreeMap<UtcDay, bool>,
    /// Whether nobody asks for anything but how many executions were opened.
    openings: bool,
    /// Days on which a bucket begins, or the days of a timeline end.
    starts: BTreeSet<UtcDay>,
}

impl Plan {
    /// The whole days that anything is read of.
    pub fn range(&self) -> Option<Range> {
        let days = || self.sources.iter().flat_map(|source| source.days.keys());
        Some(Range {
            start: days().min()?.start(),
            end: days().max()?.end(),
        })
    }
}

impl Source {
    /// What to load: adjoining days are one load.
    pub fn loads(&self) -> Vec<Load> {
        let cut = |day: &UtcDay| self.days.get(day).copied().unwrap_or_default();
        self.stretches(|_| true)
            .into_iter()
            .map(|days| {
                let each = (days.0.0..=days.1.0).map(UtcDay);
                let of: Vec<UtcDay> = each.filter(cut).collect();
                Load {
                    dimension: self.dimension,
                    keys: self.keys.clone(),
                    days,
                    quarters: match of.len() {
                        0 => Quarters::None,
                        all if all as i32 > days.1.0 - days.0.0 => Quarters::All,
                        _ => Quarters::Of(of),
                    },
                }
            })
            .collect()
    }

    /// Where openings alone are asked for by workspace: the days that are loaded like others, since quarter-hours of them
    /// are needed, and stretches of the rest, of which sums will do, with the days on which such a sum may begin.
    pub(crate) fn openings(&self) -> Option<(Source, Vec<Days>, Vec<UtcDay>)> {
        if !(self.openings && self.by_workspace && self.keys == Keys::All) {
            return None;
        }
        let mut cut = self.clone();
        cut.days.retain(|_, quarters| *quarters);
        let starts = self.starts.iter().copied().collect();
        Some((cut, self.stretches(|quarters| !quarters), starts))
    }

    /// Adjoining days of those whose need will do.
    fn stretches(&self, wanted: impl Fn(bool) -> bool) -> Vec<Days> {
        let mut found: Vec<Days> = Vec::new();
        for (day, _) in self.days.iter().filter(|(_, quarters)| wanted(**quarters)) {
            match found.last_mut() {
                Some((_, last)) if last.0 + 1 == day.0 => *last = *day,
                _ => found.push((*day, *day)),
            }
        }
        found
    }
}

/// A first day and a last.
type Days = (UtcDay, UtcDay);

/// Plans a request, or names everything that is wrong with it.
pub fn plan(request: &Request, now: DateTime<Utc>) -> Result<Plan, Vec<Invalid>> {
    let mut wrong = check::request(request);
    let mut plan = Plan {
        selections: Vec::new(),
        sources: Vec::new(),
    };
    if wrong.is_empty() {
        for (index, selection) in request.selections.iter().enumerate() {
            match plan_selection(request, selection, &format!("selections[{index}]"), now) {
                Ok(planned) => plan.add(planned, selection),
                Err(invalid) => wrong.push(invalid),
            }
        }
    }
    if wrong.is_empty() {
        Ok(plan)
    } else {
        Err(wrong)
    }
}

fn plan_selection(
    request: &Request,
    selection: &Selection,
    at: &str,
    now: DateTime<Utc>,
) -> Result<Planned, Invalid> {
    let missing = || Invalid::new(format!("{at}.group_by"), check::combinations(selection));
    let grouping = Grouping::of(selection).ok_or_else(missing)?;
    let open = Grouping::of_open(selection).ok_or_else(missing)?;
    let look_back = selection
        .metrics
        .iter()
        .map(|metric| look_back_days(metric))
        .max()
        .unwrap_or(0);
    let period = |range: Range| {
        let limit = request.bounds.points;
        let granularity = selection.granularity;
        Period::new(range, granularity, &request.zone, look_back, limit, now).map_err(|_| {
            Invalid::new(
                format!("{at}.granularity"),
                format!("must give at most {limit} buckets over the range"),
            )
        })
    };
    let current = period(request.range)?;
    let previous = selection
        .comparison
        .map(|comparison| period(compared(&current.range, comparison, request, now)))
        .transpose()?;
    let values_only = request.bounds.values_of_groups && !selection.group_by.is_empty();
    let planned = Planned {
        values_only,
        reads: selection.reads(values_only),
        grouping,
        source: 0,
        open,
        open_source: 0,
        current,
        previous,
    };
    if let Some(top) = &selection.top {
        check_size(planned.values(top.limit + 1, selection), at)?;
    }
    Ok(planned)
}

fn compared(range: &Range, comparison: Comparison, request: &Request, now: DateTime<Utc>) -> Range {
    compared_range(range, comparison, &request.zone, now)
}

/// How far before a bucket's last day a metric looks, that day included; zero for what only looks at the bucket.
pub(crate) fn look_back_days(metric: &Metric) -> u32 {
    match metric.kind {
        Kind::OfPartial(_) => 0,
        Kind::Trailing { days, .. } => days,
        Kind::Stickiness => STICKINESS_DAYS,
    }
}

/// Refuses answers that would be too large.
pub(crate) fn check_size(values: usize, at: &str) -> Result<(), Invalid> {
    if values <= limits::MAX_VALUES {
        return Ok(());
    }
    let limit = limits::MAX_VALUES;
    Err(Invalid::new(
        format!("{at}.group_by"),
        format!(
            "would take {values} values, more than {limit}: use top, fewer metrics, longer buckets or a shorter range"
        ),
    ))
}

impl Planned {
    /// How many values an answer with so many groups has, or takes where metrics look back: the days of each group.
    pub(crate) fn values(&self, groups: usize, selection: &Selection) -> usize {
        let values = |period: &Period| {
            let trailing = period.trailing.as_ref();
            let days = trailing.map_or(0, |trailing| trailing.days.buckets.len());
            days.max(period.buckets.len() * selection.metrics.len())
        };
        groups * self.periods().map(values).sum::<usize>()
    }

    pub(crate) fn periods(&self) -> impl Iterator<Item = &Period> {
        [&self.current].into_iter().chain(&self.previous)
    }
}

impl Plan {
    /// Reads cells once that are the same whether or not workspaces are told apart: they are where nothing was merged of
    /// all of them.
    pub(crate) fn share(&mut self) {
        let mut sources: Vec<Source> = Vec::new();
        let places: Vec<usize> = self
            .sources
            .drain(..)
            .map(|source| {
                let same = |other: &Source| {
                    other.dimension == source.dimension && other.keys == source.keys
                };
                if let Some(place) = sources.iter().position(same) {
                    let shared = &mut sources[place];
                    for (day, quarters) in source.days {
                        *shared.days.entry(day).or_default() |= quarters;
                    }
                    shared.openings &= source.openings;
                    shared.by_workspace |= source.by_workspace;
                    shared.starts.extend(source.starts);
                    return place;
                }
                sources.push(source);
                sources.len() - 1
            })
            .collect();
        self.sources = sources;
        for planned in &mut self.selections {
            planned.source = places[planned.source];
            planned.open_source = places[planned.open_source];
        }
    }

    fn add(&mut self, mut planned: Planned, selection: &Selection) {
        planned.source = self.source(&planned.grouping);
        planned.open_source = self.source(&planned.open);
        let timelines: Vec<Timeline> = planned
            .periods()
            .flat_map(|period| {
                [
                    Some(&period.series),
                    period.trailing.as_ref().map(|trailing| &trailing.days),
                ]
            })
            .flatten()
            .cloned()
            .collect();
        for timeline in &timelines {
            self.sources[planned.source].need(timeline);
        }
        for period in planned.periods() {
            self.sources[planned.open_source].need(&period.series);
        }
        self.sources[planned.source].openings &= planned.values_only && selection.counts_openings();
        self.sources[planned.open_source].openings = false;
        self.selections.push(planned);
    }

    /// The source of a grouping, shared with every selection that reads the same cells.
    fn source(&mut self, grouping: &Grouping) -> usize {
        let (dimension, keys) = (grouping.dimension, grouping.keys());
        let by_workspace = grouping.by_workspace;
        let same = |source: &Source| {
            source.by_workspace == by_workspace
                && source.dimension == dimension
                && source.keys == keys
        };
        self.sources.iter().position(same).unwrap_or_else(|| {
            self.sources
                .push(Source::new(dimension, keys, by_workspace));
            self.sources.len() - 1
        })
    }
}

impl Source {
    pub(crate) fn new(dimension: Dimension, keys: Keys, by_workspace: bool) -> Self {
        Self {
            dimension,
            keys,
            by_workspace,
            days: BTreeMap::new(),
            openings: true,
            starts: BTreeSet::new(),
        }
    }

    /// Reads what a timeline needs, too.
    pub(crate) fn need(&mut self, timeline: &Timeline) {
        for (day, whole) in timeline.days() {
            let quarters = self.days.entry(day).or_default();
            *quarters |= !whole;
        }
        self.starts.extend(timeline.starts());
    }
}

/// Whether buckets of this length can hold days.
pub(crate) fn holds_days(granularity: Granularity) -> bool {
    !matches!(
        granularity,
        Granularity::Minute | Granularity::QuarterHour | Granularity::Hour
    )
}

/// The first value that occurs twice.
pub(crate) fn repeated<T: Ord>(values: impl IntoIterator<Item = T>) -> Option<usize> {
    let mut seen = BTreeSet::new();
    values.into_iter().position(|value| !seen.insert(value))
}
