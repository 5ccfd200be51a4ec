//! What is taken in and not yet answered is bounded, and a workspace that floods takes nobody else's room.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use shadow_streaming::Config;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::support::{ENGINEER, Run, Stack, config};

const FLOODING: Uuid = Uuid::from_u128(0xb1);
const OTHER: Uuid = Uuid::from_u128(0xb2);

/// The reason of a refusal that says when to come back.
fn reason(status: &Status) -> String {
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    let retry = status.get_details_retry_info().unwrap();
    assert!(retry.retry_delay.is_some());
    status.get_details_error_info().unwrap().reason
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_over_its_bound_is_asked_to_come_back_and_others_go_in() {
    let stack = Stack::start_with(Config {
        workspace_queued_bytes: 1,
        stream_patience: Duration::ZERO,
        ..config()
    })
    .await;
    let client = stack.client(ENGINEER).await;
    let block = stack.block().await;
    let publish = |workspace, name| client.publish(vec![Run::new(workspace, name).opened()]);

    let first = async {
        let first = publish(FLOODING, 1);
        let others = async {
            block.reached().await;
            let refused = publish(FLOODING, 2).await.unwrap_err();
            assert_eq!(reason(&refused), "PUBLISH_WORKSPACE_QUEUE_FULL");
            assert!(refused.message().contains(&FLOODING.to_string()));

            // On a stream it is the batch that fails, and the stream goes on.
            let mut stream = client.stream().await.unwrap();
            stream.send(7, vec![Run::new(FLOODING, 3).opened()]).await;
            let failure = stream.answer_for(7).await.failure.unwrap();
            assert_eq!(failure.code, i32::from(Code::ResourceExhausted));
            assert!(failure.retry_delay.is_some());
            stream.send(8, vec![Run::new(OTHER, 4).opened()]).await;
            block.release().await;
            let stored = stream.answer_for(8).await;
            assert_eq!((stored.statuses.len(), stored.failure), (1, None));
        };
        tokio::join!(first, others).0
    };
    assert_eq!(first.await.unwrap().refusals, []);
    // What was refused goes in when it is sent again.
    assert_eq!(publish(FLOODING, 2).await.unwrap().refusals, []);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_workspaces_together_have_a_bound() {
    let stack = Stack::start_with(Config {
        queued_bytes: 1,
        ..config()
    })
    .await;
    let client = stack.client(ENGINEER).await;
    let block = stack.block().await;
    let first = client.publish(vec![Run::new(FLOODING, 1).opened()]);
    let other = async {
        block.reached().await;
        let refused = client.publish(vec![Run::new(OTHER, 2).opened()]).await;
        assert_eq!(reason(&refused.unwrap_err()), "PUBLISH_QUEUE_FULL");
        // A stream waits for room before it gives a batch up.
        let mut stream = client.stream().await.unwrap();
        stream.send(1, vec![Run::new(OTHER, 3).opened()]).await;
        block.release().await;
        assert_eq!(stream.answer_for(1).await.failure, None);
    };
    let (first, ()) = tokio::join!(first, other);
    assert_eq!(first.unwrap().refusals, []);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_room_is_refused_before_it_is_read() {
    let stack = Stack::start_with(Config {
        workspace_queued_bytes: 1,
        ..config()
    })
    .await;
    let client = stack.client(ENGINEER).await;
    // Of its own accord it would be answered with a refusal, without any room.
    let mut unreadable = Run::new(FLOODING, 2).opened();
    unreadable.occurred_at = None;
    let block = stack.block().await;
    let first = client.publish(vec![Run::new(FLOODING, 1).opened()]);
    let second = async {
        block.reached().await;
        let refused = client.publish(vec![unreadable.clone()]).await;
        assert_eq!(
            reason(&refused.unwrap_err()),
            "PUBLISH_WORKSPACE_QUEUE_FULL"
        );
        // Who may not publish there learns nothing of it.
        let stranger = stack.client("stranger@test").await;
        let refused = stranger.publish(vec![Run::new(FLOODING, 3).opened()]).await;
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
        block.release().await;
    };
    assert_eq!(tokio::join!(first, second).0.unwrap().refusals, []);
    let answer = client.publish(vec![unreadable]).await.unwrap();
    assert_eq!(answer.refusals.len(), 1);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_floods_is_behind_itself_only() {
    const BATCHES: usize = 24;
    // Five batches are what a workspace may have written before it is another one's turn.
    const SIZE: u128 = 20;
    let stack = Stack::start_with(Config {
        writers: 1,
        transaction_executions: 20,
        ..config()
    })
    .await;
    let client = stack.client(ENGINEER).await;
    let block = stack.block().await;
    let answered = AtomicUsize::new(0);
    let flood = join_all((1..=BATCHES as u128).map(|name| {
        let (client, answered) = (&client, &answered);
        async move {
            let runs = (0..SIZE).map(|run| Run::new(FLOODING, name * SIZE + run).opened());
            let answer = client.publish(runs.collect());
            assert_eq!(answer.await.unwrap().refusals, []);
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }));
    let other = async {
        block.reached().await;
        // Everything else is in line by then.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let other = client.publish(vec![Run::new(OTHER, 1).opened()]);
        let release = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            block.release().await;
        };
        let (other, ()) = tokio::join!(other, release);
        assert_eq!(other.unwrap().refusals, []);
        answered.load(Ordering::Relaxed)
    };
    let (_, before) = tokio::join!(flood, other);
    assert!(before < BATCHES / 2, "{before} batches were answered first");
    stack.stop().await;
}
