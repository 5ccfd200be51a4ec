//! The SDK's watch and publisher over restarts of a real server.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use shadow_client::proto::streaming::v1::watch_response::Message;
use shadow_client::proto::streaming::v1::{Topic, WatchRequest};
use shadow_client::{Answer, PublisherConfig, WatchState};

use crate::run::Run;
use crate::stack::{Stack, WORKSPACE};

const EXECUTIONS: u128 = 60;
const RESTARTS: usize = 3;

/// Each change once and in order, while publishers and the watch know nothing of the restarts in between.
#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_told_once_over_restarts() {
    let mut stack = Stack::start().await;
    let request = WatchRequest {
        topics: vec![Topic::Executions.into()],
        workspace_ids: vec![WORKSPACE.to_string()],
        ..WatchRequest::default()
    };
    let mut watch = stack.client().watch(request);
    let mut states = watch.states();
    // The watch is open before anything is published.
    loop {
        let message = watch.next().await.unwrap().unwrap();
        if let Some(Message::Snapshot(snapshot)) = message.message {
            assert_eq!(snapshot.executions, []);
            break;
        }
    }
    let watching = tokio::spawn(async move {
        let mut revisions: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut left = 3 * EXECUTIONS;
        while left > 0 {
            let message = watch.next().await.unwrap().unwrap();
            match message.message {
                Some(Message::Change(change)) => {
                    let execution = change.execution.unwrap();
                    let id = execution.identity.unwrap().execution_id;
                    revisions.entry(id).or_default().push(execution.revision);
                    left -= 1;
                }
                Some(Message::Heartbeat(_)) => {}
                other => panic!("the watch went on with {other:?}"),
            }
        }
        (revisions, watch)
    });

    let client = stack.client();
    let publishing = tokio::spawn(async move {
        let config = PublisherConfig {
            batch_events: 3,
            in_flight: 1,
            ..PublisherConfig::default()
        };
        let publisher = client.publisher(config);
        for number in 1..=EXECUTIONS {
            let run = Run::new(number);
            for event in [run.opened(), run.started(), run.ended()] {
                // One after the other, so that each is a change of its own.
                let receipt = publisher.publish(event).await.unwrap();
                let answer = receipt.await.unwrap();
                assert!(matches!(answer, Answer::Accepted | Answer::Repeated));
            }
        }
    });
    for _ in 0..RESTARTS {
        states
            .wait_for(|state| *state == WatchState::Live)
            .await
            .unwrap();
        stack.stop_server().await;
        states
            .wait_for(|state| matches!(state, WatchState::Reconnecting { .. }))
            .await
            .unwrap();
        stack.start_server().await;
    }
    let within = Duration::from_secs(60);
    tokio::time::timeout(within, publishing)
        .await
        .unwrap()
        .unwrap();
    let (revisions, watch) = tokio::time::timeout(within, watching)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(revisions.len(), EXECUTIONS as usize);
    for (id, revisions) in revisions {
        assert_eq!(revisions, [1, 2, 3], "{id}");
    }
    drop(watch);
    stack.stop().await;
}
