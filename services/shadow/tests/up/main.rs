//! `shadow up` as whoever starts it meets it: a process, its output, its end.

#![expect(clippy::unwrap_used, reason = "tests")]

mod metrics;
mod stack;
mod stop;
mod traces;

use std::net::TcpListener;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use stack::{Stack, data_folder, shadow};

/// Processes whose working folder is below `folder`: those of the private servers.
fn processes_in(folder: &Path) -> usize {
    let folder = folder.canonicalize().unwrap();
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter(|entry| {
        std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(&folder))
    })
    .count()
}

/// The one line that a refused start says.
fn refusal(output: &Output) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said.trim().to_owned()
}

#[tokio::test]
async fn it_serves_until_it_is_told_to_stop_and_leaves_nothing() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let data = data_folder();
        let mut stack = Stack::start(data.path());
        assert!(stack.is_serving().await);
        let answer = stack.get("/health").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(processes_in(data.path()) > 2);
        let sockets = stack.sockets();
        assert!(sockets.exists(), "{}", sockets.display());

        let output = stack.stop(signal);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(processes_in(data.path()), 0);
        assert!(!sockets.exists(), "{}", sockets.display());
        assert!(!data.path().join("stack.json").exists());
        assert!(
            TcpListener::bind(stack.dashboard()).is_ok(),
            "the dashboard's port is still taken"
        );
    }
}

#[tokio::test]
async fn data_is_kept_when_it_is_killed() {
    let data = data_folder();
    let folder = data.path().to_str().unwrap();
    let list = || shadow(&["workspace", "list", "--data", folder]);

    let mut stack = Stack::start(data.path());
    let created = shadow(&[
        "workspace",
        "--data",
        folder,
        "create",
        "--name",
        "Kept",
        "--zone",
        "Asia/Kolkata",
    ]);
    let id = String::from_utf8(created.stdout).unwrap().trim().to_owned();
    assert_eq!(id.len(), 36, "{}", String::from_utf8_lossy(&created.stderr));

    let second = shadow(&["up", "--no-demo", "--data", folder]);
    assert!(
        refusal(&second).contains("is in use by another shadow process"),
        "{second:?}"
    );

    stack.kill();
    let mut stack = Stack::start(data.path());
    assert!(stack.is_serving().await);
    let kept = String::from_utf8(list().stdout).unwrap();
    assert_eq!(
        kept.lines().filter(|line| line.contains(&id)).count(),
        1,
        "{kept}"
    );
    assert!(
        kept.contains("Asia/Kolkata") && kept.contains("Kept"),
        "{kept}"
    );
    assert!(stack.stop(Signal::SIGTERM).status.success());

    let gone = shadow(&["workspace", "list", "--data", folder]);
    assert!(refusal(&gone).contains("start one with `shadow up`"));
}

#[tokio::test]
async fn a_start_that_is_interrupted_leaves_nothing() {
    let data = data_folder();
    let mut stack = Stack::spawn(data.path());
    // As soon as the first server has begun.
    let deadline = Instant::now() + Duration::from_secs(60);
    while !data.path().join("postgres").exists() {
        assert!(Instant::now() < deadline, "no server was started");
        tokio::task::yield_now().await;
    }
    let output = stack.stop(Signal::SIGINT);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(processes_in(data.path()), 0);

    let mut stack = Stack::start(data.path());
    assert!(stack.is_serving().await);
    stack.stop(Signal::SIGTERM);
}

#[test]
fn what_is_in_the_way_is_said_in_one_line() {
    let data = data_folder();
    let folder = data.path().to_str().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let up = ["up", "--no-demo", "--data", folder];

    let refused = stack::command(&up)
        .env("SHADOW_PORT", &port)
        .output()
        .unwrap();
    let expected = format!(
        "error: port {port} of 127.0.0.1 is in use: stop what uses it, or choose another with SHADOW_PORT"
    );
    assert_eq!(refusal(&refused), expected);

    let nowhere = "postgres://nobody@127.0.0.1:1/nothing";
    let refused = stack::command(&["migrate"])
        .env("DATABASE_URL", nowhere)
        .output()
        .unwrap();
    assert!(
        refusal(&refused).contains("the database cannot be reached"),
        "{refused:?}"
    );
    let refused = stack::command(&["serve", "all"])
        .env("DATABASE_URL", nowhere)
        .env(
            "SHADOW_AUTH_SECRET",
            "development-0123456789abcdef0123456789",
        )
        .env("SHADOW_LISTEN", "127.0.0.1:0")
        .output()
        .unwrap();
    assert!(
        refusal(&refused).contains("the database cannot be reached"),
        "{refused:?}"
    );

    let refused = stack::command(&["serve", "all"])
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    assert!(refusal(&refused).contains("DATABASE_URL"), "{refused:?}");

    let never_started = data.path().join("other");
    let never_started = never_started.to_str().unwrap();
    let refused = shadow(&["token", "--user", "owner@demo", "--data", never_started]);
    assert!(
        refusal(&refused).contains("start one with `shadow up`"),
        "{refused:?}"
    );
}
