//! Visits, paths and features equal a recomputation from facts.

use std::collections::{BTreeMap, BTreeSet};

use shadow_auth::PlatformRole;
use shadow_proto::{
    common::v1::TimeRange,
    metrics::v1::{GetPathsRequest, GetPathsResponse, PageShare},
};
use shadow_storage::{compaction, directory};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{
    ask::range,
    oracle,
    platform::{Platform, from, wrong_fields},
    visitors,
};

async fn platform() -> (Platform, Vec<Uuid>) {
    let platform = Platform::new().await;
    directory::put_user(&platform.database, "eve", None)
        .await
        .unwrap();
    directory::put_platform_role(&platform.database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    (platform, (1..=2).map(Uuid::from_u128).collect())
}

async fn ask(platform: &Platform, question: GetPathsRequest) -> GetPathsResponse {
    let mut client = platform.client.clone();
    let answer = client.get_paths(from("eve", question)).await;
    answer.unwrap().into_inner()
}

/// A visit: who came, how many events, how long, and the pages.
type Visit = (String, i64, i64, Vec<String>);

async fn visits(facts: &Client, workspaces: &[String], start: &str, end: &str) -> Vec<Visit> {
    let rows = facts
        .query(include_str!("visits.sql"), &[&workspaces, &start, &end])
        .await
        .unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_visit_and_path_equals_its_recomputation_from_facts() {
    let (platform, workspaces) = platform().await;
    let start = "2026-02-20T00:00:00Z".parse().unwrap();
    platform
        .store(&visitors::executions(1, 1_000, &workspaces, start, 30))
        .await;
    platform
        .store_facts(&visitors::visits(2, 900, &workspaces, start, 30))
        .await;
    for workspace in &workspaces[..1] {
        compaction::compact(&platform.database, *workspace, 1_000)
            .await
            .unwrap();
    }
    let facts = platform.owner().await;
    for (zone, some) in [
        ("UTC", &workspaces[..]),
        ("Asia/Kolkata", &workspaces[..1]),
        ("America/New_York", &workspaces[..]),
    ] {
        let names: Vec<String> = some.iter().map(Uuid::to_string).collect();
        let day = |date: &str| format!("2026-{date} 00:00:00 {zone}");
        let (from_day, to_day) = (day("03-01"), day("03-15"));
        let answer = ask(
            &platform,
            GetPathsRequest {
                range: Some(TimeRange {
                    start: Some(oracle::instant(&facts, &from_day).await),
                    end: Some(oracle::instant(&facts, &to_day).await),
                    zone: zone.to_owned(),
                }),
                workspace_ids: names.clone(),
                limit: 20,
            },
        )
        .await;
        let expected = visits(&facts, &names, &from_day, &to_day).await;
        sessions(&answer, &expected);
        paths(&answer, &expected);
        features(&facts, &answer, (&names, &from_day, &to_day)).await;
    }
}

fn sessions(answer: &GetPathsResponse, visits: &[Visit]) {
    let found = answer.sessions.as_ref().unwrap();
    let count = visits.len() as u64;
    assert!(count > 50);
    assert_eq!(found.sessions, count);
    assert_eq!(
        found.events as i64,
        visits.iter().map(|one| one.1).sum::<i64>()
    );
    let bounces = visits.iter().filter(|one| one.1 == 1).count() as u64;
    assert_eq!(found.bounces, bounces);
    assert!(bounces > 0 && bounces < count);
    assert_eq!(found.bounce_rate, Some(bounces as f64 / count as f64));
    let mut micros: Vec<i64> = visits.iter().map(|one| one.2).collect();
    micros.sort_unstable();
    let duration = |of: Option<prost_types::Duration>| {
        let of = of.unwrap();
        of.seconds * 1_000_000 + i64::from(of.nanos) / 1_000
    };
    assert_eq!(
        duration(found.median_duration),
        micros[(micros.len() - 1) / 2]
    );
    let mean = micros.iter().sum::<i64>() as f64 / micros.len() as f64;
    assert!((duration(found.mean_duration) as f64 - mean).abs() <= 1.0);
}

fn paths(answer: &GetPathsResponse, visits: &[Visit]) {
    let viewed: Vec<&Vec<String>> = visits
        .iter()
        .map(|one| &one.3)
        .filter(|pages| !pages.is_empty())
        .collect();
    assert_eq!(answer.page_sessions, viewed.len() as u64);
    let count = |pages: &mut dyn Iterator<Item = String>| {
        let mut counts = BTreeMap::<String, u64>::new();
        pages.for_each(|page| *counts.entry(page).or_default() += 1);
        counts
    };
    let listed = |shares: &[PageShare]| {
        assert!(shares.is_sorted_by(|a, b| a.sessions >= b.sessions));
        let share = |one: &PageShare| (one.page.clone(), one.sessions);
        shares.iter().map(share).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(
        listed(&answer.entries),
        count(&mut viewed.iter().map(|pages| pages[0].clone()))
    );
    assert_eq!(
        listed(&answer.exits),
        count(&mut viewed.iter().map(|pages| pages[pages.len() - 1].clone()))
    );
    let mut links = BTreeMap::<(u32, &str, &str), u64>::new();
    for pages in &viewed {
        for (step, pair) in (1..5).zip(pages.windows(2)) {
            *links.entry((step, &pair[0], &pair[1])).or_default() += 1;
        }
    }
    let found = answer
        .links
        .iter()
        .map(|one| ((one.step, one.from.as_str(), one.to.as_str()), one.sessions));
    // Nothing is merged: there are fewer pages than are told apart.
    assert_eq!(found.collect::<BTreeMap<_, _>>(), links);
    let mut trails = BTreeMap::<&[String], u64>::new();
    for pages in &viewed {
        *trails.entry(&pages[..pages.len().min(5)]).or_default() += 1;
    }
    let most = trails.values().max().copied().unwrap_or_default();
    assert_eq!(answer.trails[0].sessions, most);
    for trail in &answer.trails {
        assert_eq!(Some(&trail.sessions), trails.get(trail.pages.as_slice()));
    }
}

async fn features(
    facts: &Client,
    answer: &GetPathsResponse,
    (names, start, end): (&[String], &str, &str),
) {
    let sql = "WITH active AS (
        SELECT user_id, NULL::text AS feature, false AS used, occurred_at AS at, name FROM analytics.activity
        WHERE workspace_id = ANY ($1::text[]::uuid[]) AND type <> 5
        UNION ALL
        SELECT user_id, COALESCE(name, 'unknown'), true, occurred_at, name FROM analytics.activity
        WHERE workspace_id = ANY ($1::text[]::uuid[]) AND type = 2
        UNION ALL
        SELECT user_id, NULL, false, opened_at, NULL FROM analytics.execution
        WHERE workspace_id = ANY ($1::text[]::uuid[]) AND trigger = 1
      )
      SELECT feature, count(DISTINCT user_id), count(*) FROM active
      WHERE at >= $2::text::timestamptz AND at < $3::text::timestamptz
      GROUP BY GROUPING SETS ((), (feature))";
    let rows = facts.query(sql, &[&names, &start, &end]).await.unwrap();
    // Without a feature there is the row of everything, and the row of what used none; the first has most users.
    let of_all = rows
        .iter()
        .filter(|row| row.get::<_, Option<String>>(0).is_none());
    let active = of_all.map(|row| row.get::<_, i64>(1)).max().unwrap();
    assert_eq!(answer.active_users as i64, active);
    let expected: BTreeSet<(String, i64, i64)> = rows
        .iter()
        .filter_map(|row| Some((row.get::<_, Option<String>>(0)?, row.get(1), row.get(2))))
        .collect();
    let found = answer
        .features
        .iter()
        .map(|one| (one.feature.clone(), one.users as i64, one.uses as i64));
    assert_eq!(found.collect::<BTreeSet<_>>(), expected);
    for feature in &answer.features {
        let adoption = feature.users as f64 / active as f64;
        assert_eq!(feature.adoption, Some(adoption), "{feature:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_workspace_has_no_visit_and_wrong_fields_are_named() {
    let (platform, _) = platform().await;
    directory::create_workspace(&platform.database, "empty", "Asia/Kolkata")
        .await
        .unwrap();
    let question = GetPathsRequest {
        range: Some(range("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z", "")),
        ..GetPathsRequest::default()
    };
    let answer = ask(&platform, question.clone()).await;
    let sessions = answer.sessions.unwrap();
    assert_eq!(
        (
            sessions.sessions,
            sessions.bounce_rate,
            sessions.mean_duration
        ),
        (0, None, None)
    );
    assert_eq!((answer.active_users, answer.page_sessions), (0, 0));
    for (change, fields) in [
        (
            (|r| r.limit = 21) as fn(&mut GetPathsRequest),
            vec!["limit"],
        ),
        (|r| r.range = None, vec!["range"]),
        (
            |r| r.range = Some(range("2024-03-02T00:00:00Z", "2026-03-09T00:00:00Z", "UTC")),
            vec!["range"],
        ),
    ] {
        let mut wrong = question.clone();
        change(&mut wrong);
        let mut client = platform.client.clone();
        let status = client.get_paths(from("eve", wrong)).await.unwrap_err();
        assert_eq!(wrong_fields(&status), fields, "{}", status.message());
    }
}
