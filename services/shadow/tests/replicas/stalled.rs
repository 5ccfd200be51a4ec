//! Watches that nobody reads, on a connection that others share.

use std::time::Duration;

use futures_util::StreamExt;
use shadow_client::Watch;
use shadow_client::proto::streaming::v1::event::Event as Kind;
use shadow_client::proto::streaming::v1::watch_response::Message;
use shadow_client::proto::streaming::v1::*;
use tokio::time::timeout;

use crate::stack::Stack;
use crate::{PAUSE, opened};

const STALLED: u64 = 50;

/// What each of them may hold of the server's memory.
const MOST_BYTES: u64 = 1024 * 1024;

/// Batches of changes, together several times what a watch may be behind, and executions in each.
const BATCHES: u64 = 12;
const EXECUTIONS: u64 = 500;

/// An execution that takes many bytes to tell of.
fn long(id: u64) -> Event {
    let mut event = opened(id);
    let Some(Kind::ExecutionOpened(ExecutionOpened { identity })) = event.event.take() else {
        unreachable!("it is opened")
    };
    let end = ExecutionEnd {
        outcome: Outcome::Failed.into(),
        error_message: Some("e".repeat(2_000)),
        ..ExecutionEnd::default()
    };
    let end = Some(end);
    event.event = Some(Kind::ExecutionEnded(ExecutionEnded { identity, end }));
    event
}

async fn message(watch: &mut Watch) -> Message {
    let message = timeout(PAUSE, watch.next())
        .await
        .expect("a watch was held up");
    message.unwrap().unwrap().message.unwrap()
}

async fn begin(watch: &mut Watch) {
    while !matches!(message(watch).await, Message::Snapshot(_)) {}
}

/// Reads so many changes.
async fn read(watch: &mut Watch, changes: u64) {
    let mut read = 0;
    while read < changes {
        match message(watch).await {
            Message::Change(_) => read += 1,
            Message::Heartbeat(_) => {}
            other => panic!("neither a change nor a heartbeat: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_reads_holds_little_and_holds_nobody_up() {
    let stack = Stack::start().await;
    let (publisher, client) = (stack.client_of(0).await, stack.client_of(0).await);
    let executions = || WatchRequest {
        topics: vec![Topic::Executions.into()],
        snapshot_size: 1,
        ..WatchRequest::default()
    };
    let mut others = [client.watch(executions()), client.watch(executions())];
    for other in &mut others {
        begin(other).await;
    }
    let mut stalled = Vec::new();
    let mut held = Vec::new();
    for round in 0..3 {
        for batch in 0..BATCHES {
            let first = (round * BATCHES + batch) * EXECUTIONS + 1;
            let events = (first..first + EXECUTIONS).map(long).collect();
            publisher.publish_batch(events).await.unwrap();
            for other in &mut others {
                read(other, EXECUTIONS).await;
            }
        }
        held.push(stack.resident_bytes(0));
        // The first round fills what all watches share, the second shows that this is all there is to it.
        if round == 1 {
            for _ in 0..STALLED {
                let mut watch = client.watch(executions());
                begin(&mut watch).await;
                stalled.push(watch);
            }
        }
    }
    let [_, before, after] = held[..] else {
        panic!("{held:?}")
    };
    assert!(
        after.saturating_sub(before) <= STALLED * MOST_BYTES,
        "{held:?}"
    );
    // They were not given up: each goes on when it is read.
    for mut watch in stalled {
        let next = timeout(Duration::from_secs(60), watch.next())
            .await
            .unwrap();
        assert!(next.unwrap().is_ok());
    }
}
