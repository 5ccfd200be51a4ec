//! Executions one by one: which part of their page is seen, what is asked for, and how the steps of one lie in time.

use chrono::{DateTime, TimeDelta, Utc};
use prost_types::Duration;
use shadow_domain::time::Range;
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{
        ExecutionStep, GetExecutionRequest, GetThroughputRequest, ListExecutionsRequest,
        ListOpenExecutionsRequest, QueryRequest, Selection,
    },
    streaming::v1::{Execution, Trigger},
};

use super::{
    query::{Question, instant},
    status::parse_status,
    view::View,
};

/// How many executions a page has.
pub const PAGE_SIZE: u32 = 50;
/// How many executions are shown beside something else.
pub const RECENT: u32 = 10;
/// The longest range that executions are listed of, in days.
const LONGEST_DAYS: i64 = 366;

/// The selection of durations over the whole range.
pub const DURATIONS: &str = "durations";
/// Percentiles that are drawn over time beside those of the overview.
const OVER_TIME: [&str; 3] = ["duration_p99", "queue_wait_p50", "queue_wait_p95"];
/// Durations over the whole range.
const DURATION_METRICS: [&str; 15] = [
    "duration_p50",
    "duration_p90",
    "duration_p95",
    "duration_p99",
    "duration_mean",
    "duration_max",
    "duration_other_p50",
    "duration_other_p95",
    "duration_under_1s",
    "duration_1s_to_5s",
    "duration_5s_to_10s",
    "duration_10s_to_30s",
    "duration_30s_to_60s",
    "duration_over_60s",
    "queue_wait_mean",
];

/// A part of the page of executions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// As they happen.
    Live,
    /// How they did.
    Overview,
    /// One by one.
    List,
    /// Those that have not ended.
    Open,
}

impl Tab {
    /// Every part, in the order in which it is offered.
    pub const ALL: [Self; 4] = [Self::Live, Self::Overview, Self::List, Self::Open];

    /// The word in the address.
    pub fn id(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Overview => "overview",
            Self::List => "list",
            Self::Open => "open",
        }
    }

    /// What a person reads.
    pub fn label(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Overview => "Overview",
            Self::List => "List",
            Self::Open => "Open and stale",
        }
    }

    /// The part that an address asks for; else the first that the person may see.
    pub fn of(word: Option<&str>, may_watch: bool) -> Self {
        let named = Self::ALL.into_iter().find(|tab| Some(tab.id()) == word);
        named.unwrap_or(if may_watch {
            Self::Live
        } else {
            Self::Overview
        })
    }

    /// Whether it is about a range of time.
    pub fn has_range(self) -> bool {
        matches!(self, Self::Overview | Self::List)
    }
}

/// What asks for executions, in the order in which it is offered: the word in the address, and what a person reads.
pub const TRIGGERS: [(&str, &str, Trigger); 4] = [
    ("user", "User", Trigger::User),
    ("schedule", "Schedule", Trigger::Schedule),
    ("api", "API", Trigger::Api),
    ("agent", "Agent", Trigger::Agent),
];

/// Whether a list of executions leaves any out.
pub fn is_narrowed(view: &View) -> bool {
    View {
        list: Default::default(),
        ..view.clone()
    } != View {
        tab: view.tab.clone(),
        ..view.elsewhere()
    } || view.list.is_narrowed()
}

/// Asks for a page of executions.
pub fn list_request(question: &Question, view: &View) -> ListExecutionsRequest {
    let list = &view.list;
    let trigger = TRIGGERS
        .iter()
        .find(|(word, ..)| list.trigger.as_deref() == Some(*word));
    ListExecutionsRequest {
        range: Some(question_of(question).time_range()),
        workspace_ids: question.workspace.iter().cloned().collect(),
        agent_id: view.agent.clone(),
        statuses: view
            .status
            .as_deref()
            .and_then(parse_status)
            .map(i32::from)
            .into_iter()
            .collect(),
        model: view.model.clone(),
        user_id: view.user.clone(),
        min_duration: (view.min_seconds > 0).then(|| Duration {
            seconds: view.min_seconds.into(),
            nanos: 0,
        }),
        triggers: trigger
            .map(|(.., trigger)| (*trigger).into())
            .into_iter()
            .collect(),
        error_kind: view.error_kind.clone(),
        contains: list.contains.clone(),
        order_by: list.sort.clone().unwrap_or_default(),
        reversed: list.reversed,
        page_size: PAGE_SIZE,
        page_token: list.page.clone().unwrap_or_default(),
    }
}

/// Asks for the last executions of one agent.
pub fn recent_request(question: &Question, agent_id: &str) -> ListExecutionsRequest {
    ListExecutionsRequest {
        range: Some(question_of(question).time_range()),
        workspace_ids: question.workspace.iter().cloned().collect(),
        agent_id: Some(agent_id.to_owned()),
        page_size: RECENT,
        ..ListExecutionsRequest::default()
    }
}

/// Asks for one execution.
pub fn one_request(workspace: &str, execution_id: &str) -> GetExecutionRequest {
    GetExecutionRequest {
        workspace_id: workspace.to_owned(),
        execution_id: execution_id.to_owned(),
    }
}

