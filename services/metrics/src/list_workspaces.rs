//! ListWorkspaces: the workspaces that the caller may see, page by page; with a range also how each stands.

use chrono::Utc;
use shadow_auth::{Permission, Viewer};
use shadow_proto::metrics::v1::{ListWorkspacesRequest, ListWorkspacesResponse, Workspace};
use shadow_query::{
    Invalid,
    workspaces::{self, Workspaces, WorkspacesQuestion},
};
use shadow_rpc::status;
use shadow_storage::directory::{self, After};
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{
    Metrics, about, page_token,
    parse::{self, keep},
    query, shared,
    workspace_board::{self, Board, Search},
};

const MAX_NAME_BYTES: usize = 100;

pub(crate) async fn list_workspaces(
    metrics: &Metrics,
    request: &Request<ListWorkspacesRequest>,
) -> Result<ListWorkspacesResponse, Status> {
    if request.get_ref().range.is_some() {
        board(metrics, request).await
    } else {
        names(metrics, request).await
    }
}

/// Which workspaces there are.
async fn names(
    metrics: &Metrics,
    request: &Request<ListWorkspacesRequest>,
) -> Result<ListWorkspacesResponse, Status> {
    let viewer = shadow_rpc::viewer(request)?;
    let (size, after) = parse(request.get_ref())?;
    let name_contains = &request.get_ref().name_contains;
    // One more than is shown tells whether there is a next page.
    let limit = i64::from(size) + 1;
    let rows = directory::workspaces(
        &metrics.database,
        &viewer.visible(),
        name_contains,
        after.as_ref(),
        limit,
    )
    .await
    .map_err(status::from_storage)?;
    let more = rows.len() > size as usize;
    let shown = &rows[..rows.len().min(size as usize)];
    let last = shown.last().filter(|_| more);
    Ok(ListWorkspacesResponse {
        next_page_token: last.map_or_else(String::new, |last| {
            page_token::encode(&last.name, last.workspace_id)
        }),
        workspaces: shown
            .iter()
            .map(|row| workspace(&viewer, row.workspace_id, &row.name, &row.zone))
            .collect(),
        ..ListWorkspacesResponse::default()
    })
}

fn parse(request: &ListWorkspacesRequest) -> Result<(u32, Option<After>), Status> {
    let mut wrong = Vec::new();
    let size = about::page_size(request.page_size, &mut wrong);
    name_contains(request, &mut wrong);
    let key = |(name, workspace_id)| Some(After { name, workspace_id });
    let after = about::page_token(&request.page_token, key, &mut wrong);
    for (field, is_set) in [
        ("comparison", request.comparison.is_some()),
        ("currency", !request.currency.is_empty()),
        ("order_by", !request.order_by.is_empty()),
        ("reversed", request.reversed),
        ("lists", !request.lists.is_empty()),
        ("bands", !request.bands.is_empty()),
    ] {
        if is_set {
            wrong.push(Invalid::new(field, "needs a range"));
        }
    }
    if wrong.is_empty() {
        Ok((size, after))
    } else {
        Err(query::invalid(wrong))
    }
}

fn name_contains(request: &ListWorkspacesRequest, wrong: &mut Vec<Invalid>) {
    let name = &request.name_contains;
    if name.len() > MAX_NAME_BYTES || name.chars().any(char::is_control) {
        wrong.push(Invalid::new(
            "name_contains",
            format!("must have at most {MAX_NAME_BYTES} bytes and no control characters"),
        ));
    }
}

/// How each workspace stands.
async fn board(
    metrics: &Metrics,
    request: &Request<ListWorkspacesRequest>,
) -> Result<ListWorkspacesResponse, Status> {
    let message = request.get_ref();
    let mut wrong = Vec::new();
    let asked = about::about(message.range.as_ref(), &[], &mut wrong);
    let size = about::page_size(message.page_size, &mut wrong);
    name_contains(message, &mut wrong);
    let currency = keep(parse::currency(&message.currency), &mut wrong);
    let comparison = message
        .comparison
        .and_then(|code| keep(parse::comparison(code, "comparison"), &mut wrong));
    let search = Search::parse(message, size as usize, &mut wrong);
    let (Some(asked), Some(currency), Some(search), true) =
        (asked, currency, search, wrong.is_empty())
    else {
        return Err(query::invalid(wrong));
    };
    let viewer = shadow_rpc::viewer(request)?;
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &[])?;
    let question = WorkspacesQuestion {
        range: asked.range,
        zone: query::zone(metrics, request, &scope, &[], asked.zone).await?,
        currency,
        comparison,
        whole: false,
    };
    let key = shared::key("workspaces", &scope, &question);
    let answer = async {
        let deadline = shadow_rpc::remaining(request);
        workspaces::workspaces(&metrics.database, &scope, &question, Utc::now(), deadline)
            .await
            .map_err(|error| query::failed_as(error, workspace_board::field))
    };
    let answer = metrics.shared.get_or(key, answer).await?;
    Board::new(
        Workspaces::clone(&answer),
        &viewer,
        shadow_domain::time::Zone::name(&question.zone),
    )?
    .page(&search)
}

/// A workspace and what the caller may do there.
pub(crate) fn workspace(viewer: &Viewer, id: Uuid, name: &str, zone: &str) -> Workspace {
    let permissions = viewer.permissions_in(id);
    Workspace {
        workspace_id: id.to_string(),
        name: name.to_owned(),
        zone: zone.to_owned(),
        role: viewer
            .memberships
            .get(&id)
            .map_or_else(String::new, |role| role.name().to_owned()),
        permissions: permissions
            .iter()
            .map(|permission| permission.name().to_owned())
            .collect(),
        standing: None,
    }
}
