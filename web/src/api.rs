//! The server, as the dashboard sees it. No other file reaches it.

use std::time::Duration;

use futures_util::future;
use js_sys::{JSON, Object, Reflect};
use serde::Deserialize;
use shadow_proto::{
    metrics::v1::{
        CompareRequest, CompareResponse, DescribeCatalogueRequest, DescribeCatalogueResponse,
        GetAgentRequest, GetAgentResponse, GetCreditsRequest, GetCreditsResponse,
        GetDataHealthRequest, GetDataHealthResponse, GetErrorGroupRequest, GetErrorGroupResponse,
        GetExecutionRequest, GetExecutionResponse, GetExecutiveRequest, GetExecutiveResponse,
        GetLeaderboardRequest, GetLeaderboardResponse, GetPathsRequest, GetPathsResponse,
        GetRetentionRequest, GetRetentionResponse, GetRevenueRequest, GetRevenueResponse,
        GetThroughputRequest, GetThroughputResponse, GetUserRequest, GetUserResponse,
        GetViewerRequest, GetWorkspaceRequest, GetWorkspaceResponse, ListAgentsRequest,
        ListAgentsResponse, ListErrorGroupsRequest, ListErrorGroupsResponse, ListExecutionsRequest,
        ListExecutionsResponse, ListMovementsRequest, ListMovementsResponse,
        ListOpenExecutionsRequest, ListOpenExecutionsResponse, ListUsersRequest, ListUsersResponse,
        ListWorkspacesRequest, ListWorkspacesResponse, QueryRequest, QueryResponse,
        SetErrorGroupStateRequest, metrics_service_client::MetricsServiceClient,
    },
    streaming::v1::{
        WatchRequest, WatchResponse, streaming_service_client::StreamingServiceClient,
    },
};
use tonic::Status;
use tonic_web_wasm_client::{Client, options::FetchOptions};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCredentials, RequestInit, Response};

use crate::{
    browser,
    catalogue::Catalogue,
    state::{failure::Failure, session::Viewer},
};

/// The server answers within this, or the person is told that it took too long.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many workspaces are listed at once.
const PAGE_SIZE: u32 = 200;

/// Who is signed in, and the catalogue that the pages are made of.
pub(crate) async fn begin() -> Result<(Viewer, Catalogue), Failure> {
    let mut unary = metrics();
    let (mut for_list, mut for_catalogue) = (unary.clone(), unary.clone());
    let (viewer, list, catalogue) = future::join3(
        unary.get_viewer(GetViewerRequest {}),
        for_list.list_workspaces(ListWorkspacesRequest {
            page_size: PAGE_SIZE,
            ..Default::default()
        }),
        for_catalogue.describe_catalogue(DescribeCatalogueRequest {}),
    )
    .await;
    let viewer = viewer.map_err(failed)?.into_inner();
    let list = list.map_err(failed)?.into_inner();
    let catalogue: DescribeCatalogueResponse = catalogue.map_err(failed)?.into_inner();
    let all_listed = list.next_page_token.is_empty();
    Ok((
        Viewer::new(viewer, list.workspaces, all_listed),
        Catalogue::from(catalogue),
    ))
}

/// Workspaces whose name has a text.
pub(crate) async fn workspaces(name_contains: String) -> Result<ListWorkspacesResponse, Failure> {
    let request = ListWorkspacesRequest {
        page_size: 50,
        name_contains,
        ..Default::default()
    };
    Ok(metrics()
        .list_workspaces(request)
        .await
        .map_err(failed)?
        .into_inner())
}

/// Answers a page's question.
pub(crate) async fn query(request: QueryRequest) -> Result<QueryResponse, Failure> {
    Ok(metrics().query(request).await.map_err(failed)?.into_inner())
}

/// One agent, how it did over time, and its last executions.
pub(crate) async fn agent(
    request: GetAgentRequest,
    trends: QueryRequest,
    recent: ListExecutionsRequest,
) -> Result<(GetAgentResponse, QueryResponse, ListExecutionsResponse), Failure> {
    let (mut one, mut other, mut third) = (metrics(), metrics(), metrics());
    let (agent, trends, recent) = future::try_join3(
        one.get_agent(request),
        other.query(trends),
        third.list_executions(recent),
    )
    .await
    .map_err(failed)?;
    Ok((agent.into_inner(), trends.into_inner(), recent.into_inner()))
}

