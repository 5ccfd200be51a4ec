//! What can be asked. Identifiers are resolved already; what contradicts itself is found by the planner.

use shadow_domain::{
    catalogue::{Kind, Metric},
    cell::Part,
    execution::Currency,
    partial::Sections,
    time::{Comparison, Granularity, IanaZone, Range},
};

use crate::limits;

/// A batch of questions about one range, answered from one snapshot.
#[derive(Debug, Clone)]
pub struct Request {
    /// Questions, answered in order.
    pub selections: Vec<Selection>,
    /// What is asked about.
    pub range: Range,
    /// Where days, weeks, months, quarters and years begin.
    pub zone: IanaZone,
    /// In which currency money is answered.
    pub currency: Currency,
    /// How large the answer may be.
    pub bounds: Bounds,
}

/// How large an answer may be, beside what [`limits`] bounds for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How many groups one selection may return.
    pub groups: usize,
    /// How many buckets one series may have.
    pub points: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            groups: limits::MAX_GROUPS,
            points: limits::MAX_POINTS,
        }
    }
}

/// One question.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The caller's name for it, unique in the request.
    pub id: String,
    /// What is computed.
    pub metrics: Vec<&'static Metric>,
    /// Length of one bucket.
    pub granularity: Granularity,
    /// What the answer is split by, at most two.
    pub group_by: Vec<Part>,
    /// Which keys are kept, at most one filter for each part.
    pub filters: Vec<Filter>,
    /// The earlier period that is answered beside it.
    pub comparison: Option<Comparison>,
    /// Which groups are kept.
    pub top: Option<Top>,
}

impl Selection {
    /// The parts of partials that its answer is made of, but for metrics that look back: they have cells of their own.
    /// Costs are always among them, since each answer names the currencies that it leaves out.
    pub(crate) fn reads(&self) -> Sections {
        let metrics = self.metrics.iter().copied();
        metrics
            .chain(self.top.map(|top| top.metric))
            .filter(|metric| matches!(metric.kind, Kind::OfPartial(_)))
            .fold(Sections::RUNS.and(Sections::COSTS), |reads, metric| {
                reads.and(metric.reads)
            })
    }
}

/// Keeps what has one of the keys in a part.
#[derive(Debug, Clone)]
pub struct Filter {
    /// What is filtered.
    pub part: Part,
    /// What is kept; an empty string is the unknown key.
    pub keys: Vec<String>,
}

/// Keeps the largest groups and merges the rest into one.
#[derive(Debug, Clone, Copy)]
pub struct Top {
    /// How many are kept, at least 1.
    pub limit: usize,
    /// What orders them, largest first; one of the selection's metrics.
    pub metric: &'static Metric,
}
