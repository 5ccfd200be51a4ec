//! GetWorkspace: how one workspace stands, who is in it, and its health over time.

use chrono::Utc;
use shadow_auth::Permission;
use shadow_domain::time::Zone;
use shadow_proto::metrics::v1::{GetWorkspaceRequest, GetWorkspaceResponse};
use shadow_query::{
    Invalid,
    workspaces::{self, WorkspacesQuestion},
};
use shadow_rpc::status;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{
    Metrics, about,
    parse::{self, keep},
    query, reply, workspace_board, workspace_reply,
};

/// How many members are listed.
const MAX_MEMBERS: usize = 200;

pub(crate) async fn get_workspace(
    metrics: &Metrics,
    request: &Request<GetWorkspaceRequest>,
) -> Result<GetWorkspaceResponse, Status> {
    let message = request.get_ref();
    let mut wrong = Vec::new();
    let asked = about::about(message.range.as_ref(), &[], &mut wrong);
    let id = Uuid::parse_str(&message.workspace_id).ok();
    let id = id.filter(|id| !id.is_nil());
    if id.is_none() {
        wrong.push(Invalid::new("workspace_id", "must be a UUID"));
    }
    let currency = keep(parse::currency(&message.currency), &mut wrong);
    let comparison = message
        .comparison
        .and_then(|code| keep(parse::comparison(code, "comparison"), &mut wrong));
    let (Some(asked), Some(id), Some(currency), true) = (asked, id, currency, wrong.is_empty())
    else {
        return Err(query::invalid(wrong));
    };
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &[id])?;
    let question = WorkspacesQuestion {
        range: asked.range,
        zone: query::zone(metrics, request, &scope, &[id], asked.zone).await?,
        currency,
        comparison,
        whole: true,
    };
    let deadline = shadow_rpc::remaining(request);
    let answer = workspaces::workspaces(&metrics.database, &scope, &question, Utc::now(), deadline);
    let answer = answer
        .await
        .map_err(|error| query::failed_as(error, workspace_board::field))?;
    let standing = answer.standings.into_iter().next();
    let standing = standing.ok_or_else(|| status::not_found("workspace"))?;
    let people = &standing.people[..standing.people.len().min(MAX_MEMBERS)];
    let viewer = shadow_rpc::viewer(request)?;
    let left_out = standing.people.len() - people.len();
    Ok(GetWorkspaceResponse {
        members: people.iter().map(workspace_reply::member).collect(),
        left_out_members: workspace_reply::narrow(left_out as u64),
        history: standing
            .history
            .iter()
            .map(workspace_reply::point)
            .collect(),
        workspace: Some(workspace_reply::workspace(&viewer, standing)?),
        provenance: Some(reply::provenance(answer.provenance, question.zone.name())),
    })
}
