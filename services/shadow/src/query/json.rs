//! An answer for programs.

use serde_json::{Value as Json, json};
use shadow_client::proto::metrics::v1::{
    Bucket, Group, Key, Metric, Result as Answer, Series, Value, value::Number,
};

use super::table::time;

/// The answer, with each metric's unit; what is absent is null.
pub(crate) fn result(answer: &Answer, catalogue: &[Metric]) -> Json {
    let provenance = answer.provenance.clone().unwrap_or_default();
    let range = provenance.effective_range.unwrap_or_default();
    json!({
        "range": { "start": time(range.start.as_ref()), "end": time(range.end.as_ref()), "zone": range.zone },
        "buckets": answer.buckets.iter().map(bucket).collect::<Vec<_>>(),
        "previous_buckets": answer.previous_buckets.iter().map(bucket).collect::<Vec<_>>(),
        "groups": answer.groups.iter().map(|one| group(one, catalogue)).collect::<Vec<_>>(),
        "snapshot_time": time(provenance.snapshot_time.as_ref()),
        "last_event_time": provenance.last_event_time.as_ref().map(|at| time(Some(at))),
        "open_executions": provenance.open_executions,
        "complete": provenance.complete,
        "other_currencies": provenance.other_currencies,
        "definition_version": provenance.definition_version,
    })
}

fn bucket(bucket: &Bucket) -> Json {
    json!({ "start": time(bucket.start.as_ref()), "end": time(bucket.end.as_ref()), "complete": bucket.complete })
}

fn group(group: &Group, catalogue: &[Metric]) -> Json {
    json!({
        "keys": group.keys.iter().map(key).collect::<Vec<_>>(),
        "other_groups": group.other_groups,
        "series": group.series.iter().map(|one| series(one, catalogue)).collect::<Vec<_>>(),
    })
}

fn key(key: &Key) -> Json {
    let dimension = key
        .dimension()
        .as_str_name()
        .trim_start_matches("DIMENSION_")
        .to_lowercase();
    let workspace = Some(&key.workspace_id).filter(|id| !id.is_empty());
    json!({ "dimension": dimension, "id": key.id, "label": key.label, "workspace_id": workspace })
}

fn series(series: &Series, catalogue: &[Metric]) -> Json {
    let unit = catalogue
        .iter()
        .find(|metric| metric.id == series.metric)
        .map(Metric::unit)
        .unwrap_or_default();
    json!({
        "metric": series.metric,
        "unit": unit.as_str_name().trim_start_matches("UNIT_").to_lowercase(),
        "total": number(series.total.as_ref()),
        "values": series.values.iter().map(|value| number(Some(value))).collect::<Vec<_>>(),
        "previous_total": number(series.previous_total.as_ref()),
        "previous_values": series.previous_values.iter().map(|value| number(Some(value))).collect::<Vec<_>>(),
        "change": series.change,
        "sample_size": series.sample_size,
        "share_known": series.share_known,
    })
}

fn number(value: Option<&Value>) -> Json {
    match value.and_then(|value| value.number) {
        Some(Number::Integer(integer)) => json!(integer),
        Some(Number::Real(real)) => json!(real),
        None => Json::Null,
    }
}
