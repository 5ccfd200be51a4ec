//! How long runs took and waited.

use super::metric::{
    Additivity, Direction, ENDING, FAILING, Kind, Known, Metric, OPENING, OfPartial, Sample,
    TEMPLATE, Unit, Value,
};
use crate::partial::{Partial, Sections};
use crate::sketch::Sketch;

pub(super) const METRICS: &[Metric] = &[
    completed(
        "duration_p50",
        "Duration, median",
        "Half of the completed runs took no longer.",
        P50,
        |p, _| quantile(&p.completed_durations, 0.50),
    ),
    completed(
        "duration_p90",
        "Duration, p90",
        "90 % of the completed runs took no longer.",
        P90,
        |p, _| quantile(&p.completed_durations, 0.90),
    ),
    completed(
        "duration_p95",
        "Duration, p95",
        "95 % of the completed runs took no longer.",
        P95,
        |p, _| quantile(&p.completed_durations, 0.95),
    ),
    completed(
        "duration_p99",
        "Duration, p99",
        "99 % of the completed runs took no longer.",
        P99,
        |p, _| quantile(&p.completed_durations, 0.99),
    ),
    Metric {
        additivity: Additivity::Ratio,
        relative_error: 0.0,
        ..completed(
            "duration_mean",
            "Duration, mean",
            "How long completed runs took on average.",
            MEAN,
            |p, _| mean(&p.completed_durations),
        )
    },
    Metric {
        relative_error: 0.0,
        ..completed(
            "duration_min",
            "Duration, shortest",
            "How long the fastest completed run took.",
            MIN,
            |p, _| p.completed_durations.min().and_then(Value::count),
        )
    },
    Metric {
        relative_error: 0.0,
        ..completed(
            "duration_max",
            "Duration, longest",
            "How long the slowest completed run took.",
            MAX,
            |p, _| p.completed_durations.max().and_then(Value::count),
        )
    },
    every(
        "duration_all_p50",
        "Duration of all, median",
        "Half of all ended runs took no longer.",
        P50,
        |p, _| quantile(&both(p), 0.50),
    ),
    every(
        "duration_all_p95",
        "Duration of all, p95",
        "95 % of all ended runs took no longer.",
        P95,
        |p, _| quantile(&both(p), 0.95),
    ),
    every(
        "duration_all_p99",
        "Duration of all, p99",
        "99 % of all ended runs took no longer.",
        P99,
        |p, _| quantile(&both(p), 0.99),
    ),
    other(
        "duration_other_p50",
        "Duration of runs not completed, median",
        "Half of the runs that ended without completing took no longer.",
        P50,
        |p, _| quantile(&p.other_durations, 0.50),
    ),
    other(
        "duration_other_p95",
        "Duration of runs not completed, p95",
        "95 % of the runs that ended without completing took no longer.",
        P95,
        |p, _| quantile(&p.other_durations, 0.95),
    ),
    queue(
        "queue_wait_p50",
        "Queue wait, median",
        "Half of the started runs waited no longer.",
        P50,
        |p, _| quantile(&p.queue_waits, 0.50),
    ),
    queue(
        "queue_wait_p95",
        "Queue wait, p95",
        "95 % of the started runs waited no longer.",
        P95,
        |p, _| quantile(&p.queue_waits, 0.95),
    ),
    Metric {
        additivity: Additivity::Ratio,
        relative_error: 0.0,
        ..queue(
            "queue_wait_mean",
            "Queue wait, mean",
            "How long started runs waited on average.",
            MEAN,
            |p, _| mean(&p.queue_waits),
        )
    },
    bucket(
        "duration_under_1s",
        "Under 1 s",
        "Completed runs that took under 1 second.",
        "duration < 1 s",
        |p, _| Value::count(p.histogram[0]),
    ),
    bucket(
        "duration_1s_to_5s",
        "1 to 5 s",
        "Completed runs that took 1 to 5 seconds.",
        "1 s ≤ duration < 5 s",
        |p, _| Value::count(p.histogram[1]),
    ),
    bucket(
        "duration_5s_to_10s",
        "5 to 10 s",
        "Completed runs that took 5 to 10 seconds.",
        "5 s ≤ duration < 10 s",
        |p, _| Value::count(p.histogram[2]),
    ),
    bucket(
        "duration_10s_to_30s",
        "10 to 30 s",
        "Completed runs that took 10 to 30 seconds.",
        "10 s ≤ duration < 30 s",
        |p, _| Value::count(p.histogram[3]),
    ),
    bucket(
        "duration_30s_to_60s",
        "30 to 60 s",
        "Completed runs that took 30 to 60 seconds.",
        "30 s ≤ duration < 60 s",
        |p, _| Value::count(p.histogram[4]),
    ),
    bucket(
        "duration_over_60s",
        "60 s and over",
        "Completed runs that took 60 seconds or more.",
        "duration ≥ 60 s",
        |p, _| Value::count(p.histogram[5]),
    ),
];

