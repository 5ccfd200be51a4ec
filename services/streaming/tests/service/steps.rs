//! Steps: published beside the events of their execution, in any order, each answered for.

use shadow_proto::streaming::v1::StepKind::{ModelCall, ToolCall};
use shadow_proto::streaming::v1::{PublishBatchResponse, RefusalReason};
use uuid::Uuid;

use crate::publish::letters;
use crate::support::{ENGINEER, Run, Stack};
use crate::watch::{everything, name};

const WORKSPACE: Uuid = Uuid::from_u128(0xa1);

fn refusals(answer: &PublishBatchResponse) -> Vec<(u32, &str, RefusalReason)> {
    let refusals = answer.refusals.iter();
    refusals
        .map(|refusal| (refusal.index, refusal.field.as_str(), refusal.reason()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_says_that_its_execution_was_opened() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let mut watch = client.watch(everything()).await.unwrap();
    watch.snapshot().await;
    let (one, two) = (Run::new(WORKSPACE, 1), Run::new(WORKSPACE, 2));
    let batch = vec![
        one.step(1, ModelCall),
        one.step(2, ToolCall),
        one.opened(),
        one.step(1, ModelCall),
        two.opened(),
        two.step(1, ToolCall),
        two.ended(),
    ];
    let answer = client.publish(batch.clone()).await.unwrap();
    assert_eq!(letters(&answer), "aarraaa");
    let seen = [
        name(&watch.change().await.1).0,
        name(&watch.change().await.1).0,
    ];
    assert!(seen.contains(&1) && seen.contains(&2), "{seen:?}");
    let again = client.publish(batch).await.unwrap();
    assert_eq!(letters(&again), "rrrrrrr");
    let late = vec![one.step(3, ToolCall), one.step(2, ToolCall), one.ended()];
    assert_eq!(letters(&client.publish(late).await.unwrap()), "ara");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_content_or_another_identity_is_a_conflict() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let run = Run::new(WORKSPACE, 1);
    let mut other = run.clone();
    other.identity.agent_id = "editor".to_owned();
    // Of what contradicts each other in one batch the first one stands.
    let batch = vec![
        run.step(1, ModelCall),
        other.step(2, ModelCall),
        run.step(1, ToolCall),
    ];
    let answer = client.publish(batch).await.unwrap();
    assert_eq!(letters(&answer), "axx");
    let expected = [
        (
            1,
            "execution_step.identity.agent_id",
            RefusalReason::Conflict,
        ),
        (2, "execution_step.step.kind", RefusalReason::Conflict),
    ];
    assert_eq!(refusals(&answer), expected);
    // What is stored stands, and a step that is refused leaves nothing behind.
    let mut late = run.step(1, ModelCall);
    late.occurred_at.as_mut().unwrap().seconds += 1;
    let batch = vec![late, run.step(2, ToolCall), other.step(2, ModelCall)];
    let answer = client.publish(batch).await.unwrap();
    assert_eq!(letters(&answer), "xax");
    let expected = [
        (0, "occurred_at", RefusalReason::Conflict),
        (
            2,
            "execution_step.identity.agent_id",
            RefusalReason::Conflict,
        ),
    ];
    assert_eq!(refusals(&answer), expected);
    let answer = client.publish(vec![other.step(3, ModelCall)]).await;
    assert_eq!(letters(&answer.unwrap()), "x");
    let answer = client.publish(vec![run.step(3, ToolCall)]).await.unwrap();
    assert_eq!(letters(&answer), "a");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_at_the_same_time_bring_a_step_once() {
    let stack = Stack::start().await;
    let client = stack.client(ENGINEER).await;
    let run = Run::new(WORKSPACE, 1);
    let batch: Vec<_> = (1..=50).map(|number| run.step(number, ToolCall)).collect();
    let calls = (0..6).map(|_| client.publish(batch.clone()));
    let answers = futures_util::future::join_all(calls).await;
    let accepted = answers
        .into_iter()
        .map(|answer| letters(&answer.unwrap()).matches('a').count())
        .sum::<usize>();
    assert_eq!(accepted, 50);
    stack.stop().await;
}
