//! Five workspaces with members, subscriptions and credits, one of them quiet and one empty; and how a board is asked for.

use crate::facts;
use crate::platform::{Platform, from};
use crate::worker::Worker;
use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shadow_auth::{PlatformRole, Role};
use shadow_domain::execution::{Currency, Money};
use shadow_domain::fact::{
    BillingInterval, Content, CreditEntry, CreditKind, Fact, SubscriptionChange,
    SubscriptionChanged, Terms,
};
use shadow_proto::common::v1::TimeRange;
use shadow_proto::metrics::v1::{
    HealthBand, ListWorkspacesRequest, ListWorkspacesResponse, Workspace, WorkspaceHealth,
    WorkspaceList, WorkspaceStanding,
};
use shadow_storage::directory;
use std::collections::BTreeMap;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

const ZONES: [&str; 5] = [
    "UTC",
    "Asia/Kolkata",
    "America/New_York",
    "Europe/Berlin",
    "UTC",
];
/// The workspace that went quiet, and the one in which nothing ever happened.
pub(super) const QUIET: usize = 3;
pub(super) const EMPTY: usize = 4;

pub(super) fn workspaces() -> Vec<Uuid> {
    (1..=5).map(Uuid::from_u128).collect()
}

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Memberships, subscriptions and credits; eve sees everything, olga owns the first workspace and the quiet
/// one, and vera reads them.
async fn people(platform: &Platform) {
    let database = &platform.database;
    directory::put_user(database, "eve", Some("Eve"))
        .await
        .unwrap();
    directory::put_platform_role(database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(11);
    for (index, (workspace, zone)) in workspaces().into_iter().zip(ZONES).enumerate() {
        let name = format!("Workspace {}", 9 - index);
        directory::put_workspace(database, workspace, &name, zone)
            .await
            .unwrap();
        for user in 0..[30, 12, 45, 20, 0][index] {
            // Some of them were never seen in any event.
            let id = format!("user-{}", user * random.random_range(1..30));
            directory::put_user(database, &id, None).await.unwrap();
            directory::put_membership(database, workspace, &id, Role::Member)
                .await
                .unwrap();
        }
    }
    for (person, role) in [("olga", Role::Owner), ("vera", Role::Viewer)] {
        directory::put_user(database, person, None).await.unwrap();
        for workspace in [workspaces()[0], workspaces()[QUIET]] {
            directory::put_membership(database, workspace, person, role)
                .await
                .unwrap();
        }
    }
}

fn books() -> Vec<Fact> {
    let mut random = ChaCha8Rng::seed_from_u64(12);
    let fact = |workspace: usize, occurred_at, id: u128, content| Fact {
        workspace_id: workspaces()[workspace],
        occurred_at,
        event_id: Uuid::from_u128(id),
        content,
    };
    let mut found: Vec<Fact> = (0..60)
        .map(|id| {
            let kind = CreditKind::ALL[random.random_range(0..CreditKind::ALL.len())];
            let entry = CreditEntry {
                kind,
                amount_micro: random.random_range(1..4_000_000_000),
                price: None,
                note: None,
            };
            let hours = TimeDelta::hours(random.random_range(0..1_400));
            fact(
                random.random_range(0..4),
                at("2026-01-20T00:00:00Z") + hours,
                id,
                Content::Credit(entry),
            )
        })
        .collect();
    // Seats for nearly everybody, for too few, for many, and for the quiet one; the second is on trial.
    for (workspace, quantity, change) in [
        (0, 33, SubscriptionChange::Started),
        (1, 40, SubscriptionChange::TrialStarted),
        (2, 90, SubscriptionChange::Started),
        (QUIET, 50, SubscriptionChange::Started),
    ] {
        let terms = Terms {
            plan_id: "team".to_owned(),
            price: Money {
                currency: Currency::parse("USD").unwrap(),
                micros: 12_000_000,
            },
            interval: BillingInterval::Month,
            interval_count: 1,
            quantity,
            recurring_discount_micros: 0,
        };
        let content = Content::Subscription(SubscriptionChanged {
            subscription_id: "s".to_owned(),
            change,
            terms: Some(terms),
            ends_at: None,
        });
        found.push(fact(
            workspace,
            at("2026-01-31T09:00:00Z"),
            1_000 + workspace as u128,
            content,
        ));
    }
    found
}

pub(super) async fn stage() -> Platform {
    let platform = Platform::new().await;
    people(&platform).await;
    platform.store_facts(&books()).await;
    let start = at("2026-01-20T00:00:00Z");
    let all = workspaces();
    let executions = facts::executions(5, 2_400, &all[..3], start, 56);
    let worker = Worker::start(&platform.database);
    for batch in facts::batches(6, &executions, 150) {
        platform.store(&batch).await;
    }
    // The quiet one ended on the sixth of February.
    platform
        .store(&facts::executions(7, 200, &all[QUIET..EMPTY], start, 17))
        .await;
    let busy = facts::activities(8, 900, &all[..3], start, 56);
    let quiet = facts::activities(9, 120, &all[QUIET..EMPTY], at("2026-02-08T00:00:00Z"), 25);
    for batch in [busy, quiet].concat().chunks(200) {
        platform.store_facts(batch).await;
    }
    worker.stop().await;
    platform
}

pub(super) fn question(range: TimeRange) -> ListWorkspacesRequest {
    ListWorkspacesRequest {
        range: Some(range),
        ..ListWorkspacesRequest::default()
    }
}

pub(super) async fn list(
    platform: &Platform,
    who: &str,
    request: ListWorkspacesRequest,
) -> ListWorkspacesResponse {
    let mut client = platform.client.clone();
    let answer = client.list_workspaces(from(who, request)).await;
    answer.unwrap().into_inner()
}

pub(super) async fn health(facts: &Client, at: DateTime<Utc>) -> BTreeMap<String, Row> {
    let ids: Vec<String> = workspaces().iter().map(Uuid::to_string).collect();
    let sql = include_str!("health.sql");
    let rows = facts.query(sql, &[&ids, &at]).await.unwrap();
    rows.into_iter()
        .map(|row| (row.get("workspace_id"), row))
        .collect()
}

/// Distinct users of activities but token refreshes, and of executions that users asked for.
pub(super) async fn active(facts: &Client, workspace: &str, from: &str, to: &str) -> i64 {
    let sql = "SELECT count(*) FROM (
        SELECT user_id FROM analytics.activity
        WHERE type <> 5 AND workspace_id = $1::text::uuid
          AND occurred_at >= $2::text::timestamptz AND occurred_at < $3::text::timestamptz
        UNION SELECT user_id FROM analytics.execution
        WHERE trigger = 1 AND user_id IS NOT NULL AND workspace_id = $1::text::uuid
          AND opened_at >= $2::text::timestamptz AND opened_at < $3::text::timestamptz
      ) AS one";
    let row = facts.query_one(sql, &[&workspace, &from, &to]).await;
    row.unwrap().get(0)
}

