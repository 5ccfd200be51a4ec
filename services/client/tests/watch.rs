//! A watch against a server that does as it is told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{FutureExt, Stream, StreamExt, stream};
use shadow_client::proto::streaming::v1::streaming_service_server::{
    StreamingService, StreamingServiceServer,
};
use shadow_client::proto::streaming::v1::watch_response::Message;
use shadow_client::proto::streaming::v1::*;
use shadow_client::{Client, Config, Error, Retry, Watch, WatchConfig, WatchState};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_types::{ErrorDetails, StatusExt};

/// What one stream does: its messages, and then its end or a silence.
struct Streamed {
    messages: Vec<Result<WatchResponse, Status>>,
    ends: bool,
}

#[derive(Clone, Default)]
struct Scripted {
    streams: Arc<Mutex<VecDeque<Result<Streamed, Status>>>>,
    /// The cursor of each request that came.
    cursors: Arc<Mutex<Vec<Option<String>>>>,
}

#[tonic::async_trait]
impl StreamingService for Scripted {
    async fn publish_batch(
        &self,
        _: Request<PublishBatchRequest>,
    ) -> Result<Response<PublishBatchResponse>, Status> {
        unreachable!("nobody publishes here")
    }

    type PublishStream = Pin<Box<dyn Stream<Item = Result<PublishResponse, Status>> + Send>>;

    async fn publish(
        &self,
        _: Request<Streaming<PublishRequest>>,
    ) -> Result<Response<Self::PublishStream>, Status> {
        unreachable!("nobody publishes here")
    }

    async fn list_refusals(
        &self,
        _: Request<ListRefusalsRequest>,
    ) -> Result<Response<ListRefusalsResponse>, Status> {
        unreachable!("nobody asks for refusals here")
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<WatchResponse, Status>> + Send>>;

    async fn watch(
        &self,
        request: Request<WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let cursor = request.into_inner().cursor;
        self.cursors.lock().unwrap().push(cursor);
        let next = self.streams.lock().unwrap().pop_front();
        let streamed = next.expect("one call too many")?;
        let messages = stream::iter(streamed.messages);
        Ok(Response::new(match streamed.ends {
            true => messages.boxed(),
            false => messages.chain(stream::pending()).boxed(),
        }))
    }
}

impl Scripted {
    fn new(streams: impl IntoIterator<Item = Result<Streamed, Status>>) -> Self {
        Self {
            streams: Arc::new(Mutex::new(streams.into_iter().collect())),
            cursors: Arc::default(),
        }
    }

    async fn serve(&self) -> Client {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = client(listener.local_addr().unwrap());
        let service = StreamingServiceServer::new(self.clone());
        let incoming = TcpListenerStream::new(listener);
        tokio::spawn(
            Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming),
        );
        client
    }

    fn cursors(&self) -> Vec<Option<String>> {
        self.cursors.lock().unwrap().clone()
    }
}

fn client(address: SocketAddr) -> Client {
    let short = Duration::from_millis(1);
    let retry = Retry {
        attempts: 1,
        first: short,
        longest: short,
    };
    let config = Config {
        retry,
        ..Config::default()
    };
    Client::lazy(&format!("http://{address}"), "the token", config).unwrap()
}

type Sent = Result<WatchResponse, Status>;

fn ending(messages: impl IntoIterator<Item = Sent>) -> Result<Streamed, Status> {
    Ok(Streamed {
        messages: messages.into_iter().collect(),
        ends: true,
    })
}

fn silent(messages: impl IntoIterator<Item = Sent>) -> Result<Streamed, Status> {
    Ok(Streamed {
        messages: messages.into_iter().collect(),
        ends: false,
    })
}

fn message(cursor: &str, message: Message) -> Sent {
    Ok(WatchResponse {
        cursor: cursor.to_owned(),
        message: Some(message),
    })
}

fn heartbeat(cursor: &str) -> Sent {
    message(cursor, Message::Heartbeat(Heartbeat::default()))
}

fn execution(id: &str, revision: u32) -> Execution {
    let identity = ExecutionIdentity {
        execution_id: id.to_owned(),
        ..ExecutionIdentity::default()
    };
    Execution {
        identity: Some(identity),
        revision,
        ..Execution::default()
    }
}

