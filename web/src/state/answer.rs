//! What came back, read by selection and metric. Absent stays absent all the way to the screen.

use chrono::{DateTime, Utc};
use shadow_proto::{
    common::v1::Provenance,
    metrics::v1::{Bucket, Group, QueryResponse, Result as Answer, Series, Value, value::Number},
};

use super::query::instant;

/// A number that may be absent.
pub fn number(value: Option<&Value>) -> Option<f64> {
    match value?.number.as_ref()? {
        Number::Integer(integer) => Some(*integer as f64),
        Number::Real(real) => Some(*real),
    }
}

/// One metric of one group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trend {
    /// Over the whole range.
    pub total: Option<f64>,
    /// Over the compared period.
    pub previous: Option<f64>,
    /// Against the compared period, as the metric's unit has it.
    pub change: Option<f64>,
    /// By bucket.
    pub values: Vec<Option<f64>>,
    /// By bucket of the compared period.
    pub previous_values: Vec<Option<f64>>,
    /// How many executions the total was computed from.
    pub sample_size: u64,
    /// The part of the executions that had the value.
    pub share_known: Option<f64>,
}

impl From<&Series> for Trend {
    fn from(series: &Series) -> Self {
        Self {
            total: number(series.total.as_ref()),
            previous: number(series.previous_total.as_ref()),
            change: series.change,
            values: series
                .values
                .iter()
                .map(|value| number(Some(value)))
                .collect(),
            previous_values: series
                .previous_values
                .iter()
                .map(|value| number(Some(value)))
                .collect(),
            sample_size: series.sample_size,
            share_known: series.share_known,
        }
    }
}

/// One selection's answer.
pub fn result<'a>(response: &'a QueryResponse, id: &str) -> Option<&'a Answer> {
    response.results.iter().find(|result| result.id == id)
}

/// One metric of a group.
pub fn trend(group: &Group, metric: &str) -> Option<Trend> {
    of(&group.series, metric)
}

/// One metric of several.
pub fn of(series: &[Series], metric: &str) -> Option<Trend> {
    series
        .iter()
        .find(|series| series.metric == metric)
        .map(Trend::from)
}

/// One metric of a selection that is not grouped.
pub fn whole(response: &QueryResponse, id: &str, metric: &str) -> Option<Trend> {
    trend(result(response, id)?.groups.first()?, metric)
}

/// What a group is called, and the workspace that its key belongs to.
pub fn label(group: &Group) -> String {
    if group.other_groups > 0 {
        return format!("{} others", group.other_groups);
    }
    let names: Vec<&str> = group
        .keys
        .iter()
        .map(|key| match (&key.id, key.label.as_str()) {
            (None, _) => "Unknown",
            (Some(id), "") => id,
            (Some(_), label) => label,
        })
        .collect();
    names.join(" · ")
}

/// One bucket of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The first instant.
    pub start: DateTime<Utc>,
    /// The first instant after it.
    pub end: DateTime<Utc>,
    /// Whether the bucket was over when the data was read.
    pub over: bool,
    /// Whether, besides, none of its executions is open.
    pub complete: bool,
}

/// The buckets of a selection; `over` is measured at the time of its snapshot.
pub fn slots(answer: &Answer) -> Vec<Slot> {
    let read = as_of(answer.provenance.as_ref());
    answer
        .buckets
        .iter()
        .filter_map(|bucket| slot(bucket, read))
        .collect()
}

/// Leaves out the buckets that had not begun when the data was read: a range to the end of its month is seen to date.
pub fn begun(mut response: QueryResponse) -> QueryResponse {
    for answer in &mut response.results {
        let read = as_of(answer.provenance.as_ref());
        let begins = |bucket: &Bucket| instant(bucket.start.as_ref());
        let begun = answer
            .buckets
            .iter()
            .take_while(|bucket| {
                begins(bucket)
                    .zip(read)
                    .is_none_or(|(start, read)| start <= read)
            })
            .count();
        answer.buckets.truncate(begun);
        for series in answer.groups.iter_mut().flat_map(|group| &mut group.series) {
            series.values.truncate(begun);
        }
    }
    response
}

/// When the data was read.
pub fn as_of(provenance: Option<&Provenance>) -> Option<DateTime<Utc>> {
    instant(provenance?.snapshot_time.as_ref())
}

/// How many of the first buckets have nothing in them, for ranges that begin before there was any data. At least the
/// last bucket is kept.
pub fn leading_gap(values: &[Option<f64>]) -> usize {
    let empty = values
        .iter()
        .take_while(|value| value.is_none_or(|number| number == 0.0))
        .count();
    empty.min(values.len().saturating_sub(1))
}

/// Whether nothing at all was counted.
pub fn is_empty(response: &QueryResponse, id: &str, metric: &str) -> bool {
    whole(response, id, metric)
        .and_then(|trend| trend.total)
        .is_none_or(|total| total == 0.0)
}

