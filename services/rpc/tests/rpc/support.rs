//! Services that do little, a directory in memory, and requests as bytes.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use futures_util::Stream;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use prost::Message;
use secrecy::SecretString;
use shadow_auth::key::{self, ServiceKey};
use shadow_auth::token::{Claims, SharedVerifier, Signer, Verifier, VerifierConfig};
use shadow_auth::{Permission, PlatformRole, Role, Viewer, Workspaces};
use shadow_proto::metrics::v1::metrics_service_server::{MetricsService, MetricsServiceServer};
use shadow_proto::metrics::v1::{
    CompareRequest, CompareResponse, DescribeCatalogueRequest, DescribeCatalogueResponse,
    GetAgentRequest, GetAgentResponse, GetCreditsRequest, GetCreditsResponse, GetDataHealthRequest,
    GetDataHealthResponse, GetErrorGroupRequest, GetErrorGroupResponse, GetExecutionRequest,
    GetExecutionResponse, GetLeaderboardRequest, GetLeaderboardResponse, GetPathsRequest,
    GetPathsResponse, GetRetentionRequest, GetRetentionResponse, GetRevenueRequest,
    GetRevenueResponse, GetThroughputRequest, GetThroughputResponse, GetUserRequest,
    GetUserResponse, GetViewerRequest, GetViewerResponse, GetWorkspaceRequest,
    GetWorkspaceResponse, ListAgentsRequest, ListAgentsResponse, ListErrorGroupsRequest,
    ListErrorGroupsResponse, ListExecutionsRequest, ListExecutionsResponse, ListMovementsRequest,
    ListMovementsResponse, ListOpenExecutionsRequest, ListOpenExecutionsResponse, ListUsersRequest,
    ListUsersResponse, ListWorkspacesRequest, ListWorkspacesResponse, QueryRequest, QueryResponse,
    SetErrorGroupStateRequest, SetErrorGroupStateResponse,
};
use shadow_proto::streaming::v1::streaming_service_server::{
    StreamingService, StreamingServiceServer,
};
use shadow_proto::streaming::v1::{
    ListRefusalsRequest, ListRefusalsResponse, PublishBatchRequest, PublishBatchResponse,
    PublishRequest, PublishResponse, WatchRequest, WatchResponse,
};
use shadow_rpc::{Directory, Gate, Guarded, Members};
use shadow_runtime::shutdown::Shutdown;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Code, Status};
use tower::ServiceExt;
use uuid::Uuid;

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

/// Answers what the gate lets through.
#[derive(Clone)]
pub(crate) struct Quiet;

#[tonic::async_trait]
impl MetricsService for Quiet {
    /// Panics.
    async fn describe_catalogue(
        &self,
        _: tonic::Request<DescribeCatalogueRequest>,
    ) -> Result<tonic::Response<DescribeCatalogueResponse>, Status> {
        panic!("a secret of the handler")
    }

    /// Never answers when the currency is `never`, else says where the caller may look.
    async fn query(
        &self,
        request: tonic::Request<QueryRequest>,
    ) -> Result<tonic::Response<QueryResponse>, Status> {
        let ids: Vec<Uuid> = request
            .get_ref()
            .workspace_ids
            .iter()
            .map(|id| Uuid::parse_str(id).unwrap())
            .collect();
        shadow_rpc::scope(&request, Permission::ViewAnalytics, &ids)?;
        if request.get_ref().currency == "never" {
            std::future::pending::<()>().await;
        }
        Ok(tonic::Response::new(QueryResponse::default()))
    }

    async fn list_agents(
        &self,
        _: tonic::Request<ListAgentsRequest>,
    ) -> Result<tonic::Response<ListAgentsResponse>, Status> {
        Ok(tonic::Response::new(ListAgentsResponse::default()))
    }

