//! Leaderboards equal a recomputation from facts, ranks of both periods included.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use shadow_auth::{PlatformRole, Role};
use shadow_proto::common::v1::TimeRange;
use shadow_proto::metrics::v1::{
    GetLeaderboardRequest, GetLeaderboardResponse, LeaderboardSubject, Value, value::Number,
};
use shadow_storage::directory;
use tokio_postgres::Client;
use tonic::Code;
use uuid::Uuid;

use crate::ask::range;
use crate::facts;
use crate::oracle;
use crate::platform::{Platform, from, wrong_fields};
use crate::worker::Worker;

async fn platform() -> (Platform, Vec<Uuid>) {
    let platform = Platform::new().await;
    let workspaces: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
    let database = &platform.database;
    directory::put_user(database, "eve", None).await.unwrap();
    directory::put_platform_role(database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let start: DateTime<Utc> = "2026-02-10T00:00:00Z".parse().unwrap();
    let executions = facts::executions(5, 2_000, &workspaces, start, 34);
    let worker = Worker::start(database);
    for batch in facts::batches(6, &executions, 150) {
        platform.store(&batch).await;
    }
    worker.stop().await;
    directory::put_user(database, "user-4", Some("Ursula"))
        .await
        .unwrap();
    directory::put_user(database, "olga", None).await.unwrap();
    directory::put_membership(database, workspaces[0], "olga", Role::Owner)
        .await
        .unwrap();
    (platform, workspaces)
}

async fn ask(
    platform: &Platform,
    who: &str,
    request: GetLeaderboardRequest,
) -> GetLeaderboardResponse {
    let mut client = platform.client.clone();
    let answer = client.get_leaderboard(from(who, request)).await;
    answer.unwrap().into_inner()
}

fn number(value: Option<Value>) -> Option<f64> {
    match value?.number? {
        Number::Integer(integer) => Some(integer as f64),
        Number::Real(real) => Some(real),
    }
}

/// A place: name, executions, value, rank.
type Place = (String, i64, f64, i64);

struct Expected<'a> {
    workspaces: &'a [String],
    subject: &'a str,
    metric: &'a str,
    lowest: bool,
    least: i64,
}

