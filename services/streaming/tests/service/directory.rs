//! Who may say what the directory is, and what it changes at once.

use chrono::{TimeDelta, Utc};
use shadow_auth::{Permission, Workspaces};
use shadow_proto::streaming::v1::event::Event as Kind;
use shadow_proto::streaming::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::publish::letters;
use crate::run::timestamp;
use crate::support::{ENGINEER, Stack};

const OURS: Uuid = Uuid::from_u128(0xd1);

fn event(kind: Kind) -> Event {
    Event {
        event_id: Uuid::new_v4().to_string(),
        workspace_id: OURS.to_string(),
        occurred_at: Some(timestamp(Utc::now())),
        event: Some(kind),
    }
}

fn membership(role: MemberRole) -> Event {
    event(Kind::MembershipChanged(MembershipChanged {
        user_id: "mallory".to_owned(),
        role: role.into(),
    }))
}

fn agent() -> Event {
    event(Kind::AgentChanged(AgentChanged {
        agent_id: "writer".to_owned(),
        name: Some("Writer".to_owned()),
        deleted: false,
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_given_by_who_may_administer_and_by_no_producer() {
    let stack = Stack::start().await;
    let later = Utc::now() + TimeDelta::hours(1);
    let here = || Workspaces::Some([OURS].into());
    let publish = [Permission::PublishEvents];
    let both = [Permission::PublishEvents, Permission::Administer];
    // Both before the first is shown: keys are remembered for a few seconds.
    let producer = stack.put_key(publish, here(), later).await.1;
    let administrator = stack.put_key(both, here(), later).await.1;
    let producer = stack.showing(producer).await;
    let batch = vec![agent(), membership(MemberRole::Owner)];
    let answer = producer.publish(batch).await.unwrap();
    assert_eq!(letters(&answer), "ax");
    let refused = &answer.refusals[0];
    assert_eq!(
        (refused.index, refused.field.as_str(), refused.reason()),
        (1, "membership_changed.role", RefusalReason::NotPermitted)
    );
    assert!(refused.description.contains("administer"));

    let administrator = stack.showing(administrator).await;
    for client in [administrator, stack.client(ENGINEER).await] {
        let answer = client.publish(vec![membership(MemberRole::Member)]).await;
        assert_eq!(letters(&answer.unwrap()), "a");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_erased_by_who_may_administer_everywhere() {
    let stack = Stack::start().await;
    let later = Utc::now() + TimeDelta::hours(1);
    let both = [Permission::PublishEvents, Permission::Administer];
    let here = Workspaces::Some([OURS].into());
    let administrator = stack.put_key(both, here, later).await.1;
    let everywhere = stack.put_key(both, Workspaces::All, later).await.1;
    let erased = || {
        event(Kind::UserErased(UserErased {
            user_id: "mallory".to_owned(),
        }))
    };
    let known = vec![membership(MemberRole::Member)];
    stack.client(ENGINEER).await.publish(known).await.unwrap();
    let administrator = stack.showing(administrator).await;
    let answer = administrator.publish(vec![erased()]).await.unwrap();
    assert_eq!(letters(&answer), "x");
    let refused = &answer.refusals[0];
    assert_eq!(
        (refused.field.as_str(), refused.reason()),
        ("user_erased.user_id", RefusalReason::NotPermitted)
    );
    let member = stack.client("mallory").await;
    let request = WatchRequest {
        topics: vec![Topic::Executions.into()],
        ..Default::default()
    };
    let mut watch = member.watch(request).await.unwrap();
    watch.snapshot().await;
    let batch = vec![erased()];
    let again = batch.clone();
    let administrator = stack.showing(everywhere).await;
    assert_eq!(letters(&administrator.publish(batch).await.unwrap()), "a");
    assert_eq!(letters(&administrator.publish(again).await.unwrap()), "r");
    // Who is erased has no role: what the person watched ends.
    let ended = watch.end().await.0.unwrap_err();
    assert_eq!(ended.code(), Code::PermissionDenied);
    let record = "SELECT requested_by <> '', pseudonym LIKE 'erased-%' FROM analytics.erasure";
    assert_eq!(stack.rows(record).await, [["t", "t"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_taken_ends_a_watch_within_seconds() {
    let stack = Stack::start().await;
    let engineer = stack.client(ENGINEER).await;
    engineer
        .publish(vec![membership(MemberRole::Member)])
        .await
        .unwrap();
    let member = stack.client("mallory").await;
    let request = WatchRequest {
        topics: vec![Topic::Executions.into()],
        ..Default::default()
    };
    let mut watch = member.watch(request.clone()).await.unwrap();
    watch.snapshot().await;
    engineer
        .publish(vec![membership(MemberRole::Unspecified)])
        .await
        .unwrap();
    let ended = watch.end().await.0.unwrap_err();
    assert_eq!(ended.code(), Code::PermissionDenied);
    let refused = member.watch(request).await.map(drop).unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}
