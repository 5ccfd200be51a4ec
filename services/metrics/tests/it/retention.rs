//! Retention and lifecycle equal a recomputation from facts, in any zone, while compaction runs.

use chrono::DateTime;
use shadow_auth::PlatformRole;
use shadow_proto::{
    common::v1::{Granularity, TimeRange},
    metrics::v1::{
        CohortStart, GetRetentionRequest, GetRetentionResponse, RetentionCohort, RetentionMode,
    },
};
use shadow_storage::directory;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    facts, oracle,
    platform::{Platform, from},
    visitors,
    worker::Worker,
};

const MODES: [(RetentionMode, &str); 3] = [
    (RetentionMode::Exact, "exact"),
    (RetentionMode::OnOrAfter, "on_or_after"),
    (RetentionMode::Streak, "streak"),
];

pub(crate) async fn platform() -> (Platform, Vec<Uuid>) {
    let platform = Platform::new().await;
    directory::put_user(&platform.database, "eve", None)
        .await
        .unwrap();
    directory::put_platform_role(&platform.database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    (platform, (1..=3).map(Uuid::from_u128).collect())
}

pub(crate) async fn ask(
    platform: &Platform,
    question: GetRetentionRequest,
) -> GetRetentionResponse {
    let mut client = platform.client.clone();
    let answer = client.get_retention(from("eve", question)).await;
    answer.unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_triangle_equals_its_recomputation_from_facts() {
    let (platform, workspaces) = platform().await;
    let start = "2026-01-05T00:00:00Z".parse().unwrap();
    let executions = visitors::executions(1, 3_000, &workspaces, start, 90);
    let batches = facts::batches(2, &executions, 150);
    let visits = visitors::visits(3, 600, &workspaces, start, 90);
    let mut visits = visits.chunks(visits.len().div_ceil(2));
    let worker = Worker::start(&platform.database);
    let facts = platform.owner().await;
    for part in batches.chunks(batches.len().div_ceil(2)) {
        for batch in part {
            platform.store(batch).await;
        }
        platform.store_facts(visits.next().unwrap()).await;
        for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
            for (interval, unit) in [
                (Granularity::Day, "day"),
                (Granularity::Week, "week"),
                (Granularity::Month, "month"),
            ] {
                compare(&platform, &facts, zone, (interval, unit), &workspaces).await;
            }
        }
    }
    assert!(worker.stop().await > 0, "compaction had nothing to do");
    let week = (Granularity::Week, "week");
    compare(
        &platform,
        &facts,
        "America/New_York",
        week,
        &workspaces[..1],
    )
    .await;
}

/// Weeks around a change of daylight saving in New York; what came before them decides who is new.
async fn compare(
    platform: &Platform,
    facts: &Client,
    zone: &str,
    (interval, unit): (Granularity, &str),
    workspaces: &[Uuid],
) {
    let names: Vec<String> = workspaces.iter().map(Uuid::to_string).collect();
    let day = |date: &str| format!("2026-{date} 12:00:00 {zone}");
    let (from_day, to_day) = (day("02-17"), day("03-18"));
    let question = GetRetentionRequest {
        range: Some(TimeRange {
            start: Some(oracle::instant(facts, &from_day).await),
            end: Some(oracle::instant(facts, &to_day).await),
            zone: zone.to_owned(),
        }),
        workspace_ids: names.clone(),
        interval: interval.into(),
        ..GetRetentionRequest::default()
    };
    for (start, agent_id, what) in [
        (None, "", "active"),
        (Some(CohortStart::Run), "", "run"),
        (Some(CohortStart::Run), "agent-0", "agent"),
        (Some(CohortStart::Activity), "", "activity"),
    ] {
        let rows = facts
            .query(
                include_str!("retention.sql"),
                &[&names, &from_day, &to_day, &zone, &unit, &what],
            )
            .await
            .unwrap();
        for (mode, column) in MODES {
            let answer = ask(
                platform,
                GetRetentionRequest {
                    mode: mode.into(),
                    start: start.map(Into::into),
                    agent_id: agent_id.to_owned(),
                    ..question.clone()
                },
            )
            .await;
            let at = format!("{column} by {unit} of {what} in {zone}");
            let found: Vec<_> = triangle(&answer.cohorts);
            let expected: Vec<_> = rows
                .iter()
                .map(|row| {
                    let n = usize::try_from(row.get::<_, i32>("n")).unwrap();
                    (n, row.get("users"), row.get(column))
                })
                .collect();
            assert_eq!(found, expected, "{at}");
            assert!(
                expected.iter().any(|(n, _, users)| *n > 0 && *users > 0),
                "{at}"
            );
            pooled(&answer, &at);
        }
    }
    let mode = RetentionMode::Exact.into();
    let answer = ask(platform, GetRetentionRequest { mode, ..question }).await;
    lifecycle(facts, &answer, (&names, &from_day, &to_day, zone, unit)).await;
}

/// How many began, and how many came back, of each cell.
fn triangle(cohorts: &[RetentionCohort]) -> Vec<(usize, i64, i64)> {
    let cells = |cohort: &RetentionCohort| {
        let users = cohort.users as i64;
        let cells: Vec<_> = cohort.cells.iter().map(|cell| cell.users as i64).collect();
        cells
            .into_iter()
            .enumerate()
            .map(move |(n, back)| (n, users, back))
    };
    cohorts.iter().flat_map(cells).collect()
}

/// Everything of the range is over, so every cohort counts wherever it has a cell.
fn pooled(answer: &GetRetentionResponse, at: &str) {
    assert_eq!(answer.pooled.len(), answer.cohorts.len(), "{at}");
    for (n, pooled) in answer.pooled.iter().enumerate() {
        let cells = answer
            .cohorts
            .iter()
            .filter_map(|cohort| Some((cohort.users, cohort.cells.get(n)?)));
        let (users, returned) = cells.fold((0, 0), |sum, (users, cell)| {
            (sum.0 + users, sum.1 + cell.users)
        });
        assert_eq!(
            (pooled.users, pooled.returned),
            (users, returned),
            "{at}, {n}"
        );
        let rate = (users > 0).then(|| returned as f64 / users as f64);
        assert_eq!(pooled.rate, rate, "{at}, {n}");
    }
}

async fn lifecycle(
    facts: &Client,
    answer: &GetRetentionResponse,
    (names, start, end, zone, unit): (&[String], &str, &str, &str, &str),
) {
    let rows = facts
        .query(
            include_str!("lifecycle.sql"),
            &[&names, &start, &end, &zone, &unit],
        )
        .await
        .unwrap();
    let expected: Vec<[i64; 5]> = rows
        .iter()
        .map(|row| {
            ["active", "new", "returning", "resurrecting", "dormant"].map(|one| row.get(one))
        })
        .collect();
    let found: Vec<[i64; 5]> = answer
        .lifecycle
        .iter()
        .map(|one| {
            [
                one.active_users,
                one.new_users,
                one.returning_users,
                one.resurrecting_users,
                one.dormant_users,
            ]
            .map(|users| users as i64)
        })
        .collect();
    assert_eq!(found, expected, "by {unit} in {zone}");
    // Days of the month that ends with the answer.
    let effective = answer.provenance.as_ref().unwrap().effective_range.clone();
    let end = effective.unwrap().end.unwrap();
    let end = DateTime::from_timestamp(end.seconds, 0)
        .unwrap()
        .to_rfc3339();
    let rows = facts
        .query(include_str!("active_days.sql"), &[&names, &end, &zone])
        .await
        .unwrap();
    let expected: Vec<i64> = rows.iter().map(|row| row.get("users")).collect();
    let found: Vec<i64> = answer
        .active_days
        .iter()
        .map(|users| *users as i64)
        .collect();
    assert_eq!(found, expected, "days of a month by {unit} in {zone}");
    assert!(expected.iter().sum::<i64>() > 0);
}
