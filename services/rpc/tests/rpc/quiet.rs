//! Services that answer nothing, or late, or never: what is tried is whether they are reached.

use std::pin::Pin;
use std::time::Duration;

use futures_util::Stream;
use shadow_auth::Permission;
use shadow_proto::metrics::v1::metrics_service_server::MetricsService;
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
    SetErrorGroupStateResponse,
};
use shadow_proto::streaming::v1::streaming_service_server::StreamingService;
use shadow_proto::streaming::v1::{
    ListRefusalsRequest, ListRefusalsResponse, PublishBatchRequest, PublishBatchResponse,
    PublishRequest, PublishResponse, WatchRequest, WatchResponse,
};
use tonic::Status;
use uuid::Uuid;

use crate::support::ONE;

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

    async fn get_executive(
        &self,
        _: tonic::Request<GetExecutiveRequest>,
    ) -> Result<tonic::Response<GetExecutiveResponse>, Status> {
        Ok(tonic::Response::new(GetExecutiveResponse::default()))
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
