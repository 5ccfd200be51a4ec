//! Retention of few users whose days are known, what is not over yet, and what is refused.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::execution::{Execution, Identity, Seen, Trigger};
use shadow_domain::fact::{Activity, ActivityType, Content, Fact};
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{GetRetentionRequest, RetentionMode},
};
use shadow_storage::directory;
use uuid::Uuid;

use crate::{
    ask::{first, range, request, selection},
    platform::{from, wrong_fields},
    retention::{ask, platform},
};

/// Somebody runs something at a time.
fn run(user: &str, at: DateTime<Utc>) -> Execution {
    let identity = Identity {
        workspace_id: Uuid::from_u128(1),
        execution_id: Uuid::now_v7(),
        opened_at: at,
        agent_id: "writer".to_owned(),
        agent_version: None,
        trigger: Trigger::User,
        environment: None,
        user_id: Some(user.to_owned()),
        timeout_micros: None,
    };
    Execution {
        start_named_by: Seen::NONE,
        identity,
        started_at: None,
        end: None,
        feedback: None,
    }
}

/// Somebody does something at a time.
fn activity(user: &str, at: DateTime<Utc>, activity_type: ActivityType) -> Fact {
    Fact {
        workspace_id: Uuid::from_u128(1),
        occurred_at: at,
        event_id: Uuid::now_v7(),
        content: Content::Activity(Activity {
            user_id: user.to_owned(),
            activity_type,
            session_id: None,
            name: None,
            path: None,
            device: None,
        }),
    }
}

/// Three users: one returns on day 1, one on day 5, one never.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_example_of_three_users() {
    let (platform, _) = platform().await;
    let start: DateTime<Utc> = "2026-03-02T10:00:00Z".parse().unwrap();
    let at = |day: i64| start + TimeDelta::days(day);
    platform
        .store(&[
            run("a", at(0)),
            run("b", at(0)),
            run("c", at(0)),
            run("a", at(1)),
            run("b", at(5)),
        ])
        .await;
    // Nobody comes back by a program that renews a token.
    let renewed = activity("c", at(2), ActivityType::TokenRefresh);
    platform.store_facts(&[renewed]).await;
    let third = 1.0 / 3.0;
    for (mode, expected) in [
        (
            RetentionMode::Exact,
            [1.0, third, 0.0, 0.0, 0.0, third, 0.0],
        ),
        (
            RetentionMode::OnOrAfter,
            [1.0, 2.0 * third, third, third, third, third, 0.0],
        ),
        (RetentionMode::Streak, [1.0, third, 0.0, 0.0, 0.0, 0.0, 0.0]),
    ] {
        let question = GetRetentionRequest {
            range: Some(range("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z", "UTC")),
            mode: mode.into(),
            interval: Granularity::Day.into(),
            ..GetRetentionRequest::default()
        };
        let answer = ask(&platform, question).await;
        let rates: Vec<f64> = answer.pooled.iter().map(|one| one.rate.unwrap()).collect();
        for (rate, expected) in rates.iter().zip(expected) {
            assert!((rate - expected).abs() < 1e-12, "{mode:?}: {rates:?}");
        }
        assert_eq!(rates.len(), 7);
    }
}

