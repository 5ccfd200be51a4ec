//! Every number of the executive page equals a recomputation from facts, in any zone, while compaction runs.

use prost::Message;
use prost_types::Timestamp;
use shadow_auth::PlatformRole;
use shadow_proto::{
    common::v1::{Comparison, Granularity, TimeRange},
    metrics::v1::{
        Bucket, Dimension, Group, Key, QueryRequest, QueryResponse, Selection, Series, Top, Value,
        value::Number,
    },
};
use shadow_storage::directory;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    facts,
    oracle::{self, Expected, Question, Values},
    platform::{Platform, from},
    worker::{Worker, fold},
};

/// What the page shows over the range and day by day.
const PAGE: &[&str] = &[
    "executions",
    "completed",
    "failed",
    "success_rate",
    "feedback",
    "rating_mean",
    "steps",
    "failed_steps",
    "steps_per_run",
    "duration_p50",
    "duration_p95",
    "active_users",
    "dau",
    "wau",
    "mau",
    "stickiness",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "credits",
    "wasted_credits",
    "cost",
    "cost_per_success",
    "active_agents",
    "open_executions",
];
const AGENTS: &[&str] = &[
    "executions",
    "success_rate",
    "duration_p95",
    "feedback",
    "rating_mean",
    "steps",
    "failed_steps",
    "steps_per_run",
    "credits",
    "cost",
];
const MODELS: &[&str] = &["executions_ended", "success_rate", "total_tokens", "cost"];
const TRAILING: &[&str] = &["dau", "wau", "mau", "stickiness"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_number_equals_its_recomputation_from_facts() {
    let platform = Platform::new().await;
    let workspaces: Vec<Uuid> = (1..=4).map(Uuid::from_u128).collect();
    directory::put_user(&platform.database, "eve", None)
        .await
        .unwrap();
    directory::put_platform_role(&platform.database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let start = "2026-01-25T00:00:00Z".parse().unwrap();
    let executions = facts::executions(1, 5_000, &workspaces, start, 52);
    let batches = facts::batches(2, &executions, 150);
    let activities = facts::activities(3, 2_000, &workspaces, start, 52);
    let mut activities = activities.chunks(1_000);
    let steps = facts::steps(4, &executions);
    let worker = Worker::start(&platform.database);
    let facts = platform.owner().await;
    // In the middle there are pages, deltas and executions that end later; in the end everything has come.
    for part in batches.chunks(batches.len().div_ceil(2)) {
        for batch in part {
            platform.store(batch).await;
        }
        platform.store_facts(activities.next().unwrap()).await;
        for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
            for some in [&workspaces[..], &workspaces[1..3], &workspaces[..1]] {
                compare(&platform, &facts, zone, some).await;
            }
            compare_all(&platform, &facts, zone, &workspaces).await;
        }
    }
    // Steps come when all else is there, and change what was counted long ago.
    platform.store_facts(&steps).await;
    let merged = worker.stop().await;
    assert!(merged > 0, "compaction had nothing to do");
    compare(&platform, &facts, "Asia/Kolkata", &workspaces).await;
    compare_all(&platform, &facts, "Asia/Kolkata", &workspaces).await;
    // What was merged of all workspaces answers as they do, in every byte but those of the time.
    while fold(&platform.database, 100).await > 0 {}
    for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
        let of = async |workspaces: &[String]| {
            let range = march(&facts, zone).await;
            let mut response = query(&platform, range, workspaces).await;
            for result in &mut response.results {
                result.provenance.as_mut().unwrap().snapshot_time = None;
            }
            response.encode_to_vec()
        };
        let names: Vec<String> = workspaces.iter().map(Uuid::to_string).collect();
        assert_eq!(of(&[]).await, of(&names).await, "in {zone}");
    }
}

async fn march(facts: &Client, zone: &str) -> TimeRange {
    TimeRange {
        start: Some(oracle::instant(facts, &format!("2026-03-01 00:00:00 {zone}")).await),
        end: Some(oracle::instant(facts, &format!("2026-03-15 00:00:00 {zone}")).await),
        zone: zone.to_owned(),
    }
}

