//! PublishBatch: an answer for each event, after the commit.

use std::time::Duration;

use shadow_auth::{Role, Scope};
use shadow_proto::streaming::v1::{ExecutionEnd, Outcome, PublishBatchResponse, RefusalReason};
use shadow_storage::feed;
use shadow_streaming::Config;
use tonic::Code;
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::support::{ENGINEER, Run, Stack, config};

const WORKSPACE: Uuid = Uuid::from_u128(0xa1);
const OTHER: Uuid = Uuid::from_u128(0xa2);

/// The answers as letters: accepted, repeated, refused.
pub(crate) fn letters(response: &PublishBatchResponse) -> String {
    response
        .statuses
        .iter()
        .map(|status| ['-', 'a', 'r', 'x'][*status as usize])
        .collect()
}

async fn stored(stack: &Stack) -> Vec<feed::Recent> {
    let scope = Scope::system("a test");
    feed::snapshot(&stack.db, &scope, &feed::Filter::default(), 1_000)
        .await
        .unwrap()
        .1
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_answered_for_and_a_repeat_changes_nothing() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let (one, two) = (Run::new(WORKSPACE, 1), Run::new(WORKSPACE, 2));
    let batch = vec![
        one.opened(),
        one.started(),
        two.ended(),
        one.ended(),
        one.opened(),
        two.opened(),
    ];
    assert_eq!(
        letters(&client.publish(batch.clone()).await.unwrap()),
        "aaaarr"
    );
    let first = stored(&stack).await;
    assert_eq!(letters(&client.publish(batch).await.unwrap()), "rrrrrr");
    assert_eq!(stored(&stack).await, first);
    assert_eq!(first.len(), 2);
    assert_eq!(
        letters(&client.publish(vec![two.started()]).await.unwrap()),
        "a"
    );
    assert_eq!(letters(&client.publish(Vec::new()).await.unwrap()), "");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_of_events_gives_the_same_execution() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    let run = Run::new(WORKSPACE, 1);
    for (index, order) in orders.iter().enumerate() {
        let mut run = run.clone();
        run.identity.execution_id = Uuid::from_u128(index as u128 + 1).to_string();
        let events = [run.opened(), run.started(), run.ended()];
        for place in order {
            client.publish(vec![events[*place].clone()]).await.unwrap();
        }
    }
    let stored = stored(&stack).await;
    assert_eq!(stored.len(), orders.len());
    for one in &stored[1..] {
        assert_eq!(one.execution.started_at, stored[0].execution.started_at);
        assert_eq!(one.execution.end, stored[0].execution.end);
    }
    assert!(stored[0].execution.started_at.is_some() && stored[0].execution.end.is_some());
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_content_is_a_conflict_and_overwrites_nothing() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let run = Run::new(WORKSPACE, 1);
    client.publish(vec![run.ended()]).await.unwrap();
    let before = stored(&stack).await;

    let failed = run.ended_with(ExecutionEnd {
        outcome: Outcome::Failed.into(),
        ..Default::default()
    });
    let mut other_agent = run.clone();
    other_agent.identity.agent_id = "editor".to_owned();
    let response = client
        .publish(vec![
            failed,
            other_agent.started(),
            Run::new(WORKSPACE, 2).opened(),
        ])
        .await
        .unwrap();
    assert_eq!(letters(&response), "xxa");
    let refused: Vec<_> = response
        .refusals
        .iter()
        .map(|refusal| (refusal.index, refusal.field.as_str(), refusal.reason()))
        .collect();
    let expected = [
        (0, "execution_ended.end.outcome", RefusalReason::Conflict),
        (
            1,
            "execution_started.identity.agent_id",
            RefusalReason::Conflict,
        ),
    ];
    assert_eq!(refused, expected);
    assert!(stored(&stack).await.contains(&before[0]));

    // Within one batch: the earlier event stands.
    let again = Run::new(WORKSPACE, 3);
    let mut moved = again.clone();
    moved.identity.opened_at.as_mut().unwrap().seconds -= 1;
    let response = client
        .publish(vec![again.opened(), moved.started(), again.ended()])
        .await
        .unwrap();
    assert_eq!(letters(&response), "axa");
    assert_eq!(
        response.refusals[0].field,
        "execution_started.identity.opened_at"
    );
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_events_are_named_and_the_others_go_in() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let run = Run::new(WORKSPACE, 1);
    let mut nameless = run.opened();
    nameless.event_id.clear();
    let negative = run.ended_with(ExecutionEnd {
        outcome: Outcome::Completed.into(),
        input_tokens: Some(-1),
        ..Default::default()
    });
    let id = negative.event_id.clone();
    let response = client
        .publish(vec![nameless, negative, run.opened()])
        .await
        .unwrap();
    assert_eq!(letters(&response), "xxa");
    assert_eq!(response.refusals[0].reason(), RefusalReason::Missing);
    let refusal = &response.refusals[1];
    assert_eq!((refusal.index, refusal.event_id.as_str()), (1, id.as_str()));
    assert_eq!(
        (refusal.field.as_str(), refusal.reason()),
        (
            "execution_ended.end.input_tokens",
            RefusalReason::OutOfRange
        )
    );
    assert_eq!(stored(&stack).await.len(), 1);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_publish_is_refused() {
    let stack = Stack::start().await;
    let owner = stack.member("owner@test", &[WORKSPACE], Role::Owner).await;
    let status = owner
        .publish(vec![Run::new(WORKSPACE, 1).opened()])
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert!(stored(&stack).await.is_empty());
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_over_its_limits_is_refused_as_a_whole() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let run = Run::new(WORKSPACE, 1);
    let field = |status: &tonic::Status| {
        status.get_details_bad_request().unwrap().field_violations[0]
            .field
            .clone()
    };

    let status = client.publish(vec![run.opened(); 5_001]).await.unwrap_err();
    assert_eq!(
        (status.code(), field(&status).as_str()),
        (Code::InvalidArgument, "events")
    );
    assert!(status.message().contains("5000"), "{}", status.message());

    let wordy = run.ended_with(ExecutionEnd {
        outcome: Outcome::Failed.into(),
        error_message: Some("x".repeat(4_096)),
        ..Default::default()
    });
    for count in [1_000, 2_000] {
        let status = client
            .publish(vec![wordy.clone(); count])
            .await
            .unwrap_err();
        assert_eq!(
            status.code(),
            Code::InvalidArgument,
            "{count}: {}",
            status.message()
        );
    }
    assert!(stored(&stack).await.is_empty());
    assert_eq!(
        client
            .publish(vec![run.opened(); 5_000])
            .await
            .unwrap()
            .statuses
            .len(),
        5_000
    );
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_share_transactions_and_not_their_mistakes() {
    let stack = Stack::start_with(Config {
        writers: 1,
        ..config()
    })
    .await;
    let client = stack.client(ENGINEER).await;
    let run = Run::new(WORKSPACE, 1);
    let mut other = run.clone();
    other.identity.agent_id = "editor".to_owned();
    let callers = [
        vec![run.opened()],
        vec![other.opened()],
        vec![run.opened(), run.ended()],
    ];
    // While the writer is held up by another caller, all of these get in line.
    let block = stack.block().await;
    let ahead = client.publish(vec![Run::new(OTHER, 2).opened()]);
    let sharing = async {
        block.reached().await;
        let [first, second, third] = callers.map(|events| client.publish(events));
        let release = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            block.release().await;
        };
        tokio::join!(first, second, third, release)
    };
    let (ahead, (first, second, third, ())) = tokio::join!(ahead, sharing);
    assert_eq!(letters(&ahead.unwrap()), "a");
    let mut answers = [first, second, third].map(|answer| letters(&answer.unwrap()));
    // Whoever came first is stored, whoever contradicts is refused, and nobody's valid event suffers from another's.
    let refused = answers.concat().matches('x').count();
    let mut stored = stored(&stack).await;
    stored.retain(|one| one.execution.identity.workspace_id == WORKSPACE);
    assert_eq!(stored.len(), 1);
    if stored[0].execution.identity.agent_id == "writer" {
        assert_eq!((answers[1].as_str(), refused), ("x", 1));
        answers[1].clear();
        assert_eq!(answers.concat().matches('a').count(), 2);
    } else {
        assert_eq!((answers[1].as_str(), refused), ("a", 3));
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_is_written_though_its_caller_went_away() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let block = stack.block().await;
    let publishing =
        tokio::spawn(async move { client.publish(vec![Run::new(WORKSPACE, 1).opened()]).await });
    block.reached().await;
    publishing.abort();
    assert!(publishing.await.unwrap_err().is_cancelled());
    block.release().await;

    let db = stack.db.clone();
    let scope = Scope::system("a test");
    let _database = stack.stop().await;
    let (_, stored) = feed::snapshot(&db, &scope, &feed::Filter::default(), 10)
        .await
        .unwrap();
    assert_eq!(stored.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_contradicts_the_start_is_refused_whole() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let end = |started_at| ExecutionEnd {
        outcome: Outcome::Completed.into(),
        started_at,
        ..Default::default()
    };
    let fields = |response: &PublishBatchResponse| -> Vec<String> {
        response
            .refusals
            .iter()
            .map(|refusal| format!("{} {:?}", refusal.field, refusal.reason()))
            .collect()
    };

    // The start is known, and the end repeats another one.
    let run = Run::new(WORKSPACE, 1);
    client.publish(vec![run.started()]).await.unwrap();
    let opened_at = run.identity.opened_at;
    let response = client
        .publish(vec![run.ended_with(end(opened_at))])
        .await
        .unwrap();
    assert_eq!(
        fields(&response),
        ["execution_ended.end.started_at Conflict"]
    );
    let known = stored(&stack).await;
    assert!(known[0].execution.started_at.is_some() && known[0].execution.end.is_none());

    // The end is known, and another one would add a start.
    let run = Run::new(WORKSPACE, 2);
    client
        .publish(vec![run.ended_with(end(None))])
        .await
        .unwrap();
    let failed = ExecutionEnd {
        outcome: Outcome::Failed.into(),
        ..end(run.identity.opened_at)
    };
    let response = client.publish(vec![run.ended_with(failed)]).await.unwrap();
    assert_eq!(fields(&response), ["execution_ended.end.outcome Conflict"]);

    // Start and end come apart, and the end was first.
    let late = Run::new(WORKSPACE, 3);
    let mut started = late.started();
    started.occurred_at = late.ended().occurred_at;
    started.occurred_at.as_mut().unwrap().seconds += 1;
    client
        .publish(vec![late.ended_with(end(None))])
        .await
        .unwrap();
    let response = client.publish(vec![started]).await.unwrap();
    assert_eq!(fields(&response), ["occurred_at Conflict"]);

    let known = stored(&stack).await;
    let ended_alone = known
        .iter()
        .filter(|one| one.execution.end.is_some() && one.execution.started_at.is_none());
    assert_eq!(ended_alone.count(), 2);
    stack.stop().await;
}
