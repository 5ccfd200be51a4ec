//! Every metric: what it means, how it is computed from partials, and how it may be asked for.
//!
//! A metric is one entry here; everything that shows, compares, exports or stores numbers goes
//! through it. Formulas take a merged partial: distinct counts and percentiles are merged, never
//! summed or averaged. A quotient whose denominator is zero is absent, not zero.

mod activity;
mod durations;
mod executions;
mod feedback;
mod metric;
mod spending;
mod steps;

use std::sync::LazyLock;

pub use activity::stickiness;
pub use metric::{
    Additivity, Context, Direction, Kind, Known, Metric, OfPartial, Sample, TooLarge, Unit, Value,
};

/// The version of all formulas together. It grows whenever the value of any metric could change.
pub const VERSION: u32 = 2;

static METRICS: LazyLock<Vec<Metric>> = LazyLock::new(|| {
    [
        executions::METRICS,
        durations::METRICS,
        spending::METRICS,
        steps::METRICS,
        feedback::METRICS,
        activity::METRICS,
    ]
    .concat()
});

/// Every metric, in the order in which a person would read them.
pub fn all() -> &'static [Metric] {
    &METRICS
}

/// The metric of an id.
pub fn find(id: &str) -> Option<&'static Metric> {
    all().iter().find(|metric| metric.id == id)
}
