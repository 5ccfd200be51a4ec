//! Deadlines: what the client asked for, bounded by our own, and told to those who do the work.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use http_body::{Frame, SizeHint};
use shadow_auth::table::{self, Rule};
use shadow_runtime::shutdown::Shutdown;
use tokio::time::Instant;
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use crate::body::trailers;
use crate::status;

const HEADER: &str = "grpc-timeout";

#[derive(Clone)]
pub(crate) struct Deadlines<S> {
    pub(crate) inner: S,
    pub(crate) timeout: Duration,
    pub(crate) shutdown: Shutdown,
}

#[derive(Debug, Clone, Copy)]
struct Deadline(Instant);

/// The instant by which the answer to a request must begin.
pub fn deadline<T>(request: &tonic::Request<T>) -> Option<Instant> {
    request
        .extensions()
        .get::<Deadline>()
        .map(|deadline| deadline.0)
}

/// The time that is left for a request; storage passes it on to the database. `None` outside a server.
pub fn remaining<T>(request: &tonic::Request<T>) -> Option<Duration> {
    deadline(request).map(|deadline| deadline.saturating_duration_since(Instant::now()))
}

impl<S> Service<Request<Body>> for Deadlines<S>
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

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let asked = timeout_of(request.headers());
        let now = Instant::now();
        let deadline = now + asked.unwrap_or(self.timeout).min(self.timeout);
        // A stream goes on after its answer began: for as long as its client asked, which may be for ever.
        let end = asked.and_then(|asked| now.checked_add(asked));
        // Health watches of probers and reflection end with the server, which would wait for them otherwise.
        let stop = (table::rule(request.uri().path()) == Some(Rule::Public))
            .then(|| self.shutdown.clone());
        request.extensions_mut().insert(Deadline(deadline));
        let answer = self.inner.call(request);
        Box::pin(async move {
            match tokio::time::timeout_at(deadline, answer).await {
                Ok(Ok(response)) if end.is_some() || stop.is_some() => {
                    Ok(response.map(|body| Body::new(Ending::new(body, end, stop))))
                }
                Ok(Ok(response)) => Ok(response),
                Err(_) => Ok(status::deadline_exceeded().into_http()),
            }
        })
    }
}

/// A body that ends at a moment, whatever comes from inside.
struct Ending {
    /// None after the end.
    body: Option<Body>,
    end: BoxFuture<'static, Status>,
}

impl Ending {
    fn new(body: Body, end: Option<Instant>, stop: Option<Shutdown>) -> Ending {
        let deadline = async move {
            match end {
                Some(end) => tokio::time::sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        let stop = async move {
            match stop {
                Some(stop) => stop.requested().await,
                None => std::future::pending().await,
            }
        };
        let end = Box::pin(async move {
            tokio::select! {
                () = deadline => status::deadline_exceeded(),
                () = stop => status::unavailable("the server is stopping"),
            }
        });
        Ending {
            body: Some(body),
            end,
        }
    }
}

impl http_body::Body for Ending {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(body) = self.body.as_mut() else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(context) {
            return Poll::Ready(frame);
        }
        let Poll::Ready(status) = self.end.as_mut().poll(context) else {
            return Poll::Pending;
        };
        self.body = None;
        Poll::Ready(Some(Ok(trailers(&status))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// The client's timeout: at most eight digits and a unit. One that cannot be read counts as none, as gRPC's own
/// libraries have it.
fn timeout_of(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number * 3600),
        "M" => Duration::from_secs(number * 60),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_as_the_protocol_writes_them() {
        for (text, expected) in [
            ("1H", Some(Duration::from_secs(3600))),
            ("2M", Some(Duration::from_secs(120))),
            ("30S", Some(Duration::from_secs(30))),
            ("250m", Some(Duration::from_millis(250))),
            ("7u", Some(Duration::from_micros(7))),
            ("99999999n", Some(Duration::from_nanos(99_999_999))),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3600))),
            ("0S", Some(Duration::ZERO)),
            ("100000000S", None),
            ("-1S", None),
            ("S", None),
            ("", None),
            ("5", None),
            ("5x", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, text.parse().unwrap());
            assert_eq!(timeout_of(&headers), expected, "{text}");
        }
        assert_eq!(timeout_of(&HeaderMap::new()), None);
    }
}
