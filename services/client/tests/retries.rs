//! The client against a server that answers as it is told to.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::Stream;
use shadow_client::proto::streaming::v1::streaming_service_server::{
    StreamingService, StreamingServiceServer,
};
use shadow_client::proto::streaming::v1::*;
use shadow_client::{Client, Config, Error, Retry};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_types::{ErrorDetails, StatusExt};

/// What the server answers next, and what it was asked.
#[derive(Default)]
struct Script {
    publish: VecDeque<Result<(), Status>>,
    published: Vec<(usize, Option<String>)>,
}

#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<Script>>);

#[tonic::async_trait]
impl StreamingService for Scripted {
    async fn publish_batch(
        &self,
        request: Request<PublishBatchRequest>,
    ) -> Result<Response<PublishBatchResponse>, Status> {
        let mut script = self.0.lock().unwrap();
        let bearer = request
            .metadata()
            .get("authorization")
            .map(|value| value.to_str().unwrap().to_owned());
        let events = request.into_inner().events.len();
        script.published.push((events, bearer));
        script.publish.pop_front().expect("one call too many")?;
        let statuses = vec![EventStatus::Accepted.into(); events];
        Ok(Response::new(PublishBatchResponse {
            statuses,
            refusals: Vec::new(),
        }))
    }

    type PublishStream = Pin<Box<dyn Stream<Item = Result<PublishResponse, Status>> + Send>>;

    async fn publish(
        &self,
        _: Request<Streaming<PublishRequest>>,
    ) -> Result<Response<Self::PublishStream>, Status> {
        unreachable!("nobody publishes by a stream here")
    }

    async fn list_refusals(
        &self,
        _: Request<ListRefusalsRequest>,
    ) -> Result<Response<ListRefusalsResponse>, Status> {
        unreachable!("nobody asks for refusals here")
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<WatchResponse, Status>> + Send>>;

    async fn watch(&self, _: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        unreachable!("nobody watches here")
    }
}

async fn serve(script: Script) -> (Scripted, Client) {
    let scripted = Scripted(Arc::new(Mutex::new(script)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = StreamingServiceServer::new(scripted.clone());
    let incoming = TcpListenerStream::new(listener);
    tokio::spawn(
        Server::builder()
            .add_service(service)
            .serve_with_incoming(incoming),
    );
    let short = Duration::from_millis(1);
    let retry = Retry {
        attempts: 4,
        first: short,
        longest: short,
    };
    let config = Config {
        retry,
        ..Config::default()
    };
    let client = Client::connect_with(&url, "the token", config)
        .await
        .unwrap();
    (scripted, client)
}

#[tokio::test]
async fn a_batch_is_sent_until_it_is_answered() {
    let asks_for_time = Status::with_error_details(
        Code::ResourceExhausted,
        "full",
        ErrorDetails::with_retry_info(Some(Duration::from_millis(20))),
    );
    let publish = [
        Err(Status::unavailable("")),
        Err(asks_for_time),
        Err(Status::aborted("")),
        Ok(()),
    ];
    let (scripted, client) = serve(Script {
        publish: publish.into(),
        ..Default::default()
    })
    .await;
    let began = std::time::Instant::now();
    let answer = client
        .publish_batch(vec![Event::default(); 3])
        .await
        .unwrap();
    assert_eq!(answer.statuses.len(), 3);
    assert!(began.elapsed() >= Duration::from_millis(20));
    let published = scripted.0.lock().unwrap().published.clone();
    assert_eq!(published, vec![(3, Some("Bearer the token".to_owned())); 4]);
}

#[tokio::test]
async fn attempts_are_bounded_and_refusals_are_final() {
    let publish = (0..4)
        .map(|_| Err(Status::unavailable("away")))
        .chain([Err(Status::permission_denied("no"))]);
    let (scripted, client) = serve(Script {
        publish: publish.collect(),
        ..Default::default()
    })
    .await;
    let error = client.publish_batch(Vec::new()).await.unwrap_err();
    assert!(
        matches!(error, Error::Exhausted { attempts: 4, .. }),
        "{error}"
    );
    assert_eq!(error.code(), Some(Code::Unavailable));
    let error = client.publish_batch(Vec::new()).await.unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error}");
    assert_eq!(scripted.0.lock().unwrap().published.len(), 5);
}

#[tokio::test]
async fn what_cannot_be_an_address_or_a_token_is_said() {
    for url in ["", "localhost:80", "https://example.test", "http://"] {
        assert!(
            matches!(Client::connect(url, "t").await, Err(Error::Address { .. })),
            "{url:?}"
        );
    }
    let connected = Client::connect("http://127.0.0.1:1", "line\nbreak").await;
    assert!(matches!(connected, Err(Error::Token)));
    assert!(matches!(
        Client::connect("http://127.0.0.1:1", "t").await,
        Err(Error::Connect { .. })
    ));
}
