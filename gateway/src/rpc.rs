//! grpc-web: what a browser may send to a service, and what is added to it.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, SET_COOKIE};
use http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use http_body::Body as _;
use http_body_util::Limited;
use hyper::body::Incoming;
use tonic::Code;
use tonic::body::Body;

use crate::door::Door;
use crate::reply;

/// The largest request: the largest batch of events, in the text form of grpc-web.
const MAX_REQUEST_BYTES: usize = 6 * 1024 * 1024;
/// The longest wait for the beginning of an answer; services answer or give up before.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(40);

const CONTENT_TYPES: &[&str] = &[
    "application/grpc-web",
    "application/grpc-web+proto",
    "application/grpc-web-text",
    "application/grpc-web-text+proto",
];

/// The only headers that reach a service; a browser's cookies and whatever it says of its identity do not.
const FORWARDED: &[&str] = &[
    "content-type",
    "accept",
    "grpc-timeout",
    "x-grpc-web",
    "x-request-id",
    "x-user-agent",
    "user-agent",
];

/// Whether a request is an RPC: by its path, or by what it says it is.
pub(crate) fn concerns(request: &Request<Incoming>) -> bool {
    let service = request.uri().path().split('/').nth(1).unwrap_or_default();
    let names_a_service = request.method() == Method::POST && service.contains('.');
    names_a_service || is_grpc_web(request.headers()) || crate::upstream::knows(service)
}

pub(crate) async fn answer(door: &Door, request: Request<Incoming>) -> Response<Body> {
    if let Some(refusal) = refusal(door, &request) {
        return refusal;
    }
    let session = door.sessions.of(request.headers());
    let renewed = session.as_ref().and_then(|session| session.renewal.clone());
    let path = request.uri().path().to_owned();
    let sent = door.upstream.call(
        &path,
        forwarded(request, session.map(|session| session.token)),
    );
    let mut response = match tokio::time::timeout(ANSWER_TIMEOUT, sent).await {
        Ok(response) => response,
        Err(_) => reply::grpc_web(Code::DeadlineExceeded, "the service did not answer in time"),
    };
    if let Some(cookie) = renewed {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn refusal(door: &Door, request: &Request<Incoming>) -> Option<Response<Body>> {
    if request.method() != Method::POST {
        return Some(reply::text(
            StatusCode::METHOD_NOT_ALLOWED,
            "an RPC is a POST",
        ));
    }
    if !is_grpc_web(request.headers()) {
        return Some(reply::text(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "an RPC is application/grpc-web",
        ));
    }
    if !door.is_own(request.headers()) {
        return Some(reply::text(
            StatusCode::FORBIDDEN,
            "the origin is not allowed",
        ));
    }
    let service = request.uri().path().split('/').nth(1).unwrap_or_default();
    if !crate::upstream::knows(service) {
        return Some(reply::grpc_web(
            Code::Unimplemented,
            "there is no such service",
        ));
    }
    if request.body().size_hint().lower() > MAX_REQUEST_BYTES as u64 {
        let message = format!("the request is larger than {MAX_REQUEST_BYTES} bytes");
        return Some(reply::grpc_web(Code::ResourceExhausted, &message));
    }
    None
}

fn is_grpc_web(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| {
        CONTENT_TYPES
            .iter()
            .any(|known| known.as_bytes() == value.as_bytes())
    })
}

/// The request as a service sees it: known headers, and the session as its authorization.
fn forwarded(request: Request<Incoming>, token: Option<String>) -> Request<Body> {
    let (mut parts, body) = request.into_parts();
    let sent = std::mem::take(&mut parts.headers);
    for name in FORWARDED {
        if let Some(value) = sent.get(*name) {
            parts
                .headers
                .insert(HeaderName::from_static(name), value.clone());
        }
    }
    if let Some(mut value) =
        token.and_then(|token| HeaderValue::try_from(format!("Bearer {token}")).ok())
    {
        value.set_sensitive(true);
        parts.headers.insert(AUTHORIZATION, value);
    }
    parts.version = Version::HTTP_2;
    Request::from_parts(parts, Body::new(Limited::new(body, MAX_REQUEST_BYTES)))
}