/// How healthy the data is.
pub(crate) async fn data_health(
    request: GetDataHealthRequest,
) -> Result<GetDataHealthResponse, Failure> {
    let answer = metrics().get_data_health(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// A page of agents.
pub(crate) async fn agents(request: ListAgentsRequest) -> Result<ListAgentsResponse, Failure> {
    let answer = metrics().list_agents(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// A page of workspaces, and how each stands.
pub(crate) async fn board(
    request: ListWorkspacesRequest,
) -> Result<ListWorkspacesResponse, Failure> {
    let answer = metrics().list_workspaces(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// One workspace.
pub(crate) async fn workspace(
    request: GetWorkspaceRequest,
) -> Result<GetWorkspaceResponse, Failure> {
    let answer = metrics().get_workspace(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// What an executive asks first.
pub(crate) async fn executive(
    request: GetExecutiveRequest,
) -> Result<GetExecutiveResponse, Failure> {
    let answer = metrics().get_executive(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// The places of a leaderboard.
pub(crate) async fn leaderboard(
    request: GetLeaderboardRequest,
) -> Result<GetLeaderboardResponse, Failure> {
    let answer = metrics().get_leaderboard(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// What is put side by side.
pub(crate) async fn compare(request: CompareRequest) -> Result<CompareResponse, Failure> {
    let answer = metrics().compare(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// What is left of credits, and where they went.
pub(crate) async fn credits(
    request: GetCreditsRequest,
    spent: QueryRequest,
) -> Result<(GetCreditsResponse, QueryResponse), Failure> {
    let (mut one, mut other) = (metrics(), metrics());
    let asked = future::try_join(one.get_credits(request), other.query(spent));
    let (credits, spent) = asked.await.map_err(failed)?;
    Ok((credits.into_inner(), spent.into_inner()))
}

/// Recurring revenue by month, and a page of its movements.
pub(crate) async fn revenue(
    request: GetRevenueRequest,
    movements: ListMovementsRequest,
) -> Result<(GetRevenueResponse, ListMovementsResponse), Failure> {
    let (mut one, mut other) = (metrics(), metrics());
    let asked = future::try_join(one.get_revenue(request), other.list_movements(movements));
    let (revenue, movements) = asked.await.map_err(failed)?;
    Ok((revenue.into_inner(), movements.into_inner()))
}

/// How many users are active, who is new, and what they do.
pub(crate) async fn audience(
    active: QueryRequest,
    lifecycle: GetRetentionRequest,
    visits: GetPathsRequest,
) -> Result<(QueryResponse, GetRetentionResponse, GetPathsResponse), Failure> {
    let (mut one, mut two, mut three) = (metrics(), metrics(), metrics());
    let (active, lifecycle, visits) = future::try_join3(
        one.query(active),
        two.get_retention(lifecycle),
        three.get_paths(visits),
    )
    .await
    .map_err(failed)?;
    Ok((
        active.into_inner(),
        lifecycle.into_inner(),
        visits.into_inner(),
    ))
}

/// A page of users.
pub(crate) async fn users(request: ListUsersRequest) -> Result<ListUsersResponse, Failure> {
    let answer = metrics().list_users(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// One user.
pub(crate) async fn user(request: GetUserRequest) -> Result<GetUserResponse, Failure> {
    let answer = metrics().get_user(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// Who came back.
pub(crate) async fn retention(
    request: GetRetentionRequest,
) -> Result<GetRetentionResponse, Failure> {
    let answer = metrics().get_retention(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// A page of groups of errors.
pub(crate) async fn error_groups(
    request: ListErrorGroupsRequest,
) -> Result<ListErrorGroupsResponse, Failure> {
    let answer = metrics().list_error_groups(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// One group of errors.
pub(crate) async fn error_group(
    request: GetErrorGroupRequest,
) -> Result<GetErrorGroupResponse, Failure> {
    let answer = metrics().get_error_group(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// Says what state a group of errors is in.
pub(crate) async fn set_error_group_state(
    request: SetErrorGroupStateRequest,
) -> Result<(), Failure> {
    let answer = metrics().set_error_group_state(request).await;
    answer.map(drop).map_err(failed)
}

/// A page of executions.
pub(crate) async fn executions(
    request: ListExecutionsRequest,
) -> Result<ListExecutionsResponse, Failure> {
    let answer = metrics().list_executions(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// One execution, step by step.
pub(crate) async fn execution(
    request: GetExecutionRequest,
) -> Result<GetExecutionResponse, Failure> {
    let answer = metrics().get_execution(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// What is open.
pub(crate) async fn open_executions(
    request: ListOpenExecutionsRequest,
) -> Result<ListOpenExecutionsResponse, Failure> {
    let answer = metrics().list_open_executions(request).await;
    Ok(answer.map_err(failed)?.into_inner())
}

/// How executions flow, and how they did over time.
pub(crate) async fn throughput(
    request: GetThroughputRequest,
    trends: QueryRequest,
) -> Result<(GetThroughputResponse, QueryResponse), Failure> {
    let (mut one, mut other) = (metrics(), metrics());
    let (flow, trends) = future::try_join(one.get_throughput(request), other.query(trends))
        .await
        .map_err(failed)?;
    Ok((flow.into_inner(), trends.into_inner()))
}

/// A stream of changes. It has no time limit: it lives for as long as the page is looked at.
pub(crate) struct Changes(tonic::Streaming<WatchResponse>);

impl Changes {
    /// The next message; absent when the server ended the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<WatchResponse>, Failure> {
        self.0.message().await.map_err(failed)
    }
}

/// Opens a stream of changes.
pub(crate) async fn watch(request: WatchRequest) -> Result<Changes, Failure> {
    let mut client = StreamingServiceClient::new(Client::new(browser::origin()));
    Ok(Changes(
        client.watch(request).await.map_err(failed)?.into_inner(),
    ))
}

/// A person of the demo, to sign in as with one click.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DemoUser {
    /// The id to sign in with.
    pub user_id: String,
    /// The role, in a word.
    pub label: String,
    /// What the role may see.
    pub description: String,
}

#[derive(Deserialize)]
struct SignInOptions {
    demo: Vec<DemoUser>,
}

/// How a person may sign in here: the people of the demo, where there are any.
pub(crate) async fn sign_in_options() -> Result<Vec<DemoUser>, Failure> {
    let response = send("GET", "/session/options", None).await?;
    let body = JsFuture::from(response.json().map_err(|_| unreadable())?)
        .await
        .map_err(|_| unreadable())?;
    let options: SignInOptions = serde_wasm_bindgen::from_value(body).map_err(|_| unreadable())?;
    Ok(options.demo)
}

/// Signs in as a person of the demo.
pub(crate) async fn sign_in_demo(user_id: &str) -> Result<(), Failure> {
    send("POST", "/session/demo", Some(("user_id", user_id)))
        .await
        .map(drop)
}

/// Signs in with a token.
pub(crate) async fn sign_in_token(token: &str) -> Result<(), Failure> {
    send("POST", "/session", Some(("token", token)))
        .await
        .map(drop)
}

/// Uses the session, so that the gateway renews it.
pub(crate) async fn renew() -> Result<(), Failure> {
    send("GET", "/session", None).await.map(drop)
}

/// Ends the session.
pub(crate) async fn sign_out() -> Result<(), Failure> {
    send("DELETE", "/session", None).await.map(drop)
}

async fn send(method: &str, path: &str, field: Option<(&str, &str)>) -> Result<Response, Failure> {
    let init = RequestInit::new();
    init.set_method(method);
    init.set_credentials(RequestCredentials::SameOrigin);
    if method != "GET" {
        let headers = web_sys::Headers::new().map_err(|_| unreadable())?;
        headers
            .set("content-type", "application/json")
            .map_err(|_| unreadable())?;
        init.set_headers(&headers);
        let body = Object::new();
        if let Some((key, value)) = field {
            Reflect::set(&body, &key.into(), &value.into()).map_err(|_| unreadable())?;
        }
        init.set_body(&JsValue::from(
            JSON::stringify(&body).map_err(|_| unreadable())?,
        ));
    }
    let window = browser::window().ok_or(Failure::Unavailable)?;
    let answer = JsFuture::from(window.fetch_with_str_and_init(path, &init)).await;
    let response: Response = answer.map_err(|_| unreachable_server())?.unchecked_into();
    match response.status() {
        200..=299 => Ok(response),
        401 => Err(Failure::SignedOut),
        403 => Err(Failure::Forbidden),
        404 => Err(Failure::NotFound),
        429 | 502..=504 => Err(Failure::Unavailable),
        other => Err(Failure::Broken(format!("HTTP {other}"))),
    }
}

fn metrics() -> MetricsServiceClient<Client> {
    let options = FetchOptions::new().timeout(PATIENCE);
    MetricsServiceClient::new(Client::new_with_options(browser::origin(), options))
}

fn failed(status: Status) -> Failure {
    match Failure::from(&status) {
        Failure::Unavailable => unreachable_server(),
        failure => failure,
    }
}

fn unreachable_server() -> Failure {
    if browser::is_online() {
        Failure::Unavailable
    } else {
        Failure::Offline
    }
}

fn unreadable() -> Failure {
    Failure::Broken("the answer cannot be read".to_owned())
}
