//! Whether answers are as they must be, whatever was counted: each identity on live data, by the same way on which charts
//! are answered.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use shadow_auth::Scope;
use shadow_domain::catalogue::{self, Metric};
use shadow_domain::cell::Part;
use shadow_domain::data_health::{Identity, Tally};
use shadow_domain::execution::Currency;
use shadow_domain::time::{Granularity, IanaZone, Range};
use shadow_storage::Database;
use uuid::Uuid;

use crate::answer::{Answer, Group, Number, Series};
use crate::credits::{CreditsQuestion, credits};
use crate::execute::{Error, answer};
use crate::request::{Bounds, Request, Selection, Top};
use crate::revenue::{RevenueQuestion, revenue};

/// What adds up, of executions by the time of their opening.
const OPENED: [&str; 9] = [
    "executions",
    "executions_ended",
    "completed",
    "failed",
    "timed_out",
    "cancelled",
    "unknown_outcome",
    "total_tokens",
    "credits",
];
/// The same where ends alone are counted.
const ENDED: [&str; 6] = [
    "executions_ended",
    "completed",
    "failed",
    "timed_out",
    "total_tokens",
    "credits",
];
/// And where failures alone are.
const FAILED: [&str; 2] = ["failed", "timed_out"];
/// The outcomes, of which every end is one.
const OUTCOMES: [&str; 5] = [
    "completed",
    "failed",
    "timed_out",
    "cancelled",
    "unknown_outcome",
];
/// In the order in which each is no more than the next.
const ACTIVE: [&str; 3] = ["dau", "wau", "mau"];
const DURATIONS: [&str; 4] = [
    "duration_p50",
    "duration_p95",
    "duration_p99",
    "duration_max",
];
/// What executions are split by, and what of them adds up to what there is.
const PARTS: [(Part, &str, &[&str]); 6] = [
    (Part::Agent, "agent", &OPENED),
    (Part::Trigger, "trigger", &OPENED),
    (Part::Environment, "environment", &OPENED),
    (Part::Model, "model", &ENDED),
    (Part::Provider, "provider", &ENDED),
    (Part::ErrorKind, "error_kind", &FAILED),
];
/// How many keys of a part are told apart; the others are one group, which adds up as well.
const KEYS: usize = 100;
/// How far back revenue is looked at.
const REVENUE: TimeDelta = TimeDelta::days(92);

