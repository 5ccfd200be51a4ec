//! SIGTERM under load: what is in flight is answered, streams end with a cursor, and peers that never answer hold up
//! nothing.

use std::error::Error;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use shadow_client::proto::streaming::v1::{
    Event, EventStatus, PublishBatchRequest, Topic, WatchRequest,
};
use shadow_client::{Client, proto};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tonic::Status;

use crate::stack::{Stack, data_folder, shadow};
use crate::traces::opened;

/// The server and what is behind it get ten seconds each, and PostgreSQL ends in order after them.
const DEADLINE: Duration = Duration::from_secs(40);

fn said(arguments: &[&str]) -> String {
    let output = shadow(arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Publishes batch after batch until one is not answered: the events that were, and why the last one was not.
async fn publish(
    client: Client,
    workspace: String,
    answered: mpsc::UnboundedSender<()>,
) -> (Vec<Event>, Status) {
    let mut stored = Vec::new();
    loop {
        let events: Vec<Event> = (0..50).map(|_| opened(&workspace)).collect();
        let request = PublishBatchRequest {
            events: events.clone(),
        };
        match client.streaming().publish_batch(request).await {
            Ok(answer) => {
                let answer = answer.into_inner();
                assert!(answer.statuses().all(|one| one == EventStatus::Accepted));
                stored.extend(events);
                answered.send(()).ok();
            }
            Err(status) => return (stored, status),
        }
    }
}

fn watch() -> WatchRequest {
    WatchRequest {
        topics: vec![Topic::Executions.into()],
        ..Default::default()
    }
}

/// The last cursor of a watch that is read to its end.
async fn last_cursor(
    mut watch: tonic::Streaming<proto::streaming::v1::WatchResponse>,
) -> Result<String, Status> {
    let mut cursor = String::new();
    while let Some(message) = watch.message().await? {
        cursor = message.cursor;
    }
    Ok(cursor)
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_loses_nothing_and_waits_for_nobody() {
    let data = data_folder();
    let folder = data.path().to_str().unwrap();
    let mut stack = Stack::start(data.path());
    let token = said(&["token", "--user", "operator@local", "--data", folder]);
    let workspace = said(&["workspace", "--data", folder, "create", "--name", "Busy"]);
    let server = stack.server();
    let connect = || Client::connect(&server, &token);

    let watched = connect().await.unwrap().streaming().watch(watch()).await;
    let watched = tokio::spawn(last_cursor(watched.unwrap().into_inner()));
    // Neither of these is ever read, and the second does not even answer what HTTP/2 asks it.
    let unread = connect().await.unwrap().streaming().watch(watch()).await;
    let mut silent = TcpStream::connect(server.trim_start_matches("http://"))
        .await
        .unwrap();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    silent.write_all(preface).await.unwrap();

    let (answered, mut answers) = mpsc::unbounded_channel();
    let mut publishers = Vec::new();
    for _ in 0..4 {
        let client = connect().await.unwrap();
        publishers.push(tokio::spawn(publish(
            client,
            workspace.clone(),
            answered.clone(),
        )));
    }
    for _ in 0..20 {
        answers.recv().await.unwrap();
    }
    let began = Instant::now();
    let stopped = tokio::task::spawn_blocking(move || stack.stop(Signal::SIGTERM));
    let stopped = tokio::time::timeout(DEADLINE, stopped).await;
    let output = stopped.expect("it did not stop in time").unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(began.elapsed() < DEADLINE);
    assert!(!watched.await.unwrap().unwrap().is_empty());
    drop((unread, silent));

    let mut stored = Vec::new();
    for publisher in publishers {
        let (events, status) = publisher.await.unwrap();
        stored.extend(events);
        // Nothing was refused: the server is not there any more.
        let gone = status.code() == tonic::Code::Unavailable || status.source().is_some();
        assert!(gone, "{status:?}");
    }
    assert!(stored.len() >= 20 * 50);
    let mut stack = Stack::start(data.path());
    let client = Client::connect(&stack.server(), &token).await.unwrap();
    for batch in stored.chunks(5_000) {
        let answer = client.publish_batch(batch.to_vec()).await.unwrap();
        assert!(answer.statuses().all(|one| one == EventStatus::Repeated));
    }
    assert!(stack.stop(Signal::SIGTERM).status.success());
}
