//! The connection and its calls.

use std::time::Duration;

use shadow_proto::metrics::v1 as metrics;
use shadow_proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use shadow_proto::streaming::v1 as streaming;
use shadow_proto::streaming::v1::streaming_service_client::StreamingServiceClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status};
use tracing::{Instrument, trace_span};

use crate::{
    Error, Publisher, PublisherConfig, Retry, SpoolConfig, SpooledPublisher, Watch, WatchConfig,
    retry, trace,
};

/// The largest answer that is read.
const MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;

/// A server takes so many streams on one connection.
const STREAMS: u32 = 256;
/// How much of one stream may be on its way and unread. Small, and that of the connection larger than all of them
/// together, so that a watch that is not read stops nobody else on its connection.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = (STREAMS + 1) * STREAM_WINDOW;

/// How a client behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// How often and how soon to try again.
    pub retry: Retry,
    /// How long one attempt of a call may take; watches have no such limit.
    pub timeout: Duration,
    /// How long connecting may take.
    pub connect_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            retry: Retry::default(),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
        }
    }
}

/// Adds the token or the key to each request. It is marked as a secret, so it is neither printed nor compressed. And the
/// trace that the request is a part of, where the program that uses this has traces.
#[derive(Clone, Debug)]
pub struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        trace::inject(request.metadata_mut());
        Ok(request)
    }
}

/// A connection to the services. Cloning is cheap, and clones share it.
#[derive(Clone, Debug)]
pub struct Client {
    channel: Channel,
    bearer: Bearer,
    config: Config,
}

impl Client {
    /// Connects to `url`, such as `http://127.0.0.1:50051`, as whom `token` names: a token, or a service key, which needs
    /// no renewal.
    pub async fn connect(url: &str, token: &str) -> Result<Self, Error> {
        Self::connect_with(url, token, Config::default()).await
    }

    /// The same with other settings.
    pub async fn connect_with(url: &str, token: &str, config: Config) -> Result<Self, Error> {
        let (endpoint, bearer) = parse(url, token, &config)?;
        let channel = endpoint.connect().await.map_err(|source| Error::Connect {
            url: url.to_owned(),
            source,
        })?;
        Ok(Self {
            channel,
            bearer,
            config,
        })
    }

    /// A client that connects when it is first used.
    pub fn lazy(url: &str, token: &str, config: Config) -> Result<Self, Error> {
        let (endpoint, bearer) = parse(url, token, &config)?;
        Ok(Self {
            channel: endpoint.connect_lazy(),
            bearer,
            config,
        })
    }

    /// Stores events and returns the answer for each of them, in order. At most 5,000 events and 4 MiB.
    ///
    /// It returns after they are committed. What may work a moment later is tried again.
    pub async fn publish_batch(
        &self,
        events: Vec<streaming::Event>,
    ) -> Result<streaming::PublishBatchResponse, Error> {
        let request = streaming::PublishBatchRequest { events };
        let call = || self.publish_once(&request);
        self.config.retry.run(retry::repeatable, call).await
    }

    /// The same for as long as this, however often.
    pub(crate) async fn publish_for(
        &self,
        events: Vec<streaming::Event>,
        give_up: Duration,
    ) -> Result<streaming::PublishBatchResponse, Error> {
        let request = streaming::PublishBatchRequest { events };
        let call = || self.publish_once(&request);
        self.config
            .retry
            .run_for(give_up, retry::repeatable, call)
            .await
    }

    async fn publish_once(
        &self,
        request: &streaming::PublishBatchRequest,
    ) -> Result<streaming::PublishBatchResponse, Status> {
        let mut streaming = self.streaming();
        self.limited(streaming.publish_batch(self.request(request.clone())))
            .instrument(trace_span!(
                "publish batch",
                otel.kind = "client",
                events = request.events.len()
            ))
            .await
    }

