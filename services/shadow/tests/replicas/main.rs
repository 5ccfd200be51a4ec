//! Replicas as processes: one of two is killed under load, and nobody notices but by a short pause; and what a watch that
//! nobody reads costs one.

#![expect(clippy::unwrap_used, reason = "tests")]

mod balancer;
mod stack;
mod stalled;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use futures_util::StreamExt;
use shadow_client::proto::streaming::v1::event::Event as Kind;
use shadow_client::proto::streaming::v1::watch_response::Message;
use shadow_client::proto::streaming::v1::*;
use shadow_client::{Answer, Client, PublisherConfig};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use stack::Stack;

/// No pause is longer, reconnecting and all.
const PAUSE: Duration = Duration::from_secs(15);

/// Events that are published before the next thing happens.
const SOME: u64 = 200;

/// What has been published and answered for, by all producers.
#[derive(Default)]
struct Load {
    answered: AtomicU64,
    stop: AtomicBool,
}

fn opened(id: u64) -> Event {
    let opened_at = Utc::now() - TimeDelta::seconds(1);
    let opened_at = Some(prost_types::Timestamp {
        seconds: opened_at.timestamp(),
        nanos: 0,
    });
    Event {
        event_id: Uuid::new_v4().to_string(),
        workspace_id: Uuid::from_u128(0xA).to_string(),
        occurred_at: opened_at,
        event: Some(Kind::ExecutionOpened(ExecutionOpened {
            identity: Some(ExecutionIdentity {
                execution_id: Uuid::from_u128(id.into()).to_string(),
                opened_at,
                agent_id: "writer".to_owned(),
                trigger: Trigger::Api.into(),
                ..ExecutionIdentity::default()
            }),
        })),
    }
}

/// Publishes until it is told to stop, and says how many there were. None waits longer than a pause for its answer.
fn produce(client: &Client, load: &Arc<Load>, first: u64) -> JoinHandle<u64> {
    let publisher = client.publisher(PublisherConfig::default());
    let load = Arc::clone(load);
    tokio::spawn(async move {
        let mut published = 0;
        while !load.stop.load(Ordering::Relaxed) {
            let mut receipts = Vec::new();
            for _ in 0..10 {
                receipts.push(publisher.publish(opened(first + published)).await.unwrap());
                published += 1;
            }
            for receipt in receipts {
                let answer = timeout(PAUSE, receipt)
                    .await
                    .expect("a producer was left waiting");
                assert!(
                    matches!(answer, Ok(Answer::Accepted | Answer::Repeated)),
                    "{answer:?}"
                );
                load.answered.fetch_add(1, Ordering::Relaxed);
            }
        }
        publisher.close().await.unwrap();
        published
    })
}

/// Watches until so many executions were told, and says how often each was. No message but a pause apart.
async fn watch(
    client: &Client,
    ready: tokio::sync::oneshot::Sender<()>,
    total: Arc<AtomicU64>,
) -> HashMap<String, u32> {
    let mut messages = client.watch(WatchRequest {
        topics: vec![Topic::Executions.into()],
        ..WatchRequest::default()
    });
    let (mut told, mut ready) = (HashMap::new(), Some(ready));
    while (told.len() as u64) < total.load(Ordering::Relaxed) {
        let message = timeout(PAUSE, messages.next())
            .await
            .expect("a watcher was left waiting");
        match message.unwrap().unwrap().message {
            Some(Message::Snapshot(snapshot)) => {
                assert!(snapshot.executions.is_empty(), "it began again");
                ready.take().unwrap().send(()).unwrap();
            }
            Some(Message::Change(change)) => {
                let identity = change.execution.unwrap().identity.unwrap();
                *told.entry(identity.execution_id).or_default() += 1;
            }
            Some(Message::Lagged(lagged)) => panic!("{} were left out", lagged.missed),
            _ => {}
        }
    }
    told
}

/// Returns when some more were answered for.
async fn some_more(load: &Load) {
    let goal = load.answered.load(Ordering::Relaxed) + SOME;
    let reached = async {
        while load.answered.load(Ordering::Relaxed) < goal {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PAUSE, reached)
        .await
        .expect("nothing is answered for");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_killed_under_load_and_nobody_notices_but_by_a_pause() {
    let mut stack = Stack::start().await;
    // Connections go to the replicas in turn, so that each has a producer and a watcher.
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(stack.client().await);
    }
    let total = Arc::new(AtomicU64::new(u64::MAX));
    let mut watchers = Vec::new();
    for client in &clients[2..] {
        let (sender, ready) = tokio::sync::oneshot::channel();
        let (client, total) = (client.clone(), Arc::clone(&total));
        watchers.push(tokio::spawn(
            async move { watch(&client, sender, total).await },
        ));
        timeout(PAUSE, ready).await.unwrap().unwrap();
    }
    assert_eq!(stack.connections(), [2, 2]);

    let load = Arc::new(Load::default());
    let producers = [
        produce(&clients[0], &load, 1_000_000),
        produce(&clients[1], &load, 2_000_000),
    ];
    some_more(&load).await;
    stack.kill(0);
    some_more(&load).await;
    assert_eq!(stack.connections()[0], 0);
    stack.restart(0).await;
    some_more(&load).await;
    // Everything is at the other one now, and has to come back.
    stack.kill(1);
    some_more(&load).await;
    load.stop.store(true, Ordering::Relaxed);

    let mut published = 0;
    for producer in producers {
        published += producer.await.unwrap();
    }
    total.store(published, Ordering::Relaxed);
    // What comes last shows the watchers that they have everything.
    clients[0].publish_batch(vec![opened(1)]).await.unwrap();
    for watcher in watchers {
        let told = watcher.await.unwrap();
        assert!(told.len() as u64 >= published);
        assert!(
            told.values().all(|times| *times == 1),
            "something was told twice"
        );
    }
}
