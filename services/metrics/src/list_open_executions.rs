//! ListOpenExecutions: what has not ended, the earliest opened first, and what of it should have.

use chrono::{DateTime, Utc};
use shadow_auth::Permission;
use shadow_domain::execution::Execution;
use shadow_domain::staleness::{Limit, Rule};
use shadow_domain::time::{Range, Zone};
use shadow_proto::metrics::v1 as proto;
use shadow_query::executions;
use shadow_rpc::wire;
use shadow_storage::executions::{Key, Known};
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{
    Metrics, about,
    list_executions::{execution, provenance},
    page_token, parse, query,
};

pub(crate) async fn list_open_executions(
    metrics: &Metrics,
    request: &Request<proto::ListOpenExecutionsRequest>,
) -> Result<proto::ListOpenExecutionsResponse, Status> {
    let message = request.get_ref();
    let mut wrong = Vec::new();
    let workspaces = parse::keep(parse::workspaces(&message.workspace_ids), &mut wrong);
    let size = about::page_size(message.page_size, &mut wrong) as usize;
    let after = about::page_token(&message.page_token, after, &mut wrong);
    let workspaces = workspaces.filter(|_| wrong.is_empty());
    let workspaces = workspaces.ok_or(wrong).map_err(query::invalid)?;
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &workspaces)?;
    let zone = query::zone(metrics, request, &scope, &workspaces, None).await?;
    let now = Utc::now();
    let deadline = shadow_rpc::remaining(request);
    let read = executions::open(&metrics.database, &scope, now, deadline)
        .await
        .map_err(query::failed)?;
    let found = &read.found;
    let stale = |(known, limit): &(Known, Limit)| is_stale(&known.execution, limit, now);
    let matching = found
        .executions
        .iter()
        .filter(|one| !message.stale_only || stale(one))
        .filter(|(known, _)| after.is_none_or(|after| order(&Key::of(&known.execution)) > after));
    let mut shown: Vec<&(Known, Limit)> = matching.take(size + 1).collect();
    let more = shown.len() > size;
    shown.truncate(size);
    let last = shown.last().filter(|_| more);
    let first = found.executions.first();
    let since = first.map_or(now, |(known, _)| known.execution.identity.opened_at);
    let range = Range {
        start: since.min(now),
        end: now,
    };
    let queued = |(known, _): &&(Known, Limit)| known.execution.started_at.is_none();
    Ok(proto::ListOpenExecutionsResponse {
        next_page_token: last
            .map(|(known, _)| token(&Key::of(&known.execution)))
            .unwrap_or_default(),
        open_executions: found.open,
        queued_executions: found.executions.iter().filter(queued).count() as u64,
        stale_executions: found.executions.iter().filter(|one| stale(one)).count() as u64,
        examined_executions: found.executions.len() as u64,
        executions: shown
            .into_iter()
            .map(|(known, limit)| proto::OpenExecution {
                execution: Some(execution(known)),
                staleness: Some(staleness(&known.execution, limit, now)),
            })
            .collect(),
        provenance: Some(provenance(&read, &range, zone.name(), found.open)),
    })
}

/// After how long an open execution is stale, and whether it is.
pub(crate) fn staleness(
    execution: &Execution,
    limit: &Limit,
    now: DateTime<Utc>,
) -> proto::Staleness {
    proto::Staleness {
        stale: is_stale(execution, limit, now),
        limit: Some(wire::duration(limit.micros)),
        rule: match limit.rule {
            Rule::Timeout => proto::StalenessRule::Timeout,
            Rule::Agent => proto::StalenessRule::Agent,
            Rule::Otherwise => proto::StalenessRule::Default,
        }
        .into(),
    }
}

fn is_stale(execution: &Execution, limit: &Limit, now: DateTime<Utc>) -> bool {
    let open = now - execution.identity.opened_at;
    open.num_microseconds().unwrap_or(i64::MAX) > limit.micros
}

fn order(key: &Key) -> (DateTime<Utc>, Uuid, Uuid) {
    (key.opened_at, key.workspace_id, key.execution_id)
}

fn token(key: &Key) -> String {
    let text = format!("{} {}", key.opened_at.timestamp_micros(), key.execution_id);
    page_token::encode(&text, key.workspace_id)
}

/// The execution that a token names: its workspace, and as text its opening and its id.
fn after((text, workspace_id): (String, Uuid)) -> Option<(DateTime<Utc>, Uuid, Uuid)> {
    let (micros, execution_id) = text.split_once(' ')?;
    let opened_at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
    Some((opened_at, workspace_id, execution_id.parse().ok()?))
}
