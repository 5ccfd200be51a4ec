use std::time::Instant;

use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, ORIGIN};
use http_body_util::BodyExt;
use tonic_health::ServingStatus;

use crate::support::*;

const SERVING: &[u8] = &[8, 1];
const NOT_SERVING: &[u8] = &[8, 2];
const UNAVAILABLE: i32 = 14;
const UNIMPLEMENTED: i32 = 12;
const RESOURCE_EXHAUSTED: i32 = 8;

/// The frames that have arrived until there are so many, or the answer is over.
async fn arrived(
    body: &mut hyper::body::Incoming,
    read: &mut BytesMut,
    count: usize,
) -> Vec<(u8, Bytes)> {
    let whole = |read: &BytesMut| {
        let (mut at, mut count) = (0, 0);
        while let Some(prefix) = read.get(at..at + 5) {
            at += 5 + u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]) as usize;
            count += usize::from(at <= read.len());
        }
        count
    };
    while whole(read) < count {
        match tokio::time::timeout(PATIENCE, body.frame()).await.unwrap() {
            Some(frame) => read.extend_from_slice(&frame.unwrap().into_data().unwrap()),
            None => break,
        }
    }
    frames(&read.clone().freeze())
}

#[tokio::test]
async fn a_unary_call_goes_through_with_its_status() {
    let services = services().await;
    let gateway = gateway(services.address).await;
    let answer = gateway.send(gateway.rpc(HEALTH_CHECK, None, b"")).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some(GRPC_WEB))
    );
    let frames = frames(&answer.body);
    assert_eq!((frames[0].0, &frames[0].1[..]), (0, SERVING));
    assert_eq!(status_of(&frames), 0);
    // A service that health does not know: field 1 of the request.
    let unknown = gateway
        .send(gateway.rpc(HEALTH_CHECK, None, b"\x0a\x01x"))
        .await;
    assert_eq!((unknown.status, unknown.grpc_status()), (200, 5));
}

#[tokio::test]
async fn a_stream_arrives_message_by_message() {
    let services = services().await;
    let gateway = gateway(services.address).await;
    let response = gateway.open(gateway.rpc(HEALTH_WATCH, None, b"")).await;
    assert_eq!(response.headers().get("content-encoding"), None);
    let (mut body, mut read) = (response.into_body(), BytesMut::new());
    assert_eq!(
        arrived(&mut body, &mut read, 1).await,
        [(0, Bytes::from_static(SERVING))]
    );
    services
        .health
        .set_service_status("", ServingStatus::NotServing)
        .await;
    assert_eq!(
        arrived(&mut body, &mut read, 2).await[1],
        (0, Bytes::from_static(NOT_SERVING))
    );
}

#[tokio::test]
async fn a_stream_whose_service_goes_away_ends_with_unavailable() {
    // Services in a runtime of their own, so that all of their connections can be dropped at once.
    let elsewhere = tokio::runtime::Runtime::new().unwrap();
    let services = elsewhere.spawn(services()).await.unwrap();
    let gateway = gateway(services.address).await;
    let response = gateway.open(gateway.rpc(HEALTH_WATCH, None, b"")).await;
    let (mut body, mut read) = (response.into_body(), BytesMut::new());
    assert_eq!(arrived(&mut body, &mut read, 1).await.len(), 1);
    elsewhere.shutdown_background();
    let frames = arrived(&mut body, &mut read, 2).await;
    assert_eq!((frames.len(), status_of(&frames)), (2, UNAVAILABLE));
}

#[tokio::test]
async fn a_dead_upstream_is_unavailable_at_once_and_used_again_when_it_is_back() {
    let address = nowhere().await;
    let gateway = gateway(address).await;
    for path in [QUERY, HEALTH_CHECK, HEALTH_WATCH] {
        let began = Instant::now();
        let answer = gateway.send(gateway.rpc(path, None, b"")).await;
        assert_eq!(
            (answer.status, answer.grpc_status()),
            (200, UNAVAILABLE),
            "{path}"
        );
        assert_eq!(answer.header("content-type"), Some(GRPC_WEB));
        assert!(began.elapsed().as_secs() < 5);
    }
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let (_, health) = tonic_health::server::health_reporter();
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    let _serving = tokio::spawn(
        tonic::transport::Server::builder()
            .add_service(health)
            .serve_with_incoming(incoming),
    );
    let back = async {
        while gateway
            .send(gateway.rpc(HEALTH_CHECK, None, b""))
            .await
            .grpc_status()
            != 0
        {}
    };
    tokio::time::timeout(PATIENCE, back).await.unwrap();
}

