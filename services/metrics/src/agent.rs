//! One agent, put together from answers to queries. Pure.

use chrono::{DateTime, Datelike, Timelike, Utc};
use shadow_domain::{
    statistics::Verdict,
    suggestion::{self, Evidence, Rule},
    time::{IanaZone, local_time},
};
use shadow_proto::{
    common::v1::TimeRange,
    metrics::v1::{
        self as proto, AgentStanding, AgentSuggestion, AgentVersion, GetAgentResponse, Group,
        QueryResponse, Result as Answer, Series, Value, WeekHour, value::Number,
    },
};

use crate::board::{Board, count, interval, judged};

pub(crate) const STANDING: &str = "standing";
pub(crate) const DETAILS: &str = "details";
pub(crate) const MODELS: &str = "models";
pub(crate) const ERROR_KINDS: &str = "error_kinds";
pub(crate) const VERSIONS: &str = "versions";
pub(crate) const HOURS: &str = "hours";
pub(crate) const LATELY: &str = "lately";

/// Outcomes, durations by outcome, the histogram, queue waits and waste.
pub(crate) const DETAIL_METRICS: [&str; 24] = [
    "executions_ended",
    "open_executions",
    "cancelled",
    "unknown_outcome",
    "duration_p50",
    "duration_p90",
    "duration_p95",
    "duration_p99",
    "duration_mean",
    "duration_min",
    "duration_max",
    "duration_other_p50",
    "duration_other_p95",
    "duration_under_1s",
    "duration_1s_to_5s",
    "duration_5s_to_10s",
    "duration_10s_to_30s",
    "duration_30s_to_60s",
    "duration_over_60s",
    "queue_wait_p50",
    "queue_wait_p95",
    "input_tokens",
    "output_tokens",
    "wasted_cost",
];
/// The first orders them. A model is known at the end, so ends are counted.
pub(crate) const MODEL_METRICS: [&str; 7] = [
    "executions_ended",
    "success_rate",
    "duration_p95",
    "total_tokens",
    "credits",
    "cost",
    "cost_per_run",
];
/// The first orders them.
pub(crate) const ERROR_METRICS: [&str; 6] = [
    "failures",
    "failed",
    "timed_out",
    "wasted_credits",
    "wasted_cost",
    "active_users",
];
pub(crate) const HOUR_METRICS: [&str; 4] = ["executions", "completed", "failed", "timed_out"];

/// What was read of an agent.
pub(crate) struct Read<'a> {
    pub(crate) workspace_id: &'a str,
    pub(crate) agent_id: &'a str,
    pub(crate) name: String,
    pub(crate) parts: QueryResponse,
    pub(crate) board: Board,
    pub(crate) hours: QueryResponse,
    pub(crate) hours_range: TimeRange,
    pub(crate) zone: &'a IanaZone,
    pub(crate) lately: QueryResponse,
}

pub(crate) fn put_together(read: Read<'_>) -> GetAgentResponse {
    let Read { parts, board, .. } = read;
    let series = only(&parts, STANDING);
    let details = only(&parts, DETAILS);
    let lately = only(&read.lately, LATELY);
    let (rank, previous_rank) = board.ranks(read.agent_id);
    GetAgentResponse {
        suggestions: suggestions(&series, &details, &lately),
        standing: Some(AgentStanding {
            workspace_id: read.workspace_id.to_owned(),
            agent_id: read.agent_id.to_owned(),
            name: read.name,
            rank,
            previous_rank,
            success_interval: judged(&series, |one| one.total.as_ref())
                .wilson()
                .map(interval),
            previous_success_interval: judged(&series, |one| one.previous_total.as_ref())
                .wilson()
                .map(interval),
            series,
        }),
        ranked_agents: board.ranked(),
        details,
        models: groups(&parts, MODELS),
        error_kinds: groups(&parts, ERROR_KINDS),
        versions: versions(groups(&parts, VERSIONS)),
        hours: hours(find(&read.hours, HOURS), read.zone),
        hours_range: Some(read.hours_range),
        provenance: find(&parts, STANDING).and_then(|answer| answer.provenance.clone()),
    }
}

/// The range that was answered.
pub(crate) fn effective_range(parts: &QueryResponse) -> Option<TimeRange> {
    let provenance = find(parts, STANDING)?.provenance.as_ref()?;
    provenance.effective_range.clone()
}

fn find<'a>(response: &'a QueryResponse, id: &str) -> Option<&'a Answer> {
    response.results.iter().find(|result| result.id == id)
}

fn groups(response: &QueryResponse, id: &str) -> Vec<Group> {
    find(response, id).map_or_else(Vec::new, |answer| answer.groups.clone())
}

/// The series of a selection that is not grouped.
fn only(response: &QueryResponse, id: &str) -> Vec<Series> {
    let group = find(response, id).and_then(|answer| answer.groups.first());
    group.map_or_else(Vec::new, |group| group.series.clone())
}