/// Asks for what is open.
pub fn open_request(view: &View) -> ListOpenExecutionsRequest {
    ListOpenExecutionsRequest {
        workspace_ids: view.workspace.iter().cloned().collect(),
        stale_only: view.status.as_deref() == Some("stale"),
        page_size: PAGE_SIZE,
        page_token: view.list.page.clone().unwrap_or_default(),
    }
}

/// Asks how executions did.
pub fn overview_request(question: &Question) -> QueryRequest {
    let mut request = question.request();
    request.selections.truncate(1);
    for selection in &mut request.selections {
        let more = OVER_TIME.iter().map(|metric| (*metric).to_owned());
        selection.metrics.extend(more);
    }
    request.selections.push(Selection {
        id: DURATIONS.to_owned(),
        metrics: DURATION_METRICS
            .iter()
            .map(|metric| (*metric).to_owned())
            .collect(),
        granularity: Granularity::Total.into(),
        ..Selection::default()
    });
    request
}

/// Asks how executions flow: by the minute of up to a day and a half, else as long as the other charts have it.
pub fn throughput_request(question: &Question) -> GetThroughputRequest {
    let question = question_of(question);
    GetThroughputRequest {
        range: Some(question.time_range()),
        workspace_ids: question.workspace.iter().cloned().collect(),
        granularity: flow_granularity(&question).into(),
    }
}

/// The bucket length of the flow.
pub fn flow_granularity(question: &Question) -> Granularity {
    let length = question.range.end - question.range.start;
    if length <= TimeDelta::hours(36) {
        Granularity::Minute
    } else {
        question.granularity()
    }
}

/// Whether only the end of the question's range is looked at.
pub fn is_cut(question: &Question) -> bool {
    question_of(question).range != question.range
}

/// The question about as much of its range as executions are listed of: the end of it.
fn question_of(question: &Question) -> Question {
    let Range { start, end } = question.range;
    Question {
        range: Range {
            start: start.max(end - TimeDelta::days(LONGEST_DAYS)),
            end,
        },
        ..question.clone()
    }
}

/// Where something lies in the time of an execution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Where it begins, as a share of the whole; absent where that is unknown.
    pub from: Option<f64>,
    /// Where it ends.
    pub to: f64,
}

/// An execution and its steps in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// How long all of it is, in microseconds.
    pub micros: f64,
    /// From opening to start; absent where the start is unknown.
    pub queue: Option<Bar>,
    /// From start to end, or to now.
    pub run: Option<Bar>,
    /// Each step.
    pub steps: Vec<Bar>,
}

/// Lays an execution and its steps out from its opening to the last of their ends; to now while it is open.
pub fn timeline(execution: &Execution, steps: &[ExecutionStep], now: DateTime<Utc>) -> Timeline {
    let identity = execution.identity.as_ref();
    let opened = identity.and_then(|one| instant(one.opened_at.as_ref()));
    let opened = opened.unwrap_or(now);
    let started = instant(execution.started_at.as_ref());
    let ended = instant(execution.ended_at.as_ref());
    let ends = steps
        .iter()
        .filter_map(|step| instant(step.ended_at.as_ref()));
    let last = ends
        .chain([ended.unwrap_or(now)])
        .max()
        .unwrap_or(opened)
        .max(opened);
    let micros = length(last - opened);
    let share = |at: DateTime<Utc>| match micros {
        0.0 => 0.0,
        whole => (length(at - opened) / whole).clamp(0.0, 1.0),
    };
    let run_end = share(ended.unwrap_or(now));
    Timeline {
        micros,
        queue: started.map(|started| Bar {
            from: Some(0.0),
            to: share(started),
        }),
        run: started.map(|started| Bar {
            from: Some(share(started)),
            to: run_end,
        }),
        steps: steps
            .iter()
            .map(|one| {
                let started = one.step.as_ref().and_then(|step| step.started_at.as_ref());
                Bar {
                    from: instant(started).map(share),
                    to: instant(one.ended_at.as_ref()).map_or(0.0, share),
                }
            })
            .collect(),
    }
}

/// How long a step took, in microseconds; absent where its start is unknown.
pub fn took(step: &ExecutionStep) -> Option<f64> {
    let started = instant(step.step.as_ref()?.started_at.as_ref())?;
    Some(length(instant(step.ended_at.as_ref())? - started))
}

/// A length in microseconds; what is less than nothing is nothing.
fn length(length: TimeDelta) -> f64 {
    length
        .num_microseconds()
        .map_or(0.0, |micros| micros.max(0) as f64)
}

/// A length that arrived, in microseconds.
pub fn micros(length: Option<&Duration>) -> Option<f64> {
    let length = length?;
    Some(length.seconds as f64 * 1e6 + f64::from(length.nanos) / 1e3)
}

/// For how long an execution has been open, in microseconds.
pub fn open_for(execution: &Execution, now: DateTime<Utc>) -> Option<f64> {
    let opened = instant(execution.identity.as_ref()?.opened_at.as_ref())?;
    Some(length(now - opened))
}

/// The mean of a count per minute; absent where no minute has begun.
pub fn per_minute(count: u64, minutes: u64) -> Option<f64> {
    (minutes > 0).then(|| count as f64 / minutes as f64)
}

#[cfg(test)]
mod tests;