/// A user who is active on three days of a week is one user of each of them and one of the week.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_of_three_days_is_one_user() {
    let (platform, _) = platform().await;
    let start: DateTime<Utc> = "2026-03-02T10:00:00Z".parse().unwrap();
    for day in [0, 2, 4] {
        platform
            .store(&[run("a", start + TimeDelta::days(day))])
            .await;
    }
    let week = range("2026-03-02T00:00:00Z", "2026-03-07T00:00:00Z", "UTC");
    for metric in ["dau", "wau", "mau"] {
        let question = request(
            week.clone(),
            &[],
            vec![selection("a", &[metric], Granularity::Total)],
        );
        let mut client = platform.client.clone();
        let answer = client.query(from("eve", question)).await.unwrap();
        // The last day of the range is the last on which the user came.
        assert_eq!(first(&answer.into_inner()), 1, "{metric}");
    }
    let question = GetRetentionRequest {
        range: Some(week),
        mode: RetentionMode::Exact.into(),
        interval: Granularity::Week.into(),
        ..GetRetentionRequest::default()
    };
    let answer = ask(&platform, question).await;
    let mut days = [0; 30];
    days[2] = 1;
    assert_eq!(answer.active_days, days);
    let week = &answer.lifecycle[0];
    assert_eq!((week.active_users, week.new_users), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_over_is_marked_and_what_has_not_begun_is_left_out() {
    let (platform, _) = platform().await;
    let now = Utc::now();
    let days_ago = |days: i64| now - TimeDelta::days(days);
    platform
        .store(&[
            run("a", days_ago(2)),
            run("a", now),
            run("b", days_ago(1)),
            run("b", now),
        ])
        .await;
    let question = GetRetentionRequest {
        range: Some(range(
            &days_ago(2).to_rfc3339(),
            &(now + TimeDelta::days(40)).to_rfc3339(),
            "UTC",
        )),
        mode: RetentionMode::Exact.into(),
        interval: Granularity::Day.into(),
        intervals: 1,
        ..GetRetentionRequest::default()
    };
    let answer = ask(&platform, question).await;
    let complete: Vec<bool> = answer
        .cohorts
        .iter()
        .map(|cohort| cohort.complete)
        .collect();
    assert_eq!(complete, [true, true, false]);
    let cells: Vec<Vec<(u64, bool)>> = answer
        .cohorts
        .iter()
        .map(|cohort| {
            cohort
                .cells
                .iter()
                .map(|cell| (cell.users, cell.complete))
                .collect()
        })
        .collect();
    assert_eq!(
        cells,
        [
            vec![(1, true), (0, true)],
            vec![(1, true), (1, false)],
            vec![(0, false)],
        ]
    );
    // Only the first cohort has completed its interval 1.
    let pooled: Vec<_> = answer
        .pooled
        .iter()
        .map(|one| (one.cohorts, one.users, one.returned))
        .collect();
    assert_eq!(pooled, [(2, 2, 2), (1, 1, 0)]);
    assert!(!answer.provenance.unwrap().complete);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_workspace_has_nobody_and_wrong_fields_are_named() {
    let (platform, _) = platform().await;
    directory::create_workspace(&platform.database, "empty", "Asia/Kolkata")
        .await
        .unwrap();
    let question = GetRetentionRequest {
        range: Some(range("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z", "")),
        mode: RetentionMode::Exact.into(),
        interval: Granularity::Day.into(),
        ..GetRetentionRequest::default()
    };
    let answer = ask(&platform, question.clone()).await;
    assert!(answer.cohorts.iter().all(|cohort| cohort.users == 0));
    assert!(answer.pooled.iter().all(|pooled| pooled.rate.is_none()));
    assert_eq!(answer.active_days, [0; 30]);
    for (change, fields) in [
        (
            (|r| r.mode = 0) as fn(&mut GetRetentionRequest),
            vec!["mode"],
        ),
        (|r| r.interval = Granularity::Hour.into(), vec!["interval"]),
        (|r| r.intervals = 93, vec!["intervals"]),
        (|r| r.start = Some(9), vec!["start"]),
        (|r| r.agent_id = "writer".to_owned(), vec!["agent_id"]),
        (|r| r.range = None, vec!["range"]),
        (
            |r| r.range = Some(range("2025-03-02T00:00:00Z", "2026-03-09T00:00:00Z", "UTC")),
            vec!["range"],
        ),
    ] {
        let mut wrong = question.clone();
        change(&mut wrong);
        let mut client = platform.client.clone();
        let status = client.get_retention(from("eve", wrong)).await.unwrap_err();
        assert_eq!(wrong_fields(&status), fields, "{}", status.message());
    }
}
