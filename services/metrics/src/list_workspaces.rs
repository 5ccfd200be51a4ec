//! ListWorkspaces: the workspaces that the caller may see, page by page.

use shadow_auth::Viewer;
use shadow_proto::metrics::v1::{ListWorkspacesRequest, ListWorkspacesResponse, Workspace};
use shadow_query::Invalid;
use shadow_rpc::status;
use shadow_storage::directory::{self, After};
use tonic::{Request, Status};

use crate::{Metrics, about, page_token, query};

const MAX_NAME_BYTES: usize = 100;

pub(crate) async fn list_workspaces(
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
        workspaces: shown.iter().map(|row| workspace(&viewer, row)).collect(),
    })
}

fn parse(request: &ListWorkspacesRequest) -> Result<(u32, Option<After>), Status> {
    let mut wrong = Vec::new();
    let size = about::page_size(request.page_size, &mut wrong);
    let mut refuse = |field: &str, description: &str| wrong.push(Invalid::new(field, description));
    let name = &request.name_contains;
    if name.len() > MAX_NAME_BYTES || name.chars().any(char::is_control) {
        refuse(
            "name_contains",
            &format!("must have at most {MAX_NAME_BYTES} bytes and no control characters"),
        );
    }
    let token = (!request.page_token.is_empty()).then(|| page_token::decode(&request.page_token));
    if token == Some(None) {
        refuse("page_token", "must be a next_page_token");
    }
    if !wrong.is_empty() {
        return Err(query::invalid(wrong));
    }
    Ok((
        size,
        token
            .flatten()
            .map(|(name, workspace_id)| After { name, workspace_id }),
    ))
}

fn workspace(viewer: &Viewer, row: &directory::Workspace) -> Workspace {
    let permissions = viewer.permissions_in(row.workspace_id);
    Workspace {
        workspace_id: row.workspace_id.to_string(),
        name: row.name.clone(),
        zone: row.zone.clone(),
        role: viewer
            .memberships
            .get(&row.workspace_id)
            .map_or_else(String::new, |role| role.name().to_owned()),
        permissions: permissions
            .iter()
            .map(|permission| permission.name().to_owned())
            .collect(),
    }
}
