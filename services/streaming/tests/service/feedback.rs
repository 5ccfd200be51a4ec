//! Ratings: an execution may be rated before anything else is known of it, and long after its end.

use shadow_proto::streaming::v1::{Execution, ExecutionStatus, RefusalReason};
use uuid::Uuid;

use crate::publish::letters;
use crate::support::{ENGINEER, Run, Stack};
use crate::watch::everything;

const WORKSPACE: Uuid = Uuid::from_u128(0xa1);

fn rating(execution: &Execution) -> Option<u32> {
    assert_eq!(
        execution.feedback.is_some(),
        execution.feedback_at.is_some()
    );
    execution.feedback.as_ref().map(|feedback| feedback.rating)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rating_is_stored_once_and_seen_by_watchers() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let mut watch = client.watch(everything()).await.unwrap();
    watch.snapshot().await;
    let run = Run::new(WORKSPACE, 1);
    let batches = [
        (vec![run.rated(4)], "a"),
        (vec![run.opened(), run.ended()], "ra"),
        (vec![run.rated(4), run.started()], "ra"),
    ];
    for (batch, expected) in batches {
        assert_eq!(letters(&client.publish(batch).await.unwrap()), expected);
    }
    let mut seen = Vec::new();
    for _ in 0..3 {
        let execution = watch.change().await.1;
        seen.push((execution.status(), rating(&execution), execution.revision));
    }
    let expected = [
        (ExecutionStatus::Queued, Some(4), 1),
        (ExecutionStatus::Completed, Some(4), 2),
        (ExecutionStatus::Completed, Some(4), 3),
    ];
    assert_eq!(seen, expected);

    // One that comes late changes what has long ended, and whoever watches later sees it in the snapshot.
    let late = Run::new(WORKSPACE, 2);
    let answer = client.publish(vec![late.started(), late.ended()]).await;
    assert_eq!(letters(&answer.unwrap()), "aa");
    assert_eq!(rating(&watch.change().await.1), None);
    let answer = client.publish(vec![late.rated(1)]).await.unwrap();
    assert_eq!(letters(&answer), "a");
    let after = watch.change().await.1;
    assert_eq!((rating(&after), after.revision), (Some(1), 2));
    let mut again = client.watch(everything()).await.unwrap();
    let (_, executions) = again.snapshot().await;
    assert!(executions.contains(&after), "{executions:?}");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_rating_is_a_conflict() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let run = Run::new(WORKSPACE, 1);
    // Of two in one batch the first one stands.
    let batch = vec![run.rated(4), run.rated(5), run.rated(4), run.ended()];
    let answer = client.publish(batch).await.unwrap();
    assert_eq!(letters(&answer), "axra");
    let anonymous = {
        let mut event = run.rated(4);
        if let Some(shadow_proto::streaming::v1::event::Event::ExecutionFeedback(given)) =
            &mut event.event
        {
            given.feedback.as_mut().unwrap().user_id = None;
        }
        event
    };
    let mut other_agent = run.clone();
    other_agent.identity.agent_id = "editor".to_owned();
    let answer = client
        .publish(vec![run.rated(1), run.started(), other_agent.rated(4)])
        .await
        .unwrap();
    assert_eq!(letters(&answer), "xax");
    let refusals: Vec<(u32, &str, RefusalReason)> = answer
        .refusals
        .iter()
        .map(|refusal| (refusal.index, refusal.field.as_str(), refusal.reason()))
        .collect();
    assert_eq!(
        refusals,
        [
            (
                0,
                "execution_feedback.feedback.rating",
                RefusalReason::Conflict
            ),
            (
                2,
                "execution_feedback.identity.agent_id",
                RefusalReason::Conflict
            ),
        ]
    );
    let answer = client.publish(vec![anonymous]).await.unwrap();
    assert_eq!(
        answer.refusals[0].field,
        "execution_feedback.feedback.user_id"
    );
    stack.stop().await;
}
