//! Runs, how they ended, and throughput.

use super::metric::{
    Additivity, Direction, ENDING, FAILING, Kind, Metric, OPENING, OfPartial, Sample, TEMPLATE,
    Unit, Value, ended,
};
use crate::cell::Dimension;
use crate::execution::Outcome;
use crate::partial::{MinuteCounts, Partial, Sections};

pub(super) const METRICS: &[Metric] = &[
    Metric {
        id: "executions",
        name: "Executions",
        meaning: "Executions that were opened, in the bucket in which they were.",
        formula: "opened",
        direction: Direction::UpIsGood,
        kind: Kind::OfPartial(|p, _| Value::count(p.opened)),
        ..TEMPLATE
    },
    Metric {
        id: "executions_started",
        name: "Executions started",
        meaning: "Executions opened in the bucket that have begun to run, whenever they did.",
        formula: "started",
        direction: Direction::UpIsGood,
        kind: Kind::OfPartial(|p, _| Value::count(p.started)),
        ..TEMPLATE
    },
    Metric {
        id: "executions_ended",
        name: "Executions ended",
        meaning: "Executions opened in the bucket that have ended, whenever they did.",
        formula: "completed + failed + cancelled + timed out + unknown",
        direction: Direction::UpIsGood,
        dimensions: ENDING,
        kind: Kind::OfPartial(|p, _| Value::count(p.ended())),
        ..TEMPLATE
    },
    Metric {
        id: "open_executions",
        name: "Open executions",
        meaning: "Executions opened in the bucket that have not ended; while there are any, its rates may still move.",
        formula: "opened − ended",
        kind: Kind::OfPartial(|p, _| Value::count(p.open())),
        ..TEMPLATE
    },
    Metric {
        name: "Completed",
        meaning: "Executions that did what they were asked for.",
        direction: Direction::UpIsGood,
        dimensions: ENDING,
        ..outcome("completed", "outcome = completed", |p, _| {
            Value::count(p.completed())
        })
    },
    Metric {
        name: "Failed",
        meaning: "Executions that ended with an error, timeouts not among them.",
        dimensions: FAILING,
        ..outcome("failed", "outcome = failed", |p, _| {
            Value::count(p.failed())
        })
    },
    Metric {
        name: "Timed out",
        meaning: "Executions that took longer than their timeout.",
        dimensions: FAILING,
        ..outcome("timed_out", "outcome = timed out", |p, _| {
            Value::count(p.timed_out())
        })
    },
    Metric {
        name: "Failures",
        meaning: "Executions that ended with an error or took longer than their timeout.",
        dimensions: FAILING,
        ..outcome("failures", "failed + timed out", |p, _| {
            Value::count(p.failed() + p.timed_out())
        })
    },
    Metric {
        name: "Cancelled",
        meaning: "Executions that somebody stopped; they are left out of the success rate.",
        direction: Direction::Neutral,
        ..outcome("cancelled", "outcome = cancelled", |p, _| {
            Value::count(p.ended_as(Outcome::Cancelled))
        })
    },
    Metric {
        name: "Unknown outcome",
        meaning: "Executions that ended without the producer knowing how; they are left out of the success rate.",
        direction: Direction::Neutral,
        ..outcome("unknown_outcome", "outcome = unknown", |p, _| {
            Value::count(p.ended_as(Outcome::Unknown))
        })
    },
    Metric {
        id: "success_rate",
        name: "Success rate",
        meaning: "The share of executions that completed among those that completed, failed or timed out.",
        unit: Unit::Ratio,
        formula: "completed ÷ (completed + failed + timed out)",
        direction: Direction::UpIsGood,
        additivity: Additivity::Ratio,
        dimensions: ENDING,
        kind: Kind::OfPartial(|p, _| Value::quotient(u128::from(p.completed()), judged(p))),
        sample: |p, _| judged(p),
        known: Some(|p, _| (judged(p), judged(p) + p.ended_as(Outcome::Unknown))),
        ..TEMPLATE
    },
    Metric {
        id: "throughput_opened",
        name: "Opened per bucket",
        meaning: "Executions opened, by the time of opening, down to the minute.",
        formula: "opened, by time of opening",
        direction: Direction::UpIsGood,
        ..throughput(|p, _| Value::count(flow(p).opened), |p, _| flow(p).opened)
    },
    Metric {
        id: "throughput_started",
        name: "Started per bucket",
        meaning: "Executions started, by the time of the start, down to the minute.",
        formula: "started, by time of start",
        direction: Direction::UpIsGood,
        ..throughput(|p, _| Value::count(flow(p).started), |p, _| flow(p).started)
    },
    Metric {
        id: "throughput_ended",
        name: "Ended per bucket",
        meaning: "Executions ended, by the time of the end, down to the minute.",
        formula: "ended, by time of end",
        direction: Direction::UpIsGood,
        ..throughput(|p, _| Value::count(flow(p).ended), |p, _| flow(p).ended)
    },
    Metric {
        id: "throughput_failed",
        name: "Failures per bucket",
        meaning: "Executions failed or timed out, by the time of the end, down to the minute.",
        formula: "failed + timed out, by time of end",
        direction: Direction::DownIsGood,
        ..throughput(|p, _| Value::count(flow(p).failed), |p, _| flow(p).ended)
    },
];

const fn outcome(id: &'static str, formula: &'static str, of: OfPartial) -> Metric {
    Metric {
        id,
        formula,
        direction: Direction::DownIsGood,
        dimensions: ENDING,
        kind: Kind::OfPartial(of),
        sample: ended,
        ..TEMPLATE
    }
}

const fn throughput(of: OfPartial, sample: Sample) -> Metric {
    const TOTAL: &[Dimension] = &[OPENING[0]];
    Metric {
        kind: Kind::OfPartial(of),
        reads: Sections::MINUTES,
        dimensions: TOTAL,
        minute: true,
        sample,
        ..TEMPLATE
    }
}

/// The runs that the success rate is about.
fn judged(partial: &Partial) -> u64 {
    partial.completed() + partial.failed() + partial.timed_out()
}

fn flow(partial: &Partial) -> MinuteCounts {
    partial
        .minutes
        .as_ref()
        .map_or(MinuteCounts::default(), |minutes| minutes.sum())
}
