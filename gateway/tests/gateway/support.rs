//! A gateway with a built dashboard and an upstream, and a browser of sorts.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use chrono::Utc;
use http::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::SecretString;
use shadow_auth::token::{Claims, Signer};
use shadow_gateway::Gateway;
use shadow_runtime::config::{AuthConfig, GatewayConfig, Origin};
use shadow_runtime::shutdown::Shutdown;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic_health::server::HealthReporter;

pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const GRPC_WEB: &str = "application/grpc-web+proto";
pub(crate) const QUERY: &str = "/shadow.metrics.v1.MetricsService/Query";
pub(crate) const HEALTH_CHECK: &str = "/grpc.health.v1.Health/Check";
pub(crate) const HEALTH_WATCH: &str = "/grpc.health.v1.Health/Watch";

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) origin: String,
    pub(crate) shutdown: Shutdown,
    pub(crate) serving: JoinHandle<()>,
    pub(crate) dist: TempDir,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// The services behind the gateway: health, and one that answers what authorization it got.
pub(crate) struct Services {
    pub(crate) address: SocketAddr,
    pub(crate) health: HealthReporter,
    pub(crate) seen: Arc<Mutex<Vec<HeaderMap>>>,
}

pub(crate) async fn services() -> Services {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (health, health_service) = tonic_health::server::health_reporter();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let recorder = Recorder { seen: seen.clone() };
    let server = tonic::transport::Server::builder()
        .add_service(health_service)
        .add_service(recorder);
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    tokio::spawn(async move { server.serve_with_incoming(incoming).await.unwrap() });
    Services {
        address,
        health,
        seen,
    }
}

#[derive(Clone)]
struct Recorder {
    seen: Arc<Mutex<Vec<HeaderMap>>>,
}

impl NamedService for Recorder {
    const NAME: &'static str = "shadow.metrics.v1.MetricsService";
}

impl tower::Service<Request<Body>> for Recorder {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.seen.lock().unwrap().push(request.headers().clone());
        let message = request
            .headers()
            .get("authorization")
            .map(|value| value.as_bytes().to_vec())
            .unwrap_or_default();
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", "0".parse().unwrap());
        let body = Full::new(Bytes::from(framed(&message)))
            .with_trailers(std::future::ready(Some(Ok(trailers))));
        let response = Response::builder()
            .header(CONTENT_TYPE, "application/grpc")
            .body(Body::new(body));
        std::future::ready(Ok(response.unwrap()))
    }
}

pub(crate) fn auth() -> AuthConfig {
    AuthConfig {
        issuer: "issuer".to_owned(),
        audience: "audience".to_owned(),
        secret: Some(SecretString::from(SECRET)),
        jwks_file: None,
    }
}

/// A gateway in front of this upstream.
pub(crate) async fn gateway(upstream: SocketAddr) -> Running {
    gateway_with(upstream, |_| {}).await
}

/// A gateway with a changed configuration.
pub(crate) async fn gateway_with(
    upstream: SocketAddr,
    change: impl FnOnce(&mut GatewayConfig),
) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let dist = dashboard();
    let mut config = GatewayConfig {
        listen: address,
        public_origins: Origin::local(address.port()),
        upstreams: vec![format!("http://{upstream}")],
        demo_sign_in: false,
        dist: dist.path().to_owned(),
        session_duration: Duration::from_secs(900),
        session_limit: Duration::from_secs(12 * 3600),
    };
    change(&mut config);
    let shutdown = Shutdown::new();
    let gateway = Gateway::new(&config, &auth(), &shutdown).unwrap();
    let serving =
        tokio::spawn(gateway.serve(listener, shutdown.clone(), Duration::from_millis(500)));
    let origin = config.public_origins[0].as_str().to_owned();
    let client = Client::builder(TokioExecutor::new()).build_http();
    Running {
        address,
        origin,
        shutdown,
        serving,
        dist,
        client,
    }
}

