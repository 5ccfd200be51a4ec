//! `shadow import` against a real server.

use std::collections::BTreeSet;
use std::time::Instant;

use chrono::{DateTime, Utc};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use shadow_auth::Scope;
use shadow_domain::execution::Outcome;
use shadow_storage::feed;

use crate::stack::{Output, Stack, WORKSPACE};

const COLUMNS: &str = "TIMESTAMP,ContextTokens,GeneratedTokens";
const TRACE: [&str; 8] = [
    "--map",
    "opened_at=TIMESTAMP",
    "--map",
    "input_tokens=ContextTokens",
    "--map",
    "output_tokens=GeneratedTokens",
    "--const",
    "trigger=api",
];

/// What is stored of all executions.
#[derive(Debug, Default)]
struct Stored {
    executions: usize,
    input_tokens: i64,
    output_tokens: i64,
    with_duration: usize,
    unknown_outcomes: usize,
    opened_at: BTreeSet<DateTime<Utc>>,
}

impl Stack {
    /// Runs the command on a file with this content.
    async fn import(&self, name: &str, content: &str, arguments: &[&str]) -> Output {
        let file = self.path().join(name);
        std::fs::write(&file, content).unwrap();
        let workspace = WORKSPACE.to_string();
        let mut command = self.command(&["import", "--workspace", &workspace, "--file"]);
        let output = command.arg(&file).args(arguments).output().await;
        Output::from(output.unwrap())
    }

    async fn stored(&self) -> Stored {
        let scope = Scope::system("a test");
        let (_, recent) = feed::snapshot(&self.db, &scope, &feed::Filter::default(), 200_000)
            .await
            .unwrap();
        let mut stored = Stored {
            executions: recent.len(),
            ..Stored::default()
        };
        for one in recent {
            let end = one.execution.end.unwrap();
            stored.opened_at.insert(one.execution.identity.opened_at);
            stored.input_tokens += end.input_tokens.unwrap_or(0);
            stored.output_tokens += end.output_tokens.unwrap_or(0);
            stored.with_duration += usize::from(end.duration_micros.is_some());
            stored.unknown_outcomes += usize::from(end.outcome == Outcome::Unknown);
        }
        stored
    }
}

/// So many rows, a second apart.
fn rows(count: usize) -> String {
    let mut text = format!("{COLUMNS}\r\n");
    for row in 0..count {
        let (minute, second) = (row / 60, row % 60);
        text.push_str(&format!(
            "2023-11-16 18:{minute:02}:{second:02}.9799600,{},{}\r\n",
            row + 1,
            row * 2
        ));
    }
    text
}

