//! What must hold for any executions, in any order, however they were batched.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;
use shadow_domain::catalogue::{self, Additivity, Context, Kind, Metric, Value};
use shadow_domain::cell::{Delta, Dimension, Page};
use shadow_domain::execution::{Conflict, Currency, Execution, Seen, Trigger};
use shadow_domain::partial::{Partial, Reader, Sections};
use shadow_domain::time::{Granularity, IanaZone, QuarterHour, Range, UtcDay, buckets};

use support::{START, cases, delta, events, page};

const CONTEXT: Context = Context {
    currency: Currency::USD,
};

fn value(metric: &Metric, partial: &Partial) -> Option<Value> {
    match metric.kind {
        Kind::OfPartial(of) | Kind::Trailing { of, .. } => of(partial, &CONTEXT),
        Kind::Stickiness => None,
    }
}

fn number(id: &str, partial: &Partial) -> i128 {
    match value(
        catalogue::find(id).expect("an id of the catalogue"),
        partial,
    ) {
        Some(Value::Integer(number)) => number,
        other => panic!("{id} is {other:?}"),
    }
}

fn merged<'a>(partials: impl IntoIterator<Item = &'a Partial>) -> Partial {
    partials
        .into_iter()
        .fold(Partial::default(), |mut all, partial| {
            all.merge(partial);
            all
        })
}

fn total(delta: &Delta) -> Partial {
    page(delta, Dimension::Total, "").day
}

