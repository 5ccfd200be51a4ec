use shadow_proto::metrics::v1::{Bucket, Key};

use super::*;
use crate::reply::timestamp;

fn integer(integer: i64) -> Option<Value> {
    Some(Value {
        number: Some(Number::Integer(integer)),
    })
}

fn version(name: Option<&str>, completed: i64, failed: i64) -> Group {
    let series = ["executions", "completed", "failed", "timed_out"]
        .into_iter()
        .zip([completed + failed, completed, failed, 0])
        .map(|(metric, count)| Series {
            metric: metric.to_owned(),
            total: integer(count),
            ..Series::default()
        });
    Group {
        keys: vec![Key {
            id: name.map(str::to_owned),
            ..Key::default()
        }],
        series: series.collect(),
        other_groups: 0,
    }
}

#[test]
fn versions_are_compared_with_the_one_that_is_known_best() {
    let other = Group {
        other_groups: 2,
        ..Group::default()
    };
    let found = versions(vec![
        version(Some("2"), 900, 100),
        version(Some("3"), 97, 1),
        version(Some("1"), 40, 40),
        version(None, 9, 1),
        version(Some("4"), 0, 0),
        other,
    ]);
    let verdicts: Vec<_> = found
        .iter()
        .map(|one| {
            (
                one.version.as_deref(),
                one.baseline,
                one.verdict.map(|_| one.verdict()),
            )
        })
        .collect();
    assert_eq!(
        verdicts,
        [
            (Some("2"), true, None),
            (Some("3"), false, Some(proto::Verdict::Better)),
            (Some("1"), false, Some(proto::Verdict::Worse)),
            (None, false, Some(proto::Verdict::NotDistinguishable)),
            (Some("4"), false, None),
        ]
    );
    assert_eq!(found[2].difference, Some(0.5 - 0.9));
    assert!(versions(Vec::new()).is_empty());
}

/// One execution in each hour of a range.
fn one_an_hour(start: &str, hours: i64) -> Answer {
    let start: DateTime<Utc> = start.parse().unwrap();
    let at = |hour| Some(timestamp(start + chrono::TimeDelta::hours(hour)));
    let bucket = |hour| Bucket {
        start: at(hour),
        end: at(hour + 1),
        complete: true,
    };
    let values = |each: i64| vec![integer(each).unwrap(); hours as usize];
    Answer {
        buckets: (0..hours).map(bucket).collect(),
        groups: vec![Group {
            series: [1, 1, 0, 0]
                .map(|each| Series {
                    values: values(each),
                    ..Series::default()
                })
                .to_vec(),
            ..Group::default()
        }],
        ..Answer::default()
    }
}

#[test]
fn a_change_of_daylight_saving_adds_an_hour_or_takes_one() {
    let zone = IanaZone::parse("America/New_York").unwrap();
    let sunday = |hour: usize| 6 * 24 + hour;
    // Monday to Sunday on the clocks of New York: on 8 March 2026 there is no 2 o'clock, on 1 November 1 o'clock is twice.
    let spring = hours(Some(&one_an_hour("2026-03-02T05:00:00Z", 167)), &zone);
    assert_eq!(spring.len(), 168);
    assert_eq!(spring[sunday(2)].hours, 0);
    assert_eq!(spring[sunday(2)].success_rate, None);
    assert!(
        spring
            .iter()
            .enumerate()
            .all(|(at, one)| at == sunday(2) || one.executions == 1)
    );
    let autumn = hours(Some(&one_an_hour("2026-10-26T04:00:00Z", 169)), &zone);
    assert_eq!(
        (autumn[sunday(1)].hours, autumn[sunday(1)].executions),
        (2, 2)
    );
    assert_eq!(autumn.iter().map(|one| one.hours).sum::<u32>(), 169);
}

#[test]
fn hours_to_come_are_not_counted() {
    let mut answer = one_an_hour("2026-03-02T00:00:00Z", 24);
    answer.provenance = Some(shadow_proto::common::v1::Provenance {
        snapshot_time: Some(timestamp("2026-03-02T05:30:00Z".parse().unwrap())),
        ..Default::default()
    });
    let week = hours(Some(&answer), &IanaZone::UTC);
    assert_eq!(week.iter().map(|one| one.hours).sum::<u32>(), 6);
    assert_eq!(week[5].weekday, 1);
}
