//! The service as a server takes it: as it was generated, but for Watch, whose messages are in the form in which gRPC
//! sends them already.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream;
use shadow_proto::streaming::v1::WatchRequest;
use shadow_proto::streaming::v1::streaming_service_server::StreamingServiceServer;
use shadow_rpc::{Encoded, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, frames};
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
    handler: Handler,
}

/// A call of Watch, and its messages once there are any: they do not go through the codec.
struct Watching {
    handler: Handler,
    messages: Arc<Mutex<Option<Outgoing>>>,
}

impl Server {
    pub(crate) fn new(handler: Handler) -> Self {
        let generated = StreamingServiceServer::new(handler.clone())
            .max_decoding_message_size(MAX_REQUEST_BYTES)
            .max_encoding_message_size(MAX_RESPONSE_BYTES);
        Self { generated, handler }
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
        let messages = Arc::new(Mutex::new(None));
        let watching = Watching {
            handler: self.handler.clone(),
            messages: Arc::clone(&messages),
        };
        Box::pin(async move {
            let mut grpc = Grpc::new(Encoded::<WatchRequest>::default())
                .max_decoding_message_size(MAX_REQUEST_BYTES);
            let response = grpc.server_streaming(watching, request).await;
            Ok(match take(&messages) {
                Some(messages) => frames::respond(response, messages),
                None => response,
            })
        })
    }
}

fn take(messages: &Mutex<Option<Outgoing>>) -> Option<Outgoing> {
    let mut messages = messages.lock().unwrap_or_else(PoisonError::into_inner);
    messages.take()
}

impl ServerStreamingService<WatchRequest> for Watching {
    type Response = Bytes;
    type ResponseStream = stream::Empty<Result<Bytes, Status>>;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    fn call(&mut self, request: Request<WatchRequest>) -> Self::Future {
        let (handler, messages) = (self.handler.clone(), Arc::clone(&self.messages));
        Box::pin(async move {
            let outgoing = watch::watch(&handler, request).await?;
            let mut messages = messages.lock().unwrap_or_else(PoisonError::into_inner);
            *messages = Some(outgoing);
            Ok(Response::new(stream::empty()))
        })
    }
}
