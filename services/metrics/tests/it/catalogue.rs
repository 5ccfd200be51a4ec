//! Every combination of the catalogue is answered, and keys add up to the total.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use shadow_auth::PlatformRole;
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{
        Additivity, DescribeCatalogueRequest, DescribeCatalogueResponse, Dimension, Filter,
        QueryRequest, QueryResponse,
    },
};
use shadow_storage::directory;
use uuid::Uuid;

use crate::{
    ask::{range, request, selection, total, values},
    facts,
    platform::{Platform, from},
};

const WORKSPACES: [Uuid; 2] = [Uuid::from_u128(1), Uuid::from_u128(2)];
const START: &str = "2026-03-01T00:00:00Z";
const END: &str = "2026-03-15T00:00:00Z";

async fn platform() -> Platform {
    let platform = Platform::new().await;
    directory::put_user(&platform.database, "eve", None)
        .await
        .unwrap();
    directory::put_platform_role(&platform.database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let start: DateTime<Utc> = START.parse().unwrap();
    platform
        .store(&facts::executions(3, 600, &WORKSPACES, start, 14))
        .await;
    platform
}

async fn ask(platform: &Platform, request: QueryRequest) -> QueryResponse {
    platform
        .client
        .clone()
        .query(from("eve", request))
        .await
        .unwrap()
        .into_inner()
}

async fn catalogue(platform: &Platform) -> DescribeCatalogueResponse {
    let request = from("eve", DescribeCatalogueRequest {});
    platform
        .client
        .clone()
        .describe_catalogue(request)
        .await
        .unwrap()
        .into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_combination_is_answered_and_keys_add_up() {
    let platform = platform().await;
    let catalogue = catalogue(&platform).await;
    let limits = catalogue.limits.unwrap();
    let mut by_combination: BTreeMap<Vec<i32>, Vec<&str>> = BTreeMap::new();
    let mut additive = Vec::new();
    for metric in &catalogue.metrics {
        for combination in &metric.combinations {
            by_combination
                .entry(combination.dimensions.clone())
                .or_default()
                .push(&metric.id);
        }
        if metric.additivity == i32::from(Additivity::Additive) {
            additive.push(metric.id.as_str());
        }
    }
    assert_eq!(
        (
            by_combination.len(),
            by_combination.contains_key(&Vec::new())
        ),
        (11, true)
    );
    let mut totals: BTreeMap<&str, i64> = BTreeMap::new();
    for (dimensions, metrics) in &by_combination {
        for some in metrics.chunks(limits.max_metrics as usize) {
            let mut grouped = selection("a", some, Granularity::Total);
            grouped.group_by.clone_from(dimensions);
            let answer = ask(
                &platform,
                request(range(START, END, "UTC"), &[], vec![grouped]),
            )
            .await;
            for (index, metric) in some
                .iter()
                .enumerate()
                .filter(|(_, metric)| additive.contains(metric))
            {
                // Amounts that no run of a group reported are absent there.
                let series = answer.results[0]
                    .groups
                    .iter()
                    .map(|group| &group.series[index]);
                let known = series
                    .filter(|series| series.total.is_some_and(|value| value.number.is_some()));
                let sum: i64 = known.map(total).sum();
                let whole = *totals.entry(metric).or_insert(sum);
                assert_eq!(sum, whole, "{metric} by {dimensions:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_are_apart_by_workspace_and_models_together() {
    let platform = platform().await;
    directory::put_agent(&platform.database, WORKSPACES[0], "agent-0", "Zero")
        .await
        .unwrap();
    let by = |dimension: Dimension| {
        let mut grouped = selection("a", &["executions_ended"], Granularity::Total);
        grouped.group_by = vec![dimension.into()];
        request(range(START, END, "UTC"), &[], vec![grouped])
    };
    let agents = ask(&platform, by(Dimension::Agent)).await;
    let named: Vec<(String, String)> = agents.results[0]
        .groups
        .iter()
        .map(|group| &group.keys[0])
        .filter(|key| key.id.as_deref() == Some("agent-0"))
        .map(|key| (key.workspace_id.clone(), key.label.clone()))
        .collect();
    let expected = [
        (WORKSPACES[0].to_string(), "Zero".to_owned()),
        (WORKSPACES[1].to_string(), "agent-0".to_owned()),
    ];
    assert_eq!(named, expected);
    let models = ask(&platform, by(Dimension::Model)).await;
    let keys: Vec<_> = models.results[0]
        .groups
        .iter()
        .map(|group| &group.keys[0])
        .collect();
    assert_eq!(keys.len(), 13, "twelve and the unknown one");
    assert_eq!(
        (keys[0].id.as_deref(), keys[0].label.as_str()),
        (None, "unknown")
    );
    assert!(keys.iter().all(|key| key.workspace_id.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_and_pairs_equal_a_count_of_facts() {
    let platform = platform().await;
    let facts = platform.owner().await;
    let rows = facts
        .query(
            "SELECT coalesce(model, ''), count(*) FROM analytics.execution
             WHERE agent_id IN ('agent-0', 'agent-3') AND ended_at IS NOT NULL GROUP BY 1 ORDER BY 1",
            &[],
        )
        .await
        .unwrap();
    let expected: Vec<(String, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let filter = |dimension: Dimension, keys: &[&str]| Filter {
        dimension: dimension.into(),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
    };
    let mut by_model = selection("a", &["executions_ended"], Granularity::Total);
    by_model.group_by = vec![Dimension::Model.into()];
    by_model.filters = vec![filter(Dimension::Agent, &["agent-0", "agent-3"])];
    let mut one = selection("b", &["executions_ended"], Granularity::Day);
    one.filters = vec![
        filter(Dimension::Agent, &["agent-3"]),
        filter(Dimension::Model, &["", "model-1"]),
    ];
    let mut one_agent = selection("c", &["executions_ended"], Granularity::Total);
    one_agent.group_by = vec![Dimension::AgentVersion.into()];
    one_agent.filters = vec![filter(Dimension::Agent, &["agent-3"])];
    let answer = ask(
        &platform,
        request(
            range(START, END, "UTC"),
            &[],
            vec![by_model, one, one_agent],
        ),
    )
    .await;
    let found: Vec<(String, i64)> = answer.results[0]
        .groups
        .iter()
        .map(|group| {
            (
                group.keys[0].id.clone().unwrap_or_default(),
                total(&group.series[0]),
            )
        })
        .collect();
    assert_eq!(found, expected);
    let count = async |condition: &str| -> i64 {
        let query = format!(
            "SELECT count(*) FROM analytics.execution WHERE ended_at IS NOT NULL AND {condition}"
        );
        facts.query_one(&query, &[]).await.unwrap().get(0)
    };
    let both = count("agent_id = 'agent-3' AND coalesce(model, '') IN ('', 'model-1')").await;
    let series = &answer.results[1].groups[0].series[0];
    assert_eq!(
        (total(series), values(series).iter().sum::<i64>()),
        (both, both)
    );
    let versions: i64 = answer.results[2]
        .groups
        .iter()
        .map(|group| total(&group.series[0]))
        .sum();
    assert_eq!(versions, count("agent_id = 'agent-3'").await);
    assert_eq!(
        answer.results[2].groups.len(),
        4,
        "three versions and the unknown one"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buckets_of_any_length_add_up_and_minutes_are_those_of_the_facts() {
    let platform = platform().await;
    let granularities = [
        Granularity::QuarterHour,
        Granularity::Hour,
        Granularity::Day,
        Granularity::Week,
        Granularity::Month,
        Granularity::Quarter,
        Granularity::Year,
        Granularity::Total,
    ];
    for zone in [
        "UTC",
        "Asia/Kolkata",
        "America/New_York",
        "Australia/Lord_Howe",
    ] {
        let selections = granularities
            .iter()
            .map(|one| selection(one.as_str_name(), &["executions"], *one))
            .collect();
        let answer = ask(&platform, request(range(START, END, zone), &[], selections)).await;
        for result in &answer.results {
            let series = &result.groups[0].series[0];
            assert_eq!(
                (total(series), values(series).iter().sum::<i64>()),
                (600, 600),
                "{} in {zone}",
                result.id
            );
        }
    }
    let facts = platform.owner().await;
    let (start, end) = ("2026-03-03T10:07:30Z", "2026-03-04T15:22:10Z");
    let opened = selection(
        "m",
        &["throughput_opened", "throughput_ended"],
        Granularity::Minute,
    );
    let coarse = selection("q", &["executions"], Granularity::Total);
    let answer = ask(
        &platform,
        request(range(start, end, "UTC"), &[], vec![opened, coarse]),
    )
    .await;
    for (index, column) in ["opened_at", "ended_at"].into_iter().enumerate() {
        let rows = facts
            .query(
                &format!(
                    "SELECT count(e.execution_id)
                     FROM generate_series(timestamptz '2026-03-03T10:07Z', timestamptz '2026-03-04T15:22Z', interval '1 minute') AS minute
                     LEFT JOIN analytics.execution AS e ON e.{column} >= minute AND e.{column} < minute + interval '1 minute'
                     GROUP BY minute ORDER BY minute"
                ),
                &[],
            )
            .await
            .unwrap();
        let expected: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        let series = &answer.results[0].groups[0].series[index];
        assert_eq!(values(series), expected, "{column}");
        assert_eq!(total(series), expected.iter().sum::<i64>(), "{column}");
    }
    let effective = |index: usize| {
        answer.results[index]
            .provenance
            .as_ref()
            .unwrap()
            .effective_range
            .clone()
            .unwrap()
    };
    assert_eq!(
        effective(0),
        range("2026-03-03T10:07:00Z", "2026-03-04T15:23:00Z", "UTC")
    );
    assert_eq!(
        effective(1),
        range("2026-03-03T10:00:00Z", "2026-03-04T15:30:00Z", "UTC")
    );
}
