//! ListRefusals: what was refused is counted where its caller may publish, and seen by who may.

use std::time::Duration;

use chrono::{Datelike, TimeDelta, Utc};
use shadow_auth::{Permission, Workspaces};
use shadow_proto::streaming::v1::{ListRefusalsRequest, RefusalCount, RefusalReason};
use shadow_streaming::Config;
use tonic::Code;
use uuid::Uuid;

use crate::support::{Client, ENGINEER, Run, Stack, config};

const OURS: Uuid = Uuid::from_u128(0xa1);
const THEIRS: Uuid = Uuid::from_u128(0xa2);

async fn stack() -> Stack {
    Stack::start_with(Config {
        refusals: Duration::from_millis(10),
        ..config()
    })
    .await
}

/// The counts of the last day, once they are of so many events.
async fn counted(client: &Client, workspaces: &[Uuid], events: u64) -> Vec<RefusalCount> {
    let began = std::time::Instant::now();
    loop {
        let request = ListRefusalsRequest {
            workspace_ids: workspaces.iter().map(Uuid::to_string).collect(),
            ..Default::default()
        };
        let counts = client.refusals(request).await.unwrap().counts;
        if counts.iter().map(|count| count.events).sum::<u64>() == events {
            return counts;
        }
        assert!(began.elapsed().as_secs() < 20, "{counts:?}");
        tokio::task::yield_now().await;
    }
}

/// Each workspace's letter, the reason, the field and how many, in order.
fn shown(counts: &[RefusalCount]) -> Vec<(String, RefusalReason, &str, u64)> {
    let mut shown: Vec<_> = counts
        .iter()
        .map(|count| {
            let workspace = match &count.workspace_id {
                id if id.is_empty() => "none",
                id if *id == OURS.to_string() => "ours",
                _ => "theirs",
            };
            let field = count.field.as_str();
            (workspace.to_owned(), count.reason(), field, count.events)
        })
        .collect();
    shown.sort_by_key(|(workspace, reason, ..)| (workspace.clone(), *reason as i32));
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_events_count_where_their_caller_may_publish_and_nowhere_else() {
    let stack = stack().await;
    let later = Utc::now() + TimeDelta::hours(1);
    let here = Workspaces::Some([OURS].into());
    let publish = [Permission::PublishEvents];
    let producer = stack
        .showing(stack.put_key(publish, here, later).await.1)
        .await;
    let mut no_id = Run::new(OURS, 1).opened();
    no_id.event_id.clear();
    let mut elsewhere = Run::new(THEIRS, 2).opened();
    elsewhere.event_id = "wrong as well".to_owned();
    let mut nowhere = Run::new(OURS, 3).opened();
    nowhere.workspace_id = "x".to_owned();
    let good = Run::new(OURS, 4);
    let batch = vec![no_id.clone(), elsewhere, nowhere, good.opened(), no_id];
    let answer = producer.publish(batch).await.unwrap();
    let reasons: Vec<_> = answer.refusals.iter().map(|one| one.reason()).collect();
    use RefusalReason::{Conflict, Malformed, Missing, NotPermitted};
    // Of a workspace of others nothing is said but that it is not there.
    assert_eq!(reasons, [Missing, NotPermitted, Malformed, Missing]);
    let mut changed = good;
    changed.identity.agent_id = "editor".to_owned();
    let answer = producer.publish(vec![changed.started()]).await.unwrap();
    assert_eq!(answer.refusals[0].reason(), Conflict);

    let ours = counted(&producer, &[], 3).await;
    let field = "execution_started.identity.agent_id";
    let of_us = [
        ("ours".to_owned(), Missing, "event_id", 2),
        ("ours".to_owned(), Conflict, field, 1),
    ];
    assert_eq!(shown(&ours), of_us);
    assert!(ours[0].last_time.unwrap().seconds >= ours[0].hour.unwrap().seconds);
    let engineer = stack.client(ENGINEER).await;
    let all = counted(&engineer, &[], 5).await;
    let mut expected = vec![
        ("none".to_owned(), Malformed, "workspace_id", 1),
        ("none".to_owned(), NotPermitted, "workspace_id", 1),
    ];
    expected.extend(of_us);
    assert_eq!(shown(&all), expected);
    assert_eq!(counted(&engineer, &[THEIRS], 0).await, []);

    let theirs = ListRefusalsRequest {
        workspace_ids: vec![THEIRS.to_string()],
        ..Default::default()
    };
    let status = producer.refusals(theirs).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_come_page_by_page_and_bad_questions_are_told_their_field() {
    let stack = stack().await;
    let engineer = stack.client(ENGINEER).await;
    let bad = |workspace| {
        let mut event = Run::new(Uuid::from_u128(workspace), 1).opened();
        event.occurred_at = None;
        event
    };
    let batch = (1..=5).map(bad).collect();
    engineer.publish(batch).await.unwrap();
    let all = counted(&engineer, &[], 5).await;
    let mut paged = Vec::new();
    let mut request = ListRefusalsRequest {
        page_size: 2,
        ..Default::default()
    };
    loop {
        let page = engineer.refusals(request.clone()).await.unwrap();
        paged.extend(page.counts);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(paged, all);
    request.page_size = 1_001;
    let status = engineer.refusals(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status.message(), "page_size: must be at most 1000");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_is_stored_when_the_server_stops() {
    let stack = Stack::start_with(Config {
        refusals: Duration::from_secs(3_600),
        ..config()
    })
    .await;
    let engineer = stack.client(ENGINEER).await;
    let mut bad = Run::new(OURS, 1).opened();
    bad.occurred_at = None;
    engineer.publish(vec![bad; 1_000]).await.unwrap();
    let db = stack.db.clone();
    let _database = stack.stop().await;
    let now = Utc::now();
    let range = (now - TimeDelta::hours(2), now + TimeDelta::hours(1));
    let scope = shadow_auth::Scope::system("a test");
    let counts = shadow_storage::refusals::list(&db, &scope, range, None, 10).await;
    let events: Vec<i64> = counts.unwrap().iter().map(|count| count.events).collect();
    assert_eq!(events, [1_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_facts_are_kept_is_refused_by_the_field_that_says_when() {
    use RefusalReason::TooOld;
    let stack = stack().await;
    let month = (Utc::now() - TimeDelta::days(20)).date_naive();
    let kept = month
        .with_day(1)
        .unwrap()
        .and_time(Default::default())
        .and_utc();
    let limit = kept.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let refused = format!("INSERT INTO analytics.retention (refused_before) VALUES ('{limit}')");
    stack.execute(&refused).await;
    let engineer = stack.client(ENGINEER).await;
    let recent = Run::new(OURS, 1);
    let old = Run::opened_at(OURS, 2, kept - TimeDelta::microseconds(1));
    let batch = vec![recent.opened(), old.opened(), old.started(), old.ended()];
    let answer = engineer.publish(batch).await.unwrap();
    let told: Vec<_> = answer
        .refusals
        .iter()
        .map(|refusal| (refusal.index, refusal.field.as_str(), refusal.reason()))
        .collect();
    // It is the opening that counts: a run of which the rest came later is gone as a whole.
    assert_eq!(
        told,
        [
            (1, "execution_opened.identity.opened_at", TooOld),
            (2, "execution_started.identity.opened_at", TooOld),
            (3, "execution_ended.identity.opened_at", TooOld),
        ]
    );
    let description = &answer.refusals[0].description;
    assert!(description.contains(&limit), "{description}");
    let counts = counted(&engineer, &[OURS], 3).await;
    assert!(counts.iter().all(|count| count.reason() == TooOld));
}
