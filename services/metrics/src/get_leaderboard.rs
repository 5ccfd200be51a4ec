//! GetLeaderboard: agents and workspaces by a query of the catalogue, users by facts.

use chrono::Utc;
use shadow_auth::Permission;
use shadow_domain::{
    catalogue::{self, Kind, Metric},
    time::{Comparison, Zone},
};
use shadow_proto::{
    common::v1::{self as common, Granularity},
    metrics::v1::{
        Dimension, GetLeaderboardRequest, GetLeaderboardResponse, LeaderboardSubject, QueryRequest,
        Selection, Top,
    },
};
use shadow_query::{
    Bounds, Invalid,
    leaderboard::{USER_METRICS, UsersQuestion, users},
};
use tonic::{Request, Status};

use crate::{
    Metrics, about,
    leaderboard::{Entry, Rules, places},
    parse::{self, keep},
    query::{self, Asked},
    reply,
};

const DEFAULT_LIMIT: u32 = 20;
const MAX_LIMIT: u32 = 100;
/// How many agents or workspaces are ranked.
const MAX_RANKED: usize = 5_000;
const EXECUTIONS: &str = "executions";

pub(crate) async fn get_leaderboard(
    metrics: &Metrics,
    request: &Request<GetLeaderboardRequest>,
) -> Result<GetLeaderboardResponse, Status> {
    let asked = Parsed::of(request.get_ref()).map_err(query::invalid)?;
    match asked.dimension {
        Some(dimension) => by_cells(metrics, request, &asked, dimension).await,
        None => by_facts(metrics, request, &asked).await,
    }
}

/// What is asked of every subject.
struct Parsed {
    /// Absent for users.
    dimension: Option<Dimension>,
    metric: &'static Metric,
    rules: Rules,
}

impl Parsed {
    fn of(request: &GetLeaderboardRequest) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let subject = LeaderboardSubject::try_from(request.subject).unwrap_or_default();
        if subject == LeaderboardSubject::Unspecified {
            wrong.push(Invalid::new("subject", "must be specified"));
        }
        let metric = catalogue::find(&request.metric);
        let text = match metric.map(|metric| metric.kind) {
            None => Some("must be the id of a metric of the catalogue".to_owned()),
            Some(Kind::Trailing { .. } | Kind::Stickiness) => {
                Some("must be a metric of the range itself, not one that looks back".to_owned())
            }
            Some(Kind::OfPartial(_)) => (subject == LeaderboardSubject::User
                && !USER_METRICS.contains(&request.metric.as_str()))
            .then(|| format!("must be one of {} for users", USER_METRICS.join(", "))),
        };
        wrong.extend(text.map(|text| Invalid::new("metric", text)));
        if request.limit > MAX_LIMIT {
            wrong.push(Invalid::new(
                "limit",
                format!("must be at most {MAX_LIMIT}"),
            ));
        }
        let rules = Rules {
            lowest: request.lowest,
            min_executions: request.min_executions,
            limit: match request.limit {
                0 => DEFAULT_LIMIT,
                some => some,
            } as usize,
        };
        match metric {
            Some(metric) if wrong.is_empty() => Ok(Self {
                dimension: match subject {
                    LeaderboardSubject::Agent => Some(Dimension::Agent),
                    LeaderboardSubject::Workspace => Some(Dimension::Workspace),
                    LeaderboardSubject::User | LeaderboardSubject::Unspecified => None,
                },
                metric,
                rules,
            }),
            _ => Err(wrong),
        }
    }
}

async fn by_cells(
    metrics: &Metrics,
    request: &Request<GetLeaderboardRequest>,
    parsed: &Parsed,
    dimension: Dimension,
) -> Result<GetLeaderboardResponse, Status> {
    let message = request.get_ref();
    let mut selected = vec![parsed.metric.id.to_owned()];
    if parsed.metric.id != EXECUTIONS {
        selected.push(EXECUTIONS.to_owned());
    }
    let comparison = message.comparison;
    let question = QueryRequest {
        selections: vec![Selection {
            id: "leaderboard".to_owned(),
            metrics: selected,
            granularity: Granularity::Total.into(),
            group_by: vec![dimension.into()],
            filters: Vec::new(),
            comparison: comparison.or(Some(common::Comparison::PreviousPeriod.into())),
            top: Some(Top {
                limit: MAX_RANKED as u32,
                metric: EXECUTIONS.to_owned(),
            }),
        }],
        range: message.range.clone(),
        workspace_ids: message.workspace_ids.clone(),
        max_staleness: message.max_staleness,
        currency: message.currency.clone(),
    };
    let asked = Asked {
        message: &question,
        purpose: "leaderboard",
        permission: Permission::ViewAnalytics,
        bounds: Bounds {
            groups: MAX_RANKED,
            ..Bounds::default()
        },
        field,
    };
    let response = query::answered(metrics, request, &asked).await?;
    let result = response.results.into_iter().next().unwrap_or_default();
    let merged: u32 = result.groups.iter().map(|group| group.other_groups).sum();
    let entries = result.groups.iter().filter(|group| group.other_groups == 0);
    let answer = places(entries.filter_map(Entry::of_group).collect(), &parsed.rules);
    Ok(GetLeaderboardResponse {
        left_out_subjects: answer.left_out_subjects.saturating_add(merged),
        provenance: result.provenance,
        ..answer
    })
}

async fn by_facts(
    metrics: &Metrics,
    request: &Request<GetLeaderboardRequest>,
    parsed: &Parsed,
) -> Result<GetLeaderboardResponse, Status> {
    let message = request.get_ref();
    let mut wrong = Vec::new();
    let asked = about::about(message.range.as_ref(), &message.workspace_ids, &mut wrong);
    let currency = keep(parse::currency(&message.currency), &mut wrong);
    let comparison = match message.comparison {
        Some(code) => keep(parse::comparison(code, "comparison"), &mut wrong),
        None => Some(Comparison::PreviousPeriod),
    };
    let (Some(asked), Some(currency), Some(comparison)) = (asked, currency, comparison) else {
        return Err(query::invalid(wrong));
    };
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, &asked.workspaces)?;
    let zone = query::zone(metrics, request, &scope, &asked.workspaces, asked.zone).await?;
    let question = UsersQuestion {
        range: asked.range,
        zone,
        metric: parsed.metric,
        comparison,
        currency,
    };
    let deadline = shadow_rpc::remaining(request);
    let found = users(&metrics.database, &scope, &question, Utc::now(), deadline)
        .await
        .map_err(query::failed)?;
    let entries = found.users.into_iter().map(Entry::of_user).collect();
    let answer = places(entries, &parsed.rules);
    let left_out = u32::try_from(found.left_out).unwrap_or(u32::MAX);
    Ok(GetLeaderboardResponse {
        left_out_subjects: answer.left_out_subjects.saturating_add(left_out),
        provenance: Some(reply::provenance(found.provenance, zone.name())),
        ..answer
    })
}

/// What a field of the query is called here. Only the metric can make a combination that is not stored.
fn field(field: String) -> String {
    match field.strip_prefix("selections[0].") {
        Some(own) if own.starts_with("metrics") || own.starts_with("group_by") => {
            "metric".to_owned()
        }
        Some(own) => own.to_owned(),
        None => field,
    }
}
