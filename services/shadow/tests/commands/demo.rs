//! `shadow demo live` against a real server.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use shadow_auth::Scope;
use shadow_client::proto::streaming::v1::watch_response::Message;
use shadow_client::proto::streaming::v1::{ExecutionStatus, Topic, WatchRequest};
use shadow_storage::feed;
use tokio::time::timeout;

use crate::stack::{Output, Stack};

/// Executions open, and end later, also over a restart; at the end none is left open.
#[tokio::test(flavor = "multi_thread")]
async fn executions_keep_coming_until_it_is_stopped() {
    let mut stack = Stack::start().await;
    let mut watch = stack.client().watch(WatchRequest {
        topics: vec![Topic::Executions.into()],
        ..WatchRequest::default()
    });
    let live = stack
        .command(&["demo", "live", "--demo", "tiny", "--rate", "100"])
        .spawn()
        .unwrap();
    for _ in 0..2 {
        let mut open = BTreeMap::new();
        let mut ended = 0;
        while ended < 20 {
            let message = timeout(Duration::from_secs(60), watch.next())
                .await
                .unwrap();
            let Some(Message::Change(change)) = message.unwrap().unwrap().message else {
                continue;
            };
            let execution = change.execution.unwrap();
            let id = execution.identity.clone().unwrap().execution_id;
            match execution.status() {
                ExecutionStatus::Queued | ExecutionStatus::Running => {
                    open.insert(id, execution.revision);
                }
                // It was seen before its end, which is what moves the live page.
                _ => ended += usize::from(open.remove(&id).is_some()),
            }
        }
        stack.stop_server().await;
        stack.start_server().await;
    }
    kill(Pid::from_raw(live.id().unwrap() as i32), Signal::SIGINT).unwrap();
    let output = timeout(Duration::from_secs(60), live.wait_with_output())
        .await
        .unwrap();
    let output = Output::from(output.unwrap());
    assert!(output.success, "{output:?}");
    assert!(output.stderr.contains("executions opened"), "{output:?}");

    let scope = Scope::system("a test");
    let (_, recent) = feed::snapshot(&stack.db, &scope, &feed::Filter::default(), 100_000)
        .await
        .unwrap();
    assert!(recent.len() > 40);
    let open = recent
        .iter()
        .filter(|one| one.execution.end.is_none())
        .count();
    // Of 15 in 100,000 nobody ever hears again.
    assert!(open <= 2, "{open} of {}", recent.len());
    assert!(
        recent
            .iter()
            .all(|one| one.agent_name != one.execution.identity.agent_id)
    );
    stack.stop().await;
}
