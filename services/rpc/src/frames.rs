//! Messages in the form in which gRPC sends them, made once and sent to many: a body hands the same bytes on, where the
//! generated service would encode and copy each message for each stream.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures_util::Stream;
use http::Response;
use http_body::{Body, Frame};
use tonic::Status;

use crate::body::trailers;

/// Not compressed, and four bytes that say how long the message is.
pub const PREFIX: usize = 5;

/// Appends a message to what is sent together.
pub fn append(frames: &mut BytesMut, message: &[u8]) {
    frames.reserve(PREFIX + message.len());
    frames.put_u8(0);
    frames.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frames.put_slice(message);
}

/// One message by itself.
pub fn one(message: &[u8]) -> Bytes {
    let mut frames = BytesMut::new();
    append(&mut frames, message);
    frames.freeze()
}

/// The messages that were appended to each other.
pub fn split(mut frames: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || {
        frames.try_get_u8().ok()?;
        let length = usize::try_from(frames.try_get_u32().ok()?).ok()?;
        (length <= frames.len()).then(|| frames.split_to(length))
    })
}

/// A response whose messages are what `stream` has, each item any number of them.
pub fn respond<S>(response: Response<tonic::body::Body>, stream: S) -> Response<tonic::body::Body>
where
    S: Stream<Item = Result<Bytes, Status>> + Send + Unpin + 'static,
{
    response.map(|_| tonic::body::Body::new(Frames(Some(stream))))
}

/// See [`respond`]; without a stream once that has ended.
struct Frames<S>(Option<S>);

impl<S: Stream<Item = Result<Bytes, Status>> + Unpin> Body for Frames<S> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(stream) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let status = match std::task::ready!(Pin::new(stream).poll_next(context)) {
            Some(Ok(frames)) => return Poll::Ready(Some(Ok(Frame::data(frames)))),
            Some(Err(status)) => status,
            None => Status::ok(""),
        };
        self.0 = None;
        Poll::Ready(Some(Ok(trailers(&status))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::BodyExt;
    use tonic::Code;

    use super::*;

    #[test]
    fn messages_are_split_as_they_were_appended() {
        let messages = [&b"one"[..], b"", &[7; 70_000]];
        let mut frames = BytesMut::new();
        for message in messages {
            append(&mut frames, message);
        }
        let split: Vec<Bytes> = split(frames.freeze()).collect();
        assert_eq!(split, messages);
    }

    #[tokio::test]
    async fn a_body_ends_with_its_status() {
        for (last, code) in [
            (None, Code::Ok),
            (Some(Status::unavailable("stopping")), Code::Unavailable),
        ] {
            let items = std::iter::once(Ok(one(b"one"))).chain(last.map(Err));
            let response = respond(Response::default(), stream::iter(items));
            let body = response.into_body().collect().await.unwrap();
            let status = Status::from_header_map(body.trailers().unwrap()).unwrap();
            assert_eq!(status.code(), code);
            assert_eq!(body.to_bytes(), one(b"one"));
        }
    }
}
