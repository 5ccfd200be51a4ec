//! Counters: how much is going on, the same on every replica, to each within what it may see.

use chrono::{TimeDelta, Utc};
use shadow_auth::Role;
use shadow_proto::streaming::v1::watch_response::Message;
use shadow_proto::streaming::v1::{
    CounterWindow, Counters, ExecutionEnd, Outcome, Topic, WatchRequest,
};
use uuid::Uuid;

use crate::support::{Client, ENGINEER, Run, Stack, Watch, config};
use crate::watch::{ONE, after};

const OTHER: Uuid = Uuid::from_u128(0xb2);

fn counters() -> WatchRequest {
    WatchRequest {
        topics: vec![Topic::Counters.into()],
        ..Default::default()
    }
}

fn both() -> WatchRequest {
    WatchRequest {
        topics: vec![Topic::Executions.into(), Topic::Counters.into()],
        ..Default::default()
    }
}

/// The first counters that are as they should be, of those of half a minute.
async fn until(watch: &mut Watch, wanted: impl Fn(&Counters) -> bool) -> Counters {
    let mut last = None;
    for _ in 0..30 {
        let (_, counters) = watch.counters().await;
        if wanted(&counters) {
            return counters;
        }
        last = Some(counters);
    }
    panic!("the last were {last:?}");
}

fn seconds(counters: &Counters) -> i64 {
    counters.time.as_ref().unwrap().seconds
}

fn failed(run: &Run, credits_micro: i64) -> shadow_proto::streaming::v1::Event {
    run.ended_with(ExecutionEnd {
        outcome: Outcome::Failed.into(),
        credits_micro: Some(credits_micro),
        ..Default::default()
    })
}

/// Three executions of two people of which one fails, and one from long ago.
async fn publish(client: &Client) -> [Run; 4] {
    let now = Utc::now() - TimeDelta::seconds(10);
    let [mut one, two, three] = [1, 2, 3].map(|name| Run::opened_at(ONE, name, now));
    one.identity.user_id = Some("grace".to_owned());
    let past = Run::opened_at(ONE, 4, now - TimeDelta::days(3));
    let events = [&one, &two, &three, &past].map(|run| [run.opened(), run.started()]);
    client.publish(events.concat()).await.unwrap();
    client.publish(vec![failed(&one, 5)]).await.unwrap();
    [one, two, three, past]
}

fn minute() -> CounterWindow {
    CounterWindow {
        opened: 3,
        started: 3,
        ended: 1,
        failed: 1,
        credits_micro: 5,
        active_users: 2,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn they_count_what_is_open_and_what_was_fresh() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let mut watch = client.watch(counters()).await.unwrap();
    let first = watch.message().await.unwrap().unwrap();
    assert!(matches!(first.message, Some(Message::Heartbeat(_))));
    let (cursor, begun) = watch.counters().await;
    assert_eq!((cursor.as_str(), begun.open), ("", 0));

    let [.., past] = publish(&client).await;
    let seen = until(&mut watch, |counters| {
        counters.last_minute == Some(minute())
    })
    .await;
    assert_eq!(seen.open, 3);
    // What had happened before changes what is open; the same again changes nothing.
    let late = Run::opened_at(ONE, 4, Utc::now() - TimeDelta::minutes(2));
    assert_ne!(late.opened_at, past.opened_at);
    for _ in 0..2 {
        client.publish(vec![past.ended()]).await.unwrap();
        client.publish(vec![late.opened()]).await.unwrap();
        client.publish(vec![failed(&late, 7)]).await.unwrap();
    }
    let fresh = Run::opened_at(ONE, 5, Utc::now());
    client.publish(vec![fresh.opened()]).await.unwrap();
    let opened = CounterWindow {
        opened: 4,
        ..minute()
    };
    let seen = until(&mut watch, |counters| counters.last_minute == Some(opened)).await;
    assert_eq!(seen.open, 3);

    // Whoever comes later, or to another replica, is told the same.
    let other = stack.beside(config()).await;
    let mut elsewhere = other
        .client(ENGINEER)
        .await
        .watch(counters())
        .await
        .unwrap();
    let (_, mut there) = elsewhere.counters().await;
    let here = until(&mut watch, |here| seconds(here) >= seconds(&there)).await;
    if seconds(&here) > seconds(&there) {
        there = until(&mut elsewhere, |there| seconds(there) >= seconds(&here)).await;
    }
    assert_eq!(here, there);
    other.stop().await;
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn they_go_on_after_a_restart_and_through_an_outage() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let mut watch = client.watch(counters()).await.unwrap();
    let [_, two, ..] = publish(&client).await;
    until(&mut watch, |counters| {
        counters.last_minute == Some(minute())
    })
    .await;
    let terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()";
    stack.execute(terminate).await;
    client.publish(vec![failed(&two, 1)]).await.ok();
    client.publish(vec![failed(&two, 1)]).await.unwrap();
    let ended = CounterWindow {
        ended: 2,
        failed: 2,
        credits_micro: 6,
        ..minute()
    };
    let seen = until(&mut watch, |counters| counters.last_minute == Some(ended)).await;
    assert_eq!(seen.open, 2);

    let database = stack.stop().await;
    let stack = Stack::start_on(database, config()).await;
    let mut watch = stack
        .client(ENGINEER)
        .await
        .watch(counters())
        .await
        .unwrap();
    let (_, seen) = watch.counters().await;
    assert_eq!((seen.open, seen.last_minute), (2, Some(ended)));
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_counts_what_it_may_see_and_goes_on_from_any_of_its_cursors() {
    let stack = Stack::start().await;
    let engineer = stack.client(ENGINEER).await;
    let member = stack.member("mia@test", &[OTHER], Role::Owner).await;
    let mut of_member = member.watch(counters()).await.unwrap();
    let mut of_all = engineer.watch(both()).await.unwrap();
    publish(&engineer).await;
    let now = Utc::now();
    engineer
        .publish(vec![Run::opened_at(OTHER, 9, now).opened()])
        .await
        .unwrap();
    let seen = until(&mut of_member, |counters| counters.open == 1).await;
    let window = seen.last_minute.unwrap();
    assert_eq!((window.opened, window.active_users), (1, 1));

    // Executions come as ever, and the counters between them go on from them. Ada asked in both workspaces.
    let (mut names, mut cursors) = (Vec::new(), Vec::new());
    loop {
        let response = of_all.next().await;
        match response.message.unwrap() {
            Message::Snapshot(_) => {}
            Message::Change(change) => names.push(crate::watch::name(&change.execution.unwrap())),
            Message::Counters(counters) => {
                cursors.push((names.len(), response.cursor));
                if counters.open == 4 && names.len() == 6 {
                    assert_eq!(counters.last_minute.unwrap().active_users, 2);
                    break;
                }
            }
            other => panic!("{other:?}"),
        }
    }
    for (seen, cursor) in cursors.into_iter().filter(|(_, cursor)| !cursor.is_empty()) {
        let mut again = engineer.watch(after(&cursor)).await.unwrap();
        for name in &names[seen..] {
            assert_eq!(crate::watch::name(&again.change().await.1), *name);
        }
    }
    stack.stop().await;
}
