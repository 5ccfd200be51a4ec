//! Compare: queries of what is put side by side, and the differences of their answers.

use std::collections::BTreeSet;

use shadow_auth::Permission;
use shadow_domain::catalogue;
use shadow_proto::{
    common::v1::{Granularity, TimeRange},
    metrics::v1::{
        CompareRequest, CompareResponse, ComparedAgent, ComparedSubject, Dimension, Filter, Group,
        QueryRequest, Result as Answer, Selection,
    },
};
use shadow_query::{Bounds, Invalid};
use shadow_rpc::status;
use shadow_storage::directory;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::{
    Metrics, about,
    compared::{self, COUNTS, Subject},
    query::{self, Asked},
};

const SUBJECTS: std::ops::RangeInclusive<usize> = 2..=8;
const MAX_METRICS: usize = 16;
const MAX_ID_BYTES: usize = 256;

pub(crate) async fn compare(
    metrics: &Metrics,
    request: &Request<CompareRequest>,
) -> Result<CompareResponse, Status> {
    let message = request.get_ref();
    let kind = check(message).map_err(query::invalid)?;
    let subjects = match kind {
        Kind::Agents(workspaces) => agents(metrics, request, &workspaces).await?,
        Kind::Workspaces(workspaces) => by_workspace(metrics, request, &workspaces).await?,
        Kind::Periods => periods(metrics, request).await?,
    };
    Ok(compared::put_side_by_side(subjects, &message.metrics))
}

/// What is put side by side; the workspaces in the order of the request.
enum Kind {
    Agents(Vec<Uuid>),
    Workspaces(Vec<Uuid>),
    Periods,
}

fn check(request: &CompareRequest) -> Result<Kind, Vec<Invalid>> {
    let mut wrong = Vec::new();
    let given = [
        ("agents", request.agents.len()),
        ("workspace_ids", request.workspace_ids.len()),
        ("periods", request.periods.len()),
    ];
    let given: Vec<_> = given.iter().filter(|(_, count)| *count > 0).collect();
    let (least, most) = (SUBJECTS.start(), SUBJECTS.end());
    match given.as_slice() {
        [(_, count)] if SUBJECTS.contains(count) => {}
        [(field, _)] => wrong.push(Invalid::new(
            *field,
            format!("must have {least} to {most} entries"),
        )),
        [] => wrong.push(Invalid::new(
            "agents",
            "are required, or workspace_ids, or periods",
        )),
        [_, others @ ..] => wrong.extend(
            others
                .iter()
                .map(|(field, _)| Invalid::new(*field, "must not be given beside other subjects")),
        ),
    }
    let by_period = !request.periods.is_empty();
    if by_period && request.range.is_some() {
        wrong.push(Invalid::new(
            "range",
            "must be absent where periods are compared",
        ));
    }
    if !by_period && !request.of_workspace_ids.is_empty() {
        wrong.push(Invalid::new("of_workspace_ids", "needs periods"));
    }
    if !(1..=MAX_METRICS).contains(&request.metrics.len()) {
        wrong.push(Invalid::new(
            "metrics",
            format!("must have 1 to {MAX_METRICS} entries"),
        ));
    }
    let mut seen = BTreeSet::new();
    for (index, id) in request.metrics.iter().enumerate().take(MAX_METRICS) {
        let field = format!("metrics[{index}]");
        if catalogue::find(id).is_none() {
            wrong.push(Invalid::new(
                field,
                "must be the id of a metric of the catalogue",
            ));
        } else if !seen.insert(id) {
            wrong.push(Invalid::new(field, "must be named once"));
        }
    }
    let kind = if !request.agents.is_empty() {
        let ids = request
            .agents
            .iter()
            .map(|agent| agent.workspace_id.as_str());
        let workspaces = uuids(
            ids,
            |index| format!("agents[{index}].workspace_id"),
            &mut wrong,
        );
        agent_ids(&request.agents, &mut wrong);
        once(request.agents.iter().map(key), "agents", &mut wrong);
        Kind::Agents(workspaces)
    } else if by_period {
        ranges(&request.periods, &mut wrong);
        Kind::Periods
    } else {
        let ids = request.workspace_ids.iter().map(String::as_str);
        let workspaces = uuids(ids, |index| format!("workspace_ids[{index}]"), &mut wrong);
        once(workspaces.iter(), "workspace_ids", &mut wrong);
        Kind::Workspaces(workspaces)
    };
    if wrong.is_empty() {
        Ok(kind)
    } else {
        Err(wrong)
    }
}

