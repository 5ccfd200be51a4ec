//! GetErrorGroup: one group of errors, with whom it hits and what people have said of it.

use chrono::Utc;
use shadow_auth::Permission;
use shadow_domain::execution::Outcome;
use shadow_proto::{metrics::v1 as proto, streaming::v1 as streaming};
use shadow_query::error_groups;
use shadow_rpc::status;
use shadow_storage::error_group::{Occurrence, Part};
use tonic::{Request, Status};

use crate::{Metrics, about, error_group, query, reply::timestamp};

pub(crate) async fn get_error_group(
    metrics: &Metrics,
    request: &Request<proto::GetErrorGroupRequest>,
) -> Result<proto::GetErrorGroupResponse, Status> {
    let message = request.get_ref();
    let mut wrong = Vec::new();
    let about = about::about(message.range.as_ref(), &[], &mut wrong);
    let key = error_group::key(&message.workspace_id, &message.error_group_id, &mut wrong);
    let (about, key) = about
        .zip(key)
        .filter(|_| wrong.is_empty())
        .ok_or(wrong)
        .map_err(query::invalid)?;
    let workspaces = [key.workspace_id];
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &workspaces)?;
    let zone = query::zone(metrics, request, &scope, &workspaces, about.zone).await?;
    let deadline = shadow_rpc::remaining(request);
    let found = error_groups::error_group(
        &metrics.database,
        &scope,
        &key,
        &about.range,
        &zone,
        deadline,
    );
    let found = found.await.map_err(query::failed)?;
    let found = found.ok_or_else(|| status::not_found("group of errors"))?;
    let (mut versions, mut models) = (Vec::new(), Vec::new());
    for part in found.parts {
        match part {
            Part::Version {
                agent_id,
                name,
                version,
                impact,
            } => versions.push(proto::ErrorVersion {
                agent_name: name.unwrap_or_else(|| agent_id.clone()),
                agent_id,
                version,
                impact: Some(error_group::impact(&impact)?),
            }),
            Part::Model { model, impact } => models.push(proto::ErrorModel {
                model,
                impact: Some(error_group::impact(&impact)?),
            }),
        }
    }
    let permissions = shadow_rpc::viewer(request)?.permissions_in(key.workspace_id);
    Ok(proto::GetErrorGroupResponse {
        group: Some(error_group::group(&found.group)?),
        timeline: error_group::timeline(&found.timeline),
        versions,
        models,
        executions: found
            .occurrences
            .into_iter()
            .map(execution)
            .collect::<Result<_, Status>>()?,
        changes: found.changes.iter().map(error_group::change).collect(),
        can_set_state: permissions.contains(&Permission::ManageErrors),
        provenance: Some(error_group::provenance(&found.source, &zone, Utc::now())),
    })
}

fn execution(found: Occurrence) -> Result<proto::ErrorExecution, Status> {
    let outcome = match found.outcome().map_err(status::from_storage)? {
        Outcome::Completed => streaming::Outcome::Completed,
        Outcome::Failed => streaming::Outcome::Failed,
        Outcome::Cancelled => streaming::Outcome::Cancelled,
        Outcome::TimedOut => streaming::Outcome::TimedOut,
        Outcome::Unknown => streaming::Outcome::Unknown,
    };
    Ok(proto::ErrorExecution {
        execution_id: found.execution_id.to_string(),
        opened_at: Some(timestamp(found.opened_at)),
        ended_at: Some(timestamp(found.ended_at)),
        outcome: outcome.into(),
        agent_name: found.agent_name.unwrap_or_else(|| found.agent_id.clone()),
        agent_id: found.agent_id,
        agent_version: found.agent_version,
        model: found.model,
        user_id: found.user_id,
        credits_micro: found.credits_micro,
        message: found.message,
    })
}
