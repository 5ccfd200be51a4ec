//! The metrics service: what the catalogue has, what a query of it answers, and who is asking.
//!
//! It turns messages into questions and answers into messages, and keeps answers for a moment where the caller allows.
//! It must never know how a number is computed or stored.

mod answers;
mod get_viewer;
mod list_workspaces;
mod page_token;
mod parse;
mod query;
mod reply;
pub mod telemetry;
mod zones;

use shadow_proto::metrics::v1::{
    DescribeCatalogueRequest, DescribeCatalogueResponse, GetViewerRequest, GetViewerResponse,
    ListWorkspacesRequest, ListWorkspacesResponse, QueryRequest, QueryResponse,
    metrics_service_server::{MetricsService, MetricsServiceServer},
};
use shadow_rpc::{MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES};
use shadow_storage::{Database, cache::Cache};
use tonic::{Request, Response, Status};

use crate::{answers::Answers, zones::Zones};

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
    zones: Zones,
}

/// The service.
pub fn service(state: State) -> MetricsServiceServer<Metrics> {
    MetricsServiceServer::new(Metrics::new(state))
        .max_decoding_message_size(MAX_REQUEST_BYTES)
        .max_encoding_message_size(MAX_RESPONSE_BYTES)
}

impl Metrics {
    /// The handler alone, for callers without a server.
    pub fn new(state: State) -> Self {
        Self {
            database: state.database,
            answers: Answers::new(state.cache),
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
        query::query(self, &request).await.map(Response::new)
    }

    async fn get_viewer(
        &self,
        request: Request<GetViewerRequest>,
    ) -> Result<Response<GetViewerResponse>, Status> {
        get_viewer::get_viewer(self, &request)
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
}