#[tokio::test]
async fn calls_go_to_each_replica_in_turn() {
    let (one, two) = (services().await, services().await);
    let second = format!("http://{}", two.address);
    let gateway = gateway_with(one.address, |config| config.upstreams.push(second)).await;
    for _ in 0..4 {
        assert_eq!(
            gateway
                .send(gateway.rpc(QUERY, None, b""))
                .await
                .grpc_status(),
            0
        );
    }
    assert_eq!(
        (
            one.seen.lock().unwrap().len(),
            two.seen.lock().unwrap().len()
        ),
        (2, 2)
    );
}

#[tokio::test]
async fn unknown_rpcs_are_unimplemented_as_grpc_web() {
    let services = services().await;
    let gateway = gateway(services.address).await;
    for path in [
        "/shadow.admin.v1.AdminService/DropEverything",
        "/nothing",
        "/grpc.health.v1.Health/Nothing",
    ] {
        let answer = gateway.send(gateway.rpc(path, None, b"")).await;
        assert_eq!(
            (answer.status, answer.grpc_status()),
            (200, UNIMPLEMENTED),
            "{path}"
        );
        assert_eq!(answer.header("content-type"), Some(GRPC_WEB));
    }
    let reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    assert_eq!(
        gateway
            .send(gateway.rpc(reflection, None, b""))
            .await
            .grpc_status(),
        UNIMPLEMENTED
    );
}

#[tokio::test]
async fn only_pages_of_ours_may_call() {
    let services = services().await;
    let gateway = gateway(services.address).await;
    let port = gateway.address.port();
    for (origin, expected) in [
        (Some(format!("http://127.0.0.1:{port}")), 200),
        (Some(format!("http://localhost:{port}")), 200),
        (Some(format!("https://127.0.0.1:{port}")), 403),
        (Some("http://127.0.0.1".to_owned()), 403),
        (Some(format!("http://127.0.0.1:{port}.example.com")), 403),
        (Some("null".to_owned()), 403),
        (None, 403),
    ] {
        let mut request = gateway.rpc(QUERY, None, b"");
        request.headers_mut().remove(ORIGIN);
        if let Some(origin) = &origin {
            request
                .headers_mut()
                .insert(ORIGIN, origin.parse().unwrap());
        }
        assert_eq!(gateway.send(request).await.status, expected, "{origin:?}");
    }
    for (content_type, expected) in [
        ("application/grpc-web", 200),
        ("application/json", 415),
        ("text/plain", 415),
        ("application/grpc", 415),
        ("application/x-www-form-urlencoded", 415),
    ] {
        let mut request = gateway.rpc(QUERY, None, b"");
        request
            .headers_mut()
            .insert("content-type", content_type.parse().unwrap());
        assert_eq!(
            gateway.send(request).await.status,
            expected,
            "{content_type}"
        );
    }
    let mut get = gateway.rpc(QUERY, None, b"");
    *get.method_mut() = http::Method::GET;
    assert_eq!(gateway.send(get).await.status, 405);
    let preflight = gateway.request("OPTIONS", QUERY, &[("origin", "http://evil.example")], "");
    let preflight = gateway.send(preflight).await;
    assert!(preflight.status == 405 && preflight.header("access-control-allow-origin").is_none());
    assert_eq!(
        services.seen.lock().unwrap().len(),
        3,
        "nothing else reached the service"
    );
}

#[tokio::test]
async fn services_see_the_session_and_nothing_else_of_the_browser() {
    let services = services().await;
    let gateway = gateway(services.address).await;
    let own = token(&claims("mallory"));
    let mut request = gateway.rpc(QUERY, Some("other=1"), b"");
    request
        .headers_mut()
        .insert(AUTHORIZATION, format!("Bearer {own}").parse().unwrap());
    request
        .headers_mut()
        .insert("x-forwarded-for", "10.0.0.1".parse().unwrap());
    request
        .headers_mut()
        .insert("x-request-id", "the-id".parse().unwrap());
    assert_eq!(gateway.send(request).await.grpc_status(), 0);
    let seen = services.seen.lock().unwrap().pop().unwrap();
    for stripped in ["authorization", "cookie", "origin", "x-forwarded-for"] {
        assert!(seen.get(stripped).is_none(), "{stripped}");
    }
    assert_eq!(seen["x-request-id"], "the-id");
    assert_eq!(seen["content-type"], "application/grpc");
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let services = services().await;
    let gateway = gateway(services.address).await;
    let answer = gateway
        .send(gateway.rpc(QUERY, None, &vec![0; 7 * 1024 * 1024]))
        .await;
    assert_eq!(
        (answer.status, answer.grpc_status()),
        (200, RESOURCE_EXHAUSTED)
    );
    assert!(services.seen.lock().unwrap().is_empty());
}