fn key(agent: &ComparedAgent) -> (String, &str) {
    (agent.workspace_id.to_lowercase(), &agent.agent_id)
}

fn agent_ids(agents: &[ComparedAgent], wrong: &mut Vec<Invalid>) {
    for (index, agent) in agents.iter().enumerate().take(*SUBJECTS.end()) {
        let id = &agent.agent_id;
        if id.is_empty() || id.len() > MAX_ID_BYTES || id.chars().any(char::is_control) {
            let text = format!("must have 1 to {MAX_ID_BYTES} bytes and no control characters");
            wrong.push(Invalid::new(format!("agents[{index}].agent_id"), text));
        }
    }
}

fn once<T: Ord>(ids: impl Iterator<Item = T>, field: &str, wrong: &mut Vec<Invalid>) {
    let mut seen = BTreeSet::new();
    for (index, id) in ids.enumerate() {
        if !seen.insert(id) {
            wrong.push(Invalid::new(
                format!("{field}[{index}]"),
                "must be named once",
            ));
        }
    }
}

fn uuids<'a>(
    ids: impl Iterator<Item = &'a str>,
    field: impl Fn(usize) -> String,
    wrong: &mut Vec<Invalid>,
) -> Vec<Uuid> {
    let mut found = Vec::new();
    for (index, id) in ids.enumerate().take(*SUBJECTS.end()) {
        match Uuid::parse_str(id).ok().filter(|id| !id.is_nil()) {
            Some(id) => found.push(id),
            None => wrong.push(Invalid::new(field(index), "must be a UUID")),
        }
    }
    found
}

fn ranges(periods: &[TimeRange], wrong: &mut Vec<Invalid>) {
    for (index, period) in periods.iter().enumerate().take(*SUBJECTS.end()) {
        let mut own = Vec::new();
        about::about(Some(period), &[], &mut own);
        wrong.extend(own.into_iter().map(|invalid| {
            let field = invalid
                .field
                .replacen("range", &format!("periods[{index}]"), 1);
            Invalid { field, ..invalid }
        }));
    }
}

async fn agents(
    metrics: &Metrics,
    request: &Request<CompareRequest>,
    workspaces: &[Uuid],
) -> Result<Vec<Subject>, Status> {
    let message = request.get_ref();
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, workspaces)?;
    let deadline = shadow_rpc::remaining(request);
    let snapshot = metrics.database.snapshot(&scope, deadline).await;
    let mut snapshot = snapshot.map_err(status::from_storage)?;
    let mut names = Vec::new();
    for (agent, workspace) in message.agents.iter().zip(workspaces) {
        let name = directory::agent(&mut snapshot, *workspace, &agent.agent_id).await;
        let name = name.map_err(status::from_storage)?;
        names.push(name.ok_or_else(|| status::not_found("agent"))?);
    }
    snapshot.finish().await.map_err(status::from_storage)?;
    let ids: BTreeSet<&String> = message.agents.iter().map(|agent| &agent.agent_id).collect();
    let selection = Selection {
        group_by: vec![Dimension::Agent.into()],
        filters: vec![Filter {
            dimension: Dimension::Agent.into(),
            keys: ids.into_iter().cloned().collect(),
        }],
        ..selection(&message.metrics)
    };
    let answer = ask(
        metrics,
        request,
        selection,
        message.range.clone(),
        workspaces,
        field,
    )
    .await?;
    let subject = |((agent, workspace), name): ((&ComparedAgent, &Uuid), String)| {
        let workspace_id = workspace.to_string();
        let group = find(&answer, |group| {
            let key = group.keys.first();
            key.is_some_and(|key| {
                key.workspace_id == workspace_id && key.id.as_ref() == Some(&agent.agent_id)
            })
        });
        Subject::new(
            ComparedSubject {
                workspace_id,
                agent_id: agent.agent_id.clone(),
                name,
                ..ComparedSubject::default()
            },
            &answer,
            group,
        )
    };
    Ok(message
        .agents
        .iter()
        .zip(workspaces)
        .zip(names)
        .map(subject)
        .collect())
}

