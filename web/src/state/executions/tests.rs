//! What is asked for, and how steps lie in time.

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
    assert!(is_narrowed(&view) && !is_narrowed(&View::parse("tab=list&sort=duration&range=7d")));
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
