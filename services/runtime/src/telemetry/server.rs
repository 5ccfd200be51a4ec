//! `/metrics` and `/health` on a listener of their own, for the platform that runs the process.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::Metrics;
use crate::readiness::Readiness;
use crate::shutdown::Shutdown;

const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// So many connections at once are enough for every prober and scraper there is.
const MAX_CONNECTIONS: usize = 64;
/// How often histograms are put into their bounds.
const UPKEEP: Duration = Duration::from_secs(5);

/// Serves until stopping is asked for. While the process stops, `/health` says so.
pub async fn serve(
    listener: TcpListener,
    metrics: Option<Metrics>,
    readiness: Readiness,
    shutdown: Shutdown,
) {
    let mut connections = JoinSet::new();
    let mut upkeep = tokio::time::interval(UPKEEP);
    loop {
        tokio::select! {
            () = shutdown.requested() => break,
            _ = upkeep.tick() => if let Some(metrics) = &metrics {
                metrics.upkeep();
            },
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(answer_all(stream, metrics.clone(), readiness.clone(), shutdown.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection for metrics was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
}

async fn answer_all(
    stream: TcpStream,
    metrics: Option<Metrics>,
    readiness: Readiness,
    shutdown: Shutdown,
) {
    let service = service_fn(|request| {
        let response = answer(&request, metrics.as_ref(), &readiness, &shutdown);
        async move { Ok::<_, Infallible>(response) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection for metrics broke");
    }
}

fn answer(
    request: &Request<Incoming>,
    metrics: Option<&Metrics>,
    readiness: &Readiness,
    shutdown: &Shutdown,
) -> Response<Full<Bytes>> {
    match (request.method(), request.uri().path(), metrics) {
        (&Method::GET, "/metrics", Some(metrics)) => respond(
            StatusCode::OK,
            "text/plain; version=0.0.4; charset=utf-8",
            metrics.render(),
        ),
        (&Method::GET, "/health", _) => {
            let ready = readiness.is_ready() && !shutdown.is_requested();
            let status = if ready {
                StatusCode::OK
            } else {
                StatusCode::SERVICE_UNAVAILABLE
            };
            let body = serde_json::json!({ "ready": ready, "parts": readiness.parts() });
            respond(status, "application/json", body.to_string())
        }
        _ => respond(
            StatusCode::NOT_FOUND,
            "text/plain; charset=utf-8",
            "not found\n".to_owned(),
        ),
    }
}

fn respond(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn get(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn health_follows_the_parts_and_metrics_are_text() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (readiness, shutdown) = (Readiness::new(), Shutdown::new());
        let database = readiness.part("database");
        let metrics = Metrics::install().unwrap();
        let serving = tokio::spawn(serve(
            listener,
            Some(metrics),
            readiness.clone(),
            shutdown.clone(),
        ));
        let answer = get(address, "/health").await;
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        let body = answer.split("\r\n\r\n").nth(1).unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        let expected = serde_json::json!({"ready": false, "parts": {"database": false}});
        assert_eq!(body, expected);
        database.set(true);
        assert!(get(address, "/health").await.starts_with("HTTP/1.1 200 "));
        metrics::counter!("shadow_served_total").increment(1);
        let panicked = tokio::spawn(async { panic!("as if by mistake") }).await;
        assert!(panicked.is_err());
        let text = get(address, "/metrics").await;
        assert!(text.contains("shadow_served_total 1"), "{text}");
        assert!(text.contains("shadow_panics_total 1"), "{text}");
        assert!(get(address, "/secrets").await.starts_with("HTTP/1.1 404 "));
        shutdown.request();
        serving.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }
}