fn total(series: &[Series], metric: &str) -> Option<f64> {
    let series = series.iter().find(|series| series.metric == metric)?;
    number(series.total.as_ref())
}

fn number(value: Option<&Value>) -> Option<f64> {
    match value?.number? {
        Number::Integer(integer) => Some(integer as f64),
        Number::Real(real) => Some(real),
    }
}

fn suggestions(standing: &[Series], details: &[Series], lately: &[Series]) -> Vec<AgentSuggestion> {
    let whole = |series, metric| total(series, metric).map_or(0, |number| number as u64);
    let evidence = Evidence {
        ended: whole(details, "executions_ended"),
        success: judged(standing, |one| one.total.as_ref()),
        duration_p95: total(standing, "duration_p95").map(|micros| micros as u64),
        tokens_mean: total(standing, "tokens_mean"),
        lately: whole(lately, "executions"),
    };
    let suggestion = |one: suggestion::Suggestion| AgentSuggestion {
        rule: match one.rule {
            Rule::Failing => proto::SuggestionRule::Failing,
            Rule::Slow => proto::SuggestionRule::Slow,
            Rule::Costly => proto::SuggestionRule::Costly,
            Rule::Idle => proto::SuggestionRule::Idle,
        }
        .into(),
        value: one.value,
        bound: one.bound,
    };
    suggestion::suggestions(&evidence)
        .into_iter()
        .map(suggestion)
        .collect()
}

/// Each version beside the one of which most is known. What is merged into "other" is no version.
fn versions(groups: Vec<Group>) -> Vec<AgentVersion> {
    let groups: Vec<Group> = groups
        .into_iter()
        .filter(|group| group.other_groups == 0)
        .collect();
    let seen = |group: &Group| judged(&group.series, |one| one.total.as_ref());
    let most = |at: &usize| (seen(&groups[*at]).trials, std::cmp::Reverse(*at));
    let baseline = (0..groups.len()).max_by_key(most);
    let compared = baseline.map(|at| seen(&groups[at])).unwrap_or_default();
    let version = |(at, group): (usize, &Group)| {
        let own = seen(group);
        let is_baseline = Some(at) == baseline;
        let difference = own.above(compared).filter(|_| !is_baseline);
        AgentVersion {
            version: group.keys.first().and_then(|key| key.id.clone()),
            series: group.series.clone(),
            success_interval: own.wilson().map(interval),
            baseline: is_baseline,
            difference: difference.map(|one| one.value),
            difference_interval: difference.map(|one| interval(one.interval)),
            verdict: difference.map(|one| verdict(one.verdict()).into()),
        }
    };
    groups.iter().enumerate().map(version).collect()
}

pub(crate) fn verdict(verdict: Verdict) -> proto::Verdict {
    match verdict {
        Verdict::Better => proto::Verdict::Better,
        Verdict::Worse => proto::Verdict::Worse,
        Verdict::NotDistinguishable => proto::Verdict::NotDistinguishable,
    }
}

/// Hours of a range, added up by what the clocks show when they begin.
fn hours(answer: Option<&Answer>, zone: &IanaZone) -> Vec<WeekHour> {
    let mut week: Vec<(WeekHour, u64, u64)> = (0..168)
        .map(|at| {
            let hour = WeekHour {
                weekday: at / 24 + 1,
                hour: at % 24,
                ..WeekHour::default()
            };
            (hour, 0, 0)
        })
        .collect();
    let Some(answer) = answer else {
        return week.into_iter().map(|(hour, ..)| hour).collect();
    };
    let series = answer.groups.first().map_or(&[][..], |group| &group.series);
    let value = |metric: usize, bucket: usize| {
        count(series.get(metric).and_then(|one| one.values.get(bucket)))
    };
    let read = answer
        .provenance
        .as_ref()
        .and_then(|provenance| instant(provenance.snapshot_time.as_ref()));
    for (bucket, range) in answer.buckets.iter().enumerate() {
        let Some(start) = instant(range.start.as_ref()) else {
            continue;
        };
        if read.is_some_and(|read| start > read) {
            break;
        }
        let local = local_time(zone, start);
        let at = local.weekday().num_days_from_monday() * 24 + local.hour();
        let (hour, completed, judged) = &mut week[at as usize];
        hour.hours += 1;
        hour.executions += value(0, bucket);
        *completed += value(1, bucket);
        *judged += value(1, bucket) + value(2, bucket) + value(3, bucket);
    }
    week.into_iter()
        .map(|(hour, completed, judged)| WeekHour {
            success_rate: (judged > 0).then(|| completed as f64 / judged as f64),
            ..hour
        })
        .collect()
}

fn instant(at: Option<&prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    let at = at?;
    DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?)
}

#[cfg(test)]
mod tests;