fn snapshot(cursor: &str, executions: &[(&str, u32)]) -> Sent {
    let executions = executions
        .iter()
        .map(|(id, revision)| execution(id, *revision));
    let executions = executions.collect();
    message(cursor, Message::Snapshot(Snapshot { executions }))
}

fn change(cursor: &str, id: &str, revision: u32) -> Sent {
    let change = ExecutionChange {
        execution: Some(execution(id, revision)),
        commit_time: None,
    };
    message(cursor, Message::Change(change))
}

fn expired() -> Status {
    let details =
        ErrorDetails::with_error_info("CURSOR_EXPIRED", "shadow-analytics", HashMap::new());
    Status::with_error_details(Code::FailedPrecondition, "", details)
}

/// What a watch yields up to its end: cursors, with what happened.
async fn told(watch: &mut Watch) -> (Vec<String>, Error) {
    let mut told = Vec::new();
    loop {
        let message = match watch.next().await.unwrap() {
            Ok(message) => message,
            Err(error) => return (told, error),
        };
        let name = |execution: &Execution| {
            let identity = execution.identity.as_ref().unwrap();
            format!("{}{}", identity.execution_id, execution.revision)
        };
        let what = match message.message.unwrap() {
            Message::Heartbeat(_) => "heartbeat".to_owned(),
            Message::Lagged(lagged) => format!("lagged {}", lagged.missed),
            Message::Counters(_) => "counters".to_owned(),
            Message::Snapshot(snapshot) => {
                let names: Vec<_> = snapshot.executions.iter().map(name).collect();
                format!("[{}]", names.join(" "))
            }
            Message::Change(change) => name(&change.execution.unwrap()),
        };
        told.push(format!("{}:{what}", message.cursor));
    }
}

fn cursors(cursors: &[&str]) -> Vec<Option<String>> {
    cursors
        .iter()
        .map(|cursor| (!cursor.is_empty()).then(|| (*cursor).to_owned()))
        .collect()
}

#[tokio::test]
async fn it_goes_on_from_its_last_cursor() {
    let broken = Err(Status::unavailable("restarting"));
    let scripted = Scripted::new([
        ending([heartbeat(""), snapshot("a", &[]), broken]),
        Err(Status::unavailable("still restarting")),
        Err(Status::resource_exhausted("too many watches")),
        ending([heartbeat("a"), change("b", "x", 1)]),
        Err(Status::aborted("")),
        ending([heartbeat("b"), Err(Status::unauthenticated("expired"))]),
    ]);
    let mut watch = scripted.serve().await.watch(WatchRequest::default());
    let (told, error) = told(&mut watch).await;
    assert_eq!(
        told,
        [":heartbeat", "a:[]", "a:heartbeat", "b:x1", "b:heartbeat"]
    );
    assert_eq!(error.code(), Some(Code::Unauthenticated));
    assert!(watch.next().await.is_none());
    assert_eq!(scripted.cursors(), cursors(&["", "a", "a", "a", "b", "b"]));
}

#[tokio::test]
async fn an_expired_cursor_begins_with_a_snapshot() {
    let scripted = Scripted::new([
        ending([snapshot("a", &[("x", 1)]), change("b", "x", 2)]),
        Err(expired()),
        // Of another history: what was told before counts no more.
        ending([snapshot("c", &[("y", 1)]), change("d", "x", 2)]),
        Err(Status::not_found("")),
    ]);
    let mut watch = scripted.serve().await.watch(WatchRequest::default());
    let (told, error) = told(&mut watch).await;
    assert_eq!(told, ["a:[x1]", "b:x2", "c:[y1]", "d:x2"]);
    assert_eq!(error.code(), Some(Code::NotFound));
    assert_eq!(scripted.cursors(), cursors(&["", "b", "", "d"]));

    // Where there is no cursor to leave out, the answer is final.
    let scripted = Scripted::new([Err(expired())]);
    let mut watch = scripted.serve().await.watch(WatchRequest::default());
    let error = watch.next().await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error}");
}

