//! Shapes of small drawings: sparklines and bars of shares, as plain coordinates.

/// The box that a sparkline is drawn in; the style sheet stretches it.
pub const WIDTH: f64 = 120.0;
/// Its height.
pub const HEIGHT: f64 = 32.0;
/// Room for the stroke.
const MARGIN: f64 = 2.0;

/// The paths of a sparkline.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spark {
    /// The line through buckets that are over; it breaks where a value is absent.
    pub line: String,
    /// The filled shape under it.
    pub area: String,
    /// From the last bucket that is over into the one that is not.
    pub so_far: String,
}

/// Draws values over time. `open` says whether the last bucket is not over.
pub fn spark(values: &[Option<f64>], open: bool) -> Spark {
    let present: Vec<f64> = values.iter().flatten().copied().collect();
    let (Some(low), Some(high)) = (
        present.iter().copied().reduce(f64::min),
        present.iter().copied().reduce(f64::max),
    ) else {
        return Spark::default();
    };
    // Counts start at nothing, so that a flat line of large numbers does not look like a mountain range.
    let low = if low >= 0.0 && low < high * 0.9 {
        0.0
    } else {
        low
    };
    let step = WIDTH / (values.len().max(2) - 1) as f64;
    let point = |at: usize, value: f64| {
        let share = if high > low {
            (value - low) / (high - low)
        } else if high == 0.0 {
            0.0
        } else {
            0.5
        };
        (
            at as f64 * step,
            HEIGHT - MARGIN - share * (HEIGHT - 2.0 * MARGIN),
        )
    };
    let solid = if open {
        values.len().saturating_sub(1)
    } else {
        values.len()
    };
    let mut spark = Spark::default();
    for run in runs(&values[..solid]) {
        let points: Vec<(f64, f64)> = run.iter().map(|(at, value)| point(*at, *value)).collect();
        spark.line.push_str(&path(&points));
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            spark.area.push_str(&format!(
                "{}L{:.1} {HEIGHT}L{:.1} {HEIGHT}Z",
                path(&points),
                last.0,
                first.0
            ));
        }
    }
    if let [.., Some(before), Some(last)] = values
        && open
    {
        spark.so_far = path(&[
            point(values.len() - 2, *before),
            point(values.len() - 1, *last),
        ]);
    }
    spark
}

/// The part of the largest that a value is, in percent, for a bar in a table.
pub fn share(value: Option<f64>, largest: f64) -> f64 {
    match value {
        Some(value) if largest > 0.0 => (value / largest * 100.0).clamp(0.0, 100.0),
        _ => 0.0,
    }
}

/// Unbroken stretches of values with their places.
fn runs(values: &[Option<f64>]) -> Vec<Vec<(usize, f64)>> {
    let mut runs: Vec<Vec<(usize, f64)>> = Vec::new();
    let mut broken = true;
    for (at, value) in values.iter().enumerate() {
        match (value, broken) {
            (Some(value), true) => {
                runs.push(vec![(at, *value)]);
                broken = false;
            }
            (Some(value), false) => {
                if let Some(run) = runs.last_mut() {
                    run.push((at, *value));
                }
            }
            (None, _) => broken = true,
        }
    }
    runs
}

fn path(points: &[(f64, f64)]) -> String {
    // A lone point becomes a short stroke, so that it can be seen.
    if let [(x, y)] = points {
        return format!("M{:.1} {y:.1}h1", x - 0.5);
    }
    points
        .iter()
        .enumerate()
        .map(|(at, (x, y))| format!("{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_spans_the_box() {
        let spark = spark(&[Some(0.0), Some(10.0)], false);
        assert_eq!(spark.line, "M0.0 30.0L120.0 2.0");
        assert_eq!(spark.area, "M0.0 30.0L120.0 2.0L120.0 32L0.0 32Z");
        assert_eq!(spark.so_far, "");
    }

    #[test]
    fn an_absent_value_is_a_gap() {
        let spark = spark(&[Some(1.0), None, Some(3.0), Some(4.0)], false);
        assert_eq!(spark.line.matches('M').count(), 2);
        assert!(
            spark.line.contains("h1"),
            "a lone point is seen: {}",
            spark.line
        );
    }

    #[test]
    fn a_bucket_that_is_not_over_is_drawn_apart() {
        let spark = spark(&[Some(4.0), Some(4.0), Some(1.0)], true);
        assert!(!spark.line.contains("120.0"), "{}", spark.line);
        assert!(spark.so_far.contains("120.0"), "{}", spark.so_far);
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(spark(&[None, None], true), Spark::default());
        assert_eq!(spark(&[], false), Spark::default());
    }

    #[test]
    fn equal_values_lie_in_the_middle_and_nothing_at_the_bottom() {
        assert_eq!(
            spark(&[Some(5.0), Some(5.0)], false).line,
            "M0.0 16.0L120.0 16.0"
        );
        assert_eq!(
            spark(&[Some(0.0), Some(0.0)], false).line,
            "M0.0 30.0L120.0 30.0"
        );
    }

    #[test]
    fn shares_are_of_the_largest() {
        assert_eq!(share(Some(5.0), 20.0), 25.0);
        assert_eq!(share(None, 20.0), 0.0);
        assert_eq!(share(Some(5.0), 0.0), 0.0);
    }
}
