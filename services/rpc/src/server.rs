//! The server: services behind the gate, health, reflection, bounds on what one connection may take, and a bounded stop.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::Stream;
use http::{Request, Response};
use shadow_runtime::readiness::Readiness;
use shadow_runtime::shutdown::{Shutdown, within_deadline};
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, HealthService};
use tower::Service;

use crate::Gate;
use crate::impatient::Impatient;

/// The largest request that services read, a batch of the largest size and its envelope: for
/// `max_decoding_message_size`.
pub const MAX_REQUEST_BYTES: usize = 4 * 1024 * 1024 + 64 * 1024;
/// The largest answer that services send: for `max_encoding_message_size`.
pub const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;

const STREAMS: u32 = 256;
/// Small, so that one stream that is not read holds little.
const STREAM_WINDOW: u32 = 256 * 1024;
/// Larger than all streams together, so that one that is not read stops none of the others.
const CONNECTION_WINDOW: u32 = STREAMS * STREAM_WINDOW + STREAM_WINDOW;
const MAX_HEADER_BYTES: u32 = 16 * 1024;
const KEEPALIVE: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Waited after the listener fails, which it does when the process has no descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why a server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The descriptors of the API cannot be read.
    #[error("reflection cannot be served")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the server failed")]
    Transport(#[from] tonic::transport::Error),
}

/// A server that is being put together.
pub struct Server {
    gate: Gate,
    routes: Routes,
    health: Health,
}

/// Says which services can be used.
#[derive(Clone, Debug)]
pub struct Health {
    reporter: HealthReporter,
    services: Vec<&'static str>,
}

impl Server {
    /// A server without services of ours: health and reflection only.
    pub fn new(gate: Gate) -> Server {
        let health = Health {
            reporter: HealthReporter::new(),
            services: vec![""],
        };
        Server {
            gate,
            routes: Routes::default(),
            health,
        }
    }

    /// Adds a service.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "it adds a service to a server, and no server to another"
    )]
    pub fn add<S>(mut self, service: S) -> Server
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.routes = self.routes.add_service(service);
        self.health.services.push(S::NAME);
        self
    }

    /// Serves until stopping is asked for; then health says NOT_SERVING, nothing new is accepted, and requests at work
    /// have until the deadline. Health follows `readiness`.
    pub async fn serve(
        self,
        listener: TcpListener,
        readiness: Readiness,
        shutdown: Shutdown,
        drain_deadline: Duration,
    ) -> Result<(), ServeError> {
        let Server {
            gate,
            routes,
            health,
        } = self;
        let health_service = tonic_health::pb::health_server::HealthServer::new(
            HealthService::from_health_reporter(health.reporter.clone()),
        );
        let routes = routes
            .add_service(health_service)
            .add_service(reflection().build_v1()?)
            .add_service(reflection().build_v1alpha()?)
            .prepare();
        let guarded = gate.guard(routes, &shutdown);
        let stop = {
            let (health, shutdown) = (health.clone(), shutdown.clone());
            async move { health.follow(&readiness, &shutdown).await }
        };
        let serving = transport().serve_with_incoming_shutdown(guarded, incoming(listener), stop);
        match within_deadline("the gRPC server", &shutdown, drain_deadline, serving).await {
            Ok(served) => served?,
            Err(late) => tracing::warn!(error = %late, "requests were given up"),
        }
        Ok(())
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Server")
            .field("services", &self.health.services)
            .finish()
    }
}

impl Health {
    async fn set(&self, status: ServingStatus) {
        for service in &self.services {
            self.reporter.set_service_status(service, status).await;
        }
    }

    /// Tells what readiness says until stopping is asked for, and NOT_SERVING from then on.
    async fn follow(&self, readiness: &Readiness, shutdown: &Shutdown) {
        let told = async {
            loop {
                self.set(ServingStatus::NotServing).await;
                readiness.until(true).await;
                self.set(ServingStatus::Serving).await;
                readiness.until(false).await;
            }
        };
        tokio::select! {
            () = told => {}
            () = shutdown.requested() => {}
        }
        self.set(ServingStatus::NotServing).await;
    }
}

fn transport() -> tonic::transport::Server {
    tonic::transport::Server::builder()
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(STREAMS)
        .http2_max_header_list_size(MAX_HEADER_BYTES)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
}

fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(shadow_proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
}

/// Connections as they come; a listener that fails is asked again after a pause, not in a busy loop.
fn incoming(listener: TcpListener) -> impl Stream<Item = Result<Impatient, Infallible>> {
    futures_util::stream::unfold(listener, |listener| async move {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "a connection keeps its small packets");
                    }
                    return Some((Ok(Impatient::new(stream)), listener));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    })
}