fn slot(bucket: &Bucket, read: Option<DateTime<Utc>>) -> Option<Slot> {
    let (start, end) = (
        instant(bucket.start.as_ref())?,
        instant(bucket.end.as_ref())?,
    );
    Some(Slot {
        start,
        end,
        over: read.is_none_or(|read| end <= read),
        complete: bucket.complete,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use shadow_proto::metrics::v1::{Dimension, Key};

    use super::*;
    use crate::state::query::{self, OVERVIEW, timestamp};

    pub(crate) fn integer(value: i64) -> Value {
        Value {
            number: Some(Number::Integer(value)),
        }
    }

    pub(crate) fn real(value: f64) -> Value {
        Value {
            number: Some(Number::Real(value)),
        }
    }

    pub(crate) fn series(metric: &str, total: Value, values: Vec<Value>) -> Series {
        Series {
            metric: metric.to_owned(),
            total: Some(total),
            previous_total: Some(integer(10)),
            previous_values: values.clone(),
            values,
            change: Some(0.25),
            sample_size: 12,
            share_known: Some(0.5),
        }
    }

    /// Three days, the last not over, with an agent and the rest beside it.
    pub(crate) fn response() -> QueryResponse {
        let day = |day: u32, complete| Bucket {
            start: Some(timestamp(
                format!("2026-11-{day:02}T00:00:00Z").parse().unwrap(),
            )),
            end: Some(timestamp(
                format!("2026-11-{:02}T00:00:00Z", day + 1).parse().unwrap(),
            )),
            complete,
        };
        let provenance = Provenance {
            snapshot_time: Some(timestamp("2026-11-23T21:00:00Z".parse().unwrap())),
            definition_version: 3,
            open_executions: 4,
            ..Provenance::default()
        };
        let answer = |id: &str, groups| Answer {
            id: id.to_owned(),
            buckets: vec![day(21, true), day(22, false), day(23, false)],
            previous_buckets: vec![day(18, true), day(19, true), day(20, true)],
            groups,
            provenance: Some(provenance.clone()),
        };
        let all = |metric: &str| match metric {
            "success_rate" | "stickiness" => series(
                metric,
                real(0.9318),
                vec![real(0.9), Value::default(), real(0.95)],
            ),
            "cost_per_success" => series(metric, Value::default(), vec![Value::default(); 3]),
            _ => series(
                metric,
                integer(1_234_567),
                vec![integer(400_000), integer(500_000), integer(334_567)],
            ),
        };
        let group = |metrics: &[&str], keys: Vec<Key>, other_groups| Group {
            keys,
            other_groups,
            series: metrics.iter().map(|metric| all(metric)).collect(),
        };
        let key = |dimension: Dimension, id: Option<&str>, label: &str| Key {
            dimension: dimension.into(),
            id: id.map(str::to_owned),
            label: label.to_owned(),
            workspace_id: "w1".to_owned(),
        };
        QueryResponse {
            results: vec![
                answer(
                    OVERVIEW,
                    vec![group(&query::OVERVIEW_METRICS, Vec::new(), 0)],
                ),
                answer(
                    query::AUDIENCE,
                    vec![group(&query::AUDIENCE_METRICS, Vec::new(), 0)],
                ),
                answer(
                    query::AGENTS,
                    vec![
                        group(
                            &query::AGENT_METRICS,
                            vec![key(Dimension::Agent, Some("a-1"), "Invoice reader")],
                            0,
                        ),
                        group(&query::AGENT_METRICS, Vec::new(), 3),
                    ],
                ),
                answer(
                    query::MODELS,
                    vec![group(
                        &query::MODEL_METRICS,
                        vec![key(Dimension::Model, None, "")],
                        0,
                    )],
                ),
            ],
        }
    }

    #[test]
    fn what_has_not_begun_is_left_out() {
        let mut response = response();
        let read = as_of(response.results[0].provenance.as_ref()).unwrap();
        for (bucket, days) in response.results[0].buckets.iter_mut().zip([-1, 0, 1]) {
            bucket.start = Some(timestamp(read + chrono::TimeDelta::days(days)));
        }
        let whole_before = whole(&response, OVERVIEW, "executions").unwrap();
        let seen = begun(response);
        let trend = whole(&seen, OVERVIEW, "executions").unwrap();
        assert_eq!(seen.results[0].buckets.len(), 2);
        assert_eq!(trend.values, whole_before.values[..2]);
        assert_eq!(trend.total, whole_before.total);
    }

    #[test]
    fn absent_is_not_zero() {
        assert_eq!(number(None), None);
        assert_eq!(number(Some(&Value::default())), None);
        assert_eq!(number(Some(&integer(0))), Some(0.0));
        assert_eq!(number(Some(&real(0.5))), Some(0.5));
    }

    #[test]
    fn a_metric_is_found_by_selection_and_id() {
        let response = response();
        let rate = whole(&response, OVERVIEW, "success_rate").unwrap();
        assert_eq!(rate.total, Some(0.9318));
        assert_eq!(rate.values, [Some(0.9), None, Some(0.95)]);
        assert_eq!(whole(&response, OVERVIEW, "no_such_metric"), None);
        assert!(!is_empty(&response, OVERVIEW, "executions"));
        assert!(is_empty(&response, "no_such_selection", "executions"));
    }

    #[test]
    fn a_bucket_is_over_when_its_end_was_read() {
        let response = response();
        let slots = slots(result(&response, OVERVIEW).unwrap());
        let over: Vec<_> = slots.iter().map(|slot| slot.over).collect();
        assert_eq!(over, [true, true, false]);
        assert!(!slots[1].complete);
    }

    #[test]
    fn groups_have_names() {
        let response = response();
        let names: Vec<_> = result(&response, query::AGENTS)
            .unwrap()
            .groups
            .iter()
            .map(label)
            .collect();
        assert_eq!(names, ["Invoice reader", "3 others"]);
        assert_eq!(
            label(&result(&response, query::MODELS).unwrap().groups[0]),
            "Unknown"
        );
    }

    #[test]
    fn buckets_before_the_first_value_are_counted() {
        assert_eq!(leading_gap(&[None, Some(0.0), Some(3.0), Some(0.0)]), 2);
        assert_eq!(leading_gap(&[Some(1.0)]), 0);
        assert_eq!(leading_gap(&[None, None]), 1);
        assert_eq!(leading_gap(&[]), 0);
    }
}
