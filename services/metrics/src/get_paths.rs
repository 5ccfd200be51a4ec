//! GetPaths: visits, where they lead, and which features people use.

use chrono::Utc;
use shadow_auth::Permission;
use shadow_domain::{
    time::Zone,
    users::{Sessions, Share},
};
use shadow_proto::metrics::v1 as proto;
use shadow_query::{
    Invalid,
    paths::{self, Feature, PathsQuestion, Visits},
};
use tonic::{Request, Status};

use crate::{Metrics, about, get_credits::provenance, query, reply::timestamp};

const DEFAULT_LIMIT: u32 = 8;
const MAX_LIMIT: u32 = 20;

pub(crate) async fn get_paths(
    metrics: &Metrics,
    request: &Request<proto::GetPathsRequest>,
) -> Result<proto::GetPathsResponse, Status> {
    let message = request.get_ref();
    let mut wrong = Vec::new();
    let asked = about::about(message.range.as_ref(), &message.workspace_ids, &mut wrong);
    let limit = match message.limit {
        0 => DEFAULT_LIMIT,
        some => some,
    };
    if limit > MAX_LIMIT {
        wrong.push(Invalid::new(
            "limit",
            format!("must be at most {MAX_LIMIT}"),
        ));
    }
    let asked = asked.filter(|_| wrong.is_empty());
    let asked = asked.ok_or(wrong).map_err(query::invalid)?;
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &asked.workspaces)?;
    let zone = query::zone(metrics, request, &scope, &asked.workspaces, asked.zone).await?;
    let question = PathsQuestion {
        range: asked.range,
        zone,
        limit: limit as usize,
    };
    let deadline = shadow_rpc::remaining(request);
    let visits = paths::visits(&metrics.database, &scope, &question, deadline)
        .await
        .map_err(query::failed)?;
    let mut response = response(&visits);
    response.provenance = Some(provenance(
        &visits.range,
        visits.snapshot_time,
        visits.last_event_time,
        zone.name(),
        Utc::now(),
    ));
    Ok(response)
}

fn response(visits: &Visits) -> proto::GetPathsResponse {
    let paths = &visits.paths;
    let page = |page: u32| visits.page(page).unwrap_or_default().to_owned();
    let share = |share: &Share| proto::PageShare {
        page: page(share.page),
        sessions: share.sessions,
        // Whatever is listed has a visit.
        share: share.sessions as f64 / paths.sessions as f64,
    };
    let links = paths.links.iter().map(|link| proto::PathLink {
        step: link.step as u32 + 1,
        from: page(link.from),
        to: page(link.to),
        sessions: link.sessions,
    });
    let trails = paths.trails.iter().map(|trail| proto::PathTrail {
        pages: trail.pages.iter().copied().map(page).collect(),
        sessions: trail.sessions,
    });
    let features = visits.features.iter();
    proto::GetPathsResponse {
        sessions: Some(statistics(&visits.sessions)),
        page_sessions: paths.sessions,
        entries: paths.entries.iter().map(share).collect(),
        exits: paths.exits.iter().map(share).collect(),
        links: links.collect(),
        trails: trails.collect(),
        active_users: visits.active_users,
        features: features
            .map(|feature| adoption(feature, visits.active_users))
            .collect(),
        provenance: None,
    }
}

fn adoption(feature: &Feature, active_users: u64) -> proto::FeatureAdoption {
    proto::FeatureAdoption {
        feature: feature.name.clone(),
        users: feature.users,
        uses: feature.uses,
        adoption: (active_users > 0).then(|| feature.users as f64 / active_users as f64),
        last_used_at: Some(timestamp(feature.last_used_at)),
    }
}

pub(crate) fn statistics(sessions: &Sessions) -> proto::SessionStatistics {
    let duration = |micros: i64| prost_types::Duration {
        seconds: micros / 1_000_000,
        nanos: (micros % 1_000_000) as i32 * 1_000,
    };
    proto::SessionStatistics {
        sessions: sessions.sessions,
        events: sessions.events,
        bounces: sessions.bounces,
        bounce_rate: sessions.bounce_rate(),
        events_mean: sessions.events_mean(),
        mean_duration: sessions
            .mean_micros
            .map(|micros| duration(micros.round() as i64)),
        median_duration: sessions.median_micros.map(duration),
    }
}
