//! Changes of one customer within an hour, read as one.
//!
//! Who replaces one subscription by another ends the first and begins the second, in either order, moments apart; that is
//! no churn. So such changes count from the time of the first, for every number alike: movements, sums and plans agree at
//! each instant.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::timeline::{Timeline, settle};
use super::{Interval, READ_AS_ONE};

/// The first and the last of changes that are read as one.
type Group = (DateTime<Utc>, DateTime<Utc>);

/// The intervals of a workspace's subscriptions.
pub(super) fn read_as_one(timelines: BTreeMap<&str, Timeline>) -> Vec<Interval> {
    let groups = groups(&timelines);
    timelines
        .into_iter()
        .flat_map(|(id, timeline)| {
            let moved = timeline
                .into_iter()
                .map(|(at, state)| (first_of(&groups, at), state));
            intervals(id, settle(moved.collect()))
        })
        .collect()
}

/// A group holds what follows its first change within the hour; what follows later begins another.
fn groups(timelines: &BTreeMap<&str, Timeline>) -> Vec<Group> {
    let mut times = BTreeSet::new();
    for timeline in timelines.values() {
        let mut paid = None;
        for (at, state) in timeline {
            if state.paid() != paid {
                times.insert(*at);
                paid = state.paid();
            }
        }
    }
    let mut groups = Vec::<Group>::new();
    for at in times {
        match groups.last_mut() {
            Some((first, last)) if at - *first <= READ_AS_ONE => *last = at,
            _ => groups.push((at, at)),
        }
    }
    groups
}

/// Everything between the first and the last change of a group goes to the first, so that its order stays.
fn first_of(groups: &[Group], at: DateTime<Utc>) -> DateTime<Utc> {
    let begun = groups.partition_point(|(first, _)| *first <= at);
    match begun.checked_sub(1).map(|index| groups[index]) {
        Some((first, last)) if at <= last => first,
        _ => at,
    }
}

fn intervals(id: &str, timeline: Timeline) -> Vec<Interval> {
    let ends = timeline.iter().skip(1).map(|(at, _)| Some(*at));
    let ends: Vec<_> = ends.chain([None]).collect();
    timeline
        .into_iter()
        .zip(ends)
        .map(|((start, state), end)| Interval {
            subscription_id: id.to_owned(),
            start,
            end,
            state,
        })
        .collect()
}
