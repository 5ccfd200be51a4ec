//! Activities: published beside executions, each answered for.

use chrono::{TimeDelta, Utc};
use prost_types::Timestamp;
use shadow_proto::streaming::v1::event::Event as Kind;
use shadow_proto::streaming::v1::{Activity, ActivityType, Event, RefusalReason};
use tonic::Code;
use uuid::Uuid;

use crate::publish::letters;
use crate::support::{ENGINEER, Run, Stack};

const WORKSPACE: Uuid = Uuid::from_u128(0xa1);

fn activity(id: u128, user: &str) -> Event {
    let occurred_at = Utc::now() - TimeDelta::minutes(1);
    Event {
        event_id: Uuid::from_u128(id).to_string(),
        workspace_id: WORKSPACE.to_string(),
        occurred_at: Some(Timestamp {
            seconds: occurred_at.timestamp(),
            nanos: 0,
        }),
        event: Some(Kind::Activity(Activity {
            user_id: user.to_owned(),
            r#type: ActivityType::PageView.into(),
            ..Default::default()
        })),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn activities_are_answered_for_beside_executions() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let (one, two) = (activity(1, "ada"), activity(2, "bob"));
    let other = |event: &Event| Event {
        event: activity(0, "eve").event,
        ..event.clone()
    };
    let run = Run::new(WORKSPACE, 7);
    let mut nobody = activity(3, "");
    nobody.event_id = Uuid::from_u128(3).to_string();
    let batch = vec![
        one.clone(),
        run.opened(),
        one.clone(),
        other(&one),
        two.clone(),
        nobody,
        run.started(),
    ];
    let answer = client.publish(batch).await.unwrap();
    assert_eq!(letters(&answer), "aarxaxa");
    let refusals: Vec<(u32, &str, RefusalReason)> = answer
        .refusals
        .iter()
        .map(|refusal| (refusal.index, refusal.field.as_str(), refusal.reason()))
        .collect();
    assert_eq!(
        refusals,
        [
            (3, "activity.user_id", RefusalReason::Conflict),
            (5, "activity.user_id", RefusalReason::Missing),
        ]
    );
    // What is stored stays, whoever comes later.
    let again = client.publish(vec![other(&two), one]).await.unwrap();
    assert_eq!(letters(&again), "xr");
    assert_eq!(again.refusals[0].field, "activity.user_id");
    assert_eq!(letters(&client.publish(vec![two]).await.unwrap()), "r");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_at_the_same_time_bring_a_fact_once() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let batch: Vec<Event> = (1..=50).map(|id| activity(id, "ada")).collect();
    let calls = (0..6).map(|_| client.publish(batch.clone()));
    let answers = futures_util::future::join_all(calls).await;
    let accepted = answers
        .into_iter()
        .map(|answer| letters(&answer.unwrap()).matches('a').count())
        .sum::<usize>();
    assert_eq!(accepted, 50);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_activity_that_the_database_refuses_fails_its_own_workspace_only() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let other = Uuid::from_u128(0xa2);
    let refuse = format!(
        "ALTER TABLE analytics.activity ADD CONSTRAINT refused CHECK (workspace_id <> '{other}')"
    );
    stack.execute(&refuse).await;
    let theirs = Event {
        workspace_id: other.to_string(),
        ..activity(1, "ada")
    };
    let mixed = vec![activity(1, "ada"), theirs.clone(), activity(2, "bob")];
    let answer = client.publish(mixed).await.unwrap();
    assert_eq!(letters(&answer), "axa");
    assert_eq!(answer.refusals[0].reason(), RefusalReason::Unstorable);
    // Beside an execution that is stored it is refused; alone it is kept by whoever sends it.
    let run = Run::new(WORKSPACE, 7);
    let beside = client.publish(vec![run.opened(), theirs.clone()]).await;
    assert_eq!(letters(&beside.unwrap()), "ax");
    let alone = client.publish(vec![theirs]).await.unwrap_err();
    assert_eq!(alone.code(), Code::Internal, "{alone}");
    stack.stop().await;
}
