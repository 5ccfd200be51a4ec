//! Endings of response bodies.

use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;
use tonic::Status;

/// The trailers that end a stream with this status.
pub(crate) fn trailers(status: &Status) -> Frame<Bytes> {
    let mut trailers = HeaderMap::new();
    // It fails only for a message that no header can hold, and then without a message it still ends the stream.
    if status.add_header(&mut trailers).is_err() {
        trailers.insert(
            Status::GRPC_STATUS,
            http::HeaderValue::from(status.code() as i32),
        );
    }
    Frame::trailers(trailers)
}

/// The status code in headers or trailers, where there is one.
pub(crate) fn code(headers: &HeaderMap) -> Option<tonic::Code> {
    headers
        .get(Status::GRPC_STATUS)
        .map(|value| tonic::Code::from_bytes(value.as_bytes()))
}
