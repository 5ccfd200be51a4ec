//! Numbers of one answer agree with each other, in any zone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use proptest::prelude::*;
use shadow_domain::catalogue::{self, Additivity, Value};
use shadow_domain::cell::Dimension;
use shadow_domain::execution::{Execution, Trigger};
use shadow_domain::partial::Partial;
use shadow_domain::time::{Granularity, IanaZone, QuarterHour, Range, UtcDay, buckets};

use crate::support::{CONTEXT, START, bytes, cases, delta, merged, number, page, total, value};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn keys_of_a_dimension_add_up(cases in cases(80)) {
        let delta = delta(&cases);
        let all = total(&delta);
        let additive = catalogue::all().iter().filter(|metric| metric.additivity == Additivity::Additive);
        for metric in additive {
            for dimension in metric.dimensions {
                let keys = delta.0.keys().filter(|cell| cell.dimension == *dimension);
                let keys = keys.map(|cell| cell.key.as_str()).collect::<BTreeSet<_>>();
                let values = keys.iter().filter_map(|key| value(metric, &page(&delta, *dimension, key).day));
                let sum = values.map(Value::as_f64).sum::<f64>();
                let whole = value(metric, &all).map_or(0.0, Value::as_f64);
                prop_assert_eq!(sum, whole, "{} by {:?}", metric, dimension);
            }
        }
    }

    #[test]
    fn workspaces_add_up_to_the_platform(some in prop::collection::vec(cases(30), 0..5)) {
        let workspaces: Vec<Partial> = some.iter().map(|cases| total(&delta(cases))).collect();
        let platform = merged(&workspaces);
        let additive = catalogue::all().iter().filter(|metric| metric.additivity == Additivity::Additive);
        for metric in additive {
            let values = workspaces.iter().filter_map(|one| value(metric, one));
            let sum = values.map(Value::as_f64).sum::<f64>();
            let whole = value(metric, &platform).map_or(0.0, Value::as_f64);
            prop_assert_eq!(sum, whole, "{}", metric);
        }
    }

    #[test]
    fn numbers_of_one_answer_agree(cases in cases(80)) {
        let all = total(&delta(&cases));
        let count = |matches: fn(&Execution) -> bool| {
            cases.iter().filter(|case| matches(&case.execution)).count() as i128
        };
        prop_assert_eq!(number("executions", &all), cases.len() as i128);
        prop_assert_eq!(number("executions_started", &all), count(|e| e.started_at.is_some()));
        prop_assert_eq!(number("executions_ended", &all), count(|e| e.end.is_some()));
        prop_assert_eq!(number("open_executions", &all), count(|e| e.end.is_none()));
        prop_assert_eq!(number("feedback", &all), count(|e| e.feedback.is_some()));
        let ratings = cases.iter().filter_map(|case| case.execution.feedback.as_ref());
        let ratings = ratings.map(|feedback| f64::from(feedback.rating)).collect::<Vec<_>>();
        let mean = (!ratings.is_empty()).then(|| ratings.iter().sum::<f64>() / ratings.len() as f64);
        let found = value(catalogue::find("rating_mean").unwrap(), &all).map(Value::as_f64);
        prop_assert_eq!(found, mean);
        let steps = cases.iter().map(|case| i128::from(case.steps.0)).sum::<i128>();
        let failed = cases.iter().map(|case| i128::from(case.steps.1)).sum::<i128>();
        prop_assert_eq!((number("steps", &all), number("failed_steps", &all)), (steps, failed));
        let per_run = (!cases.is_empty()).then(|| steps as f64 / cases.len() as f64);
        let found = value(catalogue::find("steps_per_run").unwrap(), &all).map(Value::as_f64);
        prop_assert_eq!(found, per_run);
        let outcomes = ["completed", "failed", "timed_out", "cancelled", "unknown_outcome"];
        let sum = |ids: &[&str]| ids.iter().map(|id| number(id, &all)).sum::<i128>();
        prop_assert_eq!(sum(&outcomes), number("executions_ended", &all));
        prop_assert_eq!(number("throughput_opened", &all), number("executions", &all));
        prop_assert_eq!(number("throughput_started", &all), number("executions_started", &all));
        prop_assert_eq!(number("throughput_ended", &all), number("executions_ended", &all));
        prop_assert_eq!(number("throughput_failed", &all), sum(&["failed", "timed_out"]));
        let histogram = ["duration_under_1s", "duration_1s_to_5s", "duration_5s_to_10s", "duration_10s_to_30s",
            "duration_30s_to_60s", "duration_over_60s"];
        prop_assert_eq!(sum(&histogram), i128::from(all.completed_durations.count()));
        if all.completed_durations.count() > 0 {
            let order = ["duration_min", "duration_p50", "duration_p90", "duration_p95", "duration_p99", "duration_max"];
            prop_assert!(order.map(|id| number(id, &all)).is_sorted());
        }
        for metric in catalogue::all() {
            if let Some(known) = metric.known {
                let (known, of) = known(&all, &CONTEXT);
                prop_assert!(known <= of, "{metric}: {known} of {of}");
            }
        }
    }

    #[test]
    fn minutes_and_bookings_are_by_each_events_own_time(cases in cases(40)) {
        let delta = delta(&cases);
        let mut ended = BTreeMap::<i64, i128>::new();
        for end in cases.iter().filter_map(|case| case.execution.end.as_ref()) {
            *ended.entry(end.ended_at.timestamp() / 60).or_default() += 1;
        }
        let mut booked = BTreeMap::<QuarterHour, (u64, u128)>::new();
        for end in cases.iter().filter_map(|case| case.execution.end.as_ref()) {
            if let Some(credits) = end.credits_micro {
                let (runs, sum) = booked.entry(QuarterHour::of(end.ended_at)).or_default();
                (*runs, *sum) = (*runs + 1, *sum + u128::from(credits.unsigned_abs()));
            }
        }
        let spent = delta.0.iter().filter(|(_, partial)| partial.booked.known > 0);
        let spent = spent.inspect(|(cell, _)| assert_eq!(cell.dimension, Dimension::Total));
        let spent = spent.map(|(cell, partial)| (cell.quarter, (partial.booked.known, partial.booked.sum)));
        prop_assert_eq!(spent.collect::<BTreeMap<_, _>>(), booked);
        let mut found = BTreeMap::<i64, i128>::new();
        for (cell, partial) in delta.0.iter().filter(|(cell, _)| cell.dimension == Dimension::Total) {
            for minute in 0..15 {
                let count = number("throughput_ended", &partial.of_minute(minute));
                if count > 0 {
                    found.insert(cell.quarter.0 * 15 + minute as i64, count);
                }
            }
        }
        prop_assert_eq!(found, ended);
    }

    #[test]
    fn users_of_a_day_a_week_and_a_month(cases in cases(80), day in 0i64..14) {
        let delta = delta(&cases);
        let last = UtcDay((START / 86_400 + day) as i32);
        let trailing = |days: i32| {
            let page = page(&delta, Dimension::Total, "");
            let within = |quarter: QuarterHour| quarter.day() <= last && quarter.day().0 > last.0 - days;
            merged(page.quarters.iter().filter(|(quarter, _)| within(**quarter)).map(|(_, partial)| partial))
        };
        let active = |days: i32| {
            let users = cases.iter().filter(|case| {
                let opened = UtcDay::of(case.execution.identity.opened_at);
                opened <= last && opened.0 > last.0 - days && case.execution.identity.trigger == Trigger::User
            });
            users.filter_map(|case| case.user).collect::<BTreeSet<_>>().len() as i128
        };
        let (dau, wau, mau) = (
            number("dau", &trailing(1)), number("wau", &trailing(7)), number("mau", &trailing(30)),
        );
        prop_assert_eq!((dau, wau, mau), (active(1), active(7), active(30)));
        prop_assert!(dau <= wau && wau <= mau);
    }

    #[test]
    fn buckets_of_any_zone_add_up(
        cases in cases(60),
        zone in prop::sample::select(vec!["UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu"]),
        granularity in prop::sample::select(vec![
            Granularity::QuarterHour, Granularity::Hour, Granularity::Day, Granularity::Week, Granularity::Month,
        ]),
    ) {
        let zone = IanaZone::parse(zone).unwrap();
        let quarters = page(&delta(&cases), Dimension::Total, "").quarters;
        let start = UtcDay((START / 86_400 - 1) as i32).start();
        let range = Range::new(start, start + TimeDelta::days(20)).unwrap();
        let series = buckets(&range, granularity, &zone, 2000).unwrap();
        let parts = series.iter().map(|bucket| {
            let (first, end) = (QuarterHour::of(bucket.start), QuarterHour::of(bucket.end));
            merged(quarters.range(first..end).map(|(_, partial)| partial))
        });
        let parts = parts.collect::<Vec<_>>();
        prop_assert_eq!(bytes(&merged(&parts)), bytes(&merged(quarters.values())));
    }
}
