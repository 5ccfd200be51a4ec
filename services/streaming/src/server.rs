//! The service as a server takes it: as it was generated, but for Watch, whose messages are in the form in which gRPC
//! sends them already, and for the batches of events, which are not decoded before there is room for them.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream;
use shadow_proto::streaming::v1::streaming_service_server::StreamingServiceServer;
use shadow_proto::streaming::v1::{PublishBatchResponse, PublishResponse, WatchRequest};
use shadow_rpc::{Encoded, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, Undecoded, frames};
use tonic::body::Body;
use tonic::codec::Codec;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::{Grpc, NamedService, ServerStreamingService, StreamingService, UnaryService};
use tonic::{Request, Response, Status, Streaming};

use crate::Handler;
use crate::publish;
use crate::watch::{self, Outgoing};

const PUBLISH: &str = "/shadow.streaming.v1.StreamingService/Publish";
const PUBLISH_BATCH: &str = "/shadow.streaming.v1.StreamingService/PublishBatch";
const WATCH: &str = "/shadow.streaming.v1.StreamingService/Watch";

/// Serves the RPCs.
#[derive(Clone)]
pub struct Server {
    generated: StreamingServiceServer<Handler>,
    handler: Handler,
}

/// Answers methods whose requests are not the generated ones.
struct Publishing(Handler);

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
        let handler = self.handler.clone();
        match request.uri().path() {
            PUBLISH_BATCH => Box::pin(async move {
                let mut grpc = limited(Undecoded::<PublishBatchResponse>::default());
                Ok(grpc.unary(Publishing(handler), request).await)
            }),
            PUBLISH => Box::pin(async move {
                let mut grpc = limited(Undecoded::<PublishResponse>::default());
                Ok(grpc.streaming(Publishing(handler), request).await)
            }),
            WATCH => Box::pin(async move {
                let messages = Arc::new(Mutex::new(None));
                let watching = Watching {
                    handler,
                    messages: Arc::clone(&messages),
                };
                let mut grpc = limited(Encoded::<WatchRequest>::default());
                let response = grpc.server_streaming(watching, request).await;
                Ok(match take(&messages) {
                    Some(messages) => frames::respond(response, messages),
                    None => response,
                })
            }),
            _ => self.generated.call(request),
        }
    }
}

fn limited<T: Codec>(codec: T) -> Grpc<T> {
    Grpc::new(codec)
        .max_decoding_message_size(MAX_REQUEST_BYTES)
        .max_encoding_message_size(MAX_RESPONSE_BYTES)
}

fn take(messages: &Mutex<Option<Outgoing>>) -> Option<Outgoing> {
    let mut messages = messages.lock().unwrap_or_else(PoisonError::into_inner);
    messages.take()
}

impl UnaryService<Bytes> for Publishing {
    type Response = PublishBatchResponse;
    type Future = BoxFuture<Response<PublishBatchResponse>, Status>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let handler = self.0.clone();
        Box::pin(async move { handler.publish_encoded(request).await })
    }
}

impl StreamingService<Bytes> for Publishing {
    type Response = PublishResponse;
    type ResponseStream = publish::stream::Responses;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    fn call(&mut self, request: Request<Streaming<Bytes>>) -> Self::Future {
        let handler = self.0.clone();
        Box::pin(async move {
            let request = request.map(|batches| Box::pin(batches) as publish::stream::Requests);
            publish::stream::publish(&handler, request).map(Response::new)
        })
    }
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
