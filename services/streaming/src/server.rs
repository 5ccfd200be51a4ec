//! The service as a server takes it: as it was generated, but for Watch, whose messages are encoded already.

use std::convert::Infallible;
use std::task::{Context, Poll};

use bytes::Bytes;
use shadow_proto::streaming::v1::WatchRequest;
use shadow_proto::streaming::v1::streaming_service_server::StreamingServiceServer;
use shadow_rpc::{Encoded, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES};
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::{Grpc, NamedService, ServerStreamingService};
use tonic::{Request, Response, Status};

use crate::Handler;
use crate::watch::{self, Outgoing};

const WATCH: &str = "/shadow.streaming.v1.StreamingService/Watch";

/// Serves the RPCs.
#[derive(Clone)]
pub struct Server {
    generated: StreamingServiceServer<Handler>,
    watching: Watching,
}

#[derive(Clone)]
struct Watching(Handler);

impl Server {
    pub(crate) fn new(handler: Handler) -> Self {
        let generated = StreamingServiceServer::new(handler.clone())
            .max_decoding_message_size(MAX_REQUEST_BYTES)
            .max_encoding_message_size(MAX_RESPONSE_BYTES);
        Self {
            generated,
            watching: Watching(handler),
        }
    }
}

impl NamedService for Server {
    const NAME: &'static str = StreamingServiceServer::<Handler>::NAME;
}

impl Service<http::Request<Body>> for Server {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        if request.uri().path() != WATCH {
            return self.generated.call(request);
        }
        let watching = self.watching.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(Encoded::<WatchRequest>::default())
                .max_decoding_message_size(MAX_REQUEST_BYTES)
                .max_encoding_message_size(MAX_RESPONSE_BYTES);
            Ok(grpc.server_streaming(watching, request).await)
        })
    }
}

impl ServerStreamingService<WatchRequest> for Watching {
    type Response = Bytes;
    type ResponseStream = Outgoing;
    type Future = BoxFuture<Response<Outgoing>, Status>;

    fn call(&mut self, request: Request<WatchRequest>) -> Self::Future {
        let handler = self.0.clone();
        Box::pin(async move { watch::watch(&handler, request).await.map(Response::new) })
    }
}
