//! Places of a leaderboard. Pure.

use std::cmp::Ordering;

use shadow_proto::metrics::v1::{
    GetLeaderboardResponse, Group, LeaderboardPlace, Series, Value, value::Number,
};
use shadow_query::leaderboard::User;

use crate::{board::count, reply, workspace_reply::narrow};

/// How a leaderboard is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Whether the smallest values come first.
    pub(crate) lowest: bool,
    /// How many executions a rank takes.
    pub(crate) min_executions: u64,
    /// How many places are answered.
    pub(crate) limit: usize,
}

/// Who may have a place.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    workspace_id: String,
    id: String,
    name: String,
    value: Option<Number>,
    previous: Option<Number>,
    change: Option<f64>,
    executions: u64,
    previous_executions: u64,
}

impl Entry {
    /// The entry of a group whose first series is of the metric and whose last one counts executions; nothing for what
    /// is not known by name.
    pub(crate) fn of_group(group: &Group) -> Option<Self> {
        let key = group.keys.first()?;
        let (ranked, counted) = (group.series.first()?, group.series.last()?);
        let number = |value: Option<&Value>| value.and_then(|value| value.number);
        let executions = |value: fn(&Series) -> Option<&Value>| count(value(counted));
        Some(Self {
            workspace_id: key.workspace_id.clone(),
            id: key.id.clone()?,
            name: key.label.clone(),
            value: number(ranked.total.as_ref()),
            previous: number(ranked.previous_total.as_ref()),
            change: ranked.change,
            executions: executions(|series| series.total.as_ref()),
            previous_executions: executions(|series| series.previous_total.as_ref()),
        })
    }

    /// The entry of a user.
    pub(crate) fn of_user(user: User) -> Self {
        let [value, previous] = user.values.map(|value| reply::value(value).number);
        let [executions, previous_executions] = user.executions;
        Self {
            workspace_id: String::new(),
            name: user.name.unwrap_or_else(|| user.user_id.clone()),
            id: user.user_id,
            value,
            previous,
            change: user.change,
            executions,
            previous_executions,
        }
    }

    /// The value that it is ranked by. Who did nothing has no rank.
    fn ranked(&self, rules: &Rules) -> Option<Number> {
        ranked(self.value, self.executions, rules)
    }

    fn ranked_before(&self, rules: &Rules) -> Option<Number> {
        ranked(self.previous, self.previous_executions, rules)
    }
}

/// The first places, and how many there are.
pub(crate) fn places(mut entries: Vec<Entry>, rules: &Rules) -> GetLeaderboardResponse {
    entries.sort_by(|a, b| (&a.workspace_id, &a.id).cmp(&(&b.workspace_id, &b.id)));
    let now: Vec<_> = entries.iter().map(|entry| entry.ranked(rules)).collect();
    let before: Vec<_> = entries
        .iter()
        .map(|entry| entry.ranked_before(rules))
        .collect();
    let previous = ranks(&before, rules.lowest);
    let mut found: Vec<(u32, Option<u32>, Entry)> = ranks(&now, rules.lowest)
        .into_iter()
        .zip(previous)
        .zip(entries)
        .filter_map(|((rank, previous), entry)| Some((rank?, previous, entry)))
        .collect();
    // Stable: those of one rank stay in the order of their ids.
    found.sort_by_key(|(rank, ..)| *rank);
    let ranked = found.len();
    found.truncate(rules.limit);
    GetLeaderboardResponse {
        places: found.into_iter().map(place).collect(),
        ranked_subjects: narrow(ranked as u64),
        left_out_subjects: narrow((now.len() - ranked) as u64),
        provenance: None,
    }
}

fn place((rank, previous_rank, entry): (u32, Option<u32>, Entry)) -> LeaderboardPlace {
    let value = |number| Some(Value { number });
    LeaderboardPlace {
        rank,
        previous_rank,
        workspace_id: entry.workspace_id,
        id: entry.id,
        name: entry.name,
        value: value(entry.value),
        previous_value: value(entry.previous),
        change: entry.change,
        executions: entry.executions,
    }
}

