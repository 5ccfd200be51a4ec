//! Query: parse, find the scope and the zone, answer from what is kept or anew, as bytes.

use chrono::Utc;
use prost::bytes::Bytes;
use shadow_auth::{Denied, Permission, Scope, Workspaces};
use shadow_domain::time::{IanaZone, Zone};
use shadow_proto::metrics::v1::QueryRequest;
use shadow_query::{Error, Invalid, Request as Question};
use shadow_rpc::status;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{Metrics, answers, parse, reply};

pub(crate) async fn query(
    metrics: &Metrics,
    request: &Request<QueryRequest>,
) -> Result<Bytes, Status> {
    let parsed = parse::query(request.get_ref()).map_err(invalid)?;
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &parsed.workspaces)?;
    let zone = zone(metrics, request, &scope, &parsed.workspaces, parsed.zone).await?;
    let key = answers::key(request.get_ref(), &scope, zone.name());
    let max_staleness = parsed.max_staleness;
    let question = Question {
        selections: parsed.selections,
        range: parsed.range,
        zone,
        currency: parsed.currency,
    };
    let answer = || async {
        let deadline = shadow_rpc::remaining(request);
        let answers =
            shadow_query::answer(&metrics.database, &scope, &question, Utc::now(), deadline).await;
        answers
            .map(|answers| reply::query(answers, zone.name()))
            .map_err(failed)
    };
    metrics.answers.get_or(key, max_staleness, answer).await
}

/// The zone that is named; else that of the one workspace that is asked about, or UTC where there are several.
pub(crate) async fn zone<T>(
    metrics: &Metrics,
    request: &Request<T>,
    scope: &Scope,
    workspaces: &[Uuid],
    zone: Option<IanaZone>,
) -> Result<IanaZone, Status> {
    // A platform role may ask about any id, also of what is not there.
    let named = !workspaces.is_empty() && shadow_rpc::viewer(request)?.platform.is_some();
    let one = match scope.workspaces() {
        Workspaces::Some(some) if some.len() == 1 => some.first().copied(),
        _ => None,
    };
    if !named && (zone.is_some() || one.is_none()) {
        return Ok(zone.unwrap_or(IanaZone::UTC));
    }
    let wanted = if named {
        workspaces.to_vec()
    } else {
        one.into_iter().collect()
    };
    let zones = metrics
        .zones
        .of(
            &metrics.database,
            scope,
            &wanted,
            shadow_rpc::remaining(request),
        )
        .await?;
    let zones = zones.map_err(|missing| status::denied(Denied::NotFound(missing)))?;
    Ok(match (zone, zones.as_slice()) {
        (Some(zone), _) => zone,
        (None, [zone]) => *zone,
        (None, _) => IanaZone::UTC,
    })
}

pub(crate) fn invalid(wrong: Vec<Invalid>) -> Status {
    status::invalid_all(
        wrong
            .into_iter()
            .map(|invalid| (invalid.field, invalid.description)),
    )
}

pub(crate) fn failed(error: Error) -> Status {
    match error {
        Error::Invalid(wrong) => invalid(wrong),
        Error::Storage(error) => status::from_storage(error),
        Error::TooLarge { .. } | Error::Interrupted(_) => status::internal(&error),
    }
}
