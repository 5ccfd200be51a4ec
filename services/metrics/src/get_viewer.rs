//! GetViewer: who the caller is and what it may do.

use shadow_proto::metrics::v1::{GetViewerRequest, GetViewerResponse};
use shadow_rpc::status;
use tonic::{Request, Status};

use crate::Metrics;

pub(crate) async fn get_viewer(
    metrics: &Metrics,
    request: &Request<GetViewerRequest>,
) -> Result<GetViewerResponse, Status> {
    let viewer = shadow_rpc::viewer(request)?;
    let deadline = shadow_rpc::remaining(request);
    let snapshot = metrics
        .database
        .snapshot(&viewer.visible(), deadline)
        .await
        .map_err(status::from_storage)?;
    let workspace_count = snapshot.workspaces().len();
    snapshot.finish().await.map_err(status::from_storage)?;
    Ok(GetViewerResponse {
        subject: viewer.subject.clone(),
        name: viewer.name.clone(),
        platform_role: viewer
            .platform
            .map_or_else(String::new, |role| role.name().to_owned()),
        permissions: viewer
            .platform_permissions()
            .iter()
            .map(|permission| permission.name().to_owned())
            .collect(),
        workspace_count: workspace_count.try_into().unwrap_or(u32::MAX),
    })
}
