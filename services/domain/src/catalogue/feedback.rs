//! What people said of runs. A rating belongs to the bucket in which its run was opened, also when it comes much later.

use super::metric::{Additivity, Direction, Kind, Metric, TEMPLATE, Unit, Value};
use crate::partial::Sections;

pub(super) const METRICS: &[Metric] = &[
    Metric {
        id: "feedback",
        name: "Ratings",
        meaning: "Executions opened in the bucket that a person rated, whenever they did.",
        formula: "rated",
        direction: Direction::UpIsGood,
        kind: Kind::OfPartial(|p, _| Value::count(p.feedback)),
        reads: Sections::FEEDBACK,
        ..TEMPLATE
    },
    Metric {
        id: "rating_mean",
        name: "Mean rating",
        meaning: "The mean of the ratings, from 1 to 5, of the executions that a person rated.",
        unit: Unit::Rating,
        formula: "Σ rating ÷ rated",
        direction: Direction::UpIsGood,
        additivity: Additivity::Ratio,
        kind: Kind::OfPartial(|p, _| Value::quotient(u128::from(p.rating_sum), p.feedback)),
        reads: Sections::FEEDBACK,
        sample: |p, _| p.feedback,
        known: Some(|p, _| (p.feedback, p.opened)),
        ..TEMPLATE
    },
];