async fn expected(
    facts: &Client,
    asked: &Expected<'_>,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Vec<Place> {
    let Expected {
        workspaces,
        subject,
        metric,
        lowest,
        least,
    } = asked;
    let sql = include_str!("leaderboard.sql");
    let rows = facts
        .query(
            sql,
            &[workspaces, &start, &end, subject, metric, lowest, least],
        )
        .await;
    let rows = rows.unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_place_equals_its_recomputation_from_facts() {
    let (platform, workspaces) = platform().await;
    let facts = platform.owner().await;
    for (zone, subject, metric, lowest, least, all) in [
        (
            "UTC",
            LeaderboardSubject::Agent,
            "executions",
            false,
            0,
            true,
        ),
        (
            "Asia/Kolkata",
            LeaderboardSubject::Agent,
            "success_rate",
            true,
            3,
            true,
        ),
        (
            "America/New_York",
            LeaderboardSubject::Workspace,
            "wasted_credits",
            false,
            0,
            true,
        ),
        (
            "UTC",
            LeaderboardSubject::User,
            "executions",
            false,
            0,
            true,
        ),
        (
            "Asia/Kolkata",
            LeaderboardSubject::User,
            "success_rate",
            false,
            2,
            true,
        ),
        (
            "America/New_York",
            LeaderboardSubject::User,
            "wasted_credits",
            false,
            1,
            false,
        ),
        (
            "America/New_York",
            LeaderboardSubject::User,
            "total_tokens",
            true,
            0,
            false,
        ),
        ("UTC", LeaderboardSubject::User, "cost", false, 0, false),
    ] {
        let names: Vec<String> = if all {
            &workspaces[..]
        } else {
            &workspaces[1..]
        }
        .iter()
        .map(Uuid::to_string)
        .collect();
        let mut instants = Vec::new();
        for day in ["02-15", "03-01", "03-15"] {
            // Over a change of daylight saving in New York.
            instants.push(oracle::instant(&facts, &format!("2026-{day} 00:00:00 {zone}")).await);
        }
        let request = GetLeaderboardRequest {
            range: Some(TimeRange {
                start: Some(instants[1]),
                end: Some(instants[2]),
                zone: zone.to_owned(),
            }),
            workspace_ids: names.clone(),
            subject: subject.into(),
            metric: metric.to_owned(),
            lowest,
            min_executions: least as u64,
            limit: 100,
            ..GetLeaderboardRequest::default()
        };
        let answer = ask(&platform, "eve", request).await;
        let at = format!("{subject:?} by {metric} in {zone}");
        let times: Vec<_> = instants
            .iter()
            .map(|at| DateTime::from_timestamp(at.seconds, 0).unwrap())
            .collect();
        let asked = Expected {
            workspaces: &names,
            subject: ["", "agent", "workspace", "user"][subject as usize],
            metric,
            lowest,
            least,
        };
        let places = expected(&facts, &asked, times[1], times[2]).await;
        let before = expected(&facts, &asked, times[0], times[1]).await;
        let before: BTreeMap<String, (f64, i64)> = before
            .into_iter()
            .map(|(name, _, value, rank)| (name, (value, rank)))
            .collect();
        assert_eq!(answer.ranked_subjects as usize, places.len(), "{at}");
        assert_eq!(answer.places.len(), places.len().min(100), "{at}");
        let provenance = answer.provenance.as_ref().unwrap();
        assert!(
            provenance.snapshot_time.is_some() && provenance.definition_version > 0,
            "{at}"
        );
        assert_eq!(
            provenance.effective_range.as_ref().unwrap().zone,
            zone,
            "{at}"
        );
        for (found, (name, executions, value, rank)) in answer.places.iter().zip(&places) {
            let at = format!("{at}: {name}");
            assert_eq!(
                format!("{}/{}", found.workspace_id, found.id),
                *name,
                "{at}"
            );
            assert_eq!(
                (found.executions as i64, i64::from(found.rank)),
                (*executions, *rank),
                "{at}"
            );
            let close = |found: Option<f64>, value: f64| {
                let found = found.unwrap();
                assert!(
                    (found - value).abs() <= 1e-12 * value.abs(),
                    "{at}: {found}, not {value}"
                );
            };
            close(number(found.value), *value);
            let earlier = before.get(name);
            assert_eq!(
                found.previous_rank.map(i64::from),
                earlier.map(|(_, rank)| *rank),
                "{at}"
            );
            if let Some((before, _)) = earlier {
                close(number(found.previous_value), *before);
                let change = match metric {
                    "success_rate" => Some(value - before),
                    _ => (*before > 0.0).then(|| (value - before) / before),
                };
                assert_eq!(found.change.is_some(), change.is_some(), "{at}");
                if let (Some(found), Some(change)) = (found.change, change) {
                    assert!((found - change).abs() < 1e-9, "{at}");
                }
            }
        }
    }
}

fn march(subject: LeaderboardSubject, metric: &str) -> GetLeaderboardRequest {
    GetLeaderboardRequest {
        range: Some(range("2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z", "UTC")),
        subject: subject.into(),
        metric: metric.to_owned(),
        ..GetLeaderboardRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_have_names_and_others_workspaces_do_not_exist() {
    let (platform, workspaces) = platform().await;
    let users = GetLeaderboardRequest {
        limit: 100,
        ..march(LeaderboardSubject::User, "executions")
    };
    let all = ask(&platform, "eve", users.clone()).await;
    let named = all
        .places
        .iter()
        .find(|place| place.id == "user-4")
        .unwrap();
    assert_eq!(
        (named.name.as_str(), named.workspace_id.as_str()),
        ("Ursula", "")
    );
    let ours = ask(&platform, "olga", users.clone()).await;
    let executions = |answer: &GetLeaderboardResponse| -> u64 {
        answer.places.iter().map(|place| place.executions).sum()
    };
    assert!(executions(&ours) < executions(&all));
    for subject in [
        LeaderboardSubject::User,
        LeaderboardSubject::Agent,
        LeaderboardSubject::Workspace,
    ] {
        let theirs = GetLeaderboardRequest {
            workspace_ids: vec![workspaces[1].to_string()],
            ..march(subject, "executions")
        };
        let mut client = platform.client.clone();
        let status = client
            .get_leaderboard(from("olga", theirs))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{subject:?}");
    }
    let workspace = ask(
        &platform,
        "olga",
        march(LeaderboardSubject::Workspace, "active_users"),
    )
    .await;
    assert_eq!(workspace.places.len(), 1);
    assert_eq!(workspace.places[0].id, workspaces[0].to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_named() {
    let (platform, _) = platform().await;
    let wrong: Vec<(GetLeaderboardRequest, &[&str])> = vec![
        (GetLeaderboardRequest::default(), &["subject", "metric"]),
        (
            GetLeaderboardRequest {
                limit: 101,
                ..march(LeaderboardSubject::Agent, "dau")
            },
            &["metric", "limit"],
        ),
        (march(LeaderboardSubject::User, "duration_p95"), &["metric"]),
        (
            march(LeaderboardSubject::Agent, "throughput_opened"),
            &["metric"],
        ),
        (
            GetLeaderboardRequest {
                range: None,
                currency: "dollars".to_owned(),
                comparison: Some(9),
                ..march(LeaderboardSubject::User, "cost")
            },
            &["range", "currency", "comparison"],
        ),
        (
            GetLeaderboardRequest {
                range: Some(range("2026-01-01T00:00:00Z", "2026-04-15T00:00:00Z", "UTC")),
                ..march(LeaderboardSubject::User, "cost")
            },
            &["range.end"],
        ),
    ];
    for (request, fields) in wrong {
        let mut client = platform.client.clone();
        let status = client
            .get_leaderboard(from("eve", request))
            .await
            .unwrap_err();
        let mut found = wrong_fields(&status);
        found.dedup();
        assert_eq!(found, fields);
    }
}
