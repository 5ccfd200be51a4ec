//! `shadow tail` against a real server.

use std::process::Stdio;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value as Json;
use shadow_client::proto::streaming::v1::Outcome;
use shadow_storage::directory;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::time::timeout;
use uuid::Uuid;

use crate::run::Run;
use crate::stack::{Output, Stack};

const PATIENCE: Duration = Duration::from_secs(60);

/// A tail that follows.
struct Following {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Lines<BufReader<ChildStderr>>,
}

impl Following {
    fn start(stack: &Stack, arguments: &[&str]) -> Self {
        let mut command = stack.command(&["tail", "--follow"]);
        let mut child = command.args(arguments).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        Self {
            child,
            stdout,
            stderr,
        }
    }

    async fn line(&mut self) -> String {
        let line = timeout(PATIENCE, self.stdout.next_line()).await.unwrap();
        line.unwrap().expect("the tail ended")
    }

    async fn json(&mut self) -> Json {
        serde_json::from_str(&self.line().await).unwrap()
    }

    async fn notice(&mut self) -> String {
        let line = timeout(PATIENCE, self.stderr.next_line()).await.unwrap();
        line.unwrap().expect("the tail ended")
    }

    fn interrupt(&self) {
        let pid = self.child.id().unwrap() as i32;
        kill(Pid::from_raw(pid), Signal::SIGINT).unwrap();
    }

    async fn success(&mut self) -> bool {
        let status = timeout(PATIENCE, self.child.wait()).await.unwrap();
        status.unwrap().success()
    }
}

async fn publish(stack: &Stack, runs: &[Run]) {
    let events = runs.iter().map(Run::ended).collect();
    let answer = stack.client().publish_batch(events).await.unwrap();
    assert_eq!(answer.refusals, []);
}

/// The agents in order: the sixth word of a line, since "1.00 s" is two.
fn agents(output: &Output) -> Vec<String> {
    assert!(output.success, "{output:?}");
    let lines = output.stdout.lines().skip(1);
    lines
        .map(|line| line.split_whitespace().nth(5).unwrap().to_owned())
        .collect()
}

