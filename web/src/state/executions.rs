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
mod tests {
    use shadow_proto::streaming::v1::{ExecutionIdentity, ExecutionStatus, Step};

    use super::*;
    use crate::state::{query::timestamp, view::Compare};

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-11-23T20:{text}Z").parse().unwrap()
    }

    fn question(start: &str, end: &str) -> Question {
        Question {
            workspace: Some("w1".to_owned()),
            range: Range {
                start: start.parse().unwrap(),
                end: end.parse().unwrap(),
            },
            zone: "Asia/Kolkata".to_owned(),
            compare: Compare::Previous,
        }
    }

    #[test]
    fn the_part_of_the_page_is_that_of_the_address_or_the_first_that_may_be_seen() {
        for tab in Tab::ALL {
            assert_eq!(Tab::of(Some(tab.id()), true), tab);
        }
        assert_eq!(Tab::of(None, true), Tab::Live);
        assert_eq!(Tab::of(Some("else"), false), Tab::Overview);
    }

    #[test]
    fn the_address_is_asked_for() {
        let view = View::parse(
            "tab=list&agent=a-1&status=timed_out&model=m-1&user=u-1&min_duration=10&trigger=api\
             &error_kind=&search=x&sort=-duration&page=AQ",
        );
        let question = question("2026-11-01T00:00:00Z", "2026-11-24T00:00:00Z");
        let request = list_request(&question, &view);
        assert_eq!(request.statuses, [i32::from(ExecutionStatus::TimedOut)]);
        assert_eq!(request.triggers, [i32::from(Trigger::Api)]);
        assert_eq!(request.error_kind.as_deref(), Some(""));
        assert_eq!(request.min_duration.map(|length| length.seconds), Some(10));
        assert_eq!(
            (request.order_by.as_str(), request.reversed),
            ("duration", true)
        );
        assert_eq!(
            (request.contains.as_str(), request.page_token.as_str()),
            ("x", "AQ")
        );
        assert!(
            is_narrowed(&view) && !is_narrowed(&View::parse("tab=list&sort=duration&range=7d"))
        );
        assert!(is_narrowed(&View::parse("tab=list&error_kind=")));
    }

    #[test]
    fn of_a_long_range_the_end_is_asked_for() {
        let long = question("2020-01-01T00:00:00Z", "2026-11-24T00:00:00Z");
        let request = list_request(&long, &View::default());
        let range = request.range.unwrap();
        let days = (range.end.unwrap().seconds - range.start.unwrap().seconds) / 86_400;
        assert_eq!((days, is_cut(&long)), (366, true));
        let day = question("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z");
        assert_eq!(throughput_request(&day).granularity(), Granularity::Minute);
        assert!(!is_cut(&day));
        assert_eq!(throughput_request(&long).granularity(), Granularity::Month);
    }

    #[test]
    fn steps_lie_in_the_time_of_their_execution() {
        let execution = Execution {
            identity: Some(ExecutionIdentity {
                opened_at: Some(timestamp(at("00:00"))),
                ..ExecutionIdentity::default()
            }),
            started_at: Some(timestamp(at("00:10"))),
            ended_at: Some(timestamp(at("00:30"))),
            ..Execution::default()
        };
        let step = |started: Option<&str>, ended: &str| ExecutionStep {
            step: Some(Step {
                started_at: started.map(|text| timestamp(at(text))),
                ..Step::default()
            }),
            ended_at: Some(timestamp(at(ended))),
        };
        // The last reports its end after that of the execution.
        let steps = [step(Some("00:10"), "00:20"), step(None, "00:40")];
        let found = timeline(&execution, &steps, at("59:59"));
        assert_eq!(found.micros, 40e6);
        assert_eq!(
            found.queue,
            Some(Bar {
                from: Some(0.0),
                to: 0.25
            })
        );
        assert_eq!(
            found.run,
            Some(Bar {
                from: Some(0.25),
                to: 0.75
            })
        );
        assert_eq!(
            found.steps[0],
            Bar {
                from: Some(0.25),
                to: 0.5
            }
        );
        assert_eq!(
            found.steps[1],
            Bar {
                from: None,
                to: 1.0
            }
        );
        assert_eq!((took(&steps[0]), took(&steps[1])), (Some(10e6), None));
        let open = Execution {
            ended_at: None,
            ..execution
        };
        assert_eq!(timeline(&open, &[], at("00:20")).micros, 20e6);
        assert_eq!(open_for(&open, at("00:20")), Some(20e6));
    }

    #[test]
    fn idle_minutes_are_minutes() {
        assert_eq!(per_minute(3, 60), Some(0.05));
        assert_eq!(per_minute(0, 0), None);
    }
}
