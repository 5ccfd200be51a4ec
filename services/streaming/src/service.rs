//! The service as one piece: what runs behind it, and the RPCs.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use chrono::Utc;
use futures_util::{Stream, StreamExt, stream};
use prost::Message;
use shadow_proto::streaming::v1 as proto;
use shadow_proto::streaming::v1::streaming_service_server::StreamingService;
use shadow_rpc::frames;
use shadow_storage::Database;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::admission::Admission;
use crate::background::Background;
use crate::feed::Feed;
use crate::pipeline::Pipeline;
use crate::publish::Intake;
use crate::refusals::Refusals;
use crate::server::Server;
use crate::{Config, list_refusals, publish, watch};

/// The running service.
///
/// To stop it: stop the server first ([`Handler`] ends its streams when `shutdown` is cancelled), then [`finish`].
///
/// [`finish`]: Streaming::finish
pub struct Streaming {
    handler: Handler,
    background: Background,
}

/// Answers the RPCs.
#[derive(Clone)]
pub struct Handler {
    pub(crate) db: Database,
    pub(crate) config: Arc<Config>,
    pub(crate) intake: Intake,
    pub(crate) feed: Feed,
    pub(crate) publishers: Arc<Semaphore>,
    pub(crate) watchers: Arc<Semaphore>,
    pub(crate) shutdown: CancellationToken,
}

impl Streaming {
    /// Starts the writers, the relay and the tailer. Streams end when `shutdown` is cancelled.
    pub fn start(db: Database, config: Config, shutdown: CancellationToken) -> Self {
        let background = Background::default();
        let committed = Arc::new(Notify::new());
        let intake = Intake {
            db: db.clone(),
            pipeline: Pipeline::start(&db, &config, &committed, &background),
            admission: Admission::new(&config),
            refusals: Refusals::start(&db, config.refusals, &background),
        };
        let feed = Feed::start(&db, &config, &committed, &background);
        let publishers = Arc::new(Semaphore::new(config.publishers));
        let watchers = Arc::new(Semaphore::new(config.watchers));
        let handler = Handler {
            db,
            config: Arc::new(config),
            intake,
            feed,
            publishers,
            watchers,
            shutdown,
        };
        Self {
            handler,
            background,
        }
    }

    /// The service to add to a server.
    pub fn service(&self) -> Server {
        Server::new(self.handler.clone())
    }

    /// Ends only when something behind the service has ended by itself: from then on it cannot do its work.
    pub async fn broken(&self) {
        self.background.broken().await;
    }

    /// Writes what was taken and ends what runs behind the service.
    pub async fn finish(self) {
        self.background.finish().await;
        // What was refused since the last time.
        self.handler.intake.refusals.store(&self.handler.db).await;
    }
}

impl Handler {
    /// PublishBatch, whose request is given as it came.
    pub(crate) async fn publish_encoded(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<proto::PublishBatchResponse>, Status> {
        let viewer = shadow_rpc::viewer(&request)?;
        publish::publish_batch(&self.intake, &viewer, request.into_inner(), Utc::now())
            .await
            .map(Response::new)
    }
}

/// For whoever calls the service without a [`Server`] between, which spares itself to decode and to encode.
#[tonic::async_trait]
impl StreamingService for Handler {
    async fn publish_batch(
        &self,
        request: Request<proto::PublishBatchRequest>,
    ) -> Result<Response<proto::PublishBatchResponse>, Status> {
        self.publish_encoded(request.map(|batch| batch.encode_to_vec().into()))
            .await
    }

    type PublishStream = publish::stream::Responses;

    async fn publish(
        &self,
        request: Request<tonic::Streaming<proto::PublishRequest>>,
    ) -> Result<Response<Self::PublishStream>, Status> {
        let encoded = |batch: proto::PublishRequest| batch.encode_to_vec().into();
        let encoded = move |batch: Result<_, Status>| batch.map(encoded);
        let request = request.map(|batches| Box::pin(batches.map(encoded)) as _);
        publish::stream::publish(self, request).map(Response::new)
    }

    type WatchStream = Decoded;

    async fn watch(
        &self,
        request: Request<proto::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let messages = watch::watch(self, request).await?;
        Ok(Response::new(Box::pin(messages.flat_map(decoded))))
    }

    async fn list_refusals(
        &self,
        request: Request<proto::ListRefusalsRequest>,
    ) -> Result<Response<proto::ListRefusalsResponse>, Status> {
        list_refusals::list_refusals(self, &request)
            .await
            .map(Response::new)
    }
}

/// The messages of a watch.
pub(crate) type Decoded = Pin<Box<dyn Stream<Item = Result<proto::WatchResponse, Status>> + Send>>;

fn decoded(
    frames: Result<Bytes, Status>,
) -> impl Stream<Item = Result<proto::WatchResponse, Status>> {
    let (frames, failed) = match frames {
        Ok(frames) => (frames, None),
        Err(status) => (Bytes::new(), Some(Err(status))),
    };
    let decoded = frames::split(frames).map(|message| {
        proto::WatchResponse::decode(message).map_err(|error| Status::internal(error.to_string()))
    });
    stream::iter(decoded.chain(failed))
}
