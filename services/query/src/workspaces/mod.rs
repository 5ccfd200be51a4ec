//! Workspaces side by side, and one of them: who is in it, what it did, what is left of its credits, what it pays, and
//! how healthy it is. Days are those of each workspace's own zone, so that its health is the same wherever it is shown.

mod days;
mod read;
mod standing;

use std::time::Duration;

use chrono::{DateTime, Utc};
use shadow_auth::{Role, Scope};
use shadow_domain::catalogue::{self, Context};
use shadow_domain::cell::Part;
use shadow_domain::credits::{Burn, Runway};
use shadow_domain::execution::Currency;
use shadow_domain::health::{Health, List};
use shadow_domain::revenue::Status;
use shadow_domain::time::{Comparison, Granularity, IanaZone, QuarterHour, Range, snap_outwards};
use shadow_storage::Database;
use uuid::Uuid;

use crate::answer::{Provenance, Series};
use crate::execute::{self, Error};
use crate::plan::plan;
use crate::request::{Bounds, Request, Selection};
use crate::turn::Turn;
use crate::{compute, limits};
use read::Read;

/// What each workspace did in the range.
pub const METRICS: [&str; 9] = [
    "executions",
    "completed",
    "failed",
    "timed_out",
    "success_rate",
    "active_users",
    "credits",
    "wasted_credits",
    "cost",
];

/// Ranges of at most so many days have a health for each day, longer ones for each week.
pub const MAX_DAILY_HEALTH: i64 = 92;

/// What is asked.
#[derive(Debug, Clone)]
pub struct WorkspacesQuestion {
    /// About which time; how a workspace stands is told of its end, or of now where that is yet to come.
    pub range: Range,
    /// Where days of the range begin, for what it is compared with.
    pub zone: IanaZone,
    /// In which currency cost is answered.
    pub currency: Currency,
    /// The earlier period that is answered beside it.
    pub comparison: Option<Comparison>,
    /// Whether health over time and members are asked for; of one workspace.
    pub whole: bool,
}

/// Workspaces of a scope.
#[derive(Debug, Clone, PartialEq)]
pub struct Workspaces {
    /// By id.
    pub standings: Vec<Standing>,
    /// Where the answer comes from.
    pub provenance: Provenance,
}

/// How a workspace stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The workspace.
    pub workspace_id: Uuid,
    /// What people call it.
    pub name: String,
    /// Its zone.
    pub zone: String,
    /// The time of its latest event.
    pub last_event_at: Option<DateTime<Utc>>,
    /// How many members it has.
    pub members: u64,
    /// How many of them were active in seven days.
    pub active_members: u64,
    /// How many seats it has; absent where it has no subscription.
    pub seats: Option<u64>,
    /// How many agents it has.
    pub agents: u64,
    /// What it did in the range, in the order of [`METRICS`].
    pub series: Vec<Series>,
    /// What is left of its credits.
    pub balance_micro: i128,
    /// How fast they go.
    pub burn: Option<Burn>,
    /// How long they last.
    pub runway: Option<Runway>,
    /// When they are gone.
    pub exhausted_at: Option<DateTime<Utc>>,
    /// What it pays for.
    pub bills: Vec<Bill>,
    /// How it does.
    pub health: Health,
    /// Lists that it is on.
    pub lists: Vec<List>,
    /// Its members with what they did, where they are asked for.
    pub people: Vec<Person>,
    /// Its health over the range, where it is asked for.
    pub history: Vec<HealthPoint>,
}

/// A subscription that a workspace pays for, or will.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// The plan.
    pub plan_id: String,
    /// What people call it, where it has a name.
    pub plan_name: Option<String>,
    /// What the subscription is.
    pub status: Status,
    /// Units.
    pub quantity: u32,
    /// In which it is paid.
    pub currency: Currency,
    /// What it amounts to per month.
    pub monthly_micros: i64,
    /// When its period ends.
    pub period_ends_at: Option<DateTime<Utc>>,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub user_id: String,
    /// What people call it.
    pub name: Option<String>,
    /// What it may do.
    pub role: Role,
    /// Days of 28 on which it was active.
    pub active_days: u32,
    /// Whether it was in the last seven.
    pub active_lately: bool,
}

/// The health at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HealthPoint {
    /// The first instant after the day, or the time of the answer.
    pub at: DateTime<Utc>,
    /// The health.
    pub health: Health,
}

/// Answers for every workspace of a scope, from one snapshot.
pub async fn workspaces(
    db: &Database,
    scope: &Scope,
    question: &WorkspacesQuestion,
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<Workspaces, Error> {
    let request = usage(question);
    let plan = plan(&request, now).map_err(Error::Invalid)?;
    let range = snap_outwards(&question.range);
    let as_of = range.end.min(QuarterHour::of(now).end()).max(range.start);
    let turn = Turn::wait(deadline).await?;
    let mut snapshot = db.snapshot(scope, turn.left()).await?;
    let used = execute::Read::of(&mut snapshot, &request, plan).await?;
    let first = if question.whole { range.start } else { as_of };
    let read = Read::of(&mut snapshot, first.min(as_of), as_of).await?;
    snapshot.finish().await?;
    let whole = question.whole.then_some(range);
    let merged = turn.merge(move || {
        let answers = used.answers(now)?;
        Ok::<_, Error>((answers, standing::standings(&read, as_of, whole)?))
    });
    let (answers, mut standings) = merged.await??;
    let Some(answer) = answers.into_iter().next() else {
        return Err(Error::Invalid(Vec::new()));
    };
    let provenance = answer.provenance;
    let mut used = answer.groups;
    let context = Context {
        currency: question.currency,
    };
    let nothing: Vec<Series> = compute::nothing(
        &request.selections[0].metrics,
        &context,
        question.comparison.is_some(),
    )?;
    for standing in &mut standings {
        let own = |group: &crate::answer::Group| {
            let key = group.keys.first();
            key.is_some_and(|key| key.workspace == Some(standing.workspace_id))
        };
        standing.series = match used.iter().position(own) {
            Some(at) => used.swap_remove(at).series,
            None => nothing.clone(),
        };
    }
    Ok(Workspaces {
        standings,
        provenance,
    })
}

/// The query of what each workspace did.
fn usage(question: &WorkspacesQuestion) -> Request {
    Request {
        selections: vec![Selection {
            id: "usage".to_owned(),
            metrics: METRICS
                .iter()
                .filter_map(|id| catalogue::find(id))
                .collect(),
            granularity: Granularity::Total,
            group_by: vec![Part::Workspace],
            filters: Vec::new(),
            comparison: question.comparison,
            top: None,
        }],
        range: question.range,
        zone: question.zone,
        currency: question.currency,
        bounds: Bounds {
            groups: limits::MAX_BOARD_WORKSPACES,
            ..Bounds::default()
        },
    }
}
