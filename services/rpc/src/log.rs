//! The request log: one line for each request, with its id, caller, workspace, method, status and duration. No token,
//! no secret of a key and no payload is ever in it.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body::{Frame, SizeHint};
use shadow_auth::table::{self, Rule};
use shadow_auth::{Scope, Workspaces};
use shadow_runtime::telemetry::continue_trace;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;
use tracing::{Instrument, Span, field};
use uuid::Uuid;

use crate::{body, status};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_REQUEST_ID_BYTES: usize = 64;

#[derive(Clone)]
pub(crate) struct RequestLog<S> {
    pub(crate) inner: S,
}

/// Notes which workspaces the request at work concerns.
pub(crate) fn record_scope(scope: &Scope) {
    let span = Span::current();
    match scope.workspaces() {
        Workspaces::All => span.record("workspace", "all"),
        Workspaces::Some(some) => match some.iter().next() {
            Some(only) if some.len() == 1 => span.record("workspace", field::display(only)),
            _ => span.record(
                "workspace",
                field::display(format_args!("{} workspaces", some.len())),
            ),
        },
    };
}

/// Notes who made the request at work.
pub(crate) fn record_subject(subject: &str) {
    Span::current().record("subject", subject);
}

impl<S> Service<Request<Body>> for RequestLog<S>
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
        let id = request_id(request.headers());
        let line = Line::begin(request.uri().path(), &id);
        continue_trace(&line.trace, request.headers());
        // The log's span is the inner one, so that it is the current one for those who note something in it.
        let answer = self.inner.call(request);
        let answer = answer.instrument(line.span.clone());
        let answer = answer.instrument(line.trace.clone());
        Box::pin(async move {
            let mut response = answer.await?;
            if let Ok(id) = HeaderValue::try_from(id) {
                response.headers_mut().insert(REQUEST_ID, id);
            }
            let code = body::code(response.headers());
            Ok(response.map(|body| Body::new(Observed { body, line, code })))
        })
    }
}

/// What the caller calls the request, where that is harmless in a log; else a new id.
fn request_id(headers: &HeaderMap) -> String {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| !id.is_empty() && id.len() <= MAX_REQUEST_ID_BYTES && id.bytes().all(harmless))
        .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

struct Line {
    span: Span,
    /// The same request as a part of a trace.
    trace: Span,
    /// Of the table, so that a stranger cannot make up label values.
    method: &'static str,
    quiet: bool,
    began: Instant,
}

impl Line {
    fn begin(path: &str, id: &str) -> Line {
        let method = table::paths()
            .find(|known| *known == path)
            .unwrap_or("unknown");
        let span = tracing::info_span!(
            "request",
            request_id = id,
            method,
            subject = field::Empty,
            workspace = field::Empty,
        );
        let trace = tracing::trace_span!(
            "rpc",
            otel.name = method.trim_start_matches('/'),
            otel.kind = "server",
            otel.status_code = field::Empty,
            rpc.system = "grpc",
            rpc.response.status_code = field::Empty,
            request_id = id,
        );
        Line {
            span,
            trace,
            method,
            quiet: table::rule(path) == Some(Rule::Public),
            began: Instant::now(),
        }
    }

    fn end(&self, code: Code) {
        let duration = self.began.elapsed();
        let name = status::name(code);
        metrics::counter!("shadow_rpc_requests_total", "method" => self.method, "code" => name)
            .increment(1);
        metrics::histogram!("shadow_rpc_request_seconds", "method" => self.method).record(duration);
        self.trace.record("rpc.response.status_code", name);
        if is_ours(code) {
            self.trace.record("otel.status_code", "ERROR");
        }
        let milliseconds = duration.as_secs_f64() * 1000.0;
        self.span.in_scope(|| {
            if self.quiet {
                tracing::debug!(code = name, duration_ms = milliseconds, "answered");
            } else {
                tracing::info!(code = name, duration_ms = milliseconds, "answered");
            }
        });
    }
}

/// Whether a code says that something is wrong with the server, not with what it was asked.
fn is_ours(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// A body that writes the line when it ends, or when its client goes away.
struct Observed {
    body: Body,
    line: Line,
    /// Known from the headers, or from the trailers once they were sent.
    code: Option<Code>,
}

impl http_body::Body for Observed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let _traced = this.line.trace.enter();
        let _entered = this.line.span.enter();
        let poll = Pin::new(&mut this.body).poll_frame(context);
        match &poll {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(code) = frame.trailers_ref().and_then(body::code) {
                    this.code = Some(code);
                }
            }
            Poll::Ready(Some(Err(status))) => this.code = Some(status.code()),
            Poll::Ready(None) | Poll::Pending => {}
        }
        poll
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        // A body without trailers was given up by its client.
        self.line.end(self.code.unwrap_or(Code::Cancelled));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_callers_are_kept_only_where_harmless() {
        let id = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, value.parse().unwrap());
            request_id(&headers)
        };
        assert_eq!(id("abc-123_X"), "abc-123_X");
        for bad in ["", "a b", "a\tb", "ä", "x\"y", &"x".repeat(65)] {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(bad.as_bytes()).unwrap());
            assert!(Uuid::parse_str(&request_id(&headers)).is_ok(), "{bad}");
        }
    }
}
