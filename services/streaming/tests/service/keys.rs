//! Service keys: what their holders publish and watch, and how their streams end.

use chrono::{TimeDelta, Utc};
use shadow_auth::{Permission, Workspaces};
use shadow_proto::streaming::v1::{EventStatus, RefusalReason, Topic, WatchRequest};
use shadow_storage::directory;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::support::{Run, Stack};

const OURS: Uuid = Uuid::from_u128(0xa1);
const THEIRS: Uuid = Uuid::from_u128(0xa2);

fn everything() -> WatchRequest {
    WatchRequest {
        topics: vec![Topic::Executions.into()],
        ..WatchRequest::default()
    }
}

fn ours() -> Workspaces {
    Workspaces::Some([OURS].into())
}

fn is_of_a_key_that_ended(status: &Status) -> bool {
    let reason = status.get_details_error_info().map(|info| info.reason);
    status.code() == Code::Unauthenticated && reason.as_deref() == Some("SERVICE_KEY_INVALID")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_publishes_with_its_key_into_its_workspaces_alone() {
    let stack = Stack::start().await;
    let later = Utc::now() + TimeDelta::hours(1);
    let (_, key) = stack
        .put_key([Permission::PublishEvents], ours(), later)
        .await;
    let producer = stack.showing(key).await;
    let batch = vec![Run::new(OURS, 1).opened(), Run::new(THEIRS, 2).opened()];
    let answer = producer.publish(batch).await.unwrap();
    let statuses: Vec<_> = answer.statuses().collect();
    assert_eq!(statuses, [EventStatus::Accepted, EventStatus::Refused]);
    assert_eq!(answer.refusals[0].reason(), RefusalReason::NotPermitted);
    let denied = producer.watch(everything()).await.err().unwrap();
    assert_eq!(denied.code(), Code::PermissionDenied);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn open_streams_end_when_their_key_is_revoked() {
    let stack = Stack::start().await;
    let both = [Permission::PublishEvents, Permission::WatchEvents];
    let later = Utc::now() + TimeDelta::hours(1);
    let (id, key) = stack.put_key(both, ours(), later).await;
    let (_, other) = stack.put_key(both, ours(), later).await;
    let (holder, other) = (stack.showing(key).await, stack.showing(other).await);
    let mut kept = other.stream().await.unwrap();
    let mut publishing = holder.stream().await.unwrap();
    publishing.send(1, vec![Run::new(OURS, 1).opened()]).await;
    assert_eq!(publishing.answer_for(1).await.refusals, []);
    let mut watch = holder.watch(everything()).await.unwrap();
    assert_eq!(watch.snapshot().await.1.len(), 1);

    let revoked = directory::revoke_key(&stack.db, id, "test", Utc::now()).await;
    assert!(revoked.unwrap());
    let published = publishing.answer().await.unwrap_err();
    assert!(is_of_a_key_that_ended(&published), "{published:?}");
    let watched = watch.end().await.0.unwrap_err();
    assert!(is_of_a_key_that_ended(&watched), "{watched:?}");
    let refused = holder.publish(Vec::new()).await.unwrap_err();
    assert!(is_of_a_key_that_ended(&refused), "{refused:?}");
    // Those of another key go on.
    kept.send(1, vec![Run::new(OURS, 2).opened()]).await;
    assert_eq!(kept.answer_for(1).await.refusals, []);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn open_streams_end_when_their_key_expires() {
    let stack = Stack::start().await;
    let both = [Permission::PublishEvents, Permission::WatchEvents];
    let soon = Utc::now() + TimeDelta::seconds(3);
    let (_, key) = stack.put_key(both, ours(), soon).await;
    let holder = stack.showing(key).await;
    let mut publishing = holder.stream().await.unwrap();
    let watch = holder.watch(everything()).await.unwrap();
    let published = publishing.answer().await.unwrap_err();
    assert!(is_of_a_key_that_ended(&published), "{published:?}");
    let watched = watch.end().await.0.unwrap_err();
    assert!(is_of_a_key_that_ended(&watched), "{watched:?}");
    assert!(Utc::now() >= soon);
    stack.stop().await;
}
