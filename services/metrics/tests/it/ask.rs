//! Questions that tests ask, and what they read in the answers.

use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use shadow_proto::{
    common::v1::{Granularity, TimeRange},
    metrics::v1::{QueryRequest, QueryResponse, Selection, Series, value::Number},
};
use uuid::Uuid;

pub(crate) fn range(start: &str, end: &str, zone: &str) -> TimeRange {
    TimeRange {
        start: Some(instant(start)),
        end: Some(instant(end)),
        zone: zone.to_owned(),
    }
}

pub(crate) fn instant(text: &str) -> Timestamp {
    let at: DateTime<Utc> = text.parse().unwrap();
    Timestamp {
        seconds: at.timestamp(),
        nanos: at.timestamp_subsec_nanos() as i32,
    }
}

pub(crate) fn selection(id: &str, metrics: &[&str], granularity: Granularity) -> Selection {
    Selection {
        id: id.to_owned(),
        metrics: metrics.iter().map(|metric| (*metric).to_owned()).collect(),
        granularity: granularity.into(),
        ..Selection::default()
    }
}

pub(crate) fn request(
    range: TimeRange,
    workspaces: &[Uuid],
    selections: Vec<Selection>,
) -> QueryRequest {
    QueryRequest {
        selections,
        range: Some(range),
        workspace_ids: workspaces.iter().map(Uuid::to_string).collect(),
        ..QueryRequest::default()
    }
}

/// The whole of a series that counts.
pub(crate) fn total(series: &Series) -> i64 {
    match series.total.and_then(|value| value.number) {
        Some(Number::Integer(integer)) => integer,
        other => panic!("{} is {other:?}", series.metric),
    }
}

/// The first number of the first result.
pub(crate) fn first(response: &QueryResponse) -> i64 {
    total(&response.results[0].groups[0].series[0])
}

/// The values of a series that counts.
pub(crate) fn values(series: &Series) -> Vec<i64> {
    let integer = |value: &shadow_proto::metrics::v1::Value| match value.number {
        Some(Number::Integer(integer)) => integer,
        other => panic!("{} is {other:?}", series.metric),
    };
    series.values.iter().map(integer).collect()
}
