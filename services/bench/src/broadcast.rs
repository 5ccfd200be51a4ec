//! The bare server that watches are measured against: everybody who listens is sent the same bytes.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use anyhow::{Context, Result};
use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tonic::server::{NamedService, ServerStreamingService, UnaryService};
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use crate::echo::Raw;

/// Listens: an empty message at once, then all that is sent.
pub(crate) const LISTEN: &str = "/shadow.bench.Broadcast/Listen";
/// Sends all messages to everybody who listens.
pub(crate) const SEND: &str = "/shadow.bench.Broadcast/Send";

#[derive(Debug, Clone)]
struct Broadcast {
    messages: Vec<Bytes>,
    sender: broadcast::Sender<Bytes>,
}

/// The method that listens.
struct Listen(broadcast::Sender<Bytes>);

impl ServerStreamingService<Bytes> for Listen {
    type Response = Bytes;
    type ResponseStream = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;
    type Future = std::future::Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, _request: Request<Bytes>) -> Self::Future {
        let messages = BroadcastStream::new(self.0.subscribe())
            .map(|message| message.map_err(|error| Status::data_loss(error.to_string())));
        let messages = stream::once(std::future::ready(Ok(Bytes::new()))).chain(messages);
        std::future::ready(Ok(Response::new(Box::pin(messages))))
    }
}

/// The method that sends.
struct Tell(Broadcast);

impl UnaryService<Bytes> for Tell {
    type Response = Bytes;
    type Future = std::future::Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, _request: Request<Bytes>) -> Self::Future {
        for message in &self.0.messages {
            if self.0.sender.send(message.clone()).is_err() {
                return std::future::ready(Err(Status::failed_precondition("nobody listens")));
            }
        }
        std::future::ready(Ok(Response::new(Bytes::new())))
    }
}

impl NamedService for Broadcast {
    const NAME: &'static str = "shadow.bench.Broadcast";
}

type HttpRequest = http::Request<tonic::body::Body>;
type HttpResponse = http::Response<tonic::body::Body>;

impl tonic::codegen::Service<HttpRequest> for Broadcast {
    type Response = HttpResponse;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(Raw);
            Ok(match request.uri().path() {
                SEND => grpc.unary(Tell(this), request).await,
                _ => grpc.server_streaming(Listen(this.sender), request).await,
            })
        })
    }
}

/// Serves until it is stopped. The file holds messages, each after its length.
pub(crate) async fn serve(address: SocketAddr, messages: &Path) -> Result<()> {
    let messages = read(std::fs::read(messages)?.into())?;
    let (sender, _) = broadcast::channel(messages.len().max(1));
    Ok(Server::builder()
        .tcp_nodelay(true)
        .add_service(Broadcast { messages, sender })
        .serve(address)
        .await?)
}

/// Messages as the server reads them.
pub(crate) fn write(messages: &[Bytes]) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    for message in messages {
        file.extend(u32::try_from(message.len())?.to_be_bytes());
        file.extend(message);
    }
    Ok(file)
}

fn read(mut file: Bytes) -> Result<Vec<Bytes>> {
    let mut messages = Vec::new();
    while file.has_remaining() {
        let length = file.try_get_u32().context("the length of a message")?;
        messages.push(file.split_to(usize::try_from(length)?));
    }
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_as_they_were_written() -> Result<()> {
        let messages = vec![
            Bytes::from_static(b"one"),
            Bytes::new(),
            Bytes::from(vec![7; 70_000]),
        ];
        assert_eq!(read(write(&messages)?.into())?, messages);
        Ok(())
    }
}