const P50: &str = "value of rank ⌊0.50·(n − 1)⌋";
const P90: &str = "value of rank ⌊0.90·(n − 1)⌋";
const P95: &str = "value of rank ⌊0.95·(n − 1)⌋";
const P99: &str = "value of rank ⌊0.99·(n − 1)⌋";
const MEAN: &str = "sum ÷ n";
const MIN: &str = "smallest value";
const MAX: &str = "largest value";

const PERCENTILE: Metric = Metric {
    unit: Unit::Microseconds,
    direction: Direction::DownIsGood,
    additivity: Additivity::Percentile,
    relative_error: 0.01,
    ..TEMPLATE
};

const fn completed(
    id: &'static str,
    name: &'static str,
    meaning: &'static str,
    formula: &'static str,
    of: OfPartial,
) -> Metric {
    const SAMPLE: Sample = |p, _| p.completed_durations.count();
    const KNOWN: Known = |p, _| (p.completed_durations.count(), p.completed());
    let kind = Kind::OfPartial(of);
    Metric {
        id,
        name,
        meaning,
        formula,
        kind,
        reads: Sections::COMPLETED,
        dimensions: ENDING,
        sample: SAMPLE,
        known: Some(KNOWN),
        ..PERCENTILE
    }
}

const fn every(
    id: &'static str,
    name: &'static str,
    meaning: &'static str,
    formula: &'static str,
    of: OfPartial,
) -> Metric {
    const SAMPLE: Sample = |p, _| p.completed_durations.count() + p.other_durations.count();
    const KNOWN: Known = |p, context| (SAMPLE(p, context), p.ended());
    let kind = Kind::OfPartial(of);
    Metric {
        id,
        name,
        meaning,
        formula,
        kind,
        reads: Sections::COMPLETED.and(Sections::OTHER),
        dimensions: ENDING,
        sample: SAMPLE,
        known: Some(KNOWN),
        ..PERCENTILE
    }
}

const fn other(
    id: &'static str,
    name: &'static str,
    meaning: &'static str,
    formula: &'static str,
    of: OfPartial,
) -> Metric {
    const SAMPLE: Sample = |p, _| p.other_durations.count();
    const KNOWN: Known = |p, _| (p.other_durations.count(), p.ended() - p.completed());
    let kind = Kind::OfPartial(of);
    Metric {
        id,
        name,
        meaning,
        formula,
        kind,
        reads: Sections::OTHER,
        dimensions: FAILING,
        sample: SAMPLE,
        known: Some(KNOWN),
        ..PERCENTILE
    }
}

const fn queue(
    id: &'static str,
    name: &'static str,
    meaning: &'static str,
    formula: &'static str,
    of: OfPartial,
) -> Metric {
    const SAMPLE: Sample = |p, _| p.queue_waits.count();
    const KNOWN: Known = |p, _| (p.queue_waits.count(), p.opened);
    let kind = Kind::OfPartial(of);
    Metric {
        id,
        name,
        meaning,
        formula,
        kind,
        reads: Sections::QUEUE,
        dimensions: OPENING,
        sample: SAMPLE,
        known: Some(KNOWN),
        ..PERCENTILE
    }
}

const fn bucket(
    id: &'static str,
    name: &'static str,
    meaning: &'static str,
    formula: &'static str,
    of: OfPartial,
) -> Metric {
    const SAMPLE: Sample = |p, _| p.completed_durations.count();
    const KNOWN: Known = |p, _| (p.completed_durations.count(), p.completed());
    let kind = Kind::OfPartial(of);
    Metric {
        id,
        name,
        meaning,
        formula,
        kind,
        reads: Sections::HISTOGRAM.and(Sections::COMPLETED),
        dimensions: ENDING,
        sample: SAMPLE,
        known: Some(KNOWN),
        ..TEMPLATE
    }
}

fn quantile(sketch: &Sketch, q: f64) -> Option<Value> {
    sketch.quantile(q).and_then(Value::count)
}

fn mean(sketch: &Sketch) -> Option<Value> {
    sketch.mean().map(Value::Real)
}

fn both(partial: &Partial) -> Sketch {
    let mut all = partial.completed_durations.clone();
    all.merge(&partial.other_durations);
    all
}
