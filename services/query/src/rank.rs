//! Which groups are kept, in which order, and which are merged into "other".

use std::cmp::Ordering;

use shadow_domain::catalogue::Value;

use crate::{grouping::GroupKey, request::Top};

/// Where each group of the cells goes.
pub(crate) struct Ranking {
    /// Groups that are kept, in order.
    pub(crate) kept: Vec<usize>,
    /// For each group that is present its place: in `kept`, or behind it for "other".
    pub(crate) places: Vec<Option<usize>>,
    /// How many groups are in "other".
    pub(crate) others: usize,
}

impl Ranking {
    /// One place for everything, where nothing is grouped by.
    pub(crate) fn single(groups: usize) -> Self {
        Self {
            kept: vec![0],
            places: vec![Some(0); groups],
            others: 0,
        }
    }

    /// How many places there are, "other" among them where it has groups.
    pub(crate) fn len(&self) -> usize {
        self.kept.len() + usize::from(self.others > 0)
    }
}

/// Ranks the groups that are present by the top metric, largest first, or all of them by key.
pub(crate) fn rank(
    groups: &[GroupKey],
    present: &[bool],
    top: Option<&Top>,
    value: impl Fn(usize) -> Option<Value>,
) -> Ranking {
    let mut kept: Vec<usize> = (0..groups.len()).filter(|group| present[*group]).collect();
    let all = kept.len();
    match top {
        None => kept.sort_by(|a, b| groups[*a].cmp(&groups[*b])),
        Some(top) => {
            let values: Vec<Option<Value>> = (0..groups.len()).map(value).collect();
            kept.sort_by(|a, b| {
                largest_first(values[*a].as_ref(), values[*b].as_ref())
                    .then_with(|| groups[*a].cmp(&groups[*b]))
            });
            kept.truncate(top.limit);
        }
    }
    let mut places: Vec<_> = present
        .iter()
        .map(|present| present.then_some(kept.len()))
        .collect();
    kept.iter()
        .enumerate()
        .for_each(|(place, group)| places[*group] = Some(place));
    Ranking {
        others: all - kept.len(),
        kept,
        places,
    }
}

/// Absent values come last.
fn largest_first(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::Integer(a)), Some(Value::Integer(b))) => b.cmp(a),
        (Some(a), Some(b)) => b.as_f64().total_cmp(&a.as_f64()),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shadow_domain::catalogue;

    fn groups(names: &[&str]) -> Vec<GroupKey> {
        names
            .iter()
            .map(|name| GroupKey {
                ids: vec![(*name).to_owned()],
                workspace: None,
            })
            .collect()
    }

    #[test]
    fn the_largest_are_kept_and_ties_go_by_key() {
        let values = [Some(1), None, Some(5), Some(5), Some(9)];
        let top = Top {
            limit: 3,
            metric: &catalogue::all()[0],
        };
        let present = [true, true, true, true, false];
        let groups = groups(&["e", "d", "c", "b", "a"]);
        let ranking = rank(&groups, &present, Some(&top), |group| {
            values[group].map(Value::Integer)
        });
        assert_eq!(ranking.kept, [3, 2, 0]);
        assert_eq!(ranking.places, [Some(2), Some(3), Some(1), Some(0), None]);
        assert_eq!((ranking.others, ranking.len()), (1, 4));
    }

    #[test]
    fn without_a_limit_all_are_kept_by_key() {
        let ranking = rank(&groups(&["b", "c", "a"]), &[true; 3], None, |_| None);
        assert_eq!((ranking.kept, ranking.others), (vec![2, 0, 1], 0));
    }
}
