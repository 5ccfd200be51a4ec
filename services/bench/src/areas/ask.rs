//! What each page asks, as the dashboard does, but as old an answer as the caller allows.

use anyhow::Result;
use prost_types::Duration;
use shadow_client::{Bearer, Client};
use shadow_proto::common::v1::{Comparison, Granularity, TimeRange};
use shadow_proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use shadow_proto::metrics::v1::{
    CohortStart, CompareRequest, CompareResponse, GetCreditsRequest, GetCreditsResponse,
    GetExecutiveRequest, GetLeaderboardRequest, GetLeaderboardResponse, GetRetentionRequest,
    GetRetentionResponse, GetThroughputRequest, GetThroughputResponse, LeaderboardSubject,
    ListAgentsRequest, ListAgentsResponse, ListErrorGroupsRequest, ListErrorGroupsResponse,
    ListUsersRequest, ListUsersResponse, ListWorkspacesRequest, ListWorkspacesResponse,
    QueryResponse, RetentionMode,
};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use uuid::Uuid;

use super::Area;
use crate::data::timestamp;
use crate::executive::Window;

/// Rows of a page of a list.
const PAGE_SIZE: u32 = 50;

/// Largest answer that is read; the default of the library is less than a year's.
const LARGEST: usize = 64 << 20;

/// What two periods are compared by.
const COMPARED: [&str; 5] = [
    "executions",
    "success_rate",
    "duration_p95",
    "credits",
    "cost",
];

/// An answer.
pub(crate) enum Answer {
    Executive(QueryResponse),
    Agents(ListAgentsResponse),
    Users(ListUsersResponse),
    Cohorts(GetRetentionResponse),
    Executions(GetThroughputResponse),
    Errors(ListErrorGroupsResponse),
    Workspaces(ListWorkspacesResponse),
    Credits(GetCreditsResponse),
    Leaderboards(GetLeaderboardResponse),
    Compare(CompareResponse),
}

/// Who asks.
pub(crate) struct Asker {
    metrics: MetricsServiceClient<InterceptedService<Channel, Bearer>>,
    max_staleness: Option<Duration>,
}

impl Asker {
    /// Somebody who wants what is computed now, or takes an answer that is so many seconds old.
    pub(crate) fn new(client: &Client, max_staleness: i64) -> Self {
        Self {
            metrics: client.metrics().max_decoding_message_size(LARGEST),
            max_staleness: (max_staleness > 0).then_some(Duration {
                seconds: max_staleness,
                nanos: 0,
            }),
        }
    }

    pub(crate) async fn ask(&self, area: Area, window: &Window) -> Result<Answer> {
        let mut metrics = self.metrics.clone();
        let range = Some(window.time_range());
        let workspace_ids: Vec<String> = window.named.iter().map(Uuid::to_string).collect();
        let comparison = Some(Comparison::PreviousPeriod.into());
        let max_staleness = self.max_staleness;
        Ok(match area {
            Area::Executive => {
                let mut request = window.request();
                request.workspace_ids.clone_from(&workspace_ids);
                request.max_staleness = max_staleness;
                let movers = GetExecutiveRequest {
                    range,
                    workspace_ids,
                    comparison,
                    max_staleness,
                    ..GetExecutiveRequest::default()
                };
                // The page shows both, and asks for both at once.
                let mut beside = metrics.clone();
                let (answer, _) =
                    tokio::try_join!(metrics.query(request), beside.get_executive(movers))?;
                Answer::Executive(answer.into_inner())
            }
            Area::Agents => {
                let request = ListAgentsRequest {
                    range,
                    workspace_ids,
                    comparison,
                    max_staleness,
                    page_size: PAGE_SIZE,
                    ..ListAgentsRequest::default()
                };
                Answer::Agents(metrics.list_agents(request).await?.into_inner())
            }
            Area::Users => {
                let request = ListUsersRequest {
                    range,
                    workspace_ids,
                    page_size: PAGE_SIZE,
                    ..ListUsersRequest::default()
                };
                Answer::Users(metrics.list_users(request).await?.into_inner())
            }
            Area::Cohorts => {
                let request = GetRetentionRequest {
                    range,
                    workspace_ids,
                    mode: RetentionMode::Exact.into(),
                    interval: Granularity::Day.into(),
                    intervals: INTERVALS,
                    start: Some(CohortStart::Active.into()),
                    agent_id: String::new(),
                };
                Answer::Cohorts(metrics.get_retention(request).await?.into_inner())
            }
            Area::Executions => {
                let request = GetThroughputRequest {
                    range,
                    workspace_ids,
                    granularity: Granularity::Day.into(),
                };
                Answer::Executions(metrics.get_throughput(request).await?.into_inner())
            }
            Area::Errors => {
                let request = ListErrorGroupsRequest {
                    range,
                    workspace_ids,
                    page_size: PAGE_SIZE,
                    ..ListErrorGroupsRequest::default()
                };
                Answer::Errors(metrics.list_error_groups(request).await?.into_inner())
            }
            Area::Workspaces => {
                // The board is of all workspaces that one may see.
                let request = ListWorkspacesRequest {
                    range,
                    comparison,
                    page_size: PAGE_SIZE,
                    ..ListWorkspacesRequest::default()
                };
                Answer::Workspaces(metrics.list_workspaces(request).await?.into_inner())
            }
            Area::Credits => {
                let request = GetCreditsRequest {
                    range,
                    workspace_ids,
                    page_size: PAGE_SIZE,
                    ..GetCreditsRequest::default()
                };
                Answer::Credits(metrics.get_credits(request).await?.into_inner())
            }
            Area::Leaderboards => {
                let request = GetLeaderboardRequest {
                    range,
                    workspace_ids,
                    subject: LeaderboardSubject::Agent.into(),
                    metric: "wasted_credits".to_owned(),
                    comparison,
                    max_staleness,
                    limit: PAGE_SIZE,
                    ..GetLeaderboardRequest::default()
                };
                Answer::Leaderboards(metrics.get_leaderboard(request).await?.into_inner())
            }
            Area::Compare => {
                let previous = TimeRange {
                    start: Some(timestamp(window.previous.start)),
                    end: Some(timestamp(window.previous.end)),
                    zone: window.zone_name.to_owned(),
                };
                let request = CompareRequest {
                    periods: vec![window.time_range(), previous],
                    of_workspace_ids: workspace_ids,
                    metrics: COMPARED.map(str::to_owned).to_vec(),
                    max_staleness,
                    ..CompareRequest::default()
                };
                Answer::Compare(metrics.compare(request).await?.into_inner())
            }
        })
    }
}

/// How many intervals each cohort is followed.
const INTERVALS: u32 = 12;
