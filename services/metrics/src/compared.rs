//! What is put side by side: values, differences from the first, and whether a difference means something. Pure.

use shadow_domain::{
    catalogue::{self, Unit},
    statistics::Proportion,
};
use shadow_proto::metrics::v1::{
    CompareResponse, ComparedMetric, ComparedSubject, ComparedValue, Group, Result as Answer,
    SignificanceMethod, Value, value::Number,
};

use crate::{
    agent::verdict,
    board::{count, interval, judged},
};

/// Counts of every subject, in the order by which shares are judged.
pub(crate) const COUNTS: [&str; 4] = ["executions", "completed", "failed", "timed_out"];
/// The share that is judged by them.
const JUDGED: &str = "success_rate";

/// One of those that are put side by side, with its values.
pub(crate) struct Subject {
    described: ComparedSubject,
    /// By metric; what nothing was recorded of has none.
    values: Vec<(String, Option<Value>)>,
    success: Proportion,
}

impl Subject {
    /// A subject with what an answer has of it.
    pub(crate) fn new(
        mut described: ComparedSubject,
        answer: &Answer,
        group: Option<&Group>,
    ) -> Self {
        let series = group.map_or(&[][..], |group| &group.series);
        let provenance = answer.provenance.as_ref();
        described.range = provenance.and_then(|from| from.effective_range.clone());
        described.provenance = answer.provenance.clone();
        described.executions = count(series.first().and_then(|one| one.total.as_ref()));
        Self {
            described,
            values: series
                .iter()
                .map(|one| (one.metric.clone(), one.total))
                .collect(),
            success: judged(series, |one| one.total.as_ref()),
        }
    }

    /// What was recorded; nothing of what nothing was recorded of, but where it is counted: that is none.
    fn value(&self, id: &str) -> Option<Number> {
        if self.values.is_empty() {
            let counted = catalogue::find(id).is_some_and(|metric| metric.unit == Unit::Count);
            return counted.then_some(Number::Integer(0));
        }
        let found = self.values.iter().find(|(metric, _)| metric == id);
        found.and_then(|(_, value)| value.as_ref()?.number)
    }
}

/// Subjects side by side; the first is what the others are compared with.
pub(crate) fn put_side_by_side(subjects: Vec<Subject>, metrics: &[String]) -> CompareResponse {
    let metric = |id: &String| ComparedMetric {
        metric: id.clone(),
        values: subjects
            .iter()
            .enumerate()
            .map(|(at, subject)| compared(id, subject, subjects.first().filter(|_| at > 0)))
            .collect(),
    };
    CompareResponse {
        metrics: metrics.iter().map(metric).collect(),
        subjects: subjects
            .iter()
            .map(|subject| subject.described.clone())
            .collect(),
    }
}

fn compared(id: &str, subject: &Subject, first: Option<&Subject>) -> ComparedValue {
    let own = subject.value(id);
    let mut compared = ComparedValue {
        value: Some(Value { number: own }),
        ..ComparedValue::default()
    };
    let Some(first) = first else { return compared };
    if let Some((own, base)) = own.zip(first.value(id)) {
        let difference = match (own, base) {
            (Number::Integer(own), Number::Integer(base)) => {
                (i128::from(own) - i128::from(base)) as f64
            }
            (own, base) => real(own) - real(base),
        };
        let is_ratio = catalogue::find(id).is_none_or(|metric| metric.unit == Unit::Ratio);
        compared.difference = Some(difference);
        compared.relative_difference =
            (!is_ratio && real(base) > 0.0).then(|| difference / real(base));
    }
    if id == JUDGED
        && let Some(difference) = subject.success.above(first.success)
    {
        compared.set_method(SignificanceMethod::Newcombe);
        compared.difference_interval = Some(interval(difference.interval));
        compared.verdict = Some(verdict(difference.verdict()).into());
    }
    compared
}

fn real(number: Number) -> f64 {
    match number {
        Number::Integer(integer) => integer as f64,
        Number::Real(real) => real,
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::{Series, Verdict};

    use super::*;

    fn group(completed: i64, failed: i64) -> Group {
        let series = |metric: &str, number| Series {
            metric: metric.to_owned(),
            total: Some(Value { number }),
            ..Series::default()
        };
        let all = completed + failed;
        let rate = (all > 0).then(|| Number::Real(completed as f64 / all as f64));
        Group {
            series: vec![
                series("executions", Some(Number::Integer(all))),
                series("completed", Some(Number::Integer(completed))),
                series("failed", Some(Number::Integer(failed))),
                series("timed_out", Some(Number::Integer(0))),
                series("success_rate", rate),
                series("credits_per_run", None),
            ],
            ..Group::default()
        }
    }

    fn side_by_side(groups: &[Option<Group>]) -> CompareResponse {
        let subject = |group: &Option<Group>| {
            Subject::new(
                ComparedSubject::default(),
                &Answer::default(),
                group.as_ref(),
            )
        };
        let metrics = ["executions", "success_rate", "credits_per_run"].map(str::to_owned);
        put_side_by_side(groups.iter().map(subject).collect(), &metrics)
    }

    #[test]
    fn the_first_is_what_others_are_compared_with() {
        let answer = side_by_side(&[Some(group(48, 32)), Some(group(56, 14)), Some(group(0, 0))]);
        let executions = &answer.metrics[0].values;
        assert_eq!(
            (executions[0].difference, executions[0].relative_difference),
            (None, None)
        );
        assert_eq!(
            (executions[1].difference, executions[1].relative_difference),
            (Some(-10.0), Some(-0.125))
        );
        assert_eq!(executions[1].method(), SignificanceMethod::Unspecified);
        let rates = &answer.metrics[1].values;
        assert_eq!(rates[0].method(), SignificanceMethod::Unspecified);
        // Newcombe's example (a): 56 of 70 above 48 of 80 by 0.0524 to 0.3339.
        let interval = rates[1].difference_interval.unwrap();
        assert!((interval.low - 0.0524).abs() < 5e-5 && (interval.high - 0.3339).abs() < 5e-5);
        assert!((rates[1].difference.unwrap() - 0.2).abs() < 1e-12);
        assert_eq!(
            (rates[1].method(), rates[1].verdict()),
            (SignificanceMethod::Newcombe, Verdict::Better)
        );
        assert_eq!(rates[1].relative_difference, None);
        // Nothing was judged there.
        assert_eq!((rates[2].difference, rates[2].verdict), (None, None));
        assert_eq!(
            answer.metrics[2].values[1],
            ComparedValue {
                value: Some(Value { number: None }),
                ..ComparedValue::default()
            }
        );
    }

    #[test]
    fn of_what_nothing_was_recorded_counts_are_none_and_all_else_is_absent() {
        let answer = side_by_side(&[Some(group(1, 1)), None]);
        let value = |metric: usize| answer.metrics[metric].values[1].value.unwrap().number;
        assert_eq!(value(0), Some(Number::Integer(0)));
        assert_eq!((value(1), value(2)), (None, None));
        assert_eq!(answer.metrics[0].values[1].relative_difference, Some(-1.0));
    }
}
