//! GetExecutive: what moved most and why, the money, and whether the data is as it must be.

use chrono::Utc;
use shadow_auth::Permission;
use shadow_domain::time::{Comparison, IanaZone};
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{
        Dimension, ExecutiveDataHealth, ExecutiveWorkspace, GetDataHealthResponse,
        GetExecutiveRequest, GetExecutiveResponse, QueryRequest, QueryResponse, Selection, Top,
        Workspace,
    },
};
use shadow_query::{
    Bounds, Invalid,
    workspaces::{self, WorkspacesQuestion},
};
use shadow_rpc::status;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{
    Metrics,
    about::{self, About},
    executive_revenue, get_data_health, movers,
    parse::{self, keep},
    query::{self, Asked},
    workspace_board, workspace_reply,
};

const DEFAULT_LIMIT: u32 = 5;
const MAX_LIMIT: u32 = 50;
/// How many workspaces and agents are told apart.
const MAX_SUBJECTS: usize = 5_000;

pub(crate) async fn get_executive(
    metrics: &Metrics,
    request: &Request<GetExecutiveRequest>,
) -> Result<GetExecutiveResponse, Status> {
    let parsed = Parsed::of(request.get_ref()).map_err(query::invalid)?;
    let about = &parsed.about;
    let scope = shadow_rpc::scope(request, Permission::ViewExecutive, &about.workspaces)?;
    let zone = query::zone(metrics, request, &scope, &about.workspaces, about.zone).await?;
    let one = match about.workspaces.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    let moved = moved(metrics, request, one).await?;
    let active = moved_workspaces(&moved, one);
    let provenance = moved.results.first().and_then(|one| one.provenance.clone());
    let viewer = shadow_rpc::viewer(request)?;
    let sees_all = about.workspaces.is_empty()
        && viewer
            .platform_permissions()
            .contains(&Permission::ViewFinancial);
    let revenue = match sees_all {
        true => executive_revenue::revenue(metrics, request, &about.range, zone).await?,
        false => Vec::new(),
    };
    let workspace = match one {
        Some(one) => Some(workspace(metrics, request, &parsed, one, zone).await?),
        None => None,
    };
    let health = get_data_health::lately(metrics, request, &scope).await?;
    Ok(GetExecutiveResponse {
        movers: Some(movers::movers(&moved, parsed.limit)),
        active_workspaces: active.map(|[now, _]| now),
        previous_active_workspaces: active.map(|[_, before]| before),
        revenue,
        workspace,
        data_health: Some(summary(&health)),
        provenance,
    })
}

/// A request whose fields are understood.
struct Parsed {
    about: About,
    comparison: Comparison,
    limit: usize,
}

impl Parsed {
    fn of(request: &GetExecutiveRequest) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let about = about::about(request.range.as_ref(), &request.workspace_ids, &mut wrong);
        let comparison = match request.comparison {
            Some(code) => keep(parse::comparison(code, "comparison"), &mut wrong),
            None => Some(Comparison::PreviousPeriod),
        };
        if request.limit > MAX_LIMIT {
            wrong.push(Invalid::new(
                "limit",
                format!("must be at most {MAX_LIMIT}"),
            ));
        }
        let limit = match request.limit {
            0 => DEFAULT_LIMIT,
            some => some,
        };
        match (about, comparison) {
            (Some(about), Some(comparison)) if wrong.is_empty() => Ok(Self {
                about,
                comparison,
                limit: limit as usize,
            }),
            _ => Err(wrong),
        }
    }
}