fn bytes(partial: &Partial) -> Vec<u8> {
    let mut out = Vec::new();
    partial.encode(&mut out);
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn merging_is_exact_and_canonical(a in cases(40), b in cases(40), c in cases(40)) {
        let (x, y, z) = (delta(&a), delta(&b), delta(&c));
        let mut left = x.clone();
        left.merge(&y);
        left.merge(&z);
        let mut right = y.clone();
        right.merge(&z);
        let mut swapped = right.clone();
        swapped.merge(&x);
        let at_once = delta(&[a, b, c].concat());
        prop_assert_eq!(&left, &at_once);
        prop_assert_eq!(left.encode(), at_once.encode());
        prop_assert_eq!(left.encode(), swapped.encode());
        let mut with_nothing = left.clone();
        with_nothing.merge(&Delta::default());
        prop_assert_eq!(&with_nothing, &left);
        prop_assert_eq!(Delta::decode(&left.encode()), Ok(left));

        let (p, q, r) = (total(&x), total(&y), total(&z));
        let (one, two) = (merged([&merged([&p, &q]), &r]), merged([&merged([&r, &q]), &p]));
        prop_assert_eq!(bytes(&one), bytes(&two));
        prop_assert_eq!(bytes(&one), bytes(&total(&at_once)));
        prop_assert_eq!(&merged([&Partial::default(), &one]), &merged([&one, &Partial::default()]));
        let encoded = bytes(&one);
        let mut input = &encoded[..];
        prop_assert_eq!(Partial::decode(&mut input), Ok(one));
        prop_assert!(input.is_empty());
    }

    #[test]
    fn formulas_need_no_more_than_they_read(cases in cases(40), active in 0u32..90) {
        let mut delta = delta(&cases);
        for user in 0..active {
            delta.add_activity(DateTime::from_timestamp(START, 0).unwrap(), Some(user * 3));
        }
        let mut partials: Vec<Partial> = delta.0.values().cloned().collect();
        partials.push(merged(&partials));
        let all = catalogue::all().iter().map(|metric| (Some(metric), metric.reads.and(Sections::RUNS)));
        for (metric, reads) in all.chain([(None, Sections::ALL), (None, Sections::NONE)]) {
            let mut reader = Reader::new(reads);
            for whole in &partials {
                let (bytes, numbers) = (bytes(whole), |partial: &Partial| {
                    metric.map(|metric| {
                        let known = metric.known.map(|known| known(partial, &CONTEXT));
                        (value(metric, partial), (metric.sample)(partial, &CONTEXT), known)
                    })
                });
                let mut input = &bytes[..];
                let read = reader.take(&mut input).unwrap();
                prop_assert!(input.is_empty());
                prop_assert_eq!(numbers(read), numbers(whole), "{:?}", metric);
                prop_assert!(reads != Sections::ALL || read == whole);
                prop_assert!(reads != Sections::NONE || read.is_empty());
            }
        }
        let page = page(&delta, Dimension::Total, "");
        let mut quarters = BTreeMap::new();
        let mut reader = Reader::new(Sections::ALL);
        Page::read_quarters(&page.encode_quarters(), &mut reader, |quarter, partial| {
            quarters.insert(quarter, partial.clone());
        }).unwrap();
        prop_assert_eq!(quarters, page.quarters);
    }

    #[test]
    fn activities_merge_beside_executions(
        cases in cases(20),
        activities in prop::collection::vec((0i64..3 * 86_400, prop::option::of(0u32..50)), 0..40),
        split: prop::sample::Index,
    ) {
        let add = |delta: &mut Delta, some: &[(i64, Option<u32>)]| {
            for (offset, user) in some {
                let occurred_at = DateTime::from_timestamp(START + offset, 0).unwrap();
                delta.add_activity(occurred_at, *user);
            }
        };
        let mut whole = delta(&cases);
        add(&mut whole, &activities);
        let (first, rest) = activities.split_at(split.index(activities.len() + 1));
        let (mut parts, mut second) = (Delta::default(), delta(&cases));
        add(&mut second, first);
        add(&mut parts, rest);
        parts.merge(&second);
        prop_assert_eq!(parts.encode(), whole.encode());
        prop_assert_eq!(Delta::decode(&whole.encode()), Ok(whole.clone()));

        let all = total(&whole);
        let ran = cases.iter().filter(|case| case.execution.identity.trigger == Trigger::User);
        let users = ran.filter_map(|case| case.user);
        let users: BTreeSet<u32> = users.chain(activities.iter().filter_map(|(_, user)| *user)).collect();
        prop_assert_eq!(number("active_users", &all), users.len() as i128);
        prop_assert_eq!(all.activities, activities.len() as u64);
    }

    #[test]
    fn no_bytes_panic_and_what_is_accepted_is_canonical(
        cases in cases(12),
        at: prop::sample::Index,
        with: u8,
        garbage: Vec<u8>,
    ) {
        let mut damaged = delta(&cases).encode();
        let at = at.index(damaged.len());
        damaged[at] = with;
        for bytes in [damaged.clone(), damaged[..at].to_vec(), garbage] {
            if let Ok(found) = Delta::decode(&bytes) {
                prop_assert_eq!(found.encode(), &bytes[..]);
            }
            if let Ok(day) = Page::decode_day(&bytes) {
                prop_assert_eq!(Page { day, ..Page::default() }.encode_day(), &bytes[..]);
            }
            if let Ok(quarters) = Page::decode_quarters(&bytes) {
                prop_assert_eq!(Page { quarters, ..Page::default() }.encode_quarters(), bytes);
            }
        }
    }

    #[test]
    fn events_in_any_order_give_the_same_execution(
        cases in cases(10),
        order in prop::collection::vec(0usize..3, 0..12),
    ) {
        for case in &cases {
            let events = events(&case.execution);
            // Any order, any repetition, and at last every event once more.
            let told = order.iter().filter_map(|index| events.get(*index)).chain(&events);
            let (mut known, mut deltas, mut opened) = (None::<Execution>, Delta::default(), Seen::NONE);
            for event in told {
                let new = match &mut known {
                    Some(known) => known.join(event).unwrap(),
                    None => {
                        known = Some(event.clone());
                        event.seen()
                    }
                };
                prop_assert!(opened.difference(new) == opened, "nothing is new twice");
                opened = opened.union(new);
                let mut batch = Delta::default();
                batch.add(known.as_ref().unwrap(), new, case.agent, case.user);
                deltas.merge(&batch);
            }
            prop_assert_eq!(known.as_ref(), Some(&case.execution));
            deltas.add_steps(&case.execution.identity, case.steps.0, case.steps.1);
            prop_assert_eq!(deltas.encode(), delta(std::slice::from_ref(case)).encode());
        }
    }

    #[test]
    fn other_content_changes_nothing(cases in cases(10)) {
        for case in cases {
            let mut known = case.execution.clone();
            let mut other = case.execution.clone();
            other.identity.agent_id.push('x');
            prop_assert_eq!(known.join(&other), Err(Conflict { field: "agent_id" }));
            if let Some(end) = &case.execution.end {
                let mut other = case.execution.clone();
                let later = end.ended_at + TimeDelta::microseconds(1);
                other.end.as_mut().unwrap().ended_at = later;
                prop_assert_eq!(known.join(&other), Err(Conflict { field: "ended_at" }));
            }
            if case.execution.feedback.is_some() {
                let mut other = case.execution.clone();
                other.feedback.as_mut().unwrap().rating += 1;
                prop_assert_eq!(known.join(&other), Err(Conflict { field: "rating" }));
            }
            prop_assert_eq!(known, case.execution);
        }
    }

    #[test]
    fn a_day_is_its_quarter_hours(cases in cases(80)) {
        let delta = delta(&cases);
        let mut pages = BTreeMap::<(Dimension, &str, UtcDay), Page>::new();
        for (cell, partial) in &delta.0 {
            let key = (cell.dimension, cell.key.as_str(), cell.quarter.day());
            pages.entry(key).or_default().merge_quarter(cell.quarter, partial);
        }
        for page in pages.values() {
            prop_assert_eq!(bytes(&merged(page.quarters.values())), page.encode_day());
            prop_assert_eq!(Page::decode_day(&page.encode_day()), Ok(page.day.clone()));
            prop_assert_eq!(Page::decode_quarters(&page.encode_quarters()), Ok(page.quarters.clone()));
        }
        let days = pages.iter().filter(|((dimension, ..), _)| *dimension == Dimension::Total);
        prop_assert_eq!(merged(days.map(|(_, page)| &page.day)), total(&delta));
    }

    #[test]
    fn pages_of_parts_merge_into_the_page_of_all(a in cases(40), b in cases(40)) {
        let (mut one, other) = (page(&delta(&a), Dimension::Total, ""), page(&delta(&b), Dimension::Total, ""));
        let mut swapped = other.clone();
        swapped.merge(&one);
        one.merge(&other);
        let all = page(&delta(&[a, b].concat()), Dimension::Total, "");
        prop_assert_eq!((one.encode_day(), one.encode_quarters()), (all.encode_day(), all.encode_quarters()));
        prop_assert_eq!(swapped, all);
    }

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
