use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::*;

#[tokio::test]
async fn stopping_ends_streams_with_a_status_and_waits_for_no_silent_peer() {
    let services = services().await;
    let gateway = gateway(services.address).await;
    assert_eq!(gateway.get("/health", &[]).await.status, 200);
    let mut stream = gateway
        .open(gateway.rpc(HEALTH_WATCH, None, b""))
        .await
        .into_body();
    let first = tokio::time::timeout(PATIENCE, stream.frame())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(!first.into_data().unwrap().is_empty());
    // Half a request, of which the rest never comes.
    let mut silent = TcpStream::connect(gateway.address).await.unwrap();
    silent
        .write_all(b"POST /session HTTP/1.1\r\nhost: x\r\ncontent-le")
        .await
        .unwrap();

    let began = Instant::now();
    gateway.shutdown.request();
    let rest = tokio::time::timeout(PATIENCE, stream.collect())
        .await
        .unwrap()
        .unwrap()
        .to_bytes();
    assert_eq!(
        status_of(&frames(&rest)),
        14,
        "the stream says that it was cut"
    );
    tokio::time::timeout(PATIENCE, gateway.serving)
        .await
        .unwrap()
        .unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert!(
        TcpStream::connect(gateway.address).await.is_err(),
        "nothing listens any more"
    );
}
