//! GetExecution: everything of one execution, step by step.

use chrono::{TimeDelta, Utc};
use shadow_auth::Permission;
use shadow_domain::time::{Range, Zone};
use shadow_proto::metrics::v1 as proto;
use shadow_query::{Invalid, executions};
use shadow_rpc::{status, wire};
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{
    Metrics,
    list_executions::{execution, provenance},
    list_open_executions::staleness,
    query, reply,
};

pub(crate) async fn get_execution(
    metrics: &Metrics,
    request: &Request<proto::GetExecutionRequest>,
) -> Result<proto::GetExecutionResponse, Status> {
    let message = request.get_ref();
    let mut wrong = Vec::new();
    let mut id = |field: &str, text: &str| {
        let id = Uuid::parse_str(text).ok().filter(|id| !id.is_nil());
        if id.is_none() {
            wrong.push(Invalid::new(field, "must be a UUID"));
        }
        id.unwrap_or_default()
    };
    let workspace_id = id("workspace_id", &message.workspace_id);
    let execution_id = id("execution_id", &message.execution_id);
    if !wrong.is_empty() {
        return Err(query::invalid(wrong));
    }
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &[workspace_id])?;
    let zone = query::zone(metrics, request, &scope, &[workspace_id], None).await?;
    let now = Utc::now();
    let key = (workspace_id, execution_id);
    let deadline = shadow_rpc::remaining(request);
    let read = executions::one(&metrics.database, &scope, key, now, deadline)
        .await
        .map_err(query::failed)?
        .ok_or_else(|| status::not_found("execution"))?;
    let found = &read.found;
    let known = &found.known.execution;
    let start = known.identity.opened_at;
    // A range ends after it starts, also where somebody's clock did not go on.
    let end = known.end.as_ref().map_or(now, |end| end.ended_at);
    let range = Range {
        start,
        end: end.max(start + TimeDelta::microseconds(1)),
    };
    let steps = found.steps.iter().map(|step| proto::ExecutionStep {
        step: Some(wire::step(step)),
        ended_at: Some(reply::timestamp(step.ended_at)),
    });
    Ok(proto::GetExecutionResponse {
        execution: Some(execution(&found.known)),
        steps: steps.collect(),
        all_steps: found.all_steps,
        staleness: found.limit.map(|limit| staleness(known, &limit, now)),
        provenance: Some(provenance(
            &read,
            &range,
            zone.name(),
            u64::from(known.end.is_none()),
        )),
    })
}
