//! What one agent's page is made of.

use std::rc::Rc;

use prost_types::Timestamp;
use shadow_proto::{
    common::v1::TimeRange,
    metrics::v1::{
        AgentSuggestion, AgentVersion, Interval, Series, SuggestionRule, Value, Verdict, WeekHour,
        value::Number,
    },
};
use yew::prelude::*;

use super::specimen;
use crate::{
    catalogue::Catalogue,
    components::agents::{Durations, Hours, Suggestions, Versions},
};

/// What one agent's page is made of.
pub(super) fn specimens() -> Html {
    let catalogue = Rc::<Catalogue>::default();
    html! {
        <>
            { specimen("Suggestions", [("each rule", html! { <Suggestions suggestions={suggestions()} /> })]) }
            { specimen("Versions", [("each verdict", html! { <Versions versions={versions()} catalogue={catalogue.clone()} /> })]) }
            { specimen("Durations", [
                ("known", html! { <Durations series={durations()} catalogue={catalogue.clone()} /> }),
                ("nothing completed", html! { <Durations series={Vec::new()} {catalogue} /> }),
            ]) }
            { specimen("Hours of the week", [("by day", html! { <Hours hours={hours()} range={month()} /> })]) }
        </>
    }
}

fn suggestions() -> Vec<AgentSuggestion> {
    [
        (SuggestionRule::Failing, 0.812, 0.9),
        (SuggestionRule::Slow, 42_000_000.0, 30_000_000.0),
        (SuggestionRule::Costly, 12_400.0, 10_000.0),
        (SuggestionRule::Idle, 0.0, 30.0),
    ]
    .map(|(rule, value, bound)| AgentSuggestion {
        rule: rule.into(),
        value,
        bound,
    })
    .to_vec()
}

fn series(metric: &str, value: f64) -> Series {
    Series {
        metric: metric.to_owned(),
        total: Some(Value {
            number: Some(Number::Real(value)),
        }),
        ..Series::default()
    }
}

fn versions() -> Vec<AgentVersion> {
    let around = |middle: f64, reach: f64| {
        Some(Interval {
            low: middle - reach,
            high: (middle + reach).min(1.0),
        })
    };
    let version = |name: &str, rate: f64, verdict: Option<(Verdict, f64)>| AgentVersion {
        version: Some(name.to_owned()),
        series: vec![series("success_rate", rate), series("executions", 1_200.0)],
        success_interval: around(rate, 0.03),
        baseline: verdict.is_none(),
        difference: verdict.map(|(_, difference)| difference),
        difference_interval: verdict.and_then(|(_, difference)| around(difference, 0.02)),
        verdict: verdict.map(|(verdict, _)| verdict.into()),
    };
    vec![
        version("2.1", 0.9, None),
        version("2.2", 0.95, Some((Verdict::Better, 0.05))),
        version("1.9", 0.82, Some((Verdict::Worse, -0.08))),
        version("2.0", 0.91, Some((Verdict::NotDistinguishable, 0.01))),
    ]
}

fn durations() -> Vec<Series> {
    [
        ("duration_under_1s", 420.0),
        ("duration_1s_to_5s", 1_310.0),
        ("duration_5s_to_10s", 240.0),
        ("duration_10s_to_30s", 80.0),
        ("duration_30s_to_60s", 12.0),
        ("duration_over_60s", 3.0),
        ("duration_p50", 2_100_000.0),
        ("duration_p95", 9_400_000.0),
    ]
    .map(|(metric, value)| series(metric, value))
    .to_vec()
}

/// Four weeks on the clocks of Berlin.
fn month() -> TimeRange {
    let at = |seconds| {
        Some(Timestamp {
            seconds,
            ..Timestamp::default()
        })
    };
    // From the 28th of September 2026 to the 25th of October, with the hour that the clocks go back.
    TimeRange {
        start: at(1_790_546_400),
        end: at(1_792_969_200),
        zone: "Europe/Berlin".to_owned(),
    }
}

/// More by day than at night, and less at the weekend.
fn hours() -> Vec<WeekHour> {
    (0..168_u32)
        .map(|at| {
            let (day, hour) = (at / 24, at % 24);
            let by_day = 12 - hour.abs_diff(13).min(12);
            WeekHour {
                weekday: day + 1,
                hour,
                hours: 4,
                executions: u64::from(if day < 5 { by_day * 8 } else { by_day }),
                success_rate: Some(0.93),
            }
        })
        .collect()
}
