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

/// How large an answer may be, beside what [`limits`] bounds for everybody, and how much it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// How many groups one selection may return.
    pub groups: usize,
    /// How many buckets one series may have.
    pub points: usize,
    /// Whether of groups nothing but values is wanted: no sizes of samples, and no names of currencies that are left out,
    /// for which more has to be read.
    pub values_of_groups: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            groups: limits::MAX_GROUPS,
            points: limits::MAX_POINTS,
            values_of_groups: false,
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
    /// Costs are among them wherever the answer names the currencies that it leaves out.
    pub(crate) fn reads(&self, values_only: bool) -> Sections {
        let always = match values_only {
            true => Sections::NONE,
            false => Sections::RUNS.and(Sections::COSTS),
        };
        self.all_metrics()
            .filter(|metric| matches!(metric.kind, Kind::OfPartial(_)))
            .fold(always, |reads, metric| {
                reads.and(match values_only && metric.id == OPENINGS {
                    true => Sections::OPENED,
                    false => Sections::RUNS.and(metric.reads),
                })
            })
    }

    /// Whether its values come from nothing but how many executions were opened.
    pub(crate) fn counts_openings(&self) -> bool {
        self.all_metrics().all(|metric| metric.id == OPENINGS)
    }

    /// What groups are told from each other by, of whole periods: all that is read, where there are no buckets that they
    /// are added up from later; nothing, where they are not ranked.
    pub(crate) fn ranks_by(&self, reads: Sections) -> Option<Sections> {
        match (self.granularity, self.top) {
            (Granularity::Total | Granularity::Minute, _) => Some(reads),
            (_, top) => top.map(|top| Sections::RUNS.and(top.metric.reads)),
        }
    }

    fn all_metrics(&self) -> impl Iterator<Item = &'static Metric> {
        let metrics = self.metrics.iter().copied();
        metrics.chain(self.top.map(|top| top.metric))
    }
}

/// How many executions were opened: a column of pages, too.
const OPENINGS: &str = "executions";

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