fn close(found: Option<f64>, row: &Row, column: &str, at: &str) {
    let expected: Option<f64> = row.get(column);
    match (found, expected) {
        (None, None) => {}
        (Some(found), Some(expected)) => {
            assert!(
                (found - expected).abs() < 1e-9,
                "{at}, {column}: {found}, not {expected}"
            );
        }
        other => panic!("{at}, {column}: {other:?}"),
    }
}

pub(super) fn same_health(found: &WorkspaceHealth, row: &Row, at: &str) {
    close(found.activity, row, "activity", at);
    close(found.engagement, row, "engagement", at);
    close(found.efficiency, row, "efficiency", at);
    close(found.reliability, row, "reliability", at);
    close(found.score, row, "score", at);
    let band = found.score.map(|score| match score {
        score if score >= 80.0 => HealthBand::Healthy,
        score if score >= 60.0 => HealthBand::Fair,
        score if score >= 40.0 => HealthBand::Weak,
        _ => HealthBand::Critical,
    });
    assert_eq!(found.band, band.map(i32::from), "{at}");
}

pub(super) fn standing(workspace: &Workspace) -> &WorkspaceStanding {
    workspace.standing.as_ref().unwrap()
}

pub(super) fn lists(workspace: &Workspace) -> Vec<WorkspaceList> {
    standing(workspace).lists().collect()
}
