//! What runs did, step by step. A step belongs to the bucket in which its run was opened.

use super::metric::{Additivity, Direction, Kind, Metric, TEMPLATE, Unit, Value};
use crate::partial::Sections;

pub(super) const METRICS: &[Metric] = &[
    Metric {
        id: "steps",
        name: "Steps",
        meaning: "Steps of the executions opened in the bucket: model calls, tool calls, retrievals and others.",
        formula: "steps",
        kind: Kind::OfPartial(|p, _| Value::count(p.steps)),
        reads: Sections::STEPS,
        ..TEMPLATE
    },
    Metric {
        id: "failed_steps",
        name: "Failed steps",
        meaning: "Steps that ended with an error, whatever became of their execution.",
        formula: "status = failed",
        direction: Direction::DownIsGood,
        kind: Kind::OfPartial(|p, _| Value::count(p.failed_steps)),
        reads: Sections::STEPS,
        sample: |p, _| p.steps,
        ..TEMPLATE
    },
    Metric {
        id: "steps_per_run",
        name: "Steps per run",
        meaning: "Steps per execution that was opened, those without any among them.",
        unit: Unit::Count,
        formula: "steps ÷ opened",
        direction: Direction::DownIsGood,
        additivity: Additivity::Ratio,
        kind: Kind::OfPartial(|p, _| Value::quotient(u128::from(p.steps), p.opened)),
        reads: Sections::STEPS,
        sample: |p, _| p.opened,
        ..TEMPLATE
    },
];
