//! Peers that mean ill or are broken: each is refused or given up, and costs the others nothing.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderValue;
use http_body_util::BodyExt;
use shadow_proto::metrics::v1::QueryRequest;
use shadow_rpc::Server;
use shadow_runtime::readiness::Readiness;
use shadow_runtime::shutdown::Shutdown;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tower::{Service, ServiceExt};

use crate::support::*;

const PATIENCE: Duration = Duration::from_secs(20);
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

async fn serve() -> (SocketAddr, Shutdown) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, shutdown) = (listener.local_addr().unwrap(), Shutdown::new());
    let server = Server::new(gate(&People::of_every_role())).add(metrics());
    let drain = Duration::from_secs(1);
    let serving = server.serve(listener, Readiness::new(), shutdown.clone(), drain);
    tokio::spawn(async move { serving.await.unwrap() });
    (address, shutdown)
}

async fn channel(address: SocketAddr) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    endpoint.connect().await.unwrap()
}

/// The code of the answer to a body that is sent as it is.
async fn send(channel: &mut Channel, body: &[u8], encoding: Option<&'static str>) -> Code {
    let token = token(&claims("owner"));
    let mut request = raw(QUERY, Some(&token), body.to_vec());
    if let Some(encoding) = encoding {
        let encoding = HeaderValue::from_static(encoding);
        request.headers_mut().insert("grpc-encoding", encoding);
    }
    let answered = async {
        let response = channel.ready().await.unwrap().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let trailers = body.collect().await.unwrap().trailers().cloned();
        let status = Status::from_header_map(&parts.headers);
        status
            .or_else(|| Status::from_header_map(&trailers?))
            .unwrap()
            .code()
    };
    timeout(PATIENCE, answered).await.expect("no answer")
}

fn framed(compressed: u8, message: &[u8]) -> Vec<u8> {
    let mut frame = vec![compressed];
    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend(message);
    frame
}

fn bomb() -> Bytes {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..256 {
        bomb.write_all(&[0; 1024 * 1024]).unwrap();
    }
    bomb.finish().unwrap().into()
}

#[tokio::test]
async fn messages_that_are_none_are_refused_and_the_connection_goes_on() {
    let (address, shutdown) = serve().await;
    let mut channel = channel(address).await;
    let good = framed(0, &prost::Message::encode_to_vec(&QueryRequest::default()));
    // The currency, a text.
    let not_utf8 = framed(0, &[0x2a, 2, 0xc3, 0x28]);
    for (what, body, encoding, expected) in [
        ("as it should be", good.clone(), None, Code::Ok),
        (
            "cut off",
            vec![0, 0, 0, 0, 100, 1, 2, 3],
            None,
            Code::InvalidArgument,
        ),
        ("2 GiB", vec![0, 0x80, 0, 0, 0], None, Code::InvalidArgument),
        (
            "4 GiB",
            vec![0, 0xff, 0xff, 0xff, 0xff],
            None,
            Code::InvalidArgument,
        ),
        ("not UTF-8", not_utf8, None, Code::InvalidArgument),
        (
            "a bomb",
            framed(1, &bomb()),
            Some("gzip"),
            Code::Unimplemented,
        ),
        (
            "an unnamed compression",
            framed(1, &bomb()[..100]),
            None,
            Code::InvalidArgument,
        ),
        (
            "an unknown flag",
            framed(7, b"x"),
            None,
            Code::InvalidArgument,
        ),
        ("as it should be, after all", good, None, Code::Ok),
    ] {
        assert_eq!(
            send(&mut channel, &body, encoding).await,
            expected,
            "{what}"
        );
    }
    shutdown.request();
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

#[tokio::test]
async fn headers_without_an_end_close_the_connection() {
    const MOST: usize = 8 * 1024 * 1024;
    let (address, shutdown) = serve().await;
    let mut peer = TcpStream::connect(address).await.unwrap();
    let mut sent = 0;
    let flood = async {
        peer.write_all(PREFACE).await?;
        peer.write_all(&frame(4, 0, 0, &[])).await?;
        // A header of 1,000 bytes, never indexed, again and again.
        let mut header = vec![0x10, 1, b'x', 0x7f, 0xe9, 0x06];
        header.extend([b'y'; 1_000]);
        let header = header.repeat(8);
        peer.write_all(&frame(1, 0, 1, &header)).await?;
        while sent < MOST {
            peer.write_all(&frame(9, 0, 1, &header)).await?;
            sent += header.len();
        }
        Ok::<_, std::io::Error>(())
    };
    let ended = timeout(PATIENCE, flood).await.expect("it went on");
    assert!(ended.is_err(), "all of {sent} bytes were taken");
    let mut channel = channel(address).await;
    let good = framed(0, &[]);
    assert_eq!(send(&mut channel, &good, None).await, Code::Ok);
    shutdown.request();
}

/// Time passes as soon as nobody has anything to do.
#[tokio::test(start_paused = true)]
async fn whoever_does_not_begin_is_given_up() {
    let (address, shutdown) = serve().await;
    for words in [&b""[..], &PREFACE[..10], PREFACE] {
        let mut peer = TcpStream::connect(address).await.unwrap();
        peer.write_all(words).await.unwrap();
        let mut heard = Vec::new();
        let ended = timeout(PATIENCE * 3, peer.read_to_end(&mut heard)).await;
        assert!(
            ended.is_ok(),
            "{} bytes keep a connection open",
            words.len()
        );
    }
    shutdown.request();
}