fn runs() -> Vec<Run> {
    let table = [
        ("a", Outcome::Completed, "small"),
        ("b", Outcome::Failed, "small"),
        ("c", Outcome::Completed, "large"),
    ];
    let mut runs = Vec::new();
    for (index, (agent, outcome, model)) in table.into_iter().enumerate() {
        let mut run = Run::new(index as u128 + 1);
        // The first is the oldest, by hours.
        run.opened_at = Utc::now() - TimeDelta::hours(5 - 2 * index as i64);
        run.agent_id = agent.to_owned();
        run.outcome = outcome;
        run.model = model;
        runs.push(run);
    }
    runs
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_last_is_shown_and_filtered() {
    let stack = Stack::start().await;
    publish(&stack, &runs()).await;
    let all = stack.run(&["tail"]).await;
    assert_eq!(agents(&all), ["a", "b", "c"]);
    let head = all.stdout.lines().next().unwrap();
    assert!(
        head.starts_with("TIME ") && head.ends_with(" ERROR"),
        "{head}"
    );
    assert!(all.stdout.contains("  Trace  "), "{}", all.stdout);
    // No terminal, no colours.
    assert!(!all.stdout.contains('\u{1b}'), "{}", all.stdout);
    assert_eq!(all.stderr, "");

    for (arguments, expected) in [
        (&["-n", "2"][..], &["b", "c"][..]),
        (&["-n", "0"], &[]),
        (&["--agent", "a", "--agent", "b"], &["a", "b"]),
        (&["--status", "failed"], &["b"]),
        (&["--model", "large"], &["c"]),
        (&["--min-duration", "1s"], &["a", "b", "c"]),
        (&["--min-duration", "1001ms"], &[]),
        (&["--workspace", "Trace"], &["a", "b", "c"]),
        (&["--since", "4h"], &["b", "c"]),
        (&["--since", "1s"], &[]),
    ] {
        let output = stack.run(&[&["tail"], arguments].concat()).await;
        assert_eq!(agents(&output), expected, "{arguments:?}");
    }

    let output = stack.run(&["tail", "--since", "2d", "-n", "3"]).await;
    assert!(
        output.stderr.contains("older executions may be missing"),
        "{output:?}"
    );
    for (arguments, expected) in [
        (
            &["--workspace", "Other"][..],
            "there is no workspace \"Other\"",
        ),
        (&["--since", "AQAAAAAAAAAB"], "add --follow"),
        (&["--since", "soon"], "expected an age"),
        (&["-n", "501"], "501 is not in 0..=500"),
        (&["--status", "done"], "expected queued, running"),
    ] {
        let output = stack.run(&[&["tail"], arguments].concat()).await;
        assert!(!output.success);
        assert!(output.stderr.contains(expected), "{output:?}");
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_is_survived_and_a_cursor_goes_on() {
    let mut stack = Stack::start().await;
    let runs = runs();
    publish(&stack, &runs[..1]).await;
    let mut tail = Following::start(&stack, &["--json"]);
    let first = tail.json().await;
    assert_eq!(first["kind"], "snapshot");
    assert_eq!(first["execution"]["agent_id"], "a");
    let cursor = first["cursor"].as_str().unwrap().to_owned();

    publish(&stack, &runs[1..2]).await;
    let change = tail.json().await;
    assert_eq!(change["kind"], "change");
    assert_eq!(change["execution"]["agent_id"], "b");
    assert_eq!(change["execution"]["status"], "failed");
    stack.stop_server().await;
    assert!(tail.notice().await.starts_with("tail: reconnecting: "));
    stack.start_server().await;
    assert_eq!(tail.notice().await, "tail: live again");
    publish(&stack, &runs[2..]).await;
    assert_eq!(tail.json().await["execution"]["agent_id"], "c");

    tail.interrupt();
    let said = tail.notice().await;
    let rest = said.strip_prefix("tail: --follow --since ").unwrap();
    let last = rest.strip_suffix(" goes on from here").unwrap().to_owned();
    assert!(tail.success().await);

    // From the first cursor all is told again. What the snapshot held may have got its place after it.
    let mut again = Following::start(&stack, &["--json", "--since", &cursor]);
    let mut first = again.json().await;
    if first["execution"]["agent_id"] == "a" {
        first = again.json().await;
    }
    assert_eq!(first, change);
    assert_eq!(again.json().await["cursor"], last.as_str());
    stack.stop().await;
}

/// A workspace that was made while a tail follows is called by its name, soon.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_workspace_has_its_name() {
    let stack = Stack::start().await;
    let mut tail = Following::start(&stack, &[]);
    tail.line().await;
    let later = Uuid::from_u128(7);
    directory::put_workspace(&stack.db, later, "Later", "UTC")
        .await
        .unwrap();
    let began = Instant::now();
    let mut number = 1;
    loop {
        assert!(began.elapsed() < PATIENCE, "it has no name");
        let mut run = Run::new(number);
        run.workspace_id = later;
        publish(&stack, &[run]).await;
        let line = tail.line().await;
        if line.contains("  Later  ") {
            break;
        }
        assert!(line.contains("  00000000-0000-000…  "), "{line}");
        number += 1;
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_ends_it_quietly() {
    let stack = Stack::start().await;
    let runs = runs();
    publish(&stack, &runs[..1]).await;
    let mut command = stack.command(&["tail", "--follow"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..2 {
        timeout(PATIENCE, stdout.next_line())
            .await
            .unwrap()
            .unwrap();
    }
    drop(stdout);
    publish(&stack, &runs[1..]).await;
    let output = timeout(PATIENCE, child.wait_with_output()).await.unwrap();
    let output = Output::from(output.unwrap());
    assert!(output.success, "{output:?}");
    assert_eq!(output.stderr, "");
    stack.stop().await;
}