/// One query: of the whole, of those who may have moved it, and of their agents.
async fn moved(
    metrics: &Metrics,
    request: &Request<GetExecutiveRequest>,
    one: Option<Uuid>,
) -> Result<QueryResponse, Status> {
    let message = request.get_ref();
    let comparison = message
        .comparison
        .unwrap_or(shadow_proto::common::v1::Comparison::PreviousPeriod.into());
    let select = |id: &str, metrics: &[&str], by: Option<Dimension>| Selection {
        id: id.to_owned(),
        metrics: metrics.iter().map(|metric| (*metric).to_owned()).collect(),
        granularity: Granularity::Total.into(),
        group_by: by.map(i32::from).into_iter().collect(),
        filters: Vec::new(),
        comparison: Some(comparison),
        top: by.map(|_| Top {
            limit: MAX_SUBJECTS as u32,
            metric: movers::METRICS[0].to_owned(),
        }),
    };
    let subjects = match one {
        Some(_) => Dimension::Agent,
        None => Dimension::Workspace,
    };
    let mut selections = vec![
        select(movers::TOTAL, &movers::METRICS, None),
        select(movers::SUBJECTS, &movers::METRICS, Some(subjects)),
    ];
    if one.is_none() {
        let agents = Some(Dimension::Agent);
        selections.push(select(movers::AGENTS, &movers::METRICS[..1], agents));
    }
    let question = QueryRequest {
        selections,
        range: message.range.clone(),
        workspace_ids: message.workspace_ids.clone(),
        max_staleness: message.max_staleness,
        currency: String::new(),
    };
    let asked = Asked {
        message: &question,
        purpose: "executive",
        // Who may see the page of some workspaces only is told of no others, whatever else of them it may see.
        permission: Permission::ViewExecutive,
        bounds: Bounds {
            groups: MAX_SUBJECTS,
            // Where the answer comes from is told by the whole.
            values_of_groups: true,
            ..Bounds::default()
        },
        field: |field| field,
    };
    query::answered(metrics, request, &asked).await
}

fn moved_workspaces(moved: &QueryResponse, one: Option<Uuid>) -> Option<[u64; 2]> {
    match one {
        Some(_) => None,
        None => movers::active(moved),
    }
}

/// What a workspace pays, where the caller may see that, and what is left of its credits.
async fn workspace(
    metrics: &Metrics,
    request: &Request<GetExecutiveRequest>,
    parsed: &Parsed,
    one: Uuid,
    zone: IanaZone,
) -> Result<ExecutiveWorkspace, Status> {
    let scope = shadow_rpc::scope(request, Permission::ViewExecutive, &[one])?;
    let question = WorkspacesQuestion {
        range: parsed.about.range,
        zone,
        currency: parse::currency("").map_err(|wrong| query::invalid(vec![wrong]))?,
        comparison: Some(parsed.comparison),
        whole: false,
    };
    let deadline = shadow_rpc::remaining(request);
    let answer = workspaces::workspaces(&metrics.database, &scope, &question, Utc::now(), deadline);
    let answer = answer
        .await
        .map_err(|error| query::failed_as(error, workspace_board::field))?;
    let standing = answer.standings.into_iter().next();
    let standing = standing.ok_or_else(|| status::not_found("workspace"))?;
    let viewer = shadow_rpc::viewer(request)?;
    let workspace: Workspace = workspace_reply::workspace(&viewer, standing)?;
    let standing = workspace.standing.unwrap_or_default();
    Ok(ExecutiveWorkspace {
        bill: standing.bill,
        credit_balance_micro: standing.credit_balance_micro,
        burn: standing.burn,
        runway: standing.runway,
    })
}

/// The health of the data in a few numbers.
fn summary(health: &GetDataHealthResponse) -> ExecutiveDataHealth {
    let checked = health
        .identities
        .iter()
        .filter_map(|one| one.last_check_time);
    let broken = health.identities.iter().filter(|one| one.broken > 0);
    let fresh = health.freshness.as_ref();
    ExecutiveDataHealth {
        checked_identities: workspace_reply::narrow(checked.clone().count() as u64),
        broken_identities: workspace_reply::narrow(broken.count() as u64),
        refused_events: health.refused.iter().map(|one| one.events).sum(),
        repaired_pages: health.audits.iter().map(|one| one.repaired).sum(),
        last_event_time: fresh.and_then(|fresh| fresh.last_event_time),
        last_check_time: checked.max_by_key(|at| (at.seconds, at.nanos)),
    }
}