async fn compare(platform: &Platform, facts: &Client, zone: &str, workspaces: &[Uuid]) {
    let names: Vec<String> = workspaces.iter().map(Uuid::to_string).collect();
    compare_asked(platform, facts, zone, workspaces, &names).await;
}

/// The page of the platform, which names no workspace.
async fn compare_all(platform: &Platform, facts: &Client, zone: &str, workspaces: &[Uuid]) {
    compare_asked(platform, facts, zone, workspaces, &[]).await;
}

/// The page over two weeks with a change of daylight saving in New York, compared with the two weeks before.
async fn compare_asked(
    platform: &Platform,
    facts: &Client,
    zone: &str,
    workspaces: &[Uuid],
    asked: &[String],
) {
    let names: Vec<String> = workspaces.iter().map(Uuid::to_string).collect();
    let day = |date: &str| format!("2026-{date} 00:00:00 {zone}");
    let (before, from_day, to_day) = (day("02-15"), day("03-01"), day("03-15"));
    let current = Question {
        workspaces: &names,
        start: &from_day,
        end: &to_day,
        zone,
        currency: "USD",
    };
    let previous = Question {
        start: &before,
        end: &from_day,
        ..current
    };
    let response = query(platform, march(facts, zone).await, asked).await;
    let [page, agents, models] = &response.results[..] else {
        panic!("three results")
    };

    let (buckets, previous_buckets) = (starts(&page.buckets), starts(&page.previous_buckets));
    assert_eq!((buckets.len(), previous_buckets.len()), (14, 14));
    assert_eq!(page.groups.len(), 1);
    for (question, buckets, is_previous) in [
        (&current, &buckets, false),
        (&previous, &previous_buckets, true),
    ] {
        let table = oracle::table(facts, question, "", None).await;
        let active = oracle::active_users(facts, question).await;
        assert_eq!(
            &active.keys().copied().collect::<Vec<_>>(),
            buckets,
            "days in {zone}"
        );
        for series in &page.groups[0].series {
            let trailing = TRAILING.contains(&series.metric.as_str());
            let of = |day: Option<i64>| match (trailing, day) {
                (true, Some(day)) => active.get(&day),
                // The value of the whole range is that of its last day.
                (true, None) => active.last_key_value().map(|(_, values)| values),
                (false, day) => table.get(&(String::new(), day)),
            };
            let (total, values) = if is_previous {
                (&series.previous_total, &series.previous_values)
            } else {
                (&series.total, &series.values)
            };
            let at = format!(
                "{} in {zone}, {workspaces:?}, previous: {is_previous}",
                series.metric
            );
            same(series, total.as_ref(), of(None), &at);
            assert_eq!(values.len(), buckets.len(), "{at}");
            for (value, day) in values.iter().zip(buckets) {
                same(
                    series,
                    Some(value),
                    of(Some(*day)),
                    &format!("{at}, on {day}"),
                );
            }
        }
    }
    let open =
        &oracle::table(facts, &current, "", None).await[&(String::new(), None)]["open_executions"];
    let provenance = page.provenance.as_ref().unwrap();
    assert_eq!(Expected::Integer(provenance.open_executions as i64), *open);
    assert_eq!(
        (provenance.complete, &provenance.other_currencies[..]),
        (false, &["EUR".to_owned()][..])
    );
    compare_groups(facts, &current, &previous, &agents.groups, "agent").await;
    compare_groups(facts, &current, &previous, &models.groups, "model").await;
}

