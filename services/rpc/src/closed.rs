//! Keeps statuses within the documented set: those that the framework makes by itself are translated.

use std::convert::Infallible;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use http::{Request, Response};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;

use crate::{body, status};

/// How prost and tonic begin what they say of bytes that are no message.
const UNDECODABLE: [&str; 3] = [
    "failed to decode Protobuf message",
    "protocol error: received message with",
    "Unexpected EOF decoding stream",
];

#[derive(Clone)]
pub(crate) struct Closed<S> {
    pub(crate) inner: S,
}

impl<S> Service<Request<Body>> for Closed<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = answer.await?;
            Ok(match translated(&response) {
                Some(status) => status.into_http(),
                None => response,
            })
        })
    }
}

/// Another status for an answer that is nothing but a status.
fn translated(response: &Response<Body>) -> Option<Status> {
    let code = body::code(response.headers())?;
    let status = Status::from_header_map(response.headers())?;
    match code {
        // The size of a message is checked before it is read; the limit is in the message.
        Code::OutOfRange => Some(status::invalid("request", status.message().to_lowercase())),
        Code::Internal
            if UNDECODABLE
                .iter()
                .any(|words| status.message().starts_with(words)) =>
        {
            Some(status::invalid(
                "request",
                "is not a message of this method",
            ))
        }
        Code::Unknown | Code::DataLoss => Some(status::internal(&status)),
        _ => None,
    }
}