/// Checks every identity of executions in a range of whole days, of revenue in the months up to now, and of credits in the
/// range; each selection from one snapshot.
pub async fn check(
    db: &Database,
    scope: &Scope,
    range: &Range,
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<Vec<(Identity, Tally)>, Error> {
    let request = request(range);
    let answers = answer(db, scope, &request, now, deadline).await?;
    let mut found = executions(&answers);
    let months = RevenueQuestion {
        range: Range {
            start: now - REVENUE,
            end: now,
        },
        zone: IanaZone::UTC,
        margin: None,
    };
    found.extend(of_revenue(
        &revenue(db, scope, &months, now, deadline).await?,
    ));
    let question = CreditsQuestion {
        range: *range,
        zone: IanaZone::UTC,
        entries: 1,
        before: None,
    };
    let credits = credits(db, scope, &question, now, deadline).await?;
    found.push((Identity::Credits, of_credits(&credits)));
    Ok(found)
}

/// Whether workspaces add up to what they have together. They are read one after another while more comes in, and what adds
/// up only grows: their sum is no less than what all had before, and no more than what all have after.
pub async fn check_together(
    db: &Database,
    scope: &Scope,
    workspaces: &[Uuid],
    range: &Range,
    now: DateTime<Utc>,
    deadline: Option<Duration>,
) -> Result<(Identity, Tally), Error> {
    let request = Request {
        selections: vec![selection("total", &OPENED, Granularity::Total, None)],
        ..request(range)
    };
    let sums = async |scope: &Scope| -> Result<Vec<i128>, Error> {
        let answers = answer(db, scope, &request, now, deadline).await?;
        Ok(OPENED
            .map(|metric| {
                let series = answers[0].groups.first().and_then(|all| of(all, metric));
                series.map_or(0, |series| whole(series.total))
            })
            .to_vec())
    };
    let all = scope.within(workspaces.iter().copied());
    let before = sums(&all).await?;
    let mut added = vec![0; OPENED.len()];
    for workspace in workspaces {
        let one = sums(&scope.within([*workspace])).await?;
        for (sum, part) in added.iter_mut().zip(one) {
            *sum += part;
        }
    }
    let after = sums(&all).await?;
    let mut tally = Tally::default();
    for (index, metric) in OPENED.iter().enumerate() {
        let what = format!("{metric} of {} workspaces", workspaces.len());
        tally.between(&what, before[index], added[index], after[index]);
    }
    Ok((Identity::Workspaces, tally))
}

/// The days with everything, the quarter-hours, and each part.
fn request(range: &Range) -> Request {
    let days: Vec<&str> = [&OPENED[..], &ACTIVE, &DURATIONS].concat();
    let mut selections = vec![
        selection("day", &days, Granularity::Day, None),
        selection("quarter", &OPENED, Granularity::QuarterHour, None),
    ];
    for (part, name, metrics) in PARTS {
        selections.push(selection(name, metrics, Granularity::Total, Some(part)));
    }
    Request {
        selections,
        range: *range,
        zone: IanaZone::UTC,
        currency: Currency::USD,
        bounds: Bounds::default(),
    }
}

fn selection(id: &str, ids: &[&str], granularity: Granularity, part: Option<Part>) -> Selection {
    let metrics: Vec<&'static Metric> = ids.iter().filter_map(|id| catalogue::find(id)).collect();
    Selection {
        id: id.to_owned(),
        top: part.zip(metrics.first()).map(|(_, metric)| Top {
            limit: KEYS,
            metric,
        }),
        metrics,
        granularity,
        group_by: part.into_iter().collect(),
        filters: Vec::new(),
        comparison: None,
    }
}

fn executions(answers: &[Answer]) -> Vec<(Identity, Tally)> {
    let (mut active, mut durations, mut outcomes) =
        (Tally::default(), Tally::default(), Tally::default());
    let (mut keys, mut quarters) = (Tally::default(), Tally::default());
    let [days, fine, parts @ ..] = answers else {
        return Vec::new();
    };
    let (Some(all), Some(fine_all)) = (days.groups.first(), fine.groups.first()) else {
        return Vec::new();
    };
    for (at, bucket) in days.buckets.iter().enumerate() {
        let day = bucket.range.start.date_naive().to_string();
        let value = |metric: &'static str| of(all, metric).and_then(|one| one.values[at]);
        active.ascending(&day, &ACTIVE.map(|id| (id, value(id).map(real))));
        durations.ascending(&day, &DURATIONS.map(|id| (id, value(id).map(real))));
        let ended = OUTCOMES.iter().map(|id| whole(value(id))).sum();
        let what = format!("outcomes of {day}");
        outcomes.equal(&what, ended, whole(value("executions_ended")));
        for metric in OPENED {
            let within = fine.buckets.iter().enumerate().filter(|(_, quarter)| {
                bucket.range.start <= quarter.range.start && quarter.range.end <= bucket.range.end
            });
            let sum = of(fine_all, metric).map_or(0, |series| {
                within.map(|(at, _)| whole(series.values[at])).sum()
            });
            let what = format!("{metric} of {day} by its quarter-hours");
            quarters.equal(&what, sum, whole(value(metric)));
        }
    }
    for metric in OPENED {
        if let Some(series) = of(all, metric) {
            let sum = series.values.iter().map(|value| whole(*value)).sum();
            quarters.equal(&format!("{metric} by day"), sum, whole(series.total));
        }
    }
    for (split, (_, part, metrics)) in parts.iter().zip(PARTS) {
        for metric in metrics {
            let series = split.groups.iter().filter_map(|group| of(group, metric));
            let sum = series.map(|series| whole(series.total)).sum();
            let total = of(all, metric).and_then(|series| series.total);
            keys.equal(&format!("{metric} by {part}"), sum, whole(total));
        }
    }
    vec![
        (Identity::ActiveUsers, active),
        (Identity::Durations, durations),
        (Identity::Outcomes, outcomes),
        (Identity::Keys, keys),
        (Identity::Quarters, quarters),
    ]
}

fn of_revenue(revenue: &crate::revenue::Revenue) -> Vec<(Identity, Tally)> {
    let (mut bridge, mut retention) = (Tally::default(), Tally::default());
    for one in &revenue.currencies {
        let currency = one.currency.as_str();
        for month in &one.months {
            let what = format!(
                "{currency} at the end of {}",
                month.range.start.date_naive()
            );
            bridge.equal(&what, month.waterfall.end_micros(), month.end_micros);
            let rates = [
                ("GRR", month.retention.grr()),
                ("NRR", month.retention.nrr()),
            ];
            retention.ascending(&what, &rates);
        }
        if let Some(last) = one.months.last() {
            let plans = one.plans.iter().map(|plan| plan.mrr_micros).sum();
            let what = format!("{currency} by plan");
            bridge.equal(&what, plans, last.end_micros);
        }
    }
    vec![
        (Identity::Revenue, bridge),
        (Identity::Retention, retention),
    ]
}

fn of_credits(credits: &crate::credits::Credits) -> Tally {
    let mut tally = Tally::default();
    if let Some(last) = credits.days.last() {
        let left = credits.opening_micro + credits.account.balance_micro();
        tally.equal("credits left", last.balance_micro, left);
    }
    let consumed = credits.days.iter().map(|day| day.consumed_micro).sum();
    let account = credits.account.consumed_micro;
    tally.equal("credits consumed by day", consumed, account);
    let (booked, ever) = (credits.booked_micro, credits.consumed_micro);
    tally.equal("credits booked", booked, ever);
    tally
}

fn of<'a>(group: &'a Group, metric: &str) -> Option<&'a Series> {
    group.series.iter().find(|one| one.metric.id == metric)
}

fn real(value: Number) -> f64 {
    match value {
        Number::Integer(value) => value as f64,
        Number::Real(value) => value,
    }
}

/// A count or a sum; what nothing has is nothing.
fn whole(value: Option<Number>) -> i128 {
    match value {
        Some(Number::Integer(value)) => value.into(),
        Some(Number::Real(value)) => value.round() as i128,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_in_the_catalogue() {
        let range = Range {
            start: DateTime::UNIX_EPOCH,
            end: DateTime::UNIX_EPOCH + TimeDelta::days(7),
        };
        let request = request(&range);
        let counts: Vec<usize> = request
            .selections
            .iter()
            .map(|selection| selection.metrics.len())
            .collect();
        assert_eq!(counts, [16, 9, 9, 9, 9, 6, 6, 2]);
        assert!(crate::plan(&request, range.end).is_ok());
    }
}
