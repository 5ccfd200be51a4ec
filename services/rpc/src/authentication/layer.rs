//! Lets a request in, or not.

use std::convert::Infallible;
use std::task::{Context, Poll};

use chrono::Utc;
use futures_util::future::BoxFuture;
use http::{Request, Response, header};
use shadow_auth::table::{self, Rule};
use shadow_auth::token::{TokenError, bearer};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;

use super::{Caller, Members, Tokens};
use crate::status;

#[derive(Clone)]
pub(crate) struct Authentication<S> {
    pub(crate) inner: S,
    pub(crate) tokens: Tokens,
    pub(crate) members: Members,
}

impl<S> Service<Request<Body>> for Authentication<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        let (tokens, members) = (self.tokens.clone(), self.members.clone());
        Box::pin(async move {
            match admit(&mut request, &tokens, &members).await {
                Ok(()) => inner.call(request).await,
                Err(status) => Ok(status.into_http()),
            }
        })
    }
}

async fn admit(
    request: &mut Request<Body>,
    tokens: &Tokens,
    members: &Members,
) -> Result<(), Status> {
    let rule = table::rule(request.uri().path())
        .ok_or_else(|| Status::new(Code::Unimplemented, "there is no such method"))?;
    // No service sees a token or a key.
    let header = request.headers_mut().remove(header::AUTHORIZATION);
    if rule == Rule::Public {
        return Ok(());
    }
    let header = header
        .as_ref()
        .map(|header| header.to_str().map_err(|_| TokenError::Malformed))
        .transpose();
    let bearer = header.and_then(bearer).map_err(status::unauthenticated)?;
    let caller = Caller::admit(bearer, tokens, members, rule, Utc::now()).await?;
    request.extensions_mut().insert(caller);
    Ok(())
}
