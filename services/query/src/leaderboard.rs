//! Users by a metric. They are no dimension of cells, so that their numbers come from facts, by the same formulas.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use shadow_auth::Scope;
use shadow_domain::catalogue::{self, Context, Kind, Metric};
use shadow_domain::comparison;
use shadow_domain::execution::Currency;
use shadow_domain::partial::Partial;
use shadow_domain::provenance::is_complete;
use shadow_domain::time::{Comparison, IanaZone, Range, compared_range, snap_outwards};
use shadow_storage::Database;

use crate::answer::{Number, Provenance};
use crate::compute::number;
use crate::execute::Error;
use crate::limits::{MAX_RANKED_USERS, MAX_USER_DAYS};
use crate::plan::Invalid;

/// Metrics that counts and sums of facts answer.
pub const USER_METRICS: [&str; 9] = [
    "executions",
    "completed",
    "failed",
    "timed_out",
    "success_rate",
    "credits",
    "wasted_credits",
    "total_tokens",
    "cost",
];

/// What is asked.
#[derive(Debug, Clone)]
pub struct UsersQuestion {
    /// About which time.
    pub range: Range,
    /// Where days begin, for what it is compared with.
    pub zone: IanaZone,
    /// By what; one of [`USER_METRICS`].
    pub metric: &'static Metric,
    /// With what it is compared.
    pub comparison: Comparison,
    /// In which currency money is answered.
    pub currency: Currency,
}

/// Users that ran anything in either period.
#[derive(Debug, Clone, PartialEq)]
pub struct Users {
    /// By id.
    pub users: Vec<User>,
    /// How many are not among them, because too many ran more.
    pub left_out: u64,
    /// Where the answer comes from.
    pub provenance: Provenance,
}

/// A user.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The user.
    pub user_id: String,
    /// What people call it.
    pub name: Option<String>,
    /// The value in the range and in the period before.
    pub values: [Option<Number>; 2],
    /// How the value has changed.
    pub change: Option<f64>,
    /// Executions in the range and in the period before.
    pub executions: [u64; 2],
}

/// Answers for every workspace of a scope together, from one snapshot.
pub async fn users(
    db: &Database,
    scope: &Scope,
    question: &UsersQuestion,
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<Users, Error> {
    if question.range.end - question.range.start > TimeDelta::days(MAX_USER_DAYS) {
        let text = format!("must be at most {MAX_USER_DAYS} days after the start, for users");
        return Err(Error::Invalid(vec![Invalid::new("range.end", text)]));
    }
    let range = snap_outwards(&question.range);
    let before = compared_range(&range, question.comparison, &question.zone, now);
    let periods = [range, snap_outwards(&before)];
    let mut snapshot = db.snapshot(scope, deadline).await?;
    let (totals, all) = snapshot
        .user_totals(&periods, question.currency, MAX_RANKED_USERS)
        .await?;
    let (snapshot_time, last_event_time) = (snapshot.snapshot_time(), snapshot.last_event_at());
    snapshot.finish().await?;
    let mut found = BTreeMap::<String, (Option<String>, [Partial; 2])>::new();
    for one in totals {
        let (name, partials) = found.entry(one.user_id).or_default();
        *name = one.name;
        if let Some(partial) = partials.get_mut(one.period) {
            *partial = one.partial;
        }
    }
    let open: u64 = found.values().map(|(_, [current, _])| current.open()).sum();
    let users = found
        .into_iter()
        .map(|(id, (name, partials))| user(question, id, name, &partials));
    let users: Vec<User> = users.collect::<Result<_, Error>>()?;
    Ok(Users {
        left_out: all.saturating_sub(users.len() as u64),
        users,
        provenance: Provenance {
            snapshot_time,
            last_event_time,
            effective_range: range,
            definition_version: catalogue::VERSION,
            open_executions: open,
            complete: is_complete(&range, open, now),
            other_currencies: Vec::new(),
        },
    })
}

fn user(
    question: &UsersQuestion,
    user_id: String,
    name: Option<String>,
    partials: &[Partial; 2],
) -> Result<User, Error> {
    let metric = question.metric;
    let context = Context {
        currency: question.currency,
    };
    let value = |partial: &Partial| match metric.kind {
        Kind::OfPartial(of) => of(partial, &context),
        Kind::Trailing { .. } | Kind::Stickiness => None,
    };
    let [current, previous] = [value(&partials[0]), value(&partials[1])];
    Ok(User {
        user_id,
        name,
        values: [number(metric, current)?, number(metric, previous)?],
        change: comparison::change(metric, current, previous),
        executions: [partials[0].opened, partials[1].opened],
    })
}
