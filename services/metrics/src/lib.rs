//! The metrics service: what the catalogue has, what a query of it answers, and who is asking.
//!
//! It turns messages into questions and answers into messages, and keeps answers for a moment where the caller allows.
//! It must never know how a number is computed or stored.

mod about;
mod agent;
mod answers;
mod board;
mod compare;
mod compared;
mod entry;
mod error_group;
mod executive_revenue;
mod get_agent;
mod get_credits;
mod get_data_health;
mod get_error_group;
mod get_execution;
mod get_executive;
mod get_leaderboard;
mod get_paths;
mod get_retention;
mod get_revenue;
mod get_throughput;
mod get_user;
mod get_viewer;
mod get_workspace;
mod kept;
mod leaderboard;
mod list_agents;
mod list_error_groups;
mod list_executions;
mod list_movements;
mod list_open_executions;
mod list_users;
mod list_workspaces;
mod movers;
mod page_token;
mod parse;
mod query;
mod reply;
mod server;
mod set_error_group_state;
mod shared;
mod sortable;
pub mod telemetry;
mod workspace_board;
mod workspace_reply;
mod zones;

use prost::Message;
use shadow_proto::metrics::v1::{
    CompareRequest, CompareResponse, DescribeCatalogueRequest, DescribeCatalogueResponse,
    GetAgentRequest, GetAgentResponse, GetCreditsRequest, GetCreditsResponse, GetDataHealthRequest,
    GetDataHealthResponse, GetErrorGroupRequest, GetErrorGroupResponse, GetExecutionRequest,
    GetExecutionResponse, GetExecutiveRequest, GetExecutiveResponse, GetLeaderboardRequest,
    GetLeaderboardResponse, GetPathsRequest, GetPathsResponse, GetRetentionRequest,
    GetRetentionResponse, GetRevenueRequest, GetRevenueResponse, GetThroughputRequest,
    GetThroughputResponse, GetUserRequest, GetUserResponse, GetViewerRequest, GetViewerResponse,
    GetWorkspaceRequest, GetWorkspaceResponse, ListAgentsRequest, ListAgentsResponse,
    ListErrorGroupsRequest, ListErrorGroupsResponse, ListExecutionsRequest, ListExecutionsResponse,
    ListMovementsRequest, ListMovementsResponse, ListOpenExecutionsRequest,
    ListOpenExecutionsResponse, ListUsersRequest, ListUsersResponse, ListWorkspacesRequest,
    ListWorkspacesResponse, QueryRequest, QueryResponse, SetErrorGroupStateRequest,
    SetErrorGroupStateResponse, metrics_service_server::MetricsService,
};
use shadow_rpc::status;
use shadow_storage::{Database, cache::Cache};
use tonic::{Request, Response, Status};

pub use server::Server;

use crate::{answers::Answers, shared::Shared, zones::Zones};

/// What the service works with.
#[derive(Debug, Clone)]
pub struct State {
    /// Where the data is.
    pub database: Database,
    /// Where answers are shared with other processes for a moment.
    pub cache: Cache,
}

/// The service's handler.
pub struct Metrics {
    database: Database,
    answers: Answers,
    shared: Shared,
    zones: Zones,
}

/// The service.
pub fn service(state: State) -> Server {
    Server::new(Metrics::new(state))
}

impl Metrics {
    /// The handler alone, for callers without a server.
    pub fn new(state: State) -> Self {
        Self {
            database: state.database,
            answers: Answers::new(state.cache),
            shared: Shared::default(),
            zones: Zones::default(),
        }
    }
}

#[tonic::async_trait]
impl MetricsService for Metrics {
    async fn describe_catalogue(
        &self,
        _: Request<DescribeCatalogueRequest>,
    ) -> Result<Response<DescribeCatalogueResponse>, Status> {
        Ok(Response::new(reply::catalogue()))
    }

    async fn query(
        &self,
        request: Request<QueryRequest>,
    ) -> Result<Response<QueryResponse>, Status> {
        // The server answers with the bytes as they are; this is for callers without it.
        let bytes = query::query(self, &request).await?;
        let response = QueryResponse::decode(bytes).map_err(|error| status::internal(&error))?;
        Ok(Response::new(response))
    }

    async fn list_agents(
        &self,
        request: Request<ListAgentsRequest>,
    ) -> Result<Response<ListAgentsResponse>, Status> {
        list_agents::list_agents(self, &request)
            .await
            .map(Response::new)
    }

    async fn get_agent(
        &self,
        request: Request<GetAgentRequest>,
    ) -> Result<Response<GetAgentResponse>, Status> {
        get_agent::get_agent(self, &request)
            .await
            .map(Response::new)
    }

    async fn get_credits(
        &self,
        request: Request<GetCreditsRequest>,
    ) -> Result<Response<GetCreditsResponse>, Status> {
        get_credits::get_credits(self, &request)
            .await
            .map(Response::new)
    }

