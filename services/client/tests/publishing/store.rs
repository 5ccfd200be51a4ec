//! A server that stores ids and answers when it is let.

use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{FutureExt, Stream};
use prost::Message;
use shadow_client::proto::streaming::v1::streaming_service_server::{
    StreamingService, StreamingServiceServer,
};
use shadow_client::proto::streaming::v1::*;
use shadow_client::{Client, Config, MAX_BATCH_BYTES, Retry};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status, Streaming};

/// Stores ids, and refuses those that are called "bad".
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) ids: Arc<Mutex<BTreeSet<String>>>,
    /// Events and bytes of each batch.
    batches: Arc<Mutex<Vec<(usize, usize)>>>,
    /// One permit for each batch that may be answered.
    pub(crate) gate: Arc<Semaphore>,
    /// What the next batches are answered with instead.
    pub(crate) failures: Arc<Mutex<VecDeque<Status>>>,
    /// How many batches came.
    came: watch::Sender<usize>,
}

impl Store {
    pub(crate) fn new(answers: usize) -> Self {
        Self {
            ids: Arc::default(),
            batches: Arc::default(),
            gate: Arc::new(Semaphore::new(answers)),
            failures: Arc::default(),
            came: watch::Sender::new(0),
        }
    }

    pub(crate) async fn serve(&self, address: SocketAddr) -> Serving {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = Server::builder()
            .add_service(
                StreamingServiceServer::new(self.clone())
                    .max_decoding_message_size(MAX_BATCH_BYTES),
            )
            .serve_with_incoming_shutdown(TcpListenerStream::new(listener), stopped.map(drop));
        Serving {
            address,
            stop,
            task: tokio::spawn(async move { server.await.unwrap() }),
        }
    }

    pub(crate) async fn came(&self, batches: usize) {
        let mut came = self.came.subscribe();
        came.wait_for(|came| *came >= batches).await.unwrap();
    }

    pub(crate) fn batches(&self) -> Vec<(usize, usize)> {
        self.batches.lock().unwrap().clone()
    }
}

pub(crate) struct Serving {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Serving {
    pub(crate) fn client(&self) -> Client {
        client(self.address)
    }

    pub(crate) async fn stop(self) -> SocketAddr {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
        self.address
    }
}

/// A client of what is or will be at this address.
pub(crate) fn client(address: SocketAddr) -> Client {
    let short = Duration::from_millis(5);
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

#[tonic::async_trait]
impl StreamingService for Store {
    async fn publish_batch(
        &self,
        request: Request<PublishBatchRequest>,
    ) -> Result<Response<PublishBatchResponse>, Status> {
        let request = request.into_inner();
        let size = (request.events.len(), request.encoded_len());
        self.batches.lock().unwrap().push(size);
        self.came.send_modify(|came| *came += 1);
        self.gate.acquire().await.unwrap().forget();
        if let Some(failure) = self.failures.lock().unwrap().pop_front() {
            return Err(failure);
        }
        let mut ids = self.ids.lock().unwrap();
        let mut response = PublishBatchResponse::default();
        for (index, event) in request.events.into_iter().enumerate() {
            let status = if event.event_id == "bad" {
                response.refusals.push(Refusal {
                    index: index as u32,
                    event_id: event.event_id,
                    ..Refusal::default()
                });
                EventStatus::Refused
            } else if ids.insert(event.event_id) {
                EventStatus::Accepted
            } else {
                EventStatus::Repeated
            };
            response.statuses.push(status.into());
        }
        Ok(Response::new(response))
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

pub(crate) fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

pub(crate) fn event(id: &str, bytes: usize) -> Event {
    Event {
        event_id: id.to_owned(),
        workspace_id: "w".repeat(bytes),
        ..Event::default()
    }
}
