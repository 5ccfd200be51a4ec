//! GetUser: what one user ran and did.

use chrono::Utc;
use shadow_auth::Permission;
use shadow_domain::{execution::Outcome, time::Zone};
use shadow_proto::metrics::v1 as proto;
use shadow_query::{
    Invalid,
    user::{self, OneUser, Recent, UserAgent, UserDay},
};
use shadow_rpc::status;
use tonic::{Request, Status};

use crate::{
    Metrics, about,
    get_credits::provenance,
    get_paths::statistics,
    list_users::{standing, success_rate},
    query,
    reply::timestamp,
};

const MAX_ID_BYTES: usize = 128;

pub(crate) async fn get_user(
    metrics: &Metrics,
    request: &Request<proto::GetUserRequest>,
) -> Result<proto::GetUserResponse, Status> {
    let message = request.get_ref();
    let mut wrong = Vec::new();
    let asked = about::about(message.range.as_ref(), &message.workspace_ids, &mut wrong);
    let id = &message.user_id;
    if id.is_empty() || id.len() > MAX_ID_BYTES || id.chars().any(char::is_control) {
        let text = format!("must have 1 to {MAX_ID_BYTES} bytes and no control characters");
        wrong.push(Invalid::new("user_id", text));
    }
    let asked = asked.filter(|_| wrong.is_empty());
    let asked = asked.ok_or(wrong).map_err(query::invalid)?;
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &asked.workspaces)?;
    let zone = query::zone(metrics, request, &scope, &asked.workspaces, asked.zone).await?;
    let about = (&asked.range, &zone);
    let deadline = shadow_rpc::remaining(request);
    let found = user::user(&metrics.database, &scope, about, id, deadline)
        .await
        .map_err(query::failed)?;
    let user = found.ok_or_else(|| status::not_found("user"))?;
    let mut response = response(id, &user);
    response.provenance = Some(provenance(
        &user.range,
        user.snapshot_time,
        user.last_event_time,
        zone.name(),
        Utc::now(),
    ));
    Ok(response)
}

fn response(user_id: &str, user: &OneUser) -> proto::GetUserResponse {
    let active = |day: &&UserDay| day.runs.opened + day.activities > 0;
    let features = user.features.iter().map(|feature| proto::UserFeature {
        feature: feature.name.clone(),
        uses: feature.uses,
        last_used_at: Some(timestamp(feature.last_used_at)),
    });
    proto::GetUserResponse {
        standing: Some(proto::UserStanding {
            user_id: user_id.to_owned(),
            last_seen_at: user.last_seen_at.map(timestamp),
            first_day: Some(timestamp(user.ever.0.start())),
            active_days: user.days.iter().filter(active).count() as u32,
            activities: user.activities,
            sessions: Some(user.sessions.sessions),
            ..standing(&user.runs)
        }),
        last_day: Some(timestamp(user.ever.1.start())),
        days: user.days.iter().map(day).collect(),
        sessions: Some(statistics(&user.sessions)),
        features: features.collect(),
        agents: user.agents.iter().map(agent).collect(),
        recent: user.recent.iter().map(event).collect(),
        provenance: None,
    }
}

fn day(day: &UserDay) -> proto::UserDay {
    proto::UserDay {
        start: Some(timestamp(day.range.start)),
        end: Some(timestamp(day.range.end)),
        runs: day.runs.opened,
        completed: day.runs.ended_as(Outcome::Completed),
        failed: day.runs.ended_as(Outcome::Failed) + day.runs.ended_as(Outcome::TimedOut),
        activities: day.activities,
    }
}

fn agent(agent: &UserAgent) -> proto::UserAgent {
    proto::UserAgent {
        workspace_id: agent.workspace_id.to_string(),
        agent_id: agent.agent_id.clone(),
        name: agent.name.clone(),
        runs: agent.runs.opened,
        completed: agent.runs.ended_as(Outcome::Completed),
        failed: agent.runs.ended_as(Outcome::Failed),
        timed_out: agent.runs.ended_as(Outcome::TimedOut),
        success_rate: success_rate(&agent.runs),
        credits_micro: agent.runs.credits_micro,
        last_run_at: agent.runs.last_at.map(timestamp),
    }
}

fn event(recent: &Recent) -> proto::UserEvent {
    match recent {
        Recent::Run(run) => proto::UserEvent {
            workspace_id: run.workspace_id.to_string(),
            occurred_at: Some(timestamp(run.opened_at)),
            kind: "run".to_owned(),
            name: run.agent_id.clone(),
            execution_id: run.execution_id.to_string(),
            outcome: run.outcome.map_or("", Outcome::name).to_owned(),
        },
        Recent::Done(done) => proto::UserEvent {
            workspace_id: done.workspace_id.to_string(),
            occurred_at: Some(timestamp(done.occurred_at)),
            kind: done.activity_type.name().to_owned(),
            name: done.name.clone().or(done.path.clone()).unwrap_or_default(),
            ..proto::UserEvent::default()
        },
    }
}