    async fn get_data_health(
        &self,
        request: Request<GetDataHealthRequest>,
    ) -> Result<Response<GetDataHealthResponse>, Status> {
        get_data_health::get_data_health(self, &request)
            .await
            .map(Response::new)
    }

    async fn get_revenue(
        &self,
        request: Request<GetRevenueRequest>,
    ) -> Result<Response<GetRevenueResponse>, Status> {
        get_revenue::get_revenue(self, &request)
            .await
            .map(Response::new)
    }

    async fn list_movements(
        &self,
        request: Request<ListMovementsRequest>,
    ) -> Result<Response<ListMovementsResponse>, Status> {
        list_movements::list_movements(self, &request)
            .await
            .map(Response::new)
    }

    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        list_users::list_users(self, &request)
            .await
            .map(Response::new)
    }

    async fn get_user(
        &self,
        request: Request<GetUserRequest>,
    ) -> Result<Response<GetUserResponse>, Status> {
        get_user::get_user(self, &request).await.map(Response::new)
    }

    async fn get_retention(
        &self,
        request: Request<GetRetentionRequest>,
    ) -> Result<Response<GetRetentionResponse>, Status> {
        get_retention::get_retention(self, &request)
            .await
            .map(Response::new)
    }

    async fn get_paths(
        &self,
        request: Request<GetPathsRequest>,
    ) -> Result<Response<GetPathsResponse>, Status> {
        get_paths::get_paths(self, &request)
            .await
            .map(Response::new)
    }

    async fn list_error_groups(
        &self,
        request: Request<ListErrorGroupsRequest>,
    ) -> Result<Response<ListErrorGroupsResponse>, Status> {
        list_error_groups::list_error_groups(self, &request)
            .await
            .map(Response::new)
    }

    async fn get_error_group(
        &self,
        request: Request<GetErrorGroupRequest>,
    ) -> Result<Response<GetErrorGroupResponse>, Status> {
        get_error_group::get_error_group(self, &request)
            .await
            .map(Response::new)
    }

    async fn set_error_group_state(
        &self,
        request: Request<SetErrorGroupStateRequest>,
    ) -> Result<Response<SetErrorGroupStateResponse>, Status> {
        set_error_group_state::set_error_group_state(self, &request)
            .await
            .map(Response::new)
    }

    async fn get_viewer(
        &self,
        request: Request<GetViewerRequest>,
    ) -> Result<Response<GetViewerResponse>, Status> {
        get_viewer::get_viewer(self, &request)
            .await
            .map(Response::new)
    }

    async fn get_execution(
        &self,
        request: Request<GetExecutionRequest>,
    ) -> Result<Response<GetExecutionResponse>, Status> {
        get_execution::get_execution(self, &request)
            .await
            .map(Response::new)
    }

    async fn get_throughput(
        &self,
        request: Request<GetThroughputRequest>,
    ) -> Result<Response<GetThroughputResponse>, Status> {
        get_throughput::get_throughput(self, &request)
            .await
            .map(Response::new)
    }

    async fn list_executions(
        &self,
        request: Request<ListExecutionsRequest>,
    ) -> Result<Response<ListExecutionsResponse>, Status> {
        list_executions::list_executions(self, &request)
            .await
            .map(Response::new)
    }

    async fn list_open_executions(
        &self,
        request: Request<ListOpenExecutionsRequest>,
    ) -> Result<Response<ListOpenExecutionsResponse>, Status> {
        list_open_executions::list_open_executions(self, &request)
            .await
            .map(Response::new)
    }

    async fn list_workspaces(
        &self,
        request: Request<ListWorkspacesRequest>,
    ) -> Result<Response<ListWorkspacesResponse>, Status> {
        list_workspaces::list_workspaces(self, &request)
            .await
            .map(Response::new)
    }
    async fn get_workspace(
        &self,
        request: Request<GetWorkspaceRequest>,
    ) -> Result<Response<GetWorkspaceResponse>, Status> {
        get_workspace::get_workspace(self, &request)
            .await
            .map(Response::new)
    }

    async fn get_executive(
        &self,
        request: Request<GetExecutiveRequest>,
    ) -> Result<Response<GetExecutiveResponse>, Status> {
        get_executive::get_executive(self, &request)
            .await
            .map(Response::new)
    }

    async fn get_leaderboard(
        &self,
        request: Request<GetLeaderboardRequest>,
    ) -> Result<Response<GetLeaderboardResponse>, Status> {
        get_leaderboard::get_leaderboard(self, &request)
            .await
            .map(Response::new)
    }

    async fn compare(
        &self,
        request: Request<CompareRequest>,
    ) -> Result<Response<CompareResponse>, Status> {
        compare::compare(self, &request).await.map(Response::new)
    }
}