    async fn get_agent(
        &self,
        _: tonic::Request<GetAgentRequest>,
    ) -> Result<tonic::Response<GetAgentResponse>, Status> {
        Ok(tonic::Response::new(GetAgentResponse::default()))
    }

    async fn get_viewer(
        &self,
        request: tonic::Request<GetViewerRequest>,
    ) -> Result<tonic::Response<GetViewerResponse>, Status> {
        assert!(request.metadata().get("authorization").is_none());
        assert!(shadow_rpc::remaining(&request).unwrap() <= Duration::from_secs(30));
        let viewer = shadow_rpc::viewer(&request)?;
        let permissions = viewer
            .permissions_in(ONE)
            .iter()
            .map(|one| one.name().to_owned())
            .collect();
        Ok(tonic::Response::new(GetViewerResponse {
            subject: viewer.subject.clone(),
            name: viewer.name.clone(),
            permissions,
            ..GetViewerResponse::default()
        }))
    }

    async fn get_credits(
        &self,
        _: tonic::Request<GetCreditsRequest>,
    ) -> Result<tonic::Response<GetCreditsResponse>, Status> {
        Ok(tonic::Response::new(GetCreditsResponse::default()))
    }

    async fn get_data_health(
        &self,
        _: tonic::Request<GetDataHealthRequest>,
    ) -> Result<tonic::Response<GetDataHealthResponse>, Status> {
        Ok(tonic::Response::new(GetDataHealthResponse::default()))
    }

    async fn get_revenue(
        &self,
        _: tonic::Request<GetRevenueRequest>,
    ) -> Result<tonic::Response<GetRevenueResponse>, Status> {
        Ok(tonic::Response::new(GetRevenueResponse::default()))
    }

    async fn list_movements(
        &self,
        _: tonic::Request<ListMovementsRequest>,
    ) -> Result<tonic::Response<ListMovementsResponse>, Status> {
        Ok(tonic::Response::new(ListMovementsResponse::default()))
    }

    async fn list_users(
        &self,
        _: tonic::Request<ListUsersRequest>,
    ) -> Result<tonic::Response<ListUsersResponse>, Status> {
        Ok(tonic::Response::new(ListUsersResponse::default()))
    }

    async fn get_user(
        &self,
        _: tonic::Request<GetUserRequest>,
    ) -> Result<tonic::Response<GetUserResponse>, Status> {
        Ok(tonic::Response::new(GetUserResponse::default()))
    }

    async fn get_retention(
        &self,
        _: tonic::Request<GetRetentionRequest>,
    ) -> Result<tonic::Response<GetRetentionResponse>, Status> {
        Ok(tonic::Response::new(GetRetentionResponse::default()))
    }

    async fn get_paths(
        &self,
        _: tonic::Request<GetPathsRequest>,
    ) -> Result<tonic::Response<GetPathsResponse>, Status> {
        Ok(tonic::Response::new(GetPathsResponse::default()))
    }

    async fn list_error_groups(
        &self,
        _: tonic::Request<ListErrorGroupsRequest>,
    ) -> Result<tonic::Response<ListErrorGroupsResponse>, Status> {
        Ok(tonic::Response::new(ListErrorGroupsResponse::default()))
    }

    async fn get_error_group(
        &self,
        _: tonic::Request<GetErrorGroupRequest>,
    ) -> Result<tonic::Response<GetErrorGroupResponse>, Status> {
        Ok(tonic::Response::new(GetErrorGroupResponse::default()))
    }

    async fn set_error_group_state(
        &self,
        _: tonic::Request<SetErrorGroupStateRequest>,
    ) -> Result<tonic::Response<SetErrorGroupStateResponse>, Status> {
        Ok(tonic::Response::new(SetErrorGroupStateResponse::default()))
    }

    async fn get_execution(
        &self,
        _: tonic::Request<GetExecutionRequest>,
    ) -> Result<tonic::Response<GetExecutionResponse>, Status> {
        Ok(tonic::Response::new(GetExecutionResponse::default()))
    }

