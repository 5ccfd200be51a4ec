//! Services that do little, a directory in memory, and requests as bytes.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use prost::Message;
use secrecy::SecretString;
use shadow_auth::key::{self, ServiceKey};
use shadow_auth::token::{Claims, SharedVerifier, Signer, Verifier, VerifierConfig};
use shadow_auth::{Permission, PlatformRole, Role, Viewer, Workspaces};
use shadow_proto::metrics::v1::metrics_service_server::MetricsServiceServer;
use shadow_proto::streaming::v1::streaming_service_server::StreamingServiceServer;
use shadow_rpc::{Directory, Gate, Guarded, Members};
use shadow_runtime::shutdown::Shutdown;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Code, Status};
use tower::ServiceExt;
use uuid::Uuid;

use crate::quiet::Quiet;

pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const ONE: Uuid = Uuid::from_u128(1);
pub(crate) const TWO: Uuid = Uuid::from_u128(2);

pub(crate) const GET_VIEWER: &str = "/shadow.metrics.v1.MetricsService/GetViewer";
pub(crate) const QUERY: &str = "/shadow.metrics.v1.MetricsService/Query";
pub(crate) const DESCRIBE: &str = "/shadow.metrics.v1.MetricsService/DescribeCatalogue";
pub(crate) const PUBLISH: &str = "/shadow.streaming.v1.StreamingService/PublishBatch";
pub(crate) const WATCH: &str = "/shadow.streaming.v1.StreamingService/Watch";

/// People by their id, and keys; it counts how often it was asked and can be away.
#[derive(Clone, Default)]
pub(crate) struct People {
    pub(crate) known: Arc<Mutex<HashMap<String, Viewer>>>,
    pub(crate) keys: Arc<Mutex<Vec<ServiceKey>>>,
    pub(crate) asked: Arc<AtomicUsize>,
    pub(crate) away: Arc<AtomicBool>,
}

impl People {
    /// One person for each role, named by it; workspace roles are in [`ONE`].
    pub(crate) fn of_every_role() -> People {
        let people = People::default();
        for role in Role::all() {
            people.put(role.name(), None, [(ONE, *role)].into());
        }
        for role in PlatformRole::all() {
            people.put(role.name(), Some(*role), BTreeMap::new());
        }
        people
    }

    pub(crate) fn put(
        &self,
        subject: &str,
        platform: Option<PlatformRole>,
        memberships: BTreeMap<Uuid, Role>,
    ) {
        let viewer = Viewer::new(subject, None, platform, memberships);
        self.known
            .lock()
            .unwrap()
            .insert(subject.to_owned(), viewer);
    }

    /// Puts a key in force for an hour, and spells it.
    pub(crate) fn put_key(
        &self,
        id: Uuid,
        permissions: impl IntoIterator<Item = Permission>,
        workspaces: Workspaces,
    ) -> String {
        let (text, hash) = key::spell(id, &[7; 32]);
        self.keys.lock().unwrap().push(ServiceKey {
            id,
            name: "a producer".to_owned(),
            hash,
            permissions: permissions.into_iter().collect(),
            workspaces,
            expires_at: Utc::now() + Duration::from_secs(3_600),
        });
        text
    }

    fn ask(&self) -> Result<(), Status> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Err(shadow_rpc::status::unavailable("the directory is away"));
        }
        Ok(())
    }
}

#[tonic::async_trait]
impl Directory for People {
    async fn viewer(&self, subject: &str) -> Result<Viewer, Status> {
        self.ask()?;
        let known = self.known.lock().unwrap().get(subject).cloned();
        Ok(known.unwrap_or_else(|| Viewer::new(subject, None, None, BTreeMap::new())))
    }

    async fn keys(&self) -> Result<Vec<ServiceKey>, Status> {
        self.ask()?;
        Ok(self.keys.lock().unwrap().clone())
    }
}

pub(crate) fn gate(people: &People) -> Gate {
    let config = VerifierConfig {
        issuer: "issuer".to_owned(),
        audience: "audience".to_owned(),
        hs256_secret: Some(SecretString::from(SECRET)),
        jwks: None,
    };
    Gate {
        verifier: Arc::new(SharedVerifier::new(Verifier::new(config).unwrap())),
        members: Members::new(people.clone()),
        request_timeout: Duration::from_secs(30),
        max_requests: 16,
    }
}

pub(crate) fn guarded(gate: &Gate) -> Guarded {
    let routes = Routes::new(metrics()).add_service(StreamingServiceServer::new(Quiet));
    gate.guard(routes, &Shutdown::new())
}

pub(crate) fn metrics() -> MetricsServiceServer<Quiet> {
    MetricsServiceServer::new(Quiet).max_decoding_message_size(1024)
}

pub(crate) fn streaming() -> StreamingServiceServer<Quiet> {
    StreamingServiceServer::new(Quiet)
}

pub(crate) fn claims(subject: &str) -> Claims {
    Claims {
        sub: subject.to_owned(),
        iss: "issuer".to_owned(),
        aud: vec!["audience".to_owned()],
        exp: Utc::now().timestamp() + 600,
        nbf: None,
        iat: None,
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

/// What came back: the status, its trailers or headers, and the bytes of all messages with their prefixes.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Code,
    pub(crate) status: Status,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn reason(&self) -> String {
        tonic_types::StatusExt::get_details_error_info(&self.status)
            .unwrap()
            .reason
    }

    pub(crate) fn message<M: Message + Default>(&self) -> M {
        M::decode(self.body.slice(5..)).unwrap()
    }
}

pub(crate) fn request(path: &str, token: Option<&str>, message: &impl Message) -> Request<Body> {
    let bytes = message.encode_to_vec();
    let mut framed = vec![0];
    framed.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
    framed.extend(bytes);
    raw(path, token, framed)
}

pub(crate) fn raw(path: &str, token: Option<&str>, body: Vec<u8>) -> Request<Body> {
    let mut request =
        Request::post(format!("http://test{path}")).header("content-type", "application/grpc");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request
        .body(Body::new(Full::new(Bytes::from(body))))
        .unwrap()
}

pub(crate) async fn call(service: &Guarded, request: Request<Body>) -> Answer {
    let response: Result<Response<Body>, Infallible> = service.clone().oneshot(request).await;
    let (parts, body) = response.unwrap().into_parts();
    let collected = body.collect().await.unwrap();
    let trailers = collected.trailers().cloned().unwrap_or_default();
    let status = Status::from_header_map(&parts.headers)
        .or_else(|| Status::from_header_map(&trailers))
        .unwrap();
    Answer {
        code: status.code(),
        status,
        headers: parts.headers,
        body: collected.to_bytes(),
    }
}
