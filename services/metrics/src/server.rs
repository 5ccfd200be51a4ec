//! The service as a server takes it: as it was generated, but for Query, whose answers are encoded already.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use prost::bytes::Bytes;
use shadow_proto::metrics::v1::QueryRequest;
use shadow_proto::metrics::v1::metrics_service_server::MetricsServiceServer;
use shadow_rpc::{Encoded, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES};
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::{Request, Response, Status};

use crate::{Metrics, query};

const QUERY: &str = "/shadow.metrics.v1.MetricsService/Query";

/// Serves the RPCs.
#[derive(Clone)]
pub struct Server {
    generated: MetricsServiceServer<Metrics>,
    querying: Querying,
}

#[derive(Clone)]
struct Querying(Arc<Metrics>);

impl Server {
    pub(crate) fn new(metrics: Metrics) -> Self {
        let metrics = Arc::new(metrics);
        let generated = MetricsServiceServer::from_arc(Arc::clone(&metrics))
            .max_decoding_message_size(MAX_REQUEST_BYTES)
            .max_encoding_message_size(MAX_RESPONSE_BYTES);
        Self {
            generated,
            querying: Querying(metrics),
        }
    }
}

impl NamedService for Server {
    const NAME: &'static str = MetricsServiceServer::<Metrics>::NAME;
}

impl Service<http::Request<Body>> for Server {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        if request.uri().path() != QUERY {
            return self.generated.call(request);
        }
        let querying = self.querying.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(Encoded::<QueryRequest>::default())
                .max_decoding_message_size(MAX_REQUEST_BYTES)
                .max_encoding_message_size(MAX_RESPONSE_BYTES);
            Ok(grpc.unary(querying, request).await)
        })
    }
}

impl UnaryService<QueryRequest> for Querying {
    type Response = Bytes;
    type Future = BoxFuture<Response<Bytes>, Status>;

    fn call(&mut self, request: Request<QueryRequest>) -> Self::Future {
        let metrics = Arc::clone(&self.0);
        Box::pin(async move { query::query(&metrics, &request).await.map(Response::new) })
    }
}
