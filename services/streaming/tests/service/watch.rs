//! Watch: a snapshot, then every change once, in order.

use chrono::{TimeDelta, Utc};
use shadow_auth::Role;
use shadow_proto::streaming::v1::watch_response::Message;
use shadow_proto::streaming::v1::{
    Event, Execution, ExecutionFilter, ExecutionStatus, Topic, WatchRequest,
};
use shadow_storage::feed;
use shadow_streaming::Config;
use tonic::Code;
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::support::{ENGINEER, Run, Stack, config};

pub(crate) const ONE: Uuid = Uuid::from_u128(0xa1);
const TWO: Uuid = Uuid::from_u128(0xa2);

/// An execution that is published after all others.
const MARK: u128 = 1_000_000;

pub(crate) fn everything() -> WatchRequest {
    WatchRequest {
        topics: vec![Topic::Executions.into()],
        ..Default::default()
    }
}

pub(crate) fn after(cursor: &str) -> WatchRequest {
    WatchRequest {
        cursor: Some(cursor.to_owned()),
        ..everything()
    }
}

pub(crate) fn name(execution: &Execution) -> (u128, ExecutionStatus) {
    let id: Uuid = execution
        .identity
        .as_ref()
        .unwrap()
        .execution_id
        .parse()
        .unwrap();
    (id.as_u128(), execution.status())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_a_snapshot_and_then_the_changes_in_order() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let (one, two) = (Run::new(ONE, 1), Run::new(TWO, 2));
    client
        .publish(vec![one.opened(), one.started()])
        .await
        .unwrap();

    let mut watch = client.watch(everything()).await.unwrap();
    let first = watch.message().await.unwrap().unwrap();
    assert!(
        matches!(first.message, Some(Message::Heartbeat(_))),
        "{first:?}"
    );
    let (_, executions) = watch.snapshot().await;
    assert_eq!(
        executions.iter().map(name).collect::<Vec<_>>(),
        [(1, ExecutionStatus::Running)]
    );
    assert_eq!(executions[0].agent_name, "writer");

    let steps: [Vec<Event>; 4] = [
        vec![two.opened()],
        vec![one.ended()],
        vec![two.started()],
        vec![two.ended()],
    ];
    for events in steps {
        client.publish(events).await.unwrap();
    }
    let mut changes = Vec::new();
    for _ in 0..4 {
        changes.push(name(&watch.change().await.1));
    }
    let expected = [
        (2, ExecutionStatus::Queued),
        (1, ExecutionStatus::Completed),
        (2, ExecutionStatus::Running),
        (2, ExecutionStatus::Completed),
    ];
    assert_eq!(changes, expected);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_goes_on_after_its_cursor_without_loss_or_repetition() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let mut watch = client.watch(everything()).await.unwrap();
    watch.snapshot().await;
    let mut seen = Vec::new();
    // One batch of several executions: a cursor may stand in the middle of it.
    let batch: Vec<Event> = (1..=5).map(|name| Run::new(ONE, name).opened()).collect();
    client.publish(batch).await.unwrap();
    for round in 0..5 {
        let (cursor, execution) = watch.change().await;
        seen.push(name(&execution).0);
        watch = client.watch(after(&cursor)).await.unwrap();
        client
            .publish(vec![Run::new(ONE, 10 + round).opened()])
            .await
            .unwrap();
    }
    for _ in 0..5 {
        seen.push(name(&watch.change().await.1).0);
    }
    let mut expected: Vec<u128> = (1..=5).chain(10..15).collect();
    assert_eq!(seen[5..], expected[5..]);
    seen.sort_unstable();
    expected.sort_unstable();
    assert_eq!(seen, expected);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_in_scope_and_asked_for() {
    let stack = Stack::start().await;
    let engineer = stack.client(ENGINEER).await;
    let member = stack.member("member@test", &[ONE], Role::Member).await;
    let mut scoped = member.watch(everything()).await.unwrap();
    let filter = ExecutionFilter {
        agent_ids: vec!["editor".to_owned()],
        statuses: vec![ExecutionStatus::Completed.into()],
        ..Default::default()
    };
    let filtered = WatchRequest {
        execution_filter: Some(filter),
        ..everything()
    };
    let mut filtered = engineer.watch(filtered).await.unwrap();
    assert!(scoped.snapshot().await.1.is_empty() && filtered.snapshot().await.1.is_empty());

    let mut edited = Run::new(ONE, 3);
    edited.identity.agent_id = "editor".to_owned();
    let events = vec![
        Run::new(TWO, 1).opened(),
        Run::new(TWO, 2).ended(),
        edited.opened(),
    ];
    engineer.publish(events).await.unwrap();
    engineer.publish(vec![edited.ended()]).await.unwrap();
    assert_eq!(name(&scoped.change().await.1), (3, ExecutionStatus::Queued));
    assert_eq!(
        name(&scoped.change().await.1),
        (3, ExecutionStatus::Completed)
    );
    assert_eq!(
        name(&filtered.change().await.1),
        (3, ExecutionStatus::Completed)
    );

    let strangers = WatchRequest {
        workspace_ids: vec![TWO.to_string()],
        ..everything()
    };
    let status = member.watch(strangers).await.err().unwrap();
    assert_eq!(status.code(), Code::NotFound);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_cursor_says_so() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let mut watch = client.watch(everything()).await.unwrap();
    let (before, _) = watch.snapshot().await;
    client
        .publish(vec![Run::new(ONE, 1).opened()])
        .await
        .unwrap();
    let (last, _) = watch.change().await;
    feed::trim(&stack.db, Utc::now() + TimeDelta::hours(1))
        .await
        .unwrap();

    let status = client.watch(after(&before)).await.err().unwrap();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(
        status.get_details_error_info().unwrap().reason,
        "CURSOR_EXPIRED"
    );
    // Nothing came after the last one, so nothing is lost by going on from it.
    let mut watch = client.watch(after(&last)).await.unwrap();
    client
        .publish(vec![Run::new(ONE, 2).opened()])
        .await
        .unwrap();
    assert_eq!(name(&watch.change().await.1).0, 2);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_too_slow_is_told_and_begins_again() {
    let stack = Stack::start_with(Config {
        watch_buffer: 8,
        ..config()
    })
    .await;
    let client = stack.client(ENGINEER).await;
    let mut watch = client.watch(everything()).await.unwrap();
    watch.snapshot().await;
    let started = std::time::Instant::now();
    // More than the windows of the connection and the buffers on the way can hold.
    let mut published = 0_u128;
    let wordy = |name: u128| {
        Run::new(ONE, name).ended_with(shadow_proto::streaming::v1::ExecutionEnd {
            outcome: shadow_proto::streaming::v1::Outcome::Failed.into(),
            error_message: Some("x".repeat(4_000)),
            ..Default::default()
        })
    };
    for _ in 0..4 {
        let events: Vec<Event> = (0..500)
            .map(|_| {
                published += 1;
                wordy(published)
            })
            .collect();
        client.publish(events).await.unwrap();
    }
    while feed::position(&stack.db).await.unwrap().last < published as i64 {
        assert!(started.elapsed().as_secs() < 20, "the feed is not numbered");
        tokio::task::yield_now().await;
    }
    client
        .publish(vec![Run::new(ONE, MARK).opened()])
        .await
        .unwrap();
    let (mut received, mut missed, mut lags) = (0, 0, 0);
    let mut marked = false;
    while !marked {
        match watch.next().await.message {
            Some(Message::Change(change)) => {
                received += 1;
                marked = name(&change.execution.unwrap()).0 == MARK;
            }
            Some(Message::Lagged(lagged)) => {
                (missed, lags) = (missed + lagged.missed, lags + 1);
                let (_, executions) = watch.snapshot().await;
                assert_eq!(executions.len(), 50);
                marked = executions.iter().any(|execution| name(execution).0 == MARK);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(lags > 0 && missed > 0);
    // Changes that lead up to what a snapshot held are neither missed nor sent.
    let rest = published as u64 + 1 - received - missed;
    assert!(
        rest <= 50 * lags,
        "{received} received, {missed} missed in {lags} lags"
    );
    client
        .publish(vec![Run::new(ONE, MARK + 1).opened()])
        .await
        .unwrap();
    assert_eq!(name(&watch.change().await.1).0, MARK + 1);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_lags_by_little_misses_nothing() {
    let stack = Stack::start_with(Config {
        watch_buffer: 1,
        ..config()
    })
    .await;
    let client = stack.client(ENGINEER).await;
    let mut watch = client.watch(everything()).await.unwrap();
    watch.snapshot().await;
    // Both are handed out at once, and the buffer holds one of them.
    for round in 0..10 {
        let names = [2 * round + 1, 2 * round + 2];
        let events = names.map(|name| Run::new(ONE, name).opened());
        client.publish(events.to_vec()).await.unwrap();
        let mut seen = [
            name(&watch.change().await.1).0,
            name(&watch.change().await.1).0,
        ];
        seen.sort_unstable();
        assert_eq!(seen, names);
    }
    stack.stop().await;
}

/// Another relay may have looked just before the commit: nobody else comes back for what was committed.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_while_another_relay_was_at_it_is_seen() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let mut watch = client.watch(everything()).await.unwrap();
    watch.snapshot().await;
    let numbering = stack.hold_numbering().await;
    let run = Run::new(ONE, 1);
    client.publish(vec![run.opened()]).await.unwrap();
    let heartbeat = watch.message().await.unwrap().unwrap();
    assert!(matches!(heartbeat.message, Some(Message::Heartbeat(_))));
    numbering.release().await;
    assert_eq!(name(&watch.change().await.1).0, 1);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_come_while_nothing_else_does() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let mut watch = client.watch(everything()).await.unwrap();
    let (cursor, _) = watch.snapshot().await;
    for _ in 0..2 {
        let message = watch.message().await.unwrap().unwrap();
        assert!(
            matches!(message.message, Some(Message::Heartbeat(_))),
            "{message:?}"
        );
        assert_eq!(message.cursor, cursor);
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_ends_with_its_token_its_membership_and_its_server() {
    let stack = Stack::start().await;
    // Tokens are accepted for a minute after they ended.
    let soon = Utc::now() - TimeDelta::seconds(58);
    let expiring = stack
        .client_until(ENGINEER, soon)
        .await
        .watch(everything())
        .await
        .unwrap();
    let member = stack.member("member@test", &[ONE, TWO], Role::Member).await;
    let revoked = member.watch(everything()).await.unwrap();
    let drained = stack
        .client(ENGINEER)
        .await
        .watch(everything())
        .await
        .unwrap();

    stack
        .execute(&format!(
            "DELETE FROM analytics.membership WHERE workspace_id = '{TWO}'"
        ))
        .await;
    assert_eq!(
        revoked.end().await.0.unwrap_err().code(),
        Code::PermissionDenied
    );
    assert_eq!(
        expiring.end().await.0.unwrap_err().code(),
        Code::Unauthenticated
    );
    let ended = tokio::spawn(drained.end());
    stack.stop().await;
    let (end, cursor) = ended.await.unwrap();
    assert!(end.is_ok(), "{end:?}");
    assert!(!cursor.is_empty());
}
