//! GetAgent: what queries of one agent answer, put together. The question of the board is that of ListAgents, so that
//! both share one kept answer.

use chrono::{DurationRound, TimeDelta, Utc};
use prost_types::Timestamp;
use shadow_auth::Permission;
use shadow_domain::{suggestion::IDLE_DAYS, time::IanaZone};
use shadow_proto::{
    common::v1::{Granularity, TimeRange},
    metrics::v1::{
        Dimension, Filter, GetAgentRequest, GetAgentResponse, ListAgentsRequest, QueryRequest,
        QueryResponse, Selection, Top,
    },
};
use shadow_query::Bounds;
use shadow_rpc::status;
use shadow_storage::directory;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{
    Metrics, agent,
    board::{self, Board},
    list_agents,
    query::{self, Asked},
    reply::timestamp,
};

/// How many models, error kinds and versions are told apart.
const TOP: u32 = 50;
const MAX_ID_BYTES: usize = 256;
/// How far back the hours of the week reach.
const HOURS_DAYS: i64 = 366;

pub(crate) async fn get_agent(
    metrics: &Metrics,
    request: &Request<GetAgentRequest>,
) -> Result<GetAgentResponse, Status> {
    let message = request.get_ref();
    let workspace = check(message).map_err(status::invalid_all)?;
    let parts = ask(metrics, request, "agent", &parts(message)).await?;
    let name = name(metrics, request, workspace).await?;
    let board = query::answered(
        metrics,
        request,
        &list_agents::asked(&list_agents::question(&beside(message))),
    )
    .await?;
    let effective = agent::effective_range(&parts).unwrap_or_default();
    let zone = IanaZone::parse(&effective.zone).unwrap_or(IanaZone::UTC);
    let hours_range = last_days(effective, HOURS_DAYS);
    let hours = ask(metrics, request, "hours", &hours(message, &hours_range)).await?;
    let lately = ask(metrics, request, "agent", &lately(message)).await?;
    Ok(agent::put_together(agent::Read {
        workspace_id: &message.workspace_id,
        agent_id: &message.agent_id,
        name,
        parts,
        board: Board::from(board.results.into_iter().next().unwrap_or_default()),
        hours,
        hours_range,
        zone: &zone,
        lately,
    }))
}

fn check(request: &GetAgentRequest) -> Result<Uuid, Vec<(String, String)>> {
    let mut wrong = Vec::new();
    let workspace = Uuid::parse_str(&request.workspace_id)
        .ok()
        .filter(|id| !id.is_nil());
    if workspace.is_none() {
        wrong.push(("workspace_id".to_owned(), "must be a UUID".to_owned()));
    }
    let id = &request.agent_id;
    if id.is_empty() || id.len() > MAX_ID_BYTES || id.chars().any(char::is_control) {
        let description = format!("must have 1 to {MAX_ID_BYTES} bytes and no control characters");
        wrong.push(("agent_id".to_owned(), description));
    }
    workspace.filter(|_| wrong.is_empty()).ok_or(wrong)
}

async fn ask(
    metrics: &Metrics,
    request: &Request<GetAgentRequest>,
    purpose: &'static str,
    message: &QueryRequest,
) -> Result<QueryResponse, Status> {
    let asked = Asked {
        message,
        purpose,
        permission: Permission::ViewAnalytics,
        bounds: Bounds {
            // A day more than is looked back over, for edges and for daylight saving.
            points: (HOURS_DAYS as usize + 1) * 24,
            ..Bounds::default()
        },
        field,
    };
    query::answered(metrics, request, &asked).await
}

async fn name(
    metrics: &Metrics,
    request: &Request<GetAgentRequest>,
    workspace: Uuid,
) -> Result<String, Status> {
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &[workspace])?;
    let deadline = shadow_rpc::remaining(request);
    let snapshot = metrics.database.snapshot(&scope, deadline).await;
    let mut snapshot = snapshot.map_err(status::from_storage)?;
    let agent_id = &request.get_ref().agent_id;
    let name = directory::agent(&mut snapshot, workspace, agent_id)
        .await
        .map_err(status::from_storage)?;
    snapshot.finish().await.map_err(status::from_storage)?;
    name.ok_or_else(|| status::not_found("agent"))
}

