//! A handler that panics answers INTERNAL and takes nothing else down.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;

use crate::body::trailers;
use crate::status;

#[derive(Clone)]
pub(crate) struct CatchPanic<S> {
    pub(crate) inner: S,
}

impl<S> Service<Request<Body>> for CatchPanic<S>
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
        let answer = match catch_unwind(AssertUnwindSafe(|| self.inner.call(request))) {
            Ok(answer) => answer,
            Err(panic) => {
                return Box::pin(futures_util::future::ready(Ok(
                    internal(&*panic).into_http()
                )));
            }
        };
        Box::pin(async move {
            Ok(match AssertUnwindSafe(answer).catch_unwind().await {
                Ok(Ok(response)) => response.map(|body| Body::new(Caught { body: Some(body) })),
                Err(panic) => internal(&*panic).into_http(),
            })
        })
    }
}

struct Caught {
    /// None after a panic.
    body: Option<Body>,
}

impl http_body::Body for Caught {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(body) = self.body.as_mut() else {
            return Poll::Ready(None);
        };
        match catch_unwind(AssertUnwindSafe(|| Pin::new(body).poll_frame(context))) {
            Ok(poll) => poll,
            Err(panic) => {
                self.body = None;
                Poll::Ready(Some(Ok(trailers(&internal(&*panic)))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

/// What was panicked with.
#[derive(Debug, thiserror::Error)]
#[error("a handler panicked: {0}")]
struct Panicked(String);

fn internal(panic: &(dyn std::any::Any + Send)) -> Status {
    let words = panic
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned());
    let words = words
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    let status = status::internal(&Panicked(words));
    debug_assert_eq!(status.code(), Code::Internal);
    status
}
