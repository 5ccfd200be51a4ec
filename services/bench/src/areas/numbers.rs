//! The numbers of an answer by what they are of, as the statements name both.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use shadow_domain::time::local_date;
use shadow_proto::metrics::v1::{Series, Value, value};

use super::ask::Answer;
use crate::data::instant;
use crate::executive::Window;

/// A row's numbers by name; absent where there is nothing to say.
pub(super) type Numbers = BTreeMap<String, BTreeMap<String, Option<f64>>>;

/// Everything in an answer that a statement recomputes. The executive page has a comparison of its own.
pub(super) fn of(answer: &Answer, window: &Window) -> Result<Numbers> {
    let mut numbers = Numbers::new();
    match answer {
        Answer::Executive(_) => {}
        Answer::Agents(answer) => {
            for agent in &answer.agents {
                let key = format!("{}/{}", agent.workspace_id, agent.agent_id);
                both_periods(&mut numbers, &key, &agent.series);
            }
        }
        Answer::Users(answer) => {
            for user in &answer.users {
                let of_user = [
                    ("active_days", Some(f64::from(user.active_days))),
                    ("runs", Some(user.runs as f64)),
                    ("completed", Some(user.completed as f64)),
                    ("failed", Some(user.failed as f64)),
                    ("timed_out", Some(user.timed_out as f64)),
                    ("credits", user.credits_micro.map(|micro| micro as f64)),
                    ("activities", Some(user.activities as f64)),
                ];
                put(&mut numbers, &user.user_id, &of_user);
            }
        }
        Answer::Cohorts(answer) => {
            for (number, cohort) in answer.cohorts.iter().enumerate() {
                for (later, cell) in cohort.cells.iter().enumerate() {
                    // The first cell is of the cohort's own day, on which all of it was there.
                    let key = format!("{number}+{later}");
                    put(&mut numbers, &key, &[("users", Some(cell.users as f64))]);
                }
            }
        }
        Answer::Executions(answer) => {
            for bucket in &answer.buckets {
                let start = instant(bucket.start).context("a bucket's start")?;
                let key = format!("day {}", local_date(&window.zone, start));
                let of_day = [
                    ("opened", Some(bucket.opened as f64)),
                    ("ended", Some(bucket.ended as f64)),
                    ("failed", Some(bucket.failed as f64)),
                ];
                put(&mut numbers, &key, &of_day);
            }
            let count =
                |peak: Option<&shadow_proto::metrics::v1::Peak>| peak.map(|peak| peak.count as f64);
            let peaks = [
                ("opened", count(answer.peak_opened.as_ref())),
                ("ended", count(answer.peak_ended.as_ref())),
            ];
            put(&mut numbers, "peak", &peaks);
            for hour in &answer.hours {
                let key = format!("hour {} {}", hour.weekday, hour.hour);
                let executions = [("executions", Some(hour.executions as f64))];
                put(&mut numbers, &key, &executions);
            }
        }
        Answer::Errors(answer) => {
            for group in &answer.groups {
                let impact = group.impact.as_ref().context("an impact")?;
                let key = format!("{}/{}", group.workspace_id, group.error_group_id);
                let of_group = [
                    ("occurrences", Some(impact.occurrences as f64)),
                    ("users", Some(impact.users as f64)),
                    ("agents", Some(impact.agents as f64)),
                    (
                        "credits_lost",
                        impact.credits_lost_micro.map(|micro| micro as f64),
                    ),
                ];
                put(&mut numbers, &key, &of_group);
            }
        }
        Answer::Workspaces(answer) => {
            for workspace in &answer.workspaces {
                let standing = workspace.standing.as_ref().context("a standing")?;
                both_periods(&mut numbers, &workspace.workspace_id, &standing.series);
            }
        }
        Answer::Credits(answer) => {
            let account = answer.account.as_ref().context("an account")?;
            put(
                &mut numbers,
                "range",
                &[("consumed", Some(account.consumed_micro as f64))],
            );
            for day in &answer.days {
                let start = instant(day.start).context("a day's start")?;
                let key = format!("day {}", local_date(&window.zone, start));
                put(
                    &mut numbers,
                    &key,
                    &[("consumed", Some(day.consumed_micro as f64))],
                );
            }
        }
        Answer::Leaderboards(answer) => {
            for place in &answer.places {
                let key = format!("{}/{}", place.workspace_id, place.id);
                let now = [
                    ("executions", Some(place.executions as f64)),
                    ("wasted_credits", number(place.value.as_ref())),
                ];
                put(&mut numbers, &key, &now);
                let before = [("wasted_credits", number(place.previous_value.as_ref()))];
                put(&mut numbers, &format!("previous {key}"), &before);
            }
        }
        Answer::Compare(answer) => {
            for metric in &answer.metrics {
                for (period, value) in ["range", "previous"].iter().zip(&metric.values) {
                    let value = [(metric.metric.as_str(), number(value.value.as_ref()))];
                    put(&mut numbers, period, &value);
                }
            }
        }
    }
    Ok(numbers)
}

fn both_periods(numbers: &mut Numbers, key: &str, series: &[Series]) {
    for one in series {
        put(numbers, key, &[(&one.metric, number(one.total.as_ref()))]);
        let before = [(one.metric.as_str(), number(one.previous_total.as_ref()))];
        put(numbers, &format!("previous {key}"), &before);
    }
}

fn put(numbers: &mut Numbers, key: &str, values: &[(&str, Option<f64>)]) {
    let row = numbers.entry(key.to_owned()).or_default();
    for (name, value) in values {
        row.insert((*name).to_owned(), *value);
    }
}

fn number(value: Option<&Value>) -> Option<f64> {
    match value?.number? {
        value::Number::Integer(integer) => Some(integer as f64),
        value::Number::Real(real) => Some(real),
    }
}