/// Eight groups with the largest values, and the merged rest.
async fn compare_groups(
    facts: &Client,
    current: &Question<'_>,
    previous: &Question<'_>,
    groups: &[Group],
    by: &str,
) {
    let kept: Vec<String> = groups
        .iter()
        .filter(|group| group.other_groups == 0)
        .map(|group| name(&group.keys))
        .collect();
    let all = oracle::table(facts, current, by, None).await;
    let names = all
        .keys()
        .filter(|(_, day)| day.is_none())
        .map(|(name, _)| name);
    let metric = groups[0].series[0].metric.as_str();
    let largest = |name: &String| {
        all[&(name.clone(), None)]
            .get(metric)
            .map(|value| match value {
                Expected::Integer(integer) => *integer,
                Expected::Real(_) => panic!("groups are ordered by a count"),
            })
    };
    let mut sizes: Vec<_> = names.map(largest).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(
        kept.iter().map(largest).collect::<Vec<_>>(),
        sizes[..8],
        "the eight largest by {by}"
    );
    let other = groups.last().unwrap();
    assert_eq!(
        (groups.len(), other.other_groups as usize, other.keys.len()),
        (9, sizes.len() - 8, 0)
    );
    for (question, is_previous) in [(current, false), (previous, true)] {
        let table = oracle::table(facts, question, by, Some(&kept)).await;
        for group in groups {
            let name = if group.other_groups == 0 {
                name(&group.keys)
            } else {
                "other".to_owned()
            };
            for series in &group.series {
                let value = if is_previous {
                    &series.previous_total
                } else {
                    &series.total
                };
                let at = format!(
                    "{} of {by} {name} in {}, previous: {is_previous}",
                    series.metric, question.zone
                );
                same(
                    series,
                    value.as_ref(),
                    table.get(&(name.clone(), None)),
                    &at,
                );
            }
        }
    }
}

/// Counts, sums and distinct users are exact; percentiles are within 1 %; ratios differ by rounding at most.
pub(crate) fn same(series: &Series, found: Option<&Value>, expected: Option<&Values>, at: &str) {
    let metric = series.metric.as_str();
    let expected = match expected {
        Some(values) => values.get(metric).copied(),
        None => oracle::nothing(metric),
    };
    match (found.and_then(|value| value.number), expected) {
        (None, None) => {}
        (Some(Number::Integer(found)), Some(Expected::Integer(expected)))
            if metric.starts_with("duration_p") =>
        {
            let error = (found - expected).abs() as f64 / expected as f64;
            assert!(error <= 0.01, "{at}: {found} instead of {expected}");
        }
        (Some(Number::Integer(found)), Some(Expected::Integer(expected))) => {
            assert_eq!(found, expected, "{at}")
        }
        (Some(Number::Real(found)), Some(Expected::Real(expected))) => {
            assert!(
                (found - expected).abs() <= expected.abs() * 1e-12,
                "{at}: {found} instead of {expected}"
            );
        }
        (found, expected) => panic!("{at}: {found:?} instead of {expected:?}"),
    }
}

async fn query(platform: &Platform, range: TimeRange, workspaces: &[String]) -> QueryResponse {
    let selection = |id: &str, metrics: &[&str], granularity: Granularity| Selection {
        id: id.to_owned(),
        metrics: metrics.iter().map(|metric| (*metric).to_owned()).collect(),
        granularity: granularity.into(),
        comparison: Some(Comparison::PreviousPeriod.into()),
        ..Selection::default()
    };
    let top = |id: &str, metrics: &[&str], dimension: Dimension| Selection {
        group_by: vec![dimension.into()],
        top: Some(Top {
            limit: 8,
            metric: metrics[0].to_owned(),
        }),
        ..selection(id, metrics, Granularity::Total)
    };
    let request = QueryRequest {
        selections: vec![
            selection("page", PAGE, Granularity::Day),
            top("agents", AGENTS, Dimension::Agent),
            top("models", MODELS, Dimension::Model),
        ],
        range: Some(range),
        workspace_ids: workspaces.to_vec(),
        ..QueryRequest::default()
    };
    platform
        .client
        .clone()
        .query(from("eve", request))
        .await
        .unwrap()
        .into_inner()
}

fn starts(buckets: &[Bucket]) -> Vec<i64> {
    let micros = |at: &Timestamp| at.seconds * 1_000_000 + i64::from(at.nanos) / 1_000;
    buckets
        .iter()
        .map(|bucket| micros(bucket.start.as_ref().unwrap()))
        .collect()
}

fn name(keys: &[Key]) -> String {
    let id = keys[0].id.clone().unwrap_or_default();
    if keys[0].workspace_id.is_empty() {
        id
    } else {
        format!("{}/{id}", keys[0].workspace_id)
    }
}
