//! The examples of the SDK, as somebody runs them, against a server that is restarted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use shadow_auth::Scope;
use shadow_storage::feed;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use tokio::time::timeout;

use crate::stack::{Stack, WORKSPACE};

const PATIENCE: Duration = Duration::from_secs(60);
const COUNT: usize = 20;

struct Example {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Example {
    fn start(stack: &Stack, name: &str, arguments: &[&str]) -> Self {
        let path = path(name);
        assert!(
            path.exists(),
            "{} is missing: cargo build --workspace --examples",
            path.display()
        );
        let mut command = stack.program(path);
        let command = command.arg(WORKSPACE.to_string()).args(arguments);
        let mut child = command.stderr(Stdio::inherit()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, stdout }
    }

    async fn line(&mut self) -> Option<String> {
        let line = timeout(PATIENCE, self.stdout.next_line()).await.unwrap();
        line.unwrap()
    }

    /// So many lines, of each the first word.
    async fn words(&mut self, lines: usize) -> Vec<String> {
        let mut words = Vec::new();
        for _ in 0..lines {
            let line = self.line().await.expect("the example ended");
            let word = line.split_whitespace().next().unwrap();
            words.push(word.to_owned());
        }
        words
    }

    /// The rest of what it says, after which it must have succeeded.
    async fn rest(&mut self) -> Vec<String> {
        let mut rest = Vec::new();
        while let Some(line) = self.line().await {
            rest.push(line);
        }
        let status = timeout(PATIENCE, self.child.wait()).await.unwrap();
        assert!(status.unwrap().success());
        rest
    }
}

/// Cargo puts the examples beside the folder of the tests.
fn path(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().unwrap().parent().unwrap();
    profile.join("examples").join(name)
}

async fn stored(stack: &Stack) -> BTreeSet<String> {
    let scope = Scope::system("a test");
    let (_, recent) = feed::snapshot(&stack.db, &scope, &feed::Filter::default(), 100_000)
        .await
        .unwrap();
    let ended = recent.iter().filter(|one| one.execution.end.is_some());
    ended
        .map(|one| one.execution.identity.execution_id.to_string())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn publish_and_watch_survive_restarts() {
    let mut stack = Stack::start().await;
    let count = COUNT.to_string();
    let mut watch = Example::start(&stack, "watch", &[&count]);
    assert_eq!(watch.line().await.unwrap(), "0 executions to begin with");
    let mut publish = Example::start(&stack, "publish", &[&count]);
    let mut published = BTreeSet::new();
    for _ in 0..3 {
        published.extend(publish.words(COUNT / 4).await);
        stack.stop_server().await;
        stack.start_server().await;
    }
    for line in publish.rest().await {
        let id = line.strip_suffix(" is stored").unwrap();
        published.insert(id.to_owned());
    }
    assert_eq!(published.len(), COUNT);
    assert_eq!(stored(&stack).await, published);

    let mut revisions: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for line in watch.rest().await {
        let words: Vec<_> = line.split_whitespace().collect();
        let seen = revisions.entry(words[0].to_owned()).or_default();
        seen.push(words[1].parse().unwrap());
    }
    assert_eq!(
        revisions.keys().cloned().collect::<BTreeSet<_>>(),
        published
    );
    for (id, revisions) in revisions {
        // Two events of one batch are one change.
        let rising = revisions.is_sorted_by(|before, after| before < after);
        assert!(rising && revisions.len() <= 3, "{id}: {revisions:?}");
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spool_outlives_a_killed_process() {
    let mut stack = Stack::start().await;
    stack.stop_server().await;
    let folder = stack.path().join("spool");
    let folder = folder.to_str().unwrap();
    let mut killed = Example::start(&stack, "spool", &[folder, "1000000"]);
    let kept = killed.words(200).await;
    killed.child.kill().await.unwrap();
    stack.start_server().await;
    let mut next = Example::start(&stack, "spool", &[folder, "0"]);
    assert_eq!(next.rest().await, ["everything is stored"]);
    // What was being written when it was killed may be there too.
    let stored = stored(&stack).await;
    assert!(stored.is_superset(&kept.into_iter().collect()));
    stack.stop().await;
}
