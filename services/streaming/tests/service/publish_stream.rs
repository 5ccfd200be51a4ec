//! Publish: batches of one stream, each answered by its sequence after its commit.

use chrono::{TimeDelta, Utc};
use shadow_auth::{Role, Scope};
use shadow_proto::streaming::v1::{EventStatus, RefusalReason};
use shadow_storage::{Database, feed};
use shadow_streaming::Config;
use tonic::Code;
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::support::{ENGINEER, Run, Stack, config};

const WORKSPACE: Uuid = Uuid::from_u128(0xa1);

async fn stored(db: &Database) -> usize {
    let scope = Scope::system("a test");
    let (_, stored) = feed::snapshot(db, &scope, &feed::Filter::default(), 1_000)
        .await
        .unwrap();
    stored.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_batch_is_answered_by_its_sequence() {
    let stack = Stack::start().await;
    let mut stream = stack.client(ENGINEER).await.stream().await.unwrap();
    let run = Run::new(WORKSPACE, 1);
    let mut nameless = run.opened();
    nameless.event_id.clear();
    stream.send(41, vec![run.opened(), nameless]).await;
    let answer = stream.answer_for(41).await;
    let statuses: Vec<EventStatus> = answer.statuses().collect();
    assert_eq!(statuses, [EventStatus::Accepted, EventStatus::Refused]);
    assert_eq!(answer.refusals[0].reason(), RefusalReason::Missing);
    // An answer comes after the commit.
    assert_eq!(stored(&stack.db).await, 1);

    stream.send(42, vec![run.opened()]).await;
    stream.send(43, Vec::new()).await;
    let mut rest = stream.rest().await.unwrap();
    rest.sort_by_key(|answer| answer.sequence);
    let statuses: Vec<_> = rest
        .iter()
        .map(|answer| (answer.sequence, answer.statuses().collect::<Vec<_>>()))
        .collect();
    let expected = [(42, vec![EventStatus::Repeated]), (43, vec![])];
    assert_eq!(statuses, expected);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_fails_does_not_end_the_stream() {
    let stack = Stack::start().await;
    let mut stream = stack.client(ENGINEER).await.stream().await.unwrap();
    let run = Run::new(WORKSPACE, 1);
    stream.send(1, vec![run.opened(); 5_001]).await;
    let answer = stream.answer_for(1).await;
    let failure = answer.failure.unwrap();
    assert_eq!(failure.code, i32::from(Code::InvalidArgument));
    assert!(failure.message.contains("5000"), "{}", failure.message);
    assert_eq!((failure.retry_delay, answer.statuses), (None, vec![]));
    stream.send(2, vec![run.opened()]).await;
    assert_eq!(stream.answer_for(2).await.failure, None);

    // An event that is no message, its id no text, fails its batch, whose sequence is known.
    let unreadable = vec![0x08, 7, 0x12, 3, 0x0a, 1, 0xff];
    stream.send_bytes(unreadable).await;
    let failure = stream.answer_for(7).await.failure.unwrap();
    let wrong = (failure.code, failure.retry_delay);
    assert_eq!(wrong, (i32::from(Code::InvalidArgument), None));
    stream.send(8, vec![run.opened()]).await;
    assert_eq!(stream.answer_for(8).await.failure, None);

    // A message beyond what is read at all cannot be skipped.
    let mut vast = run.opened();
    vast.event_id = "x".repeat(5 * 1024 * 1024);
    stream.send(3, vec![vast]).await;
    let status = stream.answer().await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_are_at_work_beside_each_other_up_to_the_bound() {
    let too_many = || vec![Run::new(WORKSPACE, 9).opened(); 5_001];
    let stack = Stack::start_with(Config {
        stream_batches: 2,
        ..config()
    })
    .await;
    let mut stream = stack.client(ENGINEER).await.stream().await.unwrap();
    let block = stack.block().await;
    stream.send(1, vec![Run::new(WORKSPACE, 1).opened()]).await;
    block.reached().await;
    // One waits to be written; another one that needs no writing is answered meanwhile.
    stream.send(2, too_many()).await;
    assert!(stream.answer_for(2).await.failure.is_some());
    // Two wait: nothing is read before one of them is answered.
    stream.send(3, vec![Run::new(WORKSPACE, 3).opened()]).await;
    stream.send(4, too_many()).await;
    block.release().await;
    let answers: Vec<u64> = stream
        .rest()
        .await
        .unwrap()
        .iter()
        .map(|answer| answer.sequence)
        .collect();
    assert_eq!(answers.len(), 3);
    assert_ne!(answers[0], 4);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_is_written_though_its_caller_went_away() {
    let stack = Stack::start().await;
    let stream = stack.client(ENGINEER).await.stream().await.unwrap();
    let block = stack.block().await;
    stream.send(1, vec![Run::new(WORKSPACE, 1).opened()]).await;
    block.reached().await;
    drop(stream);
    block.release().await;
    let db = stack.db.clone();
    let _database = stack.stop().await;
    assert_eq!(stored(&db).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_answers_what_is_at_work() {
    let stack = Stack::start().await;
    let mut stream = stack.client(ENGINEER).await.stream().await.unwrap();
    let block = stack.block().await;
    stream.send(1, vec![Run::new(WORKSPACE, 1).opened()]).await;
    block.reached().await;
    stack.shutdown.request();
    block.release().await;
    assert_eq!(stream.answer_for(1).await.statuses.len(), 1);
    assert_eq!(stream.answer().await.unwrap(), None);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_token() {
    let stack = Stack::start().await;
    // Tokens are good for a minute more than they say.
    let expiry = Utc::now() - TimeDelta::seconds(58);
    let client = stack.client_until(ENGINEER, expiry).await;
    let mut stream = client.stream().await.unwrap();
    let status = stream.answer().await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let reason = status.get_details_error_info().unwrap().reason;
    assert_eq!(reason, "TOKEN_EXPIRED");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_caller_may_no_longer_publish() {
    let stack = Stack::start().await;
    let refused = stack.member("owner@test", &[WORKSPACE], Role::Owner).await;
    let refused = refused.stream().await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);

    let mut stream = stack.client(ENGINEER).await.stream().await.unwrap();
    stream.send(1, vec![Run::new(WORKSPACE, 1).opened()]).await;
    assert_eq!(stream.answer_for(1).await.refusals, []);
    stack.execute("DELETE FROM analytics.platform_role").await;
    let status = stream.answer().await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_bounded_in_number() {
    let stack = Stack::start_with(Config {
        publishers: 1,
        ..config()
    })
    .await;
    let client = stack.client(ENGINEER).await;
    let open = client.stream().await.unwrap();
    let refused = client.stream().await.err().unwrap();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let reason = refused.get_details_error_info().unwrap().reason;
    assert_eq!(reason, "TOO_MANY_STREAMS");
    assert_eq!(open.rest().await.unwrap(), []);
    stack.stop().await;
}