fn counts(output: &Output) -> [u64; 5] {
    ["rows read", "accepted", "repeated", "refused", "skipped"].map(|name| {
        let line = output
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix(name));
        let line = line.unwrap_or_else(|| panic!("no {name} in {output:?}"));
        line.trim().replace(',', "").parse().unwrap()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_or_a_longer_file_changes_nothing_old() {
    let stack = Stack::start().await;
    let mut arguments = TRACE.to_vec();
    arguments.extend(["--source", "trace", "--const", "agent_id=code"]);

    let first = stack.import("trace.csv", &rows(2_500), &arguments).await;
    assert!(first.success, "{first:?}");
    assert_eq!(counts(&first), [2_500, 2_500, 0, 0, 0]);
    let stored = stack.stored().await;
    assert_eq!(stored.executions, 2_500);
    assert_eq!(stored.input_tokens, (1..=2_500).sum::<i64>());
    assert_eq!(
        stored.output_tokens,
        (0..2_500).map(|row| row * 2).sum::<i64>()
    );
    assert_eq!((stored.with_duration, stored.unknown_outcomes), (0, 2_500));

    let again = stack.import("trace.csv", &rows(2_500), &arguments).await;
    assert_eq!(counts(&again), [2_500, 0, 2_500, 0, 0]);
    // Longer, with other line ends and under another name.
    let longer = rows(2_600).replace("\r\n", "\n");
    let longer = stack
        .import("longer.csv", longer.trim_end(), &arguments)
        .await;
    assert_eq!(counts(&longer), [2_600, 100, 2_500, 0, 0]);
    assert_eq!(stack.stored().await.executions, 2_600);

    // Another source is other executions, and another agent of the same workspace.
    let mut other = TRACE.to_vec();
    other.extend(["--source", "other", "--const", "agent_id=conversation"]);
    let other = stack.import("trace.csv", &rows(10), &other).await;
    assert_eq!(counts(&other), [10, 10, 0, 0, 0]);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn json_lines_with_a_zone_and_outcomes() {
    let stack = Stack::start().await;
    let text = "{\"at\":\"2025-03-09 01:59:59\",\"by\":\"ada\",\"usage\":{\"in\":7},\"how\":\"completed\",\"ms\":1500}\n\
                {\"at\":\"2025-03-09T08:00:00Z\",\"by\":null,\"how\":\"failed\",\"ms\":2}\n";
    let arguments = [
        "--source",
        "runs",
        "--zone",
        "America/New_York",
        "--map",
        "opened_at=at",
        "--map",
        "user_id=by",
        "--map",
        "input_tokens=usage.in",
        "--map",
        "outcome=how",
        "--map",
        "duration_millis=ms",
        "--const",
        "agent_id=a",
        "--const",
        "trigger=user",
    ];
    let output = stack.import("runs.jsonl", text, &arguments).await;
    assert!(output.success, "{output:?}");
    assert_eq!(counts(&output), [2, 2, 0, 0, 0]);
    let stored = stack.stored().await;
    assert_eq!(
        (stored.executions, stored.with_duration, stored.input_tokens),
        (2, 2, 7)
    );
    let opened: Vec<String> = stored.opened_at.iter().map(ToString::to_string).collect();
    assert_eq!(
        opened,
        ["2025-03-09 06:59:59 UTC", "2025-03-09 08:00:00 UTC"]
    );
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_row_is_named_and_can_be_skipped() {
    let stack = Stack::start().await;
    let mut arguments = TRACE.to_vec();
    arguments.extend(["--source", "trace", "--const", "agent_id=code"]);
    let good = rows(3);
    let bad = format!(
        "{good}2023-11-16 19:00:00,many,1\r\n{}2023-11-1",
        &rows(1)[COLUMNS.len() + 2..]
    );

    let output = stack.import("bad.csv", &bad, &arguments).await;
    assert!(!output.success);
    let told = "line 5, column ContextTokens, value \"many\": is not a whole number";
    assert!(output.stderr.contains(told), "{}", output.stderr);
    // The rows before it are in.
    assert_eq!(counts(&output), [3, 3, 0, 0, 0]);

    arguments.push("--skip-bad");
    let output = stack.import("bad.csv", &bad, &arguments).await;
    assert!(output.success, "{output:?}");
    assert_eq!(counts(&output), [6, 1, 3, 0, 2]);
    assert!(output.stdout.contains(told), "{}", output.stdout);
    assert!(
        output
            .stdout
            .contains("line 7: the row has 1 of 3 columns; it is the last row"),
        "{}",
        output.stdout
    );
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_is_told_by_line() {
    let stack = Stack::start().await;
    let mut arguments = TRACE.to_vec();
    arguments.extend(["--source", "trace", "--const", "agent_id=code"]);
    let text = format!("{COLUMNS}\n2023-11-16 18:00:00,1,1\n1999-12-31 23:59:59,1,1\n");
    let output = stack.import("old.csv", &text, &arguments).await;
    assert!(!output.success);
    assert_eq!(counts(&output), [2, 1, 0, 1, 0]);
    let told = "line 3: refused: execution_ended.identity.opened_at: must not be before 2000-01-01";
    assert!(
        output.stdout.contains(told) || output.stdout.contains("line 3: refused: occurred_at"),
        "{output:?}"
    );
    // The same line with other content is a conflict, and what is stored stays.
    let changed = text.replace("18:00:00,1,1", "18:00:00,2,1");
    let output = stack.import("old.csv", &changed, &arguments).await;
    assert_eq!(counts(&output), [2, 0, 0, 2, 0]);
    assert_eq!(stack.stored().await.input_tokens, 1);
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_file_is_one_line() {
    let stack = Stack::start().await;
    let mut arguments = TRACE.to_vec();
    arguments.extend(["--source", "trace", "--const", "agent_id=code"]);
    let table = [
        ("empty.csv", "", "the file is empty"),
        ("empty.jsonl", "", "the file is empty"),
        (
            "other.csv",
            "a,b\n1,2\n",
            "no column \"TIMESTAMP\" for opened_at; its columns are a, b",
        ),
        ("trace.txt", "a,b\n", "add --format csv or --format jsonl"),
    ];
    for (name, text, expected) in table {
        let output = stack.import(name, text, &arguments).await;
        assert!(!output.success);
        assert!(output.stderr.contains(expected), "{}", output.stderr);
        assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
    }
    let output = stack.import("header.csv", COLUMNS, &arguments).await;
    assert_eq!((output.success, counts(&output)), (true, [0; 5]));
    stack.stop().await;
}

/// Waits until something of an agent is stored.
async fn stored_of(stack: &Stack, agent: &str) {
    let scope = Scope::system("a test");
    let filter = feed::Filter {
        agent_ids: vec![agent.to_owned()],
        ..feed::Filter::default()
    };
    let began = Instant::now();
    loop {
        let (_, recent) = feed::snapshot(&stack.db, &scope, &filter, 1).await.unwrap();
        if !recent.is_empty() {
            return;
        }
        assert!(
            began.elapsed().as_secs() < 60,
            "nothing of {agent} is stored"
        );
    }
}

/// An import that is killed is repeated; one that is stopped says from where to go on; a restart is survived by both.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_taken_up_again() {
    const ROWS: usize = 60_000;
    let mut stack = Stack::start().await;
    let file = stack.path().join("long.csv");
    std::fs::write(&file, long(ROWS)).unwrap();
    let workspace = WORKSPACE.to_string();
    let import = |stack: &Stack, source: &str, arguments: &[&str]| {
        let mut command = stack.command(&["import", "--workspace", &workspace, "--file"]);
        command.arg(&file).args(TRACE).args(arguments);
        let agent = format!("agent_id={source}");
        command.args(["--source", source, "--const", &agent]);
        command
    };

    // It is killed while the server is away, so it cannot be done.
    let mut killed = import(&stack, "killed", &[]).spawn().unwrap();
    stored_of(&stack, "killed").await;
    stack.stop_server().await;
    killed.kill().await.unwrap();
    let before = stack.stored().await.executions;
    assert!((1..ROWS).contains(&before), "{before}");
    stack.start_server().await;
    let again = import(&stack, "killed", &[]).spawn().unwrap();
    // It has gone over what was there.
    while stack.stored().await.executions <= before {}
    stack.stop_server().await;
    stack.start_server().await;
    let again = Output::from(again.wait_with_output().await.unwrap());
    assert!(again.success, "{again:?}");
    let [rows, accepted, repeated, ..] = counts(&again);
    assert_eq!(rows, ROWS as u64);
    // What was committed as the server stopped was not acknowledged perhaps.
    assert!(repeated >= before as u64, "{again:?}");
    assert_eq!(accepted + repeated, rows);
    assert_eq!(stack.stored().await.executions, ROWS);

    // Ctrl-C: what is on its way is answered for, and the next line is named.
    let stopped = import(&stack, "stopped", &[]).spawn().unwrap();
    stored_of(&stack, "stopped").await;
    let pid = stopped.id().unwrap() as i32;
    kill(Pid::from_raw(pid), Signal::SIGINT).unwrap();
    let stopped = Output::from(stopped.wait_with_output().await.unwrap());
    assert!(!stopped.success);
    let line = stopped.stderr.split("--from-line ").nth(1).unwrap();
    let line = line.split_whitespace().next().unwrap().to_owned();
    let first = counts(&stopped)[0];
    assert_eq!(line, (first + 2).to_string(), "{stopped:?}");
    let mut rest = import(&stack, "stopped", &["--from-line", &line]);
    let rest = Output::from(rest.output().await.unwrap());
    let left = ROWS as u64 - first;
    assert_eq!(counts(&rest), [left, left, 0, 0, 0], "{rest:?}");
    stack.stop().await;
}

/// So many rows, a millisecond apart.
fn long(count: usize) -> String {
    let mut text = format!("{COLUMNS}\n");
    for row in 0..count {
        let (minute, second, milli) = (row / 60_000, row / 1_000 % 60, row % 1_000);
        text.push_str(&format!(
            "2023-11-16 18:{minute:02}:{second:02}.{milli:03},{row},1\n"
        ));
    }
    text
}
