//! ListAgents: one query of all agents, then the board made of its answer.

use shadow_auth::Permission;
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{Dimension, ListAgentsRequest, ListAgentsResponse, QueryRequest, Selection, Top},
};
use shadow_query::{Bounds, Invalid};
use tonic::{Request, Status};

use crate::{
    Metrics, about,
    board::{self, Board, Order, Search},
    query::{self, Asked},
};

const MAX_CONTAINS_BYTES: usize = 100;
/// How many agents are ranked.
const MAX_AGENTS: usize = 5_000;

pub(crate) async fn list_agents(
    metrics: &Metrics,
    request: &Request<ListAgentsRequest>,
) -> Result<ListAgentsResponse, Status> {
    let message = request.get_ref();
    let search = search(message).map_err(query::invalid)?;
    let response = query::answered(metrics, request, &asked(&question(message))).await?;
    let result = response.results.into_iter().next().unwrap_or_default();
    Ok(Board::from(result).page(&search))
}

/// What a person reads at once, and how the pages before it ended.
fn search(request: &ListAgentsRequest) -> Result<Search, Vec<Invalid>> {
    let mut wrong = Vec::new();
    let page_size = about::page_size(request.page_size, &mut wrong);
    let mut refuse =
        |field: &str, description: String| wrong.push(Invalid::new(field, description));
    let contains = &request.contains;
    if contains.len() > MAX_CONTAINS_BYTES || contains.chars().any(char::is_control) {
        refuse(
            "contains",
            format!("must have at most {MAX_CONTAINS_BYTES} bytes and no control characters"),
        );
    }
    let order = Order::parse(&request.order_by);
    if order.is_none() {
        let known = board::METRICS.join(", ");
        refuse(
            "order_by",
            format!("must be success_lower_bound, name or one of {known}"),
        );
    }
    let order = order.unwrap_or(Order::LowerBound);
    let token = (!request.page_token.is_empty())
        .then(|| board::After::parse(&request.page_token, order, request.reversed));
    if let Some(None) = token {
        refuse(
            "page_token",
            "must be a next_page_token of the same order".to_owned(),
        );
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(Search {
        contains: contains.to_lowercase(),
        min_executions: request.min_executions,
        order,
        reversed: request.reversed,
        after: token.flatten(),
        page_size: page_size as usize,
    })
}

/// The question of the board, whoever puts it.
pub(crate) fn asked(message: &QueryRequest) -> Asked<'_> {
    Asked {
        message,
        purpose: "agents",
        permission: Permission::ViewAnalytics,
        bounds: Bounds {
            groups: MAX_AGENTS,
            ..Bounds::default()
        },
        field,
    }
}

/// The query of all agents of a list.
pub(crate) fn question(request: &ListAgentsRequest) -> QueryRequest {
    QueryRequest {
        selections: vec![Selection {
            id: "agents".to_owned(),
            metrics: board::METRICS
                .iter()
                .map(|metric| (*metric).to_owned())
                .collect(),
            granularity: Granularity::Total.into(),
            group_by: vec![Dimension::Agent.into()],
            filters: request.filters.clone(),
            comparison: request.comparison,
            top: Some(Top {
                limit: MAX_AGENTS as u32,
                metric: board::METRICS[0].to_owned(),
            }),
        }],
        range: request.range.clone(),
        workspace_ids: request.workspace_ids.clone(),
        max_staleness: request.max_staleness,
        currency: request.currency.clone(),
    }
}

/// What a field of the query is called here. Only filters can make a combination that is not stored.
fn field(field: String) -> String {
    match field.strip_prefix("selections[0].") {
        Some(own) if own.starts_with("metrics") || own.starts_with("group_by") => {
            "filters".to_owned()
        }
        Some(own) => own.to_owned(),
        None => field,
    }
}
