//! Executions one by one, and those that are open with after how long they are stale.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use shadow_auth::Scope;
use shadow_domain::catalogue;
use shadow_domain::cell::Part;
use shadow_domain::execution::{Currency, Execution};
use shadow_domain::fact::Step;
use shadow_domain::staleness::{self, Limit, USUAL_DAYS, Usual};
use shadow_domain::time::{Granularity, IanaZone, Range};
use shadow_storage::Database;
use shadow_storage::executions::{Filter, Key, Known, Order};
use uuid::Uuid;

use crate::answer::{Group, Number};
use crate::execute::{Error, answer};
use crate::limits::{MAX_FILTER_KEYS, MAX_OPEN, MAX_STEPS, MAX_WORKSPACES};
use crate::request::{self, Bounds, Request, Selection};

/// Which executions are asked for.
#[derive(Debug, Clone)]
pub struct ListQuestion {
    /// When they were opened.
    pub range: Range,
    /// What they are kept to.
    pub filter: Filter,
    /// How they are ordered.
    pub order: Order,
    /// The last of the page before.
    pub after: Option<Key>,
    /// How many.
    pub limit: i64,
}

/// What was read, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Read<T> {
    /// What was read.
    pub found: T,
    /// When.
    pub snapshot_time: DateTime<Utc>,
    /// The latest event by then.
    pub last_event_time: Option<DateTime<Utc>>,
}

/// An execution with what it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    /// The execution.
    pub known: Known,
    /// Its first steps, by number.
    pub steps: Vec<Step>,
    /// How many steps it has.
    pub all_steps: u64,
    /// After how long it is stale; absent once it has ended.
    pub limit: Option<Limit>,
}

/// What is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Open {
    /// Those that were opened first, each with after how long it is stale.
    pub executions: Vec<(Known, Limit)>,
    /// How many are open in all.
    pub open: u64,
}

/// Executions of a scope, at most as many as were asked for.
pub async fn list(
    db: &Database,
    scope: &Scope,
    question: &ListQuestion,
    deadline: Option<Duration>,
) -> Result<Read<Vec<Known>>, shadow_storage::Error> {
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let after = question.after.as_ref();
    let found = snapshot
        .executions(
            &question.range,
            &question.filter,
            question.order,
            after,
            question.limit,
        )
        .await?;
    let (snapshot_time, last_event_time) = (snapshot.snapshot_time(), snapshot.last_event_at());
    snapshot.finish().await?;
    Ok(Read {
        found,
        snapshot_time,
        last_event_time,
    })
}

/// One execution with its steps; nothing where the scope has none of this id.
pub async fn one(
    db: &Database,
    scope: &Scope,
    (workspace_id, execution_id): (Uuid, Uuid),
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<Option<Read<Whole>>, Error> {
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let Some(known) = snapshot.execution(workspace_id, execution_id).await? else {
        snapshot.finish().await?;
        return Ok(None);
    };
    let (steps, all_steps) = snapshot.steps(&known.execution, MAX_STEPS).await?;
    let (snapshot_time, last_event_time) = (snapshot.snapshot_time(), snapshot.last_event_at());
    snapshot.finish().await?;
    let limit = if known.execution.end.is_none() {
        let open = std::slice::from_ref(&known);
        let usual = usual(db, scope, open, now, deadline).await?;
        Some(limit(&known.execution, &usual))
    } else {
        None
    };
    Ok(Some(Read {
        found: Whole {
            known,
            steps,
            all_steps,
            limit,
        },
        snapshot_time,
        last_event_time,
    }))
}

/// What of a scope is open: the [`MAX_OPEN`] that were opened first. What is usual for agents is read after them.
pub async fn open(
    db: &Database,
    scope: &Scope,
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<Read<Open>, Error> {
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let quarters = snapshot.open_quarters(MAX_OPEN).await?;
    let executions = snapshot.open_executions(&quarters, MAX_OPEN).await?;
    let (snapshot_time, last_event_time) = (snapshot.snapshot_time(), snapshot.last_event_at());
    snapshot.finish().await?;
    let usual = usual(db, scope, &executions, now, deadline).await?;
    let executions = executions.into_iter().map(|known| {
        let limit = limit(&known.execution, &usual);
        (known, limit)
    });
    Ok(Read {
        found: Open {
            executions: executions.collect(),
            open: quarters.open,
        },
        snapshot_time,
        last_event_time,
    })
}

type Agents = BTreeMap<(Uuid, String), Usual>;

fn limit(execution: &Execution, usual: &Agents) -> Limit {
    let identity = &execution.identity;
    let agent = (identity.workspace_id, identity.agent_id.clone());
    staleness::limit(identity, usual.get(&agent).copied())
}

/// What is usual for the agents of executions that name no timeout, by the catalogue's own p99 of the last days.
async fn usual(
    db: &Database,
    scope: &Scope,
    executions: &[Known],
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<Agents, Error> {
    let identities = executions.iter().map(|known| &known.execution.identity);
    let wanted: BTreeSet<(Uuid, &str)> = identities
        .filter(|identity| identity.timeout_micros.is_none())
        .map(|identity| (identity.workspace_id, identity.agent_id.as_str()))
        .collect();
    let Some(metric) = catalogue::find("duration_all_p99") else {
        return Ok(Agents::new());
    };
    let hour = TimeDelta::hours(1);
    let end = now.duration_trunc(hour).unwrap_or(now) + hour;
    let range = Range {
        start: end - TimeDelta::days(USUAL_DAYS),
        end,
    };
    let agents: BTreeSet<&str> = wanted.iter().map(|(_, agent)| *agent).collect();
    let agents: Vec<&str> = agents.into_iter().collect();
    let workspaces: BTreeSet<Uuid> = wanted.iter().map(|(workspace, _)| *workspace).collect();
    let scope = scope.within(workspaces);
    let mut found = Agents::new();
    for keys in agents.chunks(MAX_FILTER_KEYS) {
        let request = Request {
            selections: vec![Selection {
                id: "usual".to_owned(),
                metrics: vec![metric],
                granularity: Granularity::Total,
                group_by: vec![Part::Agent],
                filters: vec![request::Filter {
                    part: Part::Agent,
                    keys: keys.iter().map(|agent| (*agent).to_owned()).collect(),
                }],
                comparison: None,
                top: None,
            }],
            range,
            zone: IanaZone::UTC,
            currency: Currency::USD,
            bounds: Bounds {
                groups: MAX_FILTER_KEYS * MAX_WORKSPACES,
                ..Bounds::default()
            },
        };
        let answers = answer(db, &scope, &request, now, deadline).await?;
        let groups = answers.into_iter().flat_map(|answer| answer.groups);
        found.extend(groups.filter_map(|group| of_agent(&group)));
    }
    Ok(found)
}

fn of_agent(group: &Group) -> Option<((Uuid, String), Usual)> {
    let (key, series) = (group.keys.first()?, group.series.first()?);
    let Number::Integer(p99_micros) = series.total? else {
        return None;
    };
    let usual = Usual {
        p99_micros,
        runs: series.sample_size,
    };
    Some(((key.workspace?, key.id.clone()?), usual))
}
