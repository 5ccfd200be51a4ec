//! `shadow query`, `shadow refusals` and `shadow key`: what they print, and what they say of what is wrong.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::{Value as Json, json};
use shadow_client::proto::streaming::v1::{Event, Outcome};

use crate::run::Run;
use crate::stack::{NAME, Stack, WORKSPACE};

/// Three executions of one agent and one of another, all on the day before yesterday; one of them failed.
async fn publish(stack: &Stack) {
    let opened_at = Utc::now() - TimeDelta::days(2);
    let runs = (1..=4).map(|number| Run {
        opened_at,
        agent_id: if number < 4 { "writer" } else { "reader" }.to_owned(),
        outcome: if number == 1 {
            Outcome::Failed
        } else {
            Outcome::Completed
        },
        ..Run::new(number)
    });
    let events: Vec<Event> = runs.map(|run| run.ended()).collect();
    let answer = stack.client().publish_batch(events).await.unwrap();
    assert_eq!(answer.refusals, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_printed_for_people_and_for_programs() {
    let stack = Stack::start().await;
    publish(&stack).await;
    let asked = [
        "query",
        "executions",
        "success_rate",
        "--workspace",
        NAME,
        "--by",
        "agent",
        "--top",
        "1",
    ];
    let table = stack.run(&asked).await;
    assert!(table.success, "{table:?}");
    for text in ["writer", "66.7 %", "executions", "success_rate", "1 other "] {
        assert!(table.stdout.contains(text), "{text} in {}", table.stdout);
    }
    let program = stack
        .run(&[&asked[..], &["--format", "json"]].concat())
        .await;
    let answer: Json = serde_json::from_str(&program.stdout).unwrap();
    assert_eq!(answer["range"]["zone"], "UTC");
    assert_eq!(answer["open_executions"], 0);
    let groups = answer["groups"].as_array().unwrap();
    let of = |number: usize, metric: usize| groups[number]["series"][metric]["total"].clone();
    assert_eq!(groups[0]["keys"][0]["id"], "writer");
    assert_eq!(of(0, 0), json!(3));
    assert!((of(0, 1).as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9);
    // The rest is one group, and counts as such.
    assert_eq!(groups[1]["other_groups"], 1);
    assert_eq!(of(1, 0), json!(1));
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_wrong_is_told_what_would_be_right() {
    let stack = Stack::start().await;
    for (arguments, text) in [
        (
            &["query", "executions", "--by", "users"][..],
            "expected agent",
        ),
        (
            &["query", "executions", "--every", "second"],
            "quarter_hour",
        ),
        (
            &["query", "executions", "--where", "agent"],
            "DIMENSION=KEY",
        ),
        (&["query", "exekutions"], "must be the id of a metric"),
        (
            &["query", "executions", "--workspace", "Nowhere"],
            "Nowhere",
        ),
        (
            &["query", "executions", "--from", "yesterday"],
            "is not a day",
        ),
        (&["query", "executions", "--zone", "Mars/Base"], "--zone"),
    ] {
        let output = stack.run(arguments).await;
        assert!(!output.success, "{arguments:?}: {output:?}");
        assert!(output.stderr.contains(text), "{arguments:?}: {output:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}: {output:?}");
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_events_are_counted_by_their_reason() {
    let stack = Stack::start().await;
    let none = stack.run(&["refusals"]).await;
    assert!(
        none.stdout.starts_with("No event was refused since"),
        "{none:?}"
    );
    let mut wrong = Run::new(1).ended();
    wrong.occurred_at = Some(prost_types::Timestamp {
        seconds: (Utc::now() + TimeDelta::days(30)).timestamp(),
        nanos: 0,
    });
    let refused = stack.client().publish_batch(vec![wrong]).await.unwrap();
    assert_eq!(refused.refusals.len(), 1);
    // Counts are written together, now and then.
    let counted = async {
        loop {
            let output = stack.run(&["refusals", "--json"]).await;
            if let Some(line) = output.stdout.lines().next() {
                return serde_json::from_str::<Json>(line).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let counted = tokio::time::timeout(Duration::from_secs(60), counted);
    let counted = counted.await.unwrap();
    assert_eq!(counted["workspace_id"], WORKSPACE.to_string());
    assert_eq!(counted["events"], 1);
    let table = stack.run(&["refusals", "--workspace", NAME]).await;
    assert!(table.stdout.contains(NAME), "{table:?}");
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_listed_without_itself_and_revoked() {
    let stack = Stack::start().await;
    let created = stack
        .run(&[
            "key",
            "create",
            "--name",
            "producer",
            "--permission",
            "publish_events",
            "--workspace",
            NAME,
            "--expires",
            "12h",
            "--by",
            "ada",
        ])
        .await;
    assert!(created.success, "{created:?}");
    let key = created.stdout.trim();
    assert!(created.stderr.contains("shown this once"), "{created:?}");
    let list = async || stack.run(&["key", "list"]).await.stdout;
    let listed = list().await;
    assert!(
        listed.contains("producer") && !listed.contains(key),
        "{listed}"
    );
    let revoked = stack.run(&["key", "revoke", key, "--by", "ada"]).await;
    assert!(revoked.success, "{revoked:?}");
    assert!(list().await.contains("revoked"), "{}", list().await);
    for (arguments, text) in [
        (&["--workspace", "Nowhere"][..], "there is no workspace"),
        (&["--all-workspaces", "--expires", "9999d"], "at most"),
        (&["--all-workspaces", "--by", " "], "--by must have"),
    ] {
        let asked = [
            "key",
            "create",
            "--name",
            "x",
            "--permission",
            "publish_events",
        ];
        let output = stack.run(&[&asked[..], arguments].concat()).await;
        assert!(!output.success, "{arguments:?}");
        assert!(output.stderr.contains(text), "{arguments:?}: {output:?}");
    }
    stack.stop().await;
}
