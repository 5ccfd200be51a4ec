//! The one question that a page of metrics asks.

use chrono::{DateTime, Utc};
use prost_types::{Duration, Timestamp};
use shadow_domain::time::Range;
use shadow_proto::{
    common::v1::{Comparison, Granularity, TimeRange},
    metrics::v1::{Dimension, QueryRequest, Selection, Top},
};

use super::{range, view::Compare};

/// The selection of everything over the whole scope.
pub const OVERVIEW: &str = "overview";
/// The selection of metrics that look back over days.
pub const AUDIENCE: &str = "audience";
/// The selection of the busiest agents.
pub const AGENTS: &str = "agents";
/// The selection of the most used models.
pub const MODELS: &str = "models";

/// How many agents and models are named before "other".
pub const TOP: u32 = 8;

/// Metrics of the overview.
pub const OVERVIEW_METRICS: [&str; 20] = [
    "executions",
    "completed",
    "failed",
    "timed_out",
    "cancelled",
    "unknown_outcome",
    "open_executions",
    "success_rate",
    "duration_p50",
    "duration_p95",
    "active_users",
    "active_agents",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "credits",
    "wasted_credits",
    "cost",
    "cost_per_success",
    "executions_ended",
];
/// Metrics that look back over days.
pub const AUDIENCE_METRICS: [&str; 4] = ["dau", "wau", "mau", "stickiness"];
/// Metrics of the table of agents; the first orders it.
pub const AGENT_METRICS: [&str; 5] = [
    "executions",
    "success_rate",
    "duration_p95",
    "credits",
    "cost",
];
/// Metrics of the table of models; the first orders it. A model is known at the end, so ends are counted.
pub const MODEL_METRICS: [&str; 4] = ["executions_ended", "success_rate", "total_tokens", "cost"];

/// What a page of metrics asks about.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The workspace, or every one that the person may see.
    pub workspace: Option<String>,
    /// The range.
    pub range: Range,
    /// The name of the zone that decides where days begin.
    pub zone: String,
    /// What the range is compared with.
    pub compare: Compare,
}

impl Question {
    /// Everything that the page shows, in one request.
    pub fn request(&self) -> QueryRequest {
        let granularity = self.granularity();
        let select = |id: &str, metrics: &[&str], granularity: Granularity| Selection {
            id: id.to_owned(),
            metrics: metrics.iter().map(|metric| (*metric).to_owned()).collect(),
            granularity: granularity.into(),
            comparison: comparison(self.compare).map(i32::from),
            ..Selection::default()
        };
        let top = |id: &str, metrics: &[&str], dimension: Dimension| Selection {
            group_by: vec![dimension.into()],
            top: Some(Top {
                limit: TOP,
                metric: metrics[0].to_owned(),
            }),
            ..select(id, metrics, granularity)
        };
        QueryRequest {
            selections: vec![
                select(OVERVIEW, &OVERVIEW_METRICS, granularity),
                select(AUDIENCE, &AUDIENCE_METRICS, range::daily(granularity)),
                top(AGENTS, &AGENT_METRICS, Dimension::Agent),
                top(MODELS, &MODEL_METRICS, Dimension::Model),
            ],
            range: Some(self.time_range()),
            workspace_ids: self.workspace.iter().cloned().collect(),
            max_staleness: Some(Duration {
                seconds: 1,
                nanos: 0,
            }),
            currency: String::new(),
        }
    }

    /// The range as it travels.
    pub fn time_range(&self) -> TimeRange {
        TimeRange {
            start: Some(timestamp(self.range.start)),
            end: Some(timestamp(self.range.end)),
            zone: self.zone.clone(),
        }
    }

    /// The bucket length of the charts.
    pub fn granularity(&self) -> Granularity {
        range::granularity(&self.range)
    }

    /// Whether the range reaches to `now`, so that asking again may answer something else.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.range.end > now
    }
}

/// A comparison as it travels.
pub fn comparison(compare: Compare) -> Option<Comparison> {
    match compare {
        Compare::Previous => Some(Comparison::PreviousPeriod),
        Compare::Year => Some(Comparison::PreviousYear),
        Compare::Off => None,
    }
}

/// An instant as it travels.
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(0),
    }
}

/// An instant that arrived; absent where it is absent or impossible.
pub fn instant(at: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    let at = at?;
    DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(start: &str, end: &str, compare: Compare) -> Question {
        Question {
            workspace: Some("w1".to_owned()),
            range: Range {
                start: start.parse().unwrap(),
                end: end.parse().unwrap(),
            },
            zone: "Asia/Kolkata".to_owned(),
            compare,
        }
    }

    #[test]
    fn a_page_is_one_request() {
        let request = question(
            "2026-11-01T00:00:00Z",
            "2026-11-24T00:00:00Z",
            Compare::Previous,
        )
        .request();
        assert_eq!(request.workspace_ids, ["w1"]);
        assert_eq!(request.range.as_ref().unwrap().zone, "Asia/Kolkata");
        assert_eq!(request.max_staleness.as_ref().unwrap().seconds, 1);
        let ids: Vec<_> = request
            .selections
            .iter()
            .map(|one| one.id.as_str())
            .collect();
        assert_eq!(ids, [OVERVIEW, AUDIENCE, AGENTS, MODELS]);
        for selection in &request.selections {
            assert_eq!(
                selection.comparison,
                Some(Comparison::PreviousPeriod.into())
            );
            if let Some(top) = &selection.top {
                assert!(selection.metrics.contains(&top.metric), "{}", selection.id);
                assert_eq!(selection.group_by.len(), 1);
            }
        }
    }

    #[test]
    fn daily_metrics_are_asked_for_by_day_even_over_a_few_hours() {
        let request =
            question("2026-11-23T20:00:00Z", "2026-11-23T21:00:00Z", Compare::Off).request();
        assert_eq!(
            request.selections[0].granularity,
            i32::from(Granularity::QuarterHour)
        );
        assert_eq!(
            request.selections[1].granularity,
            i32::from(Granularity::Day)
        );
        assert!(
            request
                .selections
                .iter()
                .all(|selection| selection.comparison.is_none())
        );
    }

    #[test]
    fn instants_survive_the_wire() {
        let at: DateTime<Utc> = "2026-11-23T21:07:30.123456Z".parse().unwrap();
        assert_eq!(instant(Some(&timestamp(at))), Some(at));
        assert_eq!(
            instant(Some(&Timestamp {
                seconds: 0,
                nanos: -1
            })),
            None
        );
        assert_eq!(instant(None), None);
    }
}