/// Everything of the range but the hours of the week.
fn parts(request: &GetAgentRequest) -> QueryRequest {
    let part = |id: &str, metrics: &[&str]| Selection {
        comparison: request.comparison,
        ..selection(request, id, metrics)
    };
    let top = |id: &str, metrics: &[&str], by: Dimension| Selection {
        group_by: vec![by.into()],
        top: Some(Top {
            limit: TOP,
            metric: metrics[0].to_owned(),
        }),
        ..part(id, metrics)
    };
    QueryRequest {
        selections: vec![
            part(agent::STANDING, &board::METRICS),
            part(agent::DETAILS, &agent::DETAIL_METRICS),
            top(agent::MODELS, &agent::MODEL_METRICS, Dimension::Model),
            top(
                agent::ERROR_KINDS,
                &agent::ERROR_METRICS,
                Dimension::ErrorKind,
            ),
            top(agent::VERSIONS, &board::METRICS, Dimension::AgentVersion),
        ],
        ..query(request)
    }
}

/// When it runs.
fn hours(request: &GetAgentRequest, range: &TimeRange) -> QueryRequest {
    QueryRequest {
        selections: vec![Selection {
            granularity: Granularity::Hour.into(),
            ..selection(request, agent::HOURS, &agent::HOUR_METRICS)
        }],
        range: Some(range.clone()),
        ..query(request)
    }
}

/// Whether it has run of late, whatever the range is: to the end of this hour, so that an answer can be given again.
fn lately(request: &GetAgentRequest) -> QueryRequest {
    let hour = TimeDelta::hours(1);
    let end = Utc::now().duration_trunc(hour).unwrap_or_default() + hour;
    let range = TimeRange {
        start: Some(timestamp(end - TimeDelta::days(IDLE_DAYS))),
        end: Some(timestamp(end)),
        zone: "UTC".to_owned(),
    };
    QueryRequest {
        selections: vec![selection(request, agent::LATELY, &["executions"])],
        range: Some(range),
        ..query(request)
    }
}

fn query(request: &GetAgentRequest) -> QueryRequest {
    QueryRequest {
        selections: Vec::new(),
        range: request.range.clone(),
        workspace_ids: vec![request.workspace_id.clone()],
        max_staleness: request.max_staleness,
        currency: request.currency.clone(),
    }
}

fn selection(request: &GetAgentRequest, id: &str, metrics: &[&str]) -> Selection {
    Selection {
        id: id.to_owned(),
        metrics: metrics.iter().map(|metric| (*metric).to_owned()).collect(),
        granularity: Granularity::Total.into(),
        filters: vec![Filter {
            dimension: Dimension::Agent.into(),
            keys: vec![request.agent_id.clone()],
        }],
        ..Selection::default()
    }
}

/// The board of the agent's workspace.
fn beside(request: &GetAgentRequest) -> ListAgentsRequest {
    ListAgentsRequest {
        range: request.range.clone(),
        workspace_ids: vec![request.workspace_id.clone()],
        comparison: request.comparison,
        currency: request.currency.clone(),
        max_staleness: request.max_staleness,
        ..ListAgentsRequest::default()
    }
}

/// The end of a range, at most so many days of it.
fn last_days(range: TimeRange, days: i64) -> TimeRange {
    let (Some(start), Some(end)) = (range.start, range.end) else {
        return range;
    };
    TimeRange {
        start: Some(Timestamp {
            seconds: start.seconds.max(end.seconds - days * 86_400),
            nanos: start.nanos,
        }),
        ..range
    }
}

/// What a field of the queries is called here.
fn field(field: String) -> String {
    match field.as_str() {
        "workspace_ids[0]" => "workspace_id".to_owned(),
        other => match other.split_once("].") {
            Some((_, own)) if own.starts_with("filters") => "agent_id".to_owned(),
            Some((_, own)) => own.to_owned(),
            None => field,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_reach_back_a_year_at_most() {
        let range = |start, end| TimeRange {
            start: Some(Timestamp {
                seconds: start,
                nanos: 0,
            }),
            end: Some(Timestamp {
                seconds: end,
                nanos: 0,
            }),
            zone: "UTC".to_owned(),
        };
        let day = 86_400;
        assert_eq!(last_days(range(0, 5 * day), 366), range(0, 5 * day));
        assert_eq!(
            last_days(range(0, 1_000 * day), 366),
            range(634 * day, 1_000 * day)
        );
    }

    #[test]
    fn fields_are_called_as_the_caller_calls_them() {
        for (queried, own) in [
            ("workspace_ids[0]", "workspace_id"),
            ("selections[2].comparison", "comparison"),
            ("selections[0].filters[0].keys[0]", "agent_id"),
            ("range.end", "range.end"),
        ] {
            assert_eq!(field(queried.to_owned()), own);
        }
    }
}
