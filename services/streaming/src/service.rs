//! The service as one piece: what runs behind it, and the RPCs.

use std::sync::Arc;

use chrono::Utc;
use shadow_proto::streaming::v1 as proto;
use shadow_proto::streaming::v1::streaming_service_server::{
    StreamingService, StreamingServiceServer,
};
use shadow_storage::Database;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::admission::Admission;
use crate::background::Background;
use crate::feed::Feed;
use crate::pipeline::Pipeline;
use crate::publish::Intake;
use crate::{Config, publish, watch};

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
            pipeline: Pipeline::start(&db, &config, &committed, &background),
            admission: Admission::new(&config),
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
    pub fn service(&self) -> StreamingServiceServer<Handler> {
        StreamingServiceServer::new(self.handler.clone())
            .max_decoding_message_size(shadow_rpc::MAX_REQUEST_BYTES)
            .max_encoding_message_size(shadow_rpc::MAX_RESPONSE_BYTES)
    }

    /// Ends only when something behind the service has ended by itself: from then on it cannot do its work.
    pub async fn broken(&self) {
        self.background.broken().await;
    }

    /// Writes what was taken and ends what runs behind the service.
    pub async fn finish(self) {
        self.background.finish().await;
    }
}

#[tonic::async_trait]
impl StreamingService for Handler {
    async fn publish_batch(
        &self,
        request: Request<proto::PublishBatchRequest>,
    ) -> Result<Response<proto::PublishBatchResponse>, Status> {
        let viewer = shadow_rpc::viewer(&request)?;
        publish::publish_batch(&self.intake, &viewer, request.into_inner(), Utc::now())
            .await
            .map(Response::new)
    }

    type PublishStream = publish::stream::Responses;

    async fn publish(
        &self,
        request: Request<tonic::Streaming<proto::PublishRequest>>,
    ) -> Result<Response<Self::PublishStream>, Status> {
        publish::stream::publish(self, request).map(Response::new)
    }

    type WatchStream = watch::Messages;

    async fn watch(
        &self,
        request: Request<proto::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        watch::watch(self, request).await.map(Response::new)
    }
}