fn ranked(value: Option<Number>, executions: u64, rules: &Rules) -> Option<Number> {
    let something =
        executions > 0 || value.is_some_and(|value| compare(value, Number::Integer(0)).is_ne());
    value.filter(|_| something && executions >= rules.min_executions)
}

/// The rank of each value, from 1; equal ones share theirs, and what is absent has none.
fn ranks(values: &[Option<Number>], lowest: bool) -> Vec<Option<u32>> {
    let best_first = |a: Number, b: Number| if lowest { compare(a, b) } else { compare(b, a) };
    let mut sorted: Vec<Number> = values.iter().copied().flatten().collect();
    sorted.sort_by(|a, b| best_first(*a, *b));
    let rank = |value: Number| {
        let better = sorted.partition_point(|other| best_first(*other, value).is_lt());
        narrow(better as u64 + 1)
    };
    values.iter().map(|value| value.map(rank)).collect()
}

/// Whole numbers exactly, all else as real numbers.
fn compare(a: Number, b: Number) -> Ordering {
    let real = |number| match number {
        Number::Integer(integer) => integer as f64,
        Number::Real(real) => real,
    };
    match (a, b) {
        (Number::Integer(a), Number::Integer(b)) => a.cmp(&b),
        (a, b) => real(a).total_cmp(&real(b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, value: Option<i64>, previous: Option<i64>, executions: u64) -> Entry {
        Entry {
            workspace_id: String::new(),
            id: id.to_owned(),
            name: id.to_owned(),
            value: value.map(Number::Integer),
            previous: previous.map(Number::Integer),
            change: None,
            executions,
            previous_executions: executions,
        }
    }

    const RULES: Rules = Rules {
        lowest: false,
        min_executions: 0,
        limit: 10,
    };

    fn stand(entries: &[Entry], rules: &Rules) -> Vec<(String, u32, Option<u32>)> {
        let answer = places(entries.to_vec(), rules);
        let places = answer.places.into_iter();
        places
            .map(|place| (place.id, place.rank, place.previous_rank))
            .collect()
    }

    #[test]
    fn equal_values_share_a_rank_in_the_order_of_their_ids() {
        let entries = [
            entry("d", Some(5), Some(1), 9),
            entry("c", Some(7), None, 9),
            entry("b", Some(7), Some(2), 9),
            entry("a", Some(1), Some(2), 9),
        ];
        let place = |id: &str, rank, previous| (id.to_owned(), rank, previous);
        let expected = vec![
            place("b", 1, Some(1)),
            place("c", 1, None),
            place("d", 3, Some(3)),
            place("a", 4, Some(1)),
        ];
        assert_eq!(stand(&entries, &RULES), expected);
        let mut turned = entries.to_vec();
        turned.reverse();
        assert_eq!(stand(&turned, &RULES), expected);
        let two = Rules { limit: 2, ..RULES };
        assert_eq!(stand(&entries, &two), expected[..2]);
        assert_eq!(places(entries.to_vec(), &two).ranked_subjects, 4);
        let lowest = Rules {
            lowest: true,
            ..RULES
        };
        let first = &stand(&entries, &lowest)[0];
        assert_eq!(first, &place("a", 1, Some(2)));
    }

    #[test]
    fn who_did_too_little_has_no_rank() {
        let entries = [
            entry("few", Some(100), Some(1), 2),
            entry("many", Some(50), Some(1), 20),
            entry("none", Some(0), Some(1), 0),
            entry("unknown", None, Some(1), 30),
        ];
        let some = Rules {
            min_executions: 3,
            ..RULES
        };
        let answer = places(entries.to_vec(), &some);
        assert_eq!((answer.ranked_subjects, answer.left_out_subjects), (1, 3));
        assert_eq!(answer.places[0].id, "many");
        let all = places(entries.to_vec(), &RULES);
        assert_eq!((all.ranked_subjects, all.left_out_subjects), (2, 2));
    }

    #[test]
    fn large_whole_numbers_are_told_apart() {
        let entries = [
            entry("less", Some(9_007_199_254_740_992), None, 1),
            entry("more", Some(9_007_199_254_740_993), None, 1),
        ];
        assert_eq!(stand(&entries, &RULES)[0].0, "more");
    }
}
