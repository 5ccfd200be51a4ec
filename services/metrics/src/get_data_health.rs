//! GetDataHealth: how fresh the data is, and whether it is as it must be.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use prost_types::{Duration, Timestamp};
use shadow_auth::{Permission, Scope, Workspaces};
use shadow_domain::{
    data_health::Identity,
    time::{Range, UtcDay},
};
use shadow_proto::{common::v1::Provenance, metrics::v1 as proto};
use shadow_query::Invalid;
use shadow_rpc::status;
use shadow_storage::data_health::{self, CheckedDay, Report, Waiting};
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{
    Metrics,
    get_credits::provenance,
    parse::{self, keep},
    query, reply,
};

const DEFAULT_DAYS: u32 = 7;
/// As long as checks, audits and refusals are kept.
const MAX_DAYS: u32 = 30;
/// How many findings of a kind are told one by one.
const FINDINGS: i64 = 100;

pub(crate) async fn get_data_health(
    metrics: &Metrics,
    request: &Request<proto::GetDataHealthRequest>,
) -> Result<proto::GetDataHealthResponse, Status> {
    let (workspaces, days) = parsed(request.get_ref()).map_err(query::invalid)?;
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &workspaces)?;
    over(metrics, request, &scope, days).await
}

/// The health of a scope lately, for whoever asks.
pub(crate) async fn lately<T>(
    metrics: &Metrics,
    request: &Request<T>,
    scope: &Scope,
) -> Result<proto::GetDataHealthResponse, Status> {
    over(metrics, request, scope, DEFAULT_DAYS).await
}

async fn over<T>(
    metrics: &Metrics,
    request: &Request<T>,
    scope: &Scope,
    days: u32,
) -> Result<proto::GetDataHealthResponse, Status> {
    let now = Utc::now();
    let today = UtcDay::of(now);
    let since = today.start() - TimeDelta::days(i64::from(days) - 1);
    let deadline = shadow_rpc::remaining(request);
    let report = data_health::report(&metrics.database, scope, since, FINDINGS, deadline)
        .await
        .map_err(status::from_storage)?;
    let range = Range {
        start: since,
        end: today.end(),
    };
    let provenance = provenance(
        &range,
        report.snapshot_time,
        report.last_event_at,
        "UTC",
        now,
    );
    let all = matches!(scope.workspaces(), Workspaces::All);
    Ok(response(report, all, provenance))
}

fn parsed(message: &proto::GetDataHealthRequest) -> Result<(Vec<Uuid>, u32), Vec<Invalid>> {
    let mut wrong = Vec::new();
    let workspaces = keep(parse::workspaces(&message.workspace_ids), &mut wrong);
    if message.days > MAX_DAYS {
        wrong.push(Invalid::new("days", format!("must be at most {MAX_DAYS}")));
    }
    let days = match message.days {
        0 => DEFAULT_DAYS,
        days => days,
    };
    match workspaces {
        Some(workspaces) if wrong.is_empty() => Ok((workspaces, days)),
        _ => Err(wrong),
    }
}

fn response(report: Report, all: bool, provenance: Provenance) -> proto::GetDataHealthResponse {
    let identities = Identity::ALL
        .iter()
        .filter(|one| all || !one.is_of_all())
        .map(|one| identity(*one, &report.checks));
    proto::GetDataHealthResponse {
        freshness: Some(freshness(&report)),
        identities: identities.collect(),
        broken_identities: report
            .broken
            .into_iter()
            .map(|one| proto::BrokenIdentity {
                workspace_id: text(one.workspace_id),
                identity: one.identity.code().into(),
                check_time: Some(reply::timestamp(one.broken_at)),
                broken: one.broken,
                example: one.example,
            })
            .collect(),
        audits: report
            .audits
            .into_iter()
            .map(|one| proto::AuditDay {
                start_time: start(one.day),
                audits: one.audits,
                pages: one.pages,
                repaired: one.repaired,
                last_audit_time: Some(reply::timestamp(one.audited_at)),
            })
            .collect(),
        repaired_pages: report
            .repaired
            .into_iter()
            .map(|one| proto::RepairedPages {
                workspace_id: one.workspace_id.to_string(),
                day_start_time: start(one.day),
                audit_time: Some(reply::timestamp(one.audited_at)),
                pages: one.pages,
                repaired: one.repaired,
            })
            .collect(),
        refused: report
            .refused
            .into_iter()
            .map(|one| proto::RefusedEvents {
                workspace_id: text(one.workspace_id),
                reason: one.reason.into(),
                events: one.events,
                last_time: Some(reply::timestamp(one.last_at)),
                days: one
                    .days
                    .into_iter()
                    .map(|(day, events)| proto::RefusedDay {
                        start_time: start(day),
                        events,
                    })
                    .collect(),
            })
            .collect(),
        twins: report
            .twins
            .into_iter()
            .map(|one| proto::ExecutionTwin {
                workspace_id: one.workspace_id.to_string(),
                execution_id: one.execution_id.to_string(),
                opened_at: Some(reply::timestamp(one.opened_at)),
                other_opened_at: Some(reply::timestamp(one.other_opened_at)),
                found_time: Some(reply::timestamp(one.found_at)),
            })
            .collect(),
        provenance: Some(provenance),
    }
}

fn freshness(report: &Report) -> proto::DataFreshness {
    proto::DataFreshness {
        last_event_time: report.last_event_at.map(reply::timestamp),
        pending_deltas: report.deltas.count,
        pending_deltas_age: age(&report.deltas),
        unnumbered_entries: report.entries.count,
        unnumbered_entries_age: age(&report.entries),
    }
}

fn identity(identity: Identity, checks: &[CheckedDay]) -> proto::IdentityHealth {
    let of_it = || checks.iter().filter(|day| day.identity == identity);
    let last: Option<DateTime<Utc>> = of_it().map(|day| day.checked_at).max();
    proto::IdentityHealth {
        identity: identity.code().into(),
        last_check_time: last.map(reply::timestamp),
        compared: of_it().map(|day| day.compared).sum(),
        broken: of_it().map(|day| day.broken).sum(),
        days: of_it()
            .map(|day| proto::IdentityDay {
                start_time: start(day.day),
                checks: day.checks,
                compared: day.compared,
                broken: day.broken,
            })
            .collect(),
    }
}

fn age(waiting: &Waiting) -> Option<Duration> {
    Duration::try_from(waiting.oldest?).ok()
}

fn start(day: NaiveDate) -> Option<Timestamp> {
    Some(reply::timestamp(UtcDay::of_date(day).start()))
}

fn text(workspace: Option<Uuid>) -> String {
    workspace.map(|id| id.to_string()).unwrap_or_default()
}
