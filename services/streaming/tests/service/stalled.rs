//! A watch whose client does not read, when the server stops or its caller may no longer see it.

use std::time::{Duration, Instant};

use shadow_auth::Role;
use shadow_proto::streaming::v1::watch_response::Message;
use shadow_proto::streaming::v1::{Event, ExecutionEnd, Outcome};
use shadow_streaming::Config;
use tonic::Code;

use crate::support::{ENGINEER, Run, Stack, config};
use crate::watch::{ONE, everything};

/// Together more than what is on its way to a client that does not read: the window of its stream is 2 MiB.
const BATCHES: u128 = 3;
const EXECUTIONS: u128 = 500;
const LONG: usize = 4_000;

/// An execution that takes many bytes to tell of.
fn long(name: u128) -> Event {
    Run::new(ONE, name).ended_with(ExecutionEnd {
        outcome: Outcome::Failed.into(),
        error_message: Some("e".repeat(LONG)),
        ..ExecutionEnd::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_ends_behind_names_no_change_that_it_did_not_tell() {
    let stack = Stack::start().await;
    let publisher = stack.client(ENGINEER).await;
    let mut stalled = stack
        .client(ENGINEER)
        .await
        .watch(everything())
        .await
        .unwrap();
    stalled.snapshot().await;
    let mut other = stack
        .client(ENGINEER)
        .await
        .watch(everything())
        .await
        .unwrap();
    other.snapshot().await;

    for batch in 0..BATCHES {
        let names = batch * EXECUTIONS..(batch + 1) * EXECUTIONS;
        let events = names.map(|name| long(name + 1)).collect();
        publisher.publish(events).await.unwrap();
    }
    // When another client was told everything, this one is as far as it can get without reading.
    for _ in 0..BATCHES * EXECUTIONS {
        other.change().await;
    }
    stack.shutdown.request();

    let (mut told, mut end) = (Vec::new(), String::new());
    while let Some(message) = stalled.message().await.unwrap() {
        match message.message {
            Some(Message::Change(_)) => told.push(message.cursor),
            Some(Message::Heartbeat(_)) => end = message.cursor,
            other => panic!("neither a change nor a heartbeat: {other:?}"),
        }
    }
    assert!(
        (told.len() as u128) < BATCHES * EXECUTIONS,
        "it was not behind"
    );
    assert_eq!(Some(&end), told.last());
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_is_behind_ends_with_the_membership_of_its_caller() {
    let stack = Stack::start_with(Config {
        watchers: 1,
        ..config()
    })
    .await;
    let engineer = stack.client(ENGINEER).await;
    let member = stack.member("member@test", &[ONE], Role::Member).await;
    let mut stalled = member.watch(everything()).await.unwrap();
    stalled.snapshot().await;
    for batch in 0..BATCHES {
        let names = batch * EXECUTIONS..(batch + 1) * EXECUTIONS;
        let events = names.map(|name| long(name + 1)).collect();
        engineer.publish(events).await.unwrap();
    }
    stack.execute("DELETE FROM analytics.membership").await;

    // Its place is free for somebody else before it has read anything.
    let started = Instant::now();
    while let Err(status) = engineer.watch(everything()).await {
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert!(started.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut told = 0;
    let status = loop {
        match stalled.message().await {
            Ok(Some(_)) => told += 1,
            Ok(None) => panic!("it ended without a status"),
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::PermissionDenied);
    assert!(told < BATCHES * EXECUTIONS, "it was not behind");
    stack.stop().await;
}