/// A dashboard as the builder writes it.
fn dashboard() -> TempDir {
    let dist = TempDir::new().unwrap();
    std::fs::create_dir(dist.path().join("assets")).unwrap();
    for (name, content) in [
        ("index.html", "<!doctype html>the application"),
        ("assets/app.0123abcd.js", "plain script"),
        ("assets/app.0123abcd.js.br", "brotli script"),
        ("assets/app.0123abcd.js.gz", "gzip script"),
        ("assets/app.0123abcd.wasm", "module"),
        ("assets/app.0123abcd.bin", "parts"),
        ("assets/app.0123abcd.css", "styles"),
        ("favicon.svg", "<svg/>"),
    ] {
        std::fs::write(dist.path().join(name), content).unwrap();
    }
    dist
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The `name=value` of the session's cookie, as a browser would send it back.
    pub(crate) fn cookie(&self) -> Option<String> {
        let cookie = self.headers.get(SET_COOKIE)?.to_str().unwrap();
        Some(cookie.split(';').next().unwrap().to_owned())
    }

    /// The status of grpc-web, from the headers or the last frame.
    pub(crate) fn grpc_status(&self) -> i32 {
        if let Some(status) = self.header("grpc-status") {
            return status.parse().unwrap();
        }
        status_of(&frames(&self.body))
    }
}

impl Running {
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        let (parts, body) = self.open(request).await.into_parts();
        let body = tokio::time::timeout(PATIENCE, body.collect())
            .await
            .unwrap()
            .unwrap()
            .to_bytes();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    /// The answer as soon as it begins.
    pub(crate) async fn open(&self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        tokio::time::timeout(PATIENCE, self.client.request(request))
            .await
            .unwrap()
            .unwrap()
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(self.request("GET", path, headers, "")).await
    }

    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Request<Full<Bytes>> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Full::new(body.into())).unwrap()
    }

    /// A request of grpc-web as a page of ours sends it.
    pub(crate) fn rpc(
        &self,
        path: &str,
        cookie: Option<&str>,
        message: &[u8],
    ) -> Request<Full<Bytes>> {
        let mut request = self.request(
            "POST",
            path,
            &[("content-type", GRPC_WEB), ("x-grpc-web", "1")],
            framed(message),
        );
        request
            .headers_mut()
            .insert(ORIGIN, self.origin.parse().unwrap());
        if let Some(cookie) = cookie {
            request
                .headers_mut()
                .insert(COOKIE, cookie.parse().unwrap());
        }
        request
    }

    /// A request with JSON as a page of ours sends it.
    pub(crate) async fn json(
        &self,
        method: &str,
        path: &str,
        cookie: Option<&str>,
        body: &str,
    ) -> Answer {
        let headers = [
            ("content-type", "application/json"),
            ("origin", self.origin.as_str()),
        ];
        let mut request = self.request(method, path, &headers, body.to_owned());
        if let Some(cookie) = cookie {
            request
                .headers_mut()
                .insert(COOKIE, cookie.parse().unwrap());
        }
        self.send(request).await
    }
}

pub(crate) fn claims(subject: &str) -> Claims {
    let now = Utc::now().timestamp();
    Claims {
        sub: subject.to_owned(),
        iss: "issuer".to_owned(),
        aud: vec!["audience".to_owned()],
        exp: now + 600,
        nbf: None,
        iat: Some(now),
        auth_time: None,
        sid: None,
        permissions: None,
        name: None,
    }
}

pub(crate) fn token(claims: &Claims) -> String {
    Signer::new(&SecretString::from(SECRET))
        .unwrap()
        .sign(claims)
}

/// A message with its prefix.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let mut framed = vec![0];
    framed.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    framed.extend(message);
    framed
}

/// The frames of a body of grpc-web: their flag and content.
pub(crate) fn frames(body: &Bytes) -> Vec<(u8, Bytes)> {
    let mut body = body.clone();
    let mut frames = Vec::new();
    while body.remaining() >= 5 {
        let flag = body.get_u8();
        let length = body.get_u32() as usize;
        frames.push((flag, body.split_to(length)));
    }
    assert!(body.is_empty());
    frames
}

/// The status in the frame of trailers, which is the last.
pub(crate) fn status_of(frames: &[(u8, Bytes)]) -> i32 {
    let (flag, trailers) = frames.last().unwrap();
    assert_eq!(*flag, 0x80, "{frames:?}");
    let text = std::str::from_utf8(trailers).unwrap();
    let status = text
        .lines()
        .find_map(|line| line.strip_prefix("grpc-status:"))
        .unwrap();
    status.trim().parse().unwrap()
}

/// An address at which nothing listens.
pub(crate) async fn nowhere() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
}
