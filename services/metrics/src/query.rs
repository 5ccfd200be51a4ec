//! Query: parse, find the scope and the zone, answer from what is kept or anew, as bytes. Other RPCs put
//! together from answers to queries what they answer.

use std::time::Duration;

use chrono::Utc;
use prost::{Message, bytes::Bytes};
use shadow_auth::{Denied, Permission, Scope, Workspaces};
use shadow_domain::time::{IanaZone, Zone};
use shadow_proto::metrics::v1::{QueryRequest, QueryResponse};
use shadow_query::{Bounds, Confirmed, Error, Invalid, Request as Question, Version};
use shadow_rpc::status;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{Metrics, answers, parse, reply};

/// A query on whoever's behalf.
pub(crate) struct Asked<'a> {
    /// The query.
    pub(crate) message: &'a QueryRequest,
    /// Who puts it: answers are kept apart, because their bounds differ.
    pub(crate) purpose: &'static str,
    /// What the caller has to be allowed in the workspaces.
    pub(crate) permission: Permission,
    /// How large its answer may be.
    pub(crate) bounds: Bounds,
    /// What the caller calls a field of the query.
    pub(crate) field: fn(String) -> String,
}

pub(crate) async fn query(
    metrics: &Metrics,
    request: &Request<QueryRequest>,
) -> Result<Bytes, Status> {
    let asked = Asked {
        message: request.get_ref(),
        purpose: "query",
        permission: Permission::ViewAnalytics,
        bounds: Bounds::default(),
        field: |field| field,
    };
    bytes(metrics, request, &asked).await
}

/// Answers a query for the caller of any request.
pub(crate) async fn answered<T: Sync>(
    metrics: &Metrics,
    request: &Request<T>,
    asked: &Asked<'_>,
) -> Result<QueryResponse, Status> {
    let bytes = bytes(metrics, request, asked).await?;
    QueryResponse::decode(bytes).map_err(|error| status::internal(&error))
}

async fn bytes<T: Sync>(
    metrics: &Metrics,
    request: &Request<T>,
    asked: &Asked<'_>,
) -> Result<Bytes, Status> {
    let field = asked.field;
    let parsed = parse::query(asked.message).map_err(|wrong| invalid_as(wrong, field))?;
    let scope = shadow_rpc::scope(request, asked.permission, &parsed.workspaces)?;
    let zone = zone(metrics, request, &scope, &parsed.workspaces, parsed.zone).await?;
    let key = answers::key(asked.purpose, asked.message, &scope, zone.name());
    let max_staleness = parsed.max_staleness;
    let question = Question {
        selections: parsed.selections,
        range: parsed.range,
        zone,
        currency: parsed.currency,
        bounds: asked.bounds,
    };
    let deadline = || shadow_rpc::remaining(request);
    let source = Source {
        metrics,
        scope: &scope,
        question: &question,
        deadline: &deadline,
        field,
    };
    metrics.answers.get_or(key, max_staleness, source).await
}

/// Where the answer to a question comes from.
struct Source<'a, D> {
    metrics: &'a Metrics,
    scope: &'a Scope,
    question: &'a Question,
    /// How much time there is left.
    deadline: &'a D,
    field: fn(String) -> String,
}

impl<D: Fn() -> Option<Duration> + Sync> answers::Source for Source<'_, D> {
    async fn compute(&self) -> Result<QueryResponse, Status> {
        let (db, now, deadline) = (&self.metrics.database, Utc::now(), (self.deadline)());
        let answers = shadow_query::answer(db, self.scope, self.question, now, deadline).await;
        answers
            .map(|answers| reply::query(answers, self.question.zone.name()))
            .map_err(|error| failed_as(error, self.field))
    }

    async fn compute_versioned(&self) -> Result<(QueryResponse, Option<Version>), Status> {
        let (db, now, deadline) = (&self.metrics.database, Utc::now(), (self.deadline)());
        let answered =
            shadow_query::versioned_answer(db, self.scope, self.question, now, deadline).await;
        let (answers, version) = answered.map_err(|error| failed_as(error, self.field))?;
        Ok((reply::query(answers, self.question.zone.name()), version))
    }

    async fn confirm(&self, version: &Version) -> Result<Option<Confirmed>, Status> {
        let (db, now, deadline) = (&self.metrics.database, Utc::now(), (self.deadline)());
        shadow_query::confirm(db, self.scope, self.question, version, now, deadline)
            .await
            .map_err(|error| failed_as(error, self.field))
    }
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
    invalid_as(wrong, |field| field)
}

pub(crate) fn failed(error: Error) -> Status {
    failed_as(error, |field| field)
}

/// What is wrong, with its fields as the caller calls them.
fn invalid_as(wrong: Vec<Invalid>, field: fn(String) -> String) -> Status {
    status::invalid_all(
        wrong
            .into_iter()
            .map(|invalid| (field(invalid.field), invalid.description)),
    )
}

pub(crate) fn failed_as(error: Error, field: fn(String) -> String) -> Status {
    match error {
        Error::Invalid(wrong) => invalid_as(wrong, field),
        Error::Storage(error) => status::from_storage(error),
        Error::TooLarge { .. } | Error::Interrupted(_) => status::internal(&error),
    }
}
