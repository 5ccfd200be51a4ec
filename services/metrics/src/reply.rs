//! From answers to their protobuf form.

use chrono::{DateTime, Utc};
use shadow_domain::{
    catalogue::{self, Additivity, Direction, Unit},
    cell::{self, Part},
    time::Range,
};
use shadow_proto::{common::v1 as common, metrics::v1 as proto};
use shadow_query::{self as query, limits};
use shadow_rpc::status;
use tonic::Status;

/// The catalogue, with the combinations and limits that Query enforces.
pub(crate) fn catalogue() -> proto::DescribeCatalogueResponse {
    proto::DescribeCatalogueResponse {
        metrics: catalogue::all().iter().map(metric).collect(),
        definition_version: catalogue::VERSION,
        limits: Some(proto::QueryLimits {
            max_selections: limits::MAX_SELECTIONS as u32,
            max_metrics: limits::MAX_METRICS as u32,
            max_points: limits::MAX_POINTS as u32,
            max_groups: limits::MAX_GROUPS as u32,
            max_range_days: limits::MAX_RANGE_DAYS as u32,
            max_filter_keys: limits::MAX_FILTER_KEYS as u32,
            max_workspaces: limits::MAX_WORKSPACES as u32,
            max_values: limits::MAX_VALUES as u32,
        }),
    }
}

fn metric(metric: &catalogue::Metric) -> proto::Metric {
    proto::Metric {
        id: metric.id.to_owned(),
        name: metric.name.to_owned(),
        meaning: metric.meaning.to_owned(),
        unit: unit(metric.unit).into(),
        formula: metric.formula.to_owned(),
        direction: match metric.direction {
            Direction::UpIsGood => proto::Direction::UpIsGood,
            Direction::DownIsGood => proto::Direction::DownIsGood,
            Direction::Neutral => proto::Direction::Neutral,
        }
        .into(),
        additivity: match metric.additivity {
            Additivity::Additive => proto::Additivity::Additive,
            Additivity::Distinct => proto::Additivity::Distinct,
            Additivity::Percentile => proto::Additivity::Percentile,
            Additivity::Ratio => proto::Additivity::Ratio,
        }
        .into(),
        combinations: metric
            .dimensions
            .iter()
            .map(|dimension| combination(*dimension))
            .collect(),
        minute_resolution: metric.minute,
        relative_error: metric.relative_error,
        definition_version: metric.definition_version,
    }
}

fn unit(unit: Unit) -> proto::Unit {
    match unit {
        Unit::Count => proto::Unit::Count,
        Unit::Ratio => proto::Unit::Ratio,
        Unit::Microseconds => proto::Unit::Microseconds,
        Unit::Tokens => proto::Unit::Tokens,
        Unit::CreditsMicro => proto::Unit::CreditsMicro,
        Unit::MoneyMicro => proto::Unit::MoneyMicro,
        Unit::Rating => proto::Unit::Rating,
    }
}

fn combination(dimension: cell::Dimension) -> proto::Combination {
    proto::Combination {
        dimensions: dimension
            .parts()
            .iter()
            .map(|part| self::dimension(*part).into())
            .collect(),
    }
}

fn dimension(part: Part) -> proto::Dimension {
    match part {
        Part::Agent => proto::Dimension::Agent,
        Part::AgentVersion => proto::Dimension::AgentVersion,
        Part::Trigger => proto::Dimension::Trigger,
        Part::Environment => proto::Dimension::Environment,
        Part::Model => proto::Dimension::Model,
        Part::Provider => proto::Dimension::Provider,
        Part::ErrorKind => proto::Dimension::ErrorKind,
        Part::Workspace => proto::Dimension::Workspace,
    }
}

/// The answers of one request, in a zone of this name.
pub(crate) fn query(answers: Vec<query::Answer>, zone: &str) -> proto::QueryResponse {
    proto::QueryResponse {
        results: answers
            .into_iter()
            .map(|answer| result(answer, zone))
            .collect(),
    }
}

fn result(answer: query::Answer, zone: &str) -> proto::Result {
    proto::Result {
        id: answer.id,
        buckets: answer.buckets.iter().map(bucket).collect(),
        previous_buckets: answer.previous_buckets.iter().map(bucket).collect(),
        groups: answer.groups.into_iter().map(group).collect(),
        provenance: Some(provenance(answer.provenance, zone)),
    }
}

fn bucket(bucket: &query::Bucket) -> proto::Bucket {
    proto::Bucket {
        start: Some(timestamp(bucket.range.start)),
        end: Some(timestamp(bucket.range.end)),
        complete: bucket.complete,
    }
}

fn group(group: query::Group) -> proto::Group {
    proto::Group {
        keys: group.keys.into_iter().map(key).collect(),
        other_groups: group.other_groups,
        series: group.series.into_iter().map(series).collect(),
    }
}

fn key(key: query::Key) -> proto::Key {
    proto::Key {
        dimension: dimension(key.part).into(),
        id: key.id,
        label: key.label,
        workspace_id: key.workspace.map(|id| id.to_string()).unwrap_or_default(),
    }
}

pub(crate) fn series(series: query::Series) -> proto::Series {
    proto::Series {
        metric: series.metric.id.to_owned(),
        total: Some(value(series.total)),
        values: series.values.into_iter().map(value).collect(),
        previous_total: series
            .previous
            .is_some()
            .then(|| value(series.previous_total)),
        previous_values: series
            .previous
            .unwrap_or_default()
            .into_iter()
            .map(value)
            .collect(),
        change: series.change,
        sample_size: series.sample_size,
        share_known: series.share_known,
    }
}

pub(crate) fn value(value: Option<query::Number>) -> proto::Value {
    let number = value.map(|value| match value {
        query::Number::Integer(integer) => proto::value::Number::Integer(integer),
        query::Number::Real(real) => proto::value::Number::Real(real),
    });
    proto::Value { number }
}

pub(crate) fn provenance(provenance: query::Provenance, zone: &str) -> common::Provenance {
    common::Provenance {
        snapshot_time: Some(timestamp(provenance.snapshot_time)),
        last_event_time: provenance.last_event_time.map(timestamp),
        effective_range: Some(time_range(&provenance.effective_range, zone)),
        definition_version: provenance.definition_version,
        open_executions: provenance.open_executions,
        complete: provenance.complete,
        age: None,
        other_currencies: provenance
            .other_currencies
            .iter()
            .map(|currency| currency.as_str().to_owned())
            .collect(),
    }
}

pub(crate) fn time_range(range: &Range, zone: &str) -> common::TimeRange {
    common::TimeRange {
        start: Some(timestamp(range.start)),
        end: Some(timestamp(range.end)),
        zone: zone.to_owned(),
    }
}

pub(crate) fn timestamp(at: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: at.timestamp_subsec_nanos() as i32,
    }
}

/// An amount in millionths as it is sent.
pub(crate) fn narrow(micros: i128) -> Result<i64, Status> {
    i64::try_from(micros).map_err(|error| status::internal(&error))
}
