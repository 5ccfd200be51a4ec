//! The list of users and each of them equal a recomputation from facts.

mod asking;

use std::collections::BTreeMap;

use prost_types::Timestamp;
use shadow_auth::PlatformRole;
use shadow_proto::{
    common::v1::TimeRange,
    metrics::v1::{GetUserRequest, ListUsersRequest, UserStanding},
};
use shadow_storage::{compaction, directory};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use crate::{
    facts, oracle,
    platform::{Platform, from},
    visitors,
    worker::{self, Worker},
};

const ORDERS: [&str; 7] = [
    "last_seen",
    "active_days",
    "runs",
    "success_rate",
    "credits",
    "activities",
    "id",
];

async fn platform() -> (Platform, Vec<Uuid>) {
    let platform = Platform::new().await;
    let database = &platform.database;
    directory::put_user(database, "eve", None).await.unwrap();
    directory::put_platform_role(database, "eve", PlatformRole::Executive)
        .await
        .unwrap();
    (platform, (1..=3).map(Uuid::from_u128).collect())
}

/// All pages of a list.
async fn all(platform: &Platform, subject: &str, question: &ListUsersRequest) -> Vec<UserStanding> {
    let mut client = platform.client.clone();
    let mut question = question.clone();
    let mut users = Vec::new();
    loop {
        let answer = client.list_users(from(subject, question.clone())).await;
        let answer = answer.unwrap().into_inner();
        let matching = answer.matching_users as usize;
        users.extend(answer.users);
        if answer.next_page_token.is_empty() {
            assert_eq!(users.len(), matching);
            return users;
        }
        question.page_token = answer.next_page_token;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_user_equals_a_recomputation_from_facts() {
    let (platform, workspaces) = platform().await;
    let start = "2026-02-10T00:00:00Z".parse().unwrap();
    let executions = visitors::executions(1, 2_000, &workspaces, start, 40);
    let batches = facts::batches(2, &executions, 150);
    let visits = visitors::visits(3, 500, &workspaces, start, 40);
    let worker = Worker::start(&platform.database);
    for batch in &batches {
        platform.store(batch).await;
    }
    platform.store_facts(&visits).await;
    let facts = platform.owner().await;
    for (zone, some) in [
        ("UTC", &workspaces[..]),
        ("Asia/Kolkata", &workspaces[..1]),
        ("America/New_York", &workspaces[1..]),
    ] {
        compare(&platform, &facts, zone, some).await;
    }
    worker.stop().await;
    compare(&platform, &facts, "America/New_York", &workspaces).await;
    // All from summaries.
    for workspace in &workspaces {
        compaction::compact(&platform.database, *workspace, 10_000)
            .await
            .unwrap();
    }
    while worker::sum_up(&platform.database, 1_000).await > 0 {}
    for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
        compare(&platform, &facts, zone, &workspaces).await;
    }
}

/// Two weeks with a change of daylight saving in New York.
async fn compare(platform: &Platform, facts: &Client, zone: &str, workspaces: &[Uuid]) {
    let names: Vec<String> = workspaces.iter().map(Uuid::to_string).collect();
    let day = |date: &str| format!("2026-{date} 00:00:00 {zone}");
    let (from_day, to_day) = (day("03-01"), day("03-15"));
    let rows = facts
        .query(
            include_str!("users.sql"),
            &[&names, &from_day, &to_day, &zone],
        )
        .await
        .unwrap();
    let visits = facts
        .query(include_str!("visits.sql"), &[&names, &from_day, &to_day])
        .await
        .unwrap();
    let mut sessions = BTreeMap::<String, u64>::new();
    for row in &visits {
        *sessions.entry(row.get("user_id")).or_default() += 1;
    }
    let asked = TimeRange {
        start: Some(oracle::instant(facts, &from_day).await),
        end: Some(oracle::instant(facts, &to_day).await),
        zone: zone.to_owned(),
    };
    let question = ListUsersRequest {
        range: Some(asked.clone()),
        workspace_ids: names.clone(),
        order_by: "id".to_owned(),
        page_size: 9,
        ..ListUsersRequest::default()
    };
    let users = all(platform, "eve", &question).await;
    assert_eq!(users.len(), rows.len(), "{zone}");
    assert!(users.len() > 20);
    for (user, row) in users.iter().zip(&rows) {
        let visits = sessions.get(&user.user_id).copied().unwrap_or_default();
        same(user, row, visits, zone);
    }
    for user in users.iter().step_by(7) {
        one(platform, user, (&asked, &names), &rows).await;
    }
    orders(platform, &question, &users).await;
}

fn same(user: &UserStanding, row: &Row, sessions: u64, zone: &str) {
    let at = format!("{} in {zone}", user.user_id);
    assert_eq!(user.user_id, row.get::<_, String>("user_id"));
    let counts = [
        ("active_days", u64::from(user.active_days)),
        ("runs", user.runs),
        ("completed", user.completed),
        ("failed", user.failed),
        ("cancelled", user.cancelled),
        ("timed_out", user.timed_out),
        ("unknown", user.unknown_outcome),
        ("open", user.open_executions),
        ("activities", user.activities),
    ];
    for (name, count) in counts {
        assert_eq!(count as i64, row.get::<_, i64>(name), "{name} of {at}");
    }
    assert_eq!(
        user.credits_micro,
        row.get::<_, Option<i64>>("credits_micro"),
        "{at}"
    );
    assert_eq!(
        user.success_rate,
        row.get::<_, Option<f64>>("success_rate"),
        "{at}"
    );
    assert_eq!(user.sessions, Some(sessions), "{at}");
    let micros =
        |at: Option<Timestamp>| at.map(|at| at.seconds * 1_000_000 + i64::from(at.nanos) / 1_000);
    assert_eq!(
        micros(user.last_seen_at),
        Some(row.get::<_, i64>("last_seen")),
        "{at}"
    );
    let seconds = user.first_day.map(|day| day.seconds);
    assert_eq!(seconds, Some(row.get::<_, i64>("first_day")), "{at}");
}

/// One user is told the same as in the list, and its parts add up.
async fn one(
    platform: &Platform,
    user: &UserStanding,
    (range, names): (&TimeRange, &[String]),
    rows: &[Row],
) {
    let question = GetUserRequest {
        range: Some(range.clone()),
        workspace_ids: names.to_vec(),
        user_id: user.user_id.clone(),
    };
    let mut client = platform.client.clone();
    let answer = client
        .get_user(from("eve", question))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.standing.as_ref(), Some(user));
    let row = rows
        .iter()
        .find(|row| row.get::<_, String>("user_id") == user.user_id);
    let last_day = answer.last_day.map(|day| day.seconds);
    assert_eq!(last_day, row.map(|row| row.get::<_, i64>("last_day")));
    let days = &answer.days;
    assert_eq!(days.len(), 14);
    let active = days
        .iter()
        .filter(|day| day.runs + day.activities > 0)
        .count();
    assert_eq!(active, user.active_days as usize);
    assert_eq!(days.iter().map(|day| day.runs).sum::<u64>(), user.runs);
    assert_eq!(
        days.iter().map(|day| day.completed).sum::<u64>(),
        user.completed
    );
    assert_eq!(
        days.iter().map(|day| day.failed).sum::<u64>(),
        user.failed + user.timed_out
    );
    assert_eq!(
        days.iter().map(|day| day.activities).sum::<u64>(),
        user.activities
    );
    assert_eq!(
        answer.agents.iter().map(|agent| agent.runs).sum::<u64>(),
        user.runs
    );
    assert!(answer.agents.is_sorted_by(|a, b| a.runs >= b.runs));
    let recent = &answer.recent;
    assert_eq!(recent.len() as u64, (user.runs + user.activities).min(50));
    assert_eq!(recent[0].occurred_at, user.last_seen_at);
    assert!(recent.is_sorted_by_key(|one| std::cmp::Reverse(
        one.occurred_at.map(|at| (at.seconds, at.nanos))
    )));
}

