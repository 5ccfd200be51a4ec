//! Who answers a request: the session, a service, a file.

use std::time::Instant;

use http::header::{HeaderMap, ORIGIN};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use shadow_runtime::config::Origin;
use shadow_runtime::shutdown::Shutdown;
use tonic::body::Body;

use crate::files::Files;
use crate::headers::Security;
use crate::session::Sessions;
use crate::upstream::Upstream;
use crate::{reply, rpc};

pub(crate) struct Door {
    pub(crate) origins: Vec<Origin>,
    pub(crate) sessions: Sessions,
    pub(crate) upstream: Upstream,
    pub(crate) files: Files,
    pub(crate) security: Security,
    pub(crate) shutdown: Shutdown,
}

impl Door {
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let began = Instant::now();
        let method = request.method().clone();
        let (kind, mut response) = self.route(request).await;
        self.security.add(response.headers_mut());
        let status = response.status().as_u16();
        let duration = began.elapsed();
        metrics::counter!("shadow_gateway_requests_total", "kind" => kind, "status" => status.to_string()).increment(1);
        metrics::histogram!("shadow_gateway_request_seconds", "kind" => kind).record(duration);
        tracing::debug!(kind, %method, status, duration_ms = duration.as_secs_f64() * 1000.0, "answered");
        response
    }

    async fn route(&self, request: Request<Incoming>) -> (&'static str, Response<Body>) {
        let path = request.uri().path();
        if path == "/health" {
            ("health", self.health(request.method()))
        } else if path == "/session" || path.starts_with("/session/") {
            let own = self.is_own(request.headers());
            ("session", self.sessions.answer(request, own).await)
        } else if rpc::concerns(&request) {
            ("rpc", rpc::answer(self, request).await)
        } else {
            (
                "file",
                self.files
                    .answer(request.method(), path, request.headers())
                    .await,
            )
        }
    }

    /// Whether the request comes from a page of ours: its origin is exactly one of those configured. Browsers send one
    /// with every request that changes something, and scripts cannot forge it.
    pub(crate) fn is_own(&self, headers: &HeaderMap) -> bool {
        headers.get(ORIGIN).is_some_and(|origin| {
            self.origins
                .iter()
                .any(|own| own.as_str().as_bytes() == origin.as_bytes())
        })
    }

    fn health(&self, method: &Method) -> Response<Body> {
        match *method {
            Method::GET | Method::HEAD if self.shutdown.is_requested() => {
                reply::text(StatusCode::SERVICE_UNAVAILABLE, "stopping")
            }
            Method::GET | Method::HEAD => reply::text(StatusCode::OK, "ok"),
            _ => reply::text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed"),
        }
    }
}