#[tokio::test]
async fn no_change_is_told_twice() {
    let scripted = Scripted::new([
        ending([snapshot("a", &[("x", 2), ("y", 1)]), change("b", "z", 1)]),
        // What the snapshot held had no place in the order yet, and a server that restarted does not know what it held.
        ending([
            change("c", "x", 1),
            change("d", "x", 2),
            change("e", "x", 3),
            change("e", "z", 1),
        ]),
        ending([
            change("e", "x", 3),
            change("f", "y", 1),
            change("g", "y", 2),
            message("g", Message::Lagged(Lagged { missed: 7 })),
            snapshot("h", &[("x", 5)]),
            change("i", "x", 5),
            change("j", "x", 6),
        ]),
        Err(Status::permission_denied("revoked")),
    ]);
    let mut watch = scripted.serve().await.watch(WatchRequest::default());
    let (told, _) = told(&mut watch).await;
    assert_eq!(
        told,
        [
            "a:[x2 y1]",
            "b:z1",
            "e:x3",
            "g:y2",
            "g:lagged 7",
            "h:[x5]",
            "j:x6"
        ]
    );
    assert_eq!(scripted.cursors(), cursors(&["", "b", "e", "j"]));
}

#[tokio::test]
async fn its_states_are_told() {
    let scripted = Scripted::new([
        Err(Status::unavailable("not yet")),
        silent([heartbeat(""), Err(Status::unavailable("restarting"))]),
        silent([heartbeat("")]),
    ]);
    let mut watch = scripted.serve().await.watch(WatchRequest::default());
    let mut states = watch.states();
    assert_eq!(*states.borrow_and_update(), WatchState::Connecting);
    let mut seen = Vec::new();
    let mut heartbeats = 0;
    while heartbeats < 2 {
        tokio::select! {
            biased;
            changed = states.changed() => {
                changed.unwrap();
                seen.push(states.borrow_and_update().clone());
            }
            message = watch.next() => {
                message.unwrap().unwrap();
                heartbeats += 1;
            }
        }
    }
    seen.extend(
        states
            .has_changed()
            .unwrap()
            .then(|| states.borrow_and_update().clone()),
    );
    let reconnecting = |reason: &str| WatchState::Reconnecting {
        attempts: 1,
        reason: reason.to_owned(),
    };
    let all = [
        reconnecting("not yet"),
        WatchState::Live,
        reconnecting("restarting"),
        WatchState::Live,
    ];
    assert_eq!(seen, all);
    drop(watch);
    assert!(states.changed().await.is_err());
}

#[tokio::test]
async fn a_silent_stream_is_opened_again() {
    let scripted = Scripted::new([
        silent([snapshot("a", &[])]),
        ending([change("b", "x", 1), Err(Status::unauthenticated(""))]),
    ]);
    let config = WatchConfig {
        silence: Duration::from_millis(50),
        ..WatchConfig::default()
    };
    let client = scripted.serve().await;
    let mut watch = client.watch_with(WatchRequest::default(), config);
    let (told, _) = told(&mut watch).await;
    assert_eq!(told, ["a:[]", "b:x1"]);
    assert_eq!(scripted.cursors(), cursors(&["", "a"]));
}

#[tokio::test]
async fn it_is_given_up_in_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(listener.local_addr().unwrap());
    drop(listener);
    let config = WatchConfig {
        give_up: Duration::from_millis(20),
        ..WatchConfig::default()
    };
    let mut watch = client.watch_with(WatchRequest::default(), config);
    match watch.next().await.unwrap().unwrap_err() {
        Error::Exhausted { attempts, status } => {
            assert!(attempts > 1, "{attempts}");
            assert_eq!(status.code(), Code::Unavailable);
        }
        other => panic!("{other}"),
    }
    assert!(watch.next().now_or_never().unwrap().is_none());
}

/// A cursor that the caller gives is where the watch begins, and a broken first attempt does not lose it.
#[tokio::test]
async fn it_begins_where_it_is_told_to() {
    let scripted = Scripted::new([
        Err(Status::unavailable("")),
        ending([change("b", "x", 4), Err(Status::unauthenticated(""))]),
    ]);
    let request = WatchRequest {
        cursor: Some("a".to_owned()),
        ..WatchRequest::default()
    };
    let mut watch = scripted.serve().await.watch(request);
    let (told, _) = told(&mut watch).await;
    assert_eq!(told, ["b:x4"]);
    assert_eq!(scripted.cursors(), cursors(&["a", "a"]));
}
