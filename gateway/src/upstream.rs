//! The services, by name.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Request, Response, Uri};
use http_body::Frame;
use shadow_runtime::shutdown::Shutdown;
use tonic::body::Body;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_web::{GrpcWebLayer, GrpcWebService};
use tower::{Layer, Service, ServiceExt};

/// The services that browsers may use.
const SERVICES: &[&str] = &[
    "shadow.metrics.v1.MetricsService",
    "shadow.streaming.v1.StreamingService",
    "grpc.health.v1.Health",
];
/// The name of every RPC whose answer is a stream without end. Those have connections of their own, so that unread
/// streams cannot hold up answers.
const STREAM: &str = "Watch";
/// A service takes 256 streams on one connection.
const STREAM_CONNECTIONS: usize = 4;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const KEEPALIVE: Duration = Duration::from_secs(10);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);
/// Small, and that of the connection larger than all of them together, so that one that is not read stops no other.
const STREAM_WINDOW: u32 = 64 * 1024;
const UNARY_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 32 * 1024 * 1024;

/// An address of a service cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("SHADOW_UPSTREAMS: {0:?} is not an address such as http://127.0.0.1:50051")]
pub struct BadUpstream(String);

pub(crate) struct Upstream {
    unary: Pool,
    streams: Pool,
}

/// Whether a name is that of a service.
pub(crate) fn knows(service: &str) -> bool {
    SERVICES.contains(&service)
}

impl Upstream {
    pub(crate) fn new(addresses: &[String], shutdown: &Shutdown) -> Result<Upstream, BadUpstream> {
        let endpoints = addresses
            .iter()
            .map(|address| endpoint(address))
            .collect::<Result<Vec<_>, _>>()?;
        if endpoints.is_empty() {
            return Err(BadUpstream(String::new()));
        }
        let unary = endpoints
            .iter()
            .map(|endpoint| endpoint.clone().initial_stream_window_size(UNARY_WINDOW));
        let streams = (0..STREAM_CONNECTIONS)
            .flat_map(|_| &endpoints)
            .map(|endpoint| endpoint.clone().initial_stream_window_size(STREAM_WINDOW));
        Ok(Upstream {
            unary: Pool::new(unary, shutdown),
            streams: Pool::new(streams, shutdown),
        })
    }

    /// Sends a request of grpc-web to the service that its path names.
    pub(crate) async fn call(&self, path: &str, request: Request<Body>) -> Response<Body> {
        let pool = if path.rsplit('/').next() == Some(STREAM) {
            &self.streams
        } else {
            &self.unary
        };
        let Ok(response) = pool.next().oneshot(request).await;
        response
    }
}

/// Connections in turn, over all replicas. They connect when they are used, and again after they broke.
struct Pool {
    services: Vec<GrpcWebService<Outcome>>,
    turn: AtomicUsize,
}

impl Pool {
    fn new(endpoints: impl Iterator<Item = Endpoint>, shutdown: &Shutdown) -> Pool {
        let layer = GrpcWebLayer::new();
        let services = endpoints
            .map(|endpoint| {
                layer.layer(Outcome {
                    channel: endpoint.connect_lazy(),
                    shutdown: shutdown.clone(),
                })
            })
            .collect();
        Pool {
            services,
            turn: AtomicUsize::new(0),
        }
    }

    fn next(&self) -> GrpcWebService<Outcome> {
        self.services[self.turn.fetch_add(1, Ordering::Relaxed) % self.services.len()].clone()
    }
}

fn endpoint(address: &str) -> Result<Endpoint, BadUpstream> {
    let bad = || BadUpstream(address.to_owned());
    let uri: Uri = address.parse().map_err(|_| bad())?;
    if uri.scheme_str() != Some("http") || uri.host().is_none() {
        return Err(bad());
    }
    Ok(Endpoint::from(uri)
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .tcp_nodelay(true))
}

/// A channel that always answers: where the service is away, or goes away in the middle of an answer, with UNAVAILABLE.
#[derive(Clone)]
struct Outcome {
    channel: Channel,
    shutdown: Shutdown,
}

impl Service<Request<Body>> for Outcome {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Outcome { channel, shutdown } = self.clone();
        Box::pin(async move {
            Ok(match channel.oneshot(request).await {
                Ok(mut response) => {
                    // It would count messages only, and grpc-web sends the trailers after them in the body.
                    response.headers_mut().remove(CONTENT_LENGTH);
                    response.map(|body| {
                        let stop = Box::pin(async move { shutdown.requested().await });
                        Body::new(Ending {
                            body: Some(body),
                            stop,
                        })
                    })
                }
                Err(error) => away(&error).into_http(),
            })
        })
    }
}

fn away(error: &(dyn std::error::Error + 'static)) -> Status {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    tracing::warn!(error = words, "a service is away");
    Status::new(Code::Unavailable, "the service is not available")
}

/// An answer that ends with a status, even when its service breaks off or the gateway stops.
struct Ending {
    /// None after the end.
    body: Option<Body>,
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl http_body::Body for Ending {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(body) = self.body.as_mut() else {
            return Poll::Ready(None);
        };
        let status = match Pin::new(body).poll_frame(context) {
            Poll::Ready(Some(Err(error))) => away(&error),
            Poll::Ready(frame) => return Poll::Ready(frame),
            Poll::Pending if self.stop.as_mut().poll(context).is_ready() => {
                Status::new(Code::Unavailable, "the gateway is stopping")
            }
            Poll::Pending => return Poll::Pending,
        };
        self.body = None;
        let mut trailers = http::HeaderMap::new();
        Poll::Ready(Some(
            status
                .add_header(&mut trailers)
                .map(|()| Frame::trailers(trailers)),
        ))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(|body| body.is_end_stream())
    }
}
