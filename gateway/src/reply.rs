//! Answers that the gateway makes itself.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use tonic::body::Body;
use tonic::{Code, Status};

pub(crate) const GRPC_WEB: HeaderValue = HeaderValue::from_static("application/grpc-web+proto");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

pub(crate) fn bytes(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(body.into())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    response
}

pub(crate) fn text(status: StatusCode, words: &str) -> Response<Body> {
    bytes(status, "text/plain; charset=utf-8", format!("{words}\n"))
}

pub(crate) fn json(status: StatusCode, value: &serde_json::Value) -> Response<Body> {
    bytes(status, "application/json", value.to_string())
}

pub(crate) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    response
}

/// A failure as grpc-web has it: the status in the headers of an answer without messages.
pub(crate) fn grpc_web(code: Code, message: &str) -> Response<Body> {
    let mut response = Status::new(code, message).into_http::<Body>();
    response.headers_mut().insert(CONTENT_TYPE, GRPC_WEB);
    response
}
