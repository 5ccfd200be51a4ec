//! A bound on requests at work. What is over it is refused at once, which costs next to nothing.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::{BoxFuture, ready};
use http::{Request, Response};
use shadow_auth::table::{self, Rule};
use tokio::sync::Semaphore;
use tonic::body::Body;
use tower::Service;

use crate::status;

#[derive(Clone)]
pub(crate) struct Limit<S> {
    pub(crate) inner: S,
    pub(crate) permits: Arc<Semaphore>,
}

impl<S> Service<Request<Body>> for Limit<S>
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
        // A prober must hear the truth from a server that is busy.
        if table::rule(request.uri().path()) == Some(Rule::Public) {
            return Box::pin(self.inner.call(request));
        }
        match self.permits.clone().try_acquire_owned() {
            Ok(permit) => {
                let answer = self.inner.call(request);
                Box::pin(async move {
                    let response = answer.await;
                    drop(permit);
                    response
                })
            }
            Err(_) => {
                let message = "too many requests are at work";
                let status =
                    status::exhausted("TOO_MANY_REQUESTS", message, status::RETRY_EXHAUSTED);
                Box::pin(ready(Ok(status.into_http())))
            }
        }
    }
}