async fn by_workspace(
    metrics: &Metrics,
    request: &Request<CompareRequest>,
    workspaces: &[Uuid],
) -> Result<Vec<Subject>, Status> {
    let message = request.get_ref();
    let selection = Selection {
        group_by: vec![Dimension::Workspace.into()],
        ..selection(&message.metrics)
    };
    // Whether they are there is found out here.
    let answer = ask(
        metrics,
        request,
        selection,
        message.range.clone(),
        workspaces,
        field,
    )
    .await?;
    let scope = shadow_rpc::scope(request, Permission::ViewAnalytics, workspaces)?;
    let deadline = shadow_rpc::remaining(request);
    let snapshot = metrics.database.snapshot(&scope, deadline).await;
    let mut snapshot = snapshot.map_err(status::from_storage)?;
    let names = directory::workspace_names(&mut snapshot)
        .await
        .map_err(status::from_storage)?;
    snapshot.finish().await.map_err(status::from_storage)?;
    let subject = |workspace: &Uuid| {
        let workspace_id = workspace.to_string();
        let group = find(&answer, |group| {
            let key = group.keys.first();
            key.is_some_and(|key| key.workspace_id == workspace_id)
        });
        Subject::new(
            ComparedSubject {
                name: names.get(workspace).unwrap_or(&workspace_id).clone(),
                workspace_id,
                ..ComparedSubject::default()
            },
            &answer,
            group,
        )
    };
    Ok(workspaces.iter().map(subject).collect())
}

async fn periods(
    metrics: &Metrics,
    request: &Request<CompareRequest>,
) -> Result<Vec<Subject>, Status> {
    let message = request.get_ref();
    let mut subjects = Vec::new();
    for period in &message.periods {
        let question = QueryRequest {
            workspace_ids: message.of_workspace_ids.clone(),
            ..question(message, selection(&message.metrics), Some(period.clone()))
        };
        let answer = put(metrics, request, &question, period_field).await?;
        let group = answer.groups.first();
        subjects.push(Subject::new(ComparedSubject::default(), &answer, group));
    }
    Ok(subjects)
}

async fn ask(
    metrics: &Metrics,
    request: &Request<CompareRequest>,
    selection: Selection,
    range: Option<TimeRange>,
    workspaces: &[Uuid],
    field: fn(String) -> String,
) -> Result<Answer, Status> {
    let question = QueryRequest {
        workspace_ids: workspaces.iter().map(Uuid::to_string).collect(),
        ..question(request.get_ref(), selection, range)
    };
    put(metrics, request, &question, field).await
}

async fn put(
    metrics: &Metrics,
    request: &Request<CompareRequest>,
    question: &QueryRequest,
    field: fn(String) -> String,
) -> Result<Answer, Status> {
    let asked = Asked {
        message: question,
        purpose: "compare",
        permission: Permission::ViewAnalytics,
        bounds: Bounds::default(),
        field,
    };
    let response = query::answered(metrics, request, &asked).await?;
    Ok(response.results.into_iter().next().unwrap_or_default())
}

fn question(
    request: &CompareRequest,
    selection: Selection,
    range: Option<TimeRange>,
) -> QueryRequest {
    QueryRequest {
        selections: vec![selection],
        range,
        workspace_ids: Vec::new(),
        max_staleness: request.max_staleness,
        currency: request.currency.clone(),
    }
}

/// Counts that shares are judged by come first, then the metrics that are not among them.
fn selection(metrics: &[String]) -> Selection {
    let others = metrics.iter().filter(|id| !COUNTS.contains(&id.as_str()));
    let counts = COUNTS.iter().map(|id| (*id).to_owned());
    Selection {
        id: "compare".to_owned(),
        metrics: counts.chain(others.cloned()).collect(),
        granularity: Granularity::Total.into(),
        ..Selection::default()
    }
}

fn find(answer: &Answer, is: impl Fn(&&Group) -> bool) -> Option<&Group> {
    answer.groups.iter().find(is)
}

/// What a field of the query is called here. Only metrics can make a combination that is not stored.
fn field(field: String) -> String {
    match field.strip_prefix("selections[0].") {
        Some(own) if own.starts_with("filters") => "agents".to_owned(),
        Some(_) => "metrics".to_owned(),
        None => field,
    }
}

/// The same where periods are compared; each of them is checked before.
fn period_field(field: String) -> String {
    if field.starts_with("range") {
        "periods".to_owned()
    } else if field.starts_with("workspace_ids") {
        format!("of_{field}")
    } else if field.starts_with("selections") {
        "metrics".to_owned()
    } else {
        field
    }
}
