//! GetRetention: who comes back, who is new, and how often people come.

use chrono::Utc;
use shadow_auth::Permission;
use shadow_domain::{
    time::{Granularity, Zone},
    users::{Cohort, Mode, Pooled},
};
use shadow_proto::{common::v1 as common, metrics::v1 as proto};
use shadow_query::{
    Invalid, limits,
    retention::{self, CohortStart, Retained, RetentionQuestion},
};
use tonic::{Request, Status};

use crate::{
    Metrics,
    about::{self, About},
    get_credits::provenance,
    query,
    reply::timestamp,
    shared,
};

pub(crate) async fn get_retention(
    metrics: &Metrics,
    request: &Request<proto::GetRetentionRequest>,
) -> Result<proto::GetRetentionResponse, Status> {
    let asked = Parsed::of(request.get_ref()).map_err(query::invalid)?;
    let workspaces = &asked.about.workspaces;
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, workspaces)?;
    let zone = query::zone(metrics, request, &scope, workspaces, asked.about.zone).await?;
    let question = RetentionQuestion {
        range: asked.about.range,
        zone,
        interval: asked.interval,
        mode: asked.mode,
        start: asked.start,
    };
    let now = Utc::now();
    let key = shared::key("retention", &scope, &question);
    let retained = async {
        let (now, deadline) = (Utc::now(), shadow_rpc::remaining(request));
        retention::retained(&metrics.database, &scope, &question, now, deadline)
            .await
            .map_err(query::failed)
    };
    let retained = metrics.shared.get_or(key, retained).await?;
    let mut response = response(&retained, asked.intervals);
    response.provenance = Some(provenance(
        &retained.range,
        retained.snapshot_time,
        retained.last_event_time,
        zone.name(),
        now,
    ));
    Ok(response)
}

/// A request whose fields are understood.
struct Parsed {
    about: About,
    mode: Mode,
    interval: Granularity,
    intervals: usize,
    start: CohortStart,
}

impl Parsed {
    fn of(request: &proto::GetRetentionRequest) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let about = about::about(request.range.as_ref(), &request.workspace_ids, &mut wrong);
        let mode = mode(request.mode());
        if mode.is_none() {
            wrong.push(Invalid::new("mode", "must be specified"));
        }
        let interval = interval(request.interval());
        if interval.is_none() {
            wrong.push(Invalid::new("interval", "must be a day, a week or a month"));
        }
        let most = limits::MAX_RETENTION_INTERVALS;
        let intervals = match request.intervals as usize {
            0 => most,
            some => some,
        };
        if intervals > most {
            wrong.push(Invalid::new("intervals", format!("must be at most {most}")));
        }
        let start = start(request, &mut wrong);
        match (about, mode, interval, start) {
            (Some(about), Some(mode), Some(interval), Some(start)) if wrong.is_empty() => {
                Ok(Self {
                    about,
                    mode,
                    interval,
                    intervals,
                    start,
                })
            }
            _ => Err(wrong),
        }
    }
}

fn mode(mode: proto::RetentionMode) -> Option<Mode> {
    match mode {
        proto::RetentionMode::Unspecified => None,
        proto::RetentionMode::Exact => Some(Mode::Exact),
        proto::RetentionMode::OnOrAfter => Some(Mode::OnOrAfter),
        proto::RetentionMode::Streak => Some(Mode::Streak),
    }
}

fn interval(interval: common::Granularity) -> Option<Granularity> {
    match interval {
        common::Granularity::Day => Some(Granularity::Day),
        common::Granularity::Week => Some(Granularity::Week),
        common::Granularity::Month => Some(Granularity::Month),
        _ => None,
    }
}

fn start(request: &proto::GetRetentionRequest, wrong: &mut Vec<Invalid>) -> Option<CohortStart> {
    let agent = &request.agent_id;
    let most = limits::MAX_KEY_BYTES;
    if agent.len() > most || agent.chars().any(char::is_control) {
        let text = format!("must have at most {most} bytes and no control characters");
        wrong.push(Invalid::new("agent_id", text));
    }
    let start = match request.start.map(proto::CohortStart::try_from) {
        None | Some(Ok(proto::CohortStart::Active)) => CohortStart::Active,
        Some(Ok(proto::CohortStart::Run)) => {
            let agent = (!agent.is_empty()).then(|| agent.clone());
            return Some(CohortStart::Run(agent));
        }
        Some(Ok(proto::CohortStart::Activity)) => CohortStart::Activity,
        Some(Ok(proto::CohortStart::Unspecified) | Err(_)) => {
            wrong.push(Invalid::new("start", "must be specified, or absent"));
            return None;
        }
    };
    if !agent.is_empty() {
        let text = "is for cohorts that begin with an execution";
        wrong.push(Invalid::new("agent_id", text));
    }
    Some(start)
}

fn response(retained: &Retained, most: usize) -> proto::GetRetentionResponse {
    let complete = |interval: usize| interval < retained.complete;
    let edges = |interval: usize| {
        let range = &retained.intervals[interval];
        (Some(timestamp(range.start)), Some(timestamp(range.end)))
    };
    let cohorts = retained.cohorts.iter().enumerate().map(|(at, cohort)| {
        let (start, end) = edges(at);
        proto::RetentionCohort {
            start,
            end,
            complete: complete(at),
            users: cohort.users,
            cells: cells(cohort, most, |n| complete(at + n)),
        }
    });
    let lifecycle = retained.lifecycle.iter().enumerate().map(|(at, users)| {
        let (start, end) = edges(at);
        proto::LifecycleInterval {
            start,
            end,
            complete: complete(at),
            active_users: users.active(),
            new_users: users.new,
            returning_users: users.returning,
            resurrecting_users: users.resurrecting,
            dormant_users: users.dormant,
        }
    });
    proto::GetRetentionResponse {
        cohorts: cohorts.collect(),
        pooled: (0..)
            .zip(&retained.pooled)
            .take(most + 1)
            .map(pooled)
            .collect(),
        lifecycle: lifecycle.collect(),
        active_days: retained.active_days.clone(),
        provenance: None,
    }
}

fn cells(
    cohort: &Cohort,
    most: usize,
    complete: impl Fn(usize) -> bool,
) -> Vec<proto::RetentionCell> {
    let returned = cohort.returned.iter().take(most + 1).enumerate();
    let cell = |(interval, users): (usize, &u64)| proto::RetentionCell {
        users: *users,
        rate: (cohort.users > 0).then(|| *users as f64 / cohort.users as f64),
        complete: complete(interval),
    };
    returned.map(cell).collect()
}

fn pooled((interval, pooled): (u32, &Pooled)) -> proto::PooledRetention {
    proto::PooledRetention {
        interval,
        cohorts: pooled.cohorts.try_into().unwrap_or(u32::MAX),
        users: pooled.users,
        returned: pooled.returned,
        rate: pooled.rate(),
    }
}