/// Every order has the same users, sorted both ways, and what is absent last.
async fn orders(platform: &Platform, question: &ListUsersRequest, users: &[UserStanding]) {
    for order in ORDERS {
        for reversed in [false, true] {
            let question = ListUsersRequest {
                order_by: order.to_owned(),
                reversed,
                ..question.clone()
            };
            let found = all(platform, "eve", &question).await;
            let value = |user: &UserStanding| match order {
                "last_seen" => user
                    .last_seen_at
                    .map(|at| at.seconds as f64 * 1e6 + f64::from(at.nanos / 1_000)),
                "active_days" => Some(f64::from(user.active_days)),
                "runs" => Some(user.runs as f64),
                "success_rate" => user.success_rate,
                "credits" => user.credits_micro.map(|micro| micro as f64),
                "activities" => Some(user.activities as f64),
                _ => Some(0.0),
            };
            let mut expected: Vec<_> = users
                .iter()
                .map(|user| {
                    let value = value(user)
                        .map_or(f64::INFINITY, |value| if reversed { value } else { -value });
                    (value, user.user_id.clone())
                })
                .collect();
            expected.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
            if order == "id" && reversed {
                expected.reverse();
            }
            let ids: Vec<_> = found.into_iter().map(|user| user.user_id).collect();
            let expected: Vec<_> = expected.into_iter().map(|(_, id)| id).collect();
            assert_eq!(ids, expected, "{order}, reversed: {reversed}");
        }
    }
}
