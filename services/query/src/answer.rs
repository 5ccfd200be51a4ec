//! What comes back.

use chrono::{DateTime, Utc};
use shadow_domain::{catalogue::Metric, cell::Part, execution::Currency, time::Range};
use uuid::Uuid;

/// The answer to one selection.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The selection's.
    pub id: String,
    /// What values are given for.
    pub buckets: Vec<Bucket>,
    /// The same of the compared period; empty without one.
    pub previous_buckets: Vec<Bucket>,
    /// One without keys where nothing is grouped by; else by the top metric or by key, and "other" last.
    pub groups: Vec<Group>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// One interval of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// The interval.
    pub range: Range,
    /// Whether it is over and none of its executions is open.
    pub complete: bool,
}

/// What shares its keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// One for each part that is grouped by; none for "other".
    pub keys: Vec<Key>,
    /// How many groups were merged into this one; zero where it is not "other".
    pub other_groups: u32,
    /// One for each metric.
    pub series: Vec<Series>,
}

/// The value of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What it is the value of.
    pub part: Part,
    /// The value; `None` is unknown.
    pub id: Option<String>,
    /// What a person calls it.
    pub label: String,
    /// The workspace it belongs to, or is, for agents and workspaces.
    pub workspace: Option<Uuid>,
}

/// The values of one metric for one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What was computed.
    pub metric: &'static Metric,
    /// Over the whole range, merged.
    pub total: Option<Number>,
    /// One for each bucket.
    pub values: Vec<Option<Number>>,
    /// Over the compared period.
    pub previous_total: Option<Number>,
    /// One for each previous bucket; `None` without a compared period.
    pub previous: Option<Vec<Option<Number>>>,
    /// Against the compared period.
    pub change: Option<f64>,
    /// How many executions the total comes from.
    pub sample_size: u64,
    /// Which part of the executions that could have had the value did.
    pub share_known: Option<f64>,
}

/// A value in its metric's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Exact.
    Integer(i64),
    /// A ratio or a mean.
    Real(f64),
}

/// Where an answer comes from and how far it can be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    /// Everything acknowledged before is in it.
    pub snapshot_time: DateTime<Utc>,
    /// The latest time of any event of the scope.
    pub last_event_time: Option<DateTime<Utc>>,
    /// What was answered: edges finer than what is stored are snapped outwards.
    pub effective_range: Range,
    /// The catalogue's version.
    pub definition_version: u32,
    /// Executions of the range that have not ended.
    pub open_executions: u64,
    /// Whether the range is over and none of its executions is open.
    pub complete: bool,
    /// Currencies that the range has costs in and the answer leaves out.
    pub other_currencies: Vec<Currency>,
}
