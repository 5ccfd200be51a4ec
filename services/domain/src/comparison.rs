//! Change against a compared period.

use crate::catalogue::{Metric, Unit, Value};

/// How a value has changed. Counts, amounts and times: (current − previous) ÷ previous, absent where
/// the previous is zero or negative. Ratios: the difference. Absent where either value is.
pub fn change(metric: &Metric, current: Option<Value>, previous: Option<Value>) -> Option<f64> {
    let (current, previous) = (current?, previous?);
    let difference = match (current, previous) {
        (Value::Integer(current), Value::Integer(previous)) => (current - previous) as f64,
        _ => current.as_f64() - previous.as_f64(),
    };
    match metric.unit {
        Unit::Ratio => Some(difference),
        _ => (previous.as_f64() > 0.0).then(|| difference / previous.as_f64()),
    }
}