    /// Publishes event by event: batches are made, sent and tried again in the background. Needs a running Tokio
    /// runtime.
    pub fn publisher(&self, config: PublisherConfig) -> Publisher {
        Publisher::new(self.clone(), config)
    }

    /// Publishes through a folder, in which events outlive this process and an outage of the server. Needs a running
    /// Tokio runtime.
    pub async fn spooled_publisher(&self, config: SpoolConfig) -> Result<SpooledPublisher, Error> {
        SpooledPublisher::open(self.clone(), config).await
    }

    /// Lists a page of counts of refused events, in the workspaces into which the caller may publish.
    pub async fn list_refusals(
        &self,
        request: streaming::ListRefusalsRequest,
    ) -> Result<streaming::ListRefusalsResponse, Error> {
        let call = || async {
            let mut streaming = self.streaming();
            self.limited(streaming.list_refusals(self.request(request.clone())))
                .await
        };
        self.config.retry.run(retry::unavailable, call).await
    }

    /// Asks for metrics.
    pub async fn query(
        &self,
        request: metrics::QueryRequest,
    ) -> Result<metrics::QueryResponse, Error> {
        let call = || async {
            let mut metrics = self.metrics();
            self.limited(metrics.query(self.request(request.clone())))
                .instrument(trace_span!("query", otel.kind = "client"))
                .await
        };
        self.config.retry.run(retry::unavailable, call).await
    }

    /// Lists a page of the workspaces that the caller may see.
    pub async fn list_workspaces(
        &self,
        request: metrics::ListWorkspacesRequest,
    ) -> Result<metrics::ListWorkspacesResponse, Error> {
        let call = || async {
            let mut metrics = self.metrics();
            self.limited(metrics.list_workspaces(self.request(request.clone())))
                .instrument(trace_span!("list workspaces", otel.kind = "client"))
                .await
        };
        self.config.retry.run(retry::unavailable, call).await
    }

    /// Watches executions. When the connection breaks it goes on after the last message; when that is no longer
    /// possible it begins again with a snapshot.
    pub fn watch(&self, request: streaming::WatchRequest) -> Watch {
        self.watch_with(request, WatchConfig::default())
    }

    /// The same with other settings.
    pub fn watch_with(&self, request: streaming::WatchRequest, config: WatchConfig) -> Watch {
        Watch::new(self.clone(), request, config)
    }

    /// The stubs of the streaming service, for calls without this client's retries and timeouts.
    pub fn streaming(&self) -> StreamingServiceClient<InterceptedService<Channel, Bearer>> {
        StreamingServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// The stubs of the metrics service, for calls without this client's retries and timeouts.
    pub fn metrics(&self) -> MetricsServiceClient<InterceptedService<Channel, Bearer>> {
        MetricsServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    pub(crate) fn retry(&self) -> &Retry {
        &self.config.retry
    }

    /// Tells the server how long the caller waits.
    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.config.timeout);
        request
    }

    async fn limited<T>(
        &self,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, Status> {
        match tokio::time::timeout(self.config.timeout, call).await {
            Ok(answer) => answer.map(Response::into_inner),
            Err(_) => Err(Status::deadline_exceeded(
                "the server did not answer in time",
            )),
        }
    }
}

fn parse(url: &str, token: &str, config: &Config) -> Result<(Endpoint, Bearer), Error> {
    let address = || Error::Address {
        url: url.to_owned(),
    };
    let uri: http::Uri = url.parse().map_err(|_| address())?;
    if uri.scheme_str() != Some("http") || uri.host().is_none() {
        return Err(address());
    }
    let mut bearer =
        MetadataValue::try_from(format!("Bearer {token}")).map_err(|_| Error::Token)?;
    bearer.set_sensitive(true);
    let endpoint = Endpoint::from(uri)
        .connect_timeout(config.connect_timeout)
        .tcp_nodelay(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    Ok((endpoint, Bearer(bearer)))
}
