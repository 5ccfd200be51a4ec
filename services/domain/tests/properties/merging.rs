//! What is stored comes out the same, in any order, however it was batched.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;
use shadow_domain::catalogue;
use shadow_domain::cell::{Delta, Dimension, Page};
use shadow_domain::execution::{Conflict, Execution, Seen, Trigger};
use shadow_domain::partial::{Partial, Reader, Sections};
use shadow_domain::time::{QuarterHour, UtcDay};

use crate::support::{
    CONTEXT, START, bytes, cases, delta, events, merged, number, page, total, value,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn merging_is_exact_and_canonical(a in cases(40), b in cases(40), c in cases(40)) {
        let (x, y, z) = (delta(&a), delta(&b), delta(&c));
        let mut left = x.clone();
        left.merge(y.clone());
        left.merge(z.clone());
        let mut right = y.clone();
        right.merge(z.clone());
        let mut swapped = right.clone();
        swapped.merge(x.clone());
        let at_once = delta(&[a, b, c].concat());
        prop_assert_eq!(&left, &at_once);
        prop_assert_eq!(left.encode(), at_once.encode());
        prop_assert_eq!(left.encode(), swapped.encode());
        let mut with_nothing = left.clone();
        with_nothing.merge(Delta::default());
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
                let taken = reader.take(&mut input).unwrap().clone();
                prop_assert!(input.is_empty());
                // To read no further than has to be makes no difference.
                let read = reader.read(&bytes).unwrap();
                prop_assert_eq!(read, &taken, "{:?}", metric);
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
        parts.merge(second.clone());
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
            // What follows from quarter-hours is not looked at, so that other bytes may say the same.
            if let Ok(quarters) = Page::decode_quarters(&bytes) {
                let page = Page { quarters, ..Page::default() };
                prop_assert_eq!(Page::decode_quarters(&page.encode_quarters()), Ok(page.quarters));
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
                deltas.merge(batch);
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
            pages.entry(key).or_default().merge_quarter(cell.quarter, partial.clone());
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
    fn quarter_hours_are_added_to_stored_ones_as_if_all_were_known(
        stored in cases(40),
        added in cases(4),
    ) {
        let (stored, added) = (delta(&stored), delta(&added));
        for (dimension, key) in [(Dimension::Total, ""), (Dimension::Trigger, "user")] {
            let (one, other) = (page(&stored, dimension, key), page(&added, dimension, key));
            let mut both = one.clone();
            both.merge(&other);
            prop_assert_eq!(
                other.encode_quarters_onto(&one.encode_quarters()),
                Ok(both.encode_quarters())
            );
            prop_assert_eq!(
                one.encode_quarters_onto(&other.encode_quarters()),
                Ok(both.encode_quarters())
            );
        }
    }

    #[test]
    fn quarter_hours_of_a_place_are_read_in_any_number_of_parts(
        cases in cases(80),
        edges in prop::collection::btree_set(0i64..96, 0..4),
        outside in 0usize..5,
    ) {
        let page = page(&delta(&cases), Dimension::Total, "");
        // The day cut at some edges, and one of the pieces not wanted.
        let place = |quarter: QuarterHour| {
            let place = edges.range(..=quarter.0.rem_euclid(96)).count();
            (place != outside).then_some(place)
        };
        let mut expected = BTreeMap::<usize, Partial>::new();
        for (quarter, partial) in &page.quarters {
            if let Some(place) = place(*quarter) {
                expected.entry(place).or_default().merge(partial);
            }
        }
        let mut reader = Reader::new(Sections::ALL);
        let day = page.encode_day();
        for day in [None, Some(&day[..])] {
            let (mut found, mut parts) = (BTreeMap::<usize, Partial>::new(), 0);
            Page::read_places(&page.encode_quarters(), day, &mut reader, place, |place, partial| {
                found.entry(place).or_default().merge(partial);
                parts += 1;
            }).unwrap();
            prop_assert_eq!(&found, &expected);
            prop_assert!(parts <= page.quarters.len());
        }
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
}