    async fn get_throughput(
        &self,
        _: tonic::Request<GetThroughputRequest>,
    ) -> Result<tonic::Response<GetThroughputResponse>, Status> {
        Ok(tonic::Response::new(GetThroughputResponse::default()))
    }

    async fn list_executions(
        &self,
        _: tonic::Request<ListExecutionsRequest>,
    ) -> Result<tonic::Response<ListExecutionsResponse>, Status> {
        Ok(tonic::Response::new(ListExecutionsResponse::default()))
    }

    async fn list_open_executions(
        &self,
        _: tonic::Request<ListOpenExecutionsRequest>,
    ) -> Result<tonic::Response<ListOpenExecutionsResponse>, Status> {
        Ok(tonic::Response::new(ListOpenExecutionsResponse::default()))
    }

    async fn list_workspaces(
        &self,
        _: tonic::Request<ListWorkspacesRequest>,
    ) -> Result<tonic::Response<ListWorkspacesResponse>, Status> {
        Ok(tonic::Response::new(ListWorkspacesResponse::default()))
    }

    async fn get_workspace(
        &self,
        _: tonic::Request<GetWorkspaceRequest>,
    ) -> Result<tonic::Response<GetWorkspaceResponse>, Status> {
        Ok(tonic::Response::new(GetWorkspaceResponse::default()))
    }

    async fn get_leaderboard(
        &self,
        _: tonic::Request<GetLeaderboardRequest>,
    ) -> Result<tonic::Response<GetLeaderboardResponse>, Status> {
        Ok(tonic::Response::new(GetLeaderboardResponse::default()))
    }

    async fn compare(
        &self,
        _: tonic::Request<CompareRequest>,
    ) -> Result<tonic::Response<CompareResponse>, Status> {
        Ok(tonic::Response::new(CompareResponse::default()))
    }
}

#[tonic::async_trait]
impl StreamingService for Quiet {
    async fn publish_batch(
        &self,
        request: tonic::Request<PublishBatchRequest>,
    ) -> Result<tonic::Response<PublishBatchResponse>, Status> {
        shadow_rpc::scope(&request, Permission::PublishEvents, &[])?;
        Ok(tonic::Response::new(PublishBatchResponse::default()))
    }

    type PublishStream = Pin<Box<dyn Stream<Item = Result<PublishResponse, Status>> + Send>>;

    async fn publish(
        &self,
        request: tonic::Request<tonic::Streaming<PublishRequest>>,
    ) -> Result<tonic::Response<Self::PublishStream>, Status> {
        shadow_rpc::scope(&request, Permission::PublishEvents, &[])?;
        Ok(tonic::Response::new(
            Box::pin(futures_util::stream::empty()),
        ))
    }

    async fn list_refusals(
        &self,
        request: tonic::Request<ListRefusalsRequest>,
    ) -> Result<tonic::Response<ListRefusalsResponse>, Status> {
        shadow_rpc::scope(&request, Permission::PublishEvents, &[])?;
        Ok(tonic::Response::new(ListRefusalsResponse::default()))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<WatchResponse, Status>> + Send>>;

    /// One message; then it ends, never ends (`never`) or panics (`panic`), by the cursor.
    async fn watch(
        &self,
        request: tonic::Request<WatchRequest>,
    ) -> Result<tonic::Response<Self::WatchStream>, Status> {
        use futures_util::StreamExt;
        let first = futures_util::stream::iter([Ok(WatchResponse {
            cursor: "1".to_owned(),
            message: None,
        })]);
        Ok(tonic::Response::new(match request.get_ref().cursor() {
            "never" => Box::pin(first.chain(futures_util::stream::pending())),
            "panic" => {
                let late = async {
                    tokio::task::yield_now().await;
                    panic!("a secret of the stream")
                };
                Box::pin(first.chain(futures_util::stream::once(late)))
            }
            _ => Box::pin(first),
        }))
    }
}
