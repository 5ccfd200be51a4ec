//! Distinct users over the days that end with each bucket, for metrics that look back.

use std::collections::BTreeMap;

use shadow_domain::partial::{Ordinals, Partial};

/// The days of each place of a group, and the users of the windows that end at each bucket.
pub(crate) struct Windows {
    days: Vec<Vec<Partial>>,
    last_days: Vec<Option<usize>>,
    users: BTreeMap<u32, Vec<Vec<Option<Partial>>>>,
}

impl Windows {
    /// Windows of each length, over the days of each place, ending at each of `last_days`; none where a bucket has none.
    pub(crate) fn new(
        days: Vec<Vec<Partial>>,
        last_days: Vec<Option<usize>>,
        lengths: impl IntoIterator<Item = u32>,
    ) -> Self {
        let users = lengths
            .into_iter()
            .map(|length| {
                (
                    length,
                    days.iter()
                        .map(|days| windows(days, &last_days, length))
                        .collect(),
                )
            })
            .collect();
        Self {
            days,
            last_days,
            users,
        }
    }

    /// The users of a place over so many days up to the end of a bucket; nothing else is in the partial.
    pub(crate) fn users(&self, length: u32, place: usize, bucket: usize) -> Option<&Partial> {
        self.users.get(&length)?.get(place)?.get(bucket)?.as_ref()
    }

    /// The last bucket that has a last day.
    pub(crate) fn last_bucket(&self) -> Option<usize> {
        self.last_days.iter().rposition(Option::is_some)
    }

    /// Everything of a place over so many days up to the end of the last bucket.
    pub(crate) fn last(&self, length: u32, place: usize) -> Partial {
        self.last_bucket()
            .into_iter()
            .flat_map(|bucket| self.back(length, place, bucket))
            .fold(Partial::default(), |mut merged, day| {
                merged.merge(day);
                merged
            })
    }

    /// The days of a place that a bucket looks back to, one by one.
    pub(crate) fn back(
        &self,
        length: u32,
        place: usize,
        bucket: usize,
    ) -> impl Iterator<Item = &Partial> {
        let days = self.days.get(place).map(Vec::as_slice).unwrap_or_default();
        let end = self
            .last_days
            .get(bucket)
            .copied()
            .flatten()
            .map_or(0, |day| day + 1)
            .min(days.len());
        days[end.saturating_sub(length as usize)..end].iter()
    }
}

/// Unions over a sliding window in three merges a day, whatever its length: from the edges of blocks as long as the
/// window, each window is what is left of one block and the beginning of the next.
fn windows(days: &[Partial], last_days: &[Option<usize>], length: u32) -> Vec<Option<Partial>> {
    let length = (length as usize).max(1);
    let mut heads: Vec<Ordinals> = Vec::with_capacity(days.len());
    for (day, partial) in days.iter().enumerate() {
        let mut head = if day % length == 0 {
            Ordinals::default()
        } else {
            heads[day - 1].clone()
        };
        head.merge(&partial.users);
        heads.push(head);
    }
    let mut tails: Vec<Ordinals> = vec![Ordinals::default(); days.len()];
    for day in (0..days.len()).rev() {
        let ends_block = (day + 1) % length == 0 || day + 1 == days.len();
        let mut tail = if ends_block {
            Ordinals::default()
        } else {
            tails[day + 1].clone()
        };
        tail.merge(&days[day].users);
        tails[day] = tail;
    }
    let window = |last: usize| {
        let last = last.min(days.len().saturating_sub(1));
        let first = (last + 1).saturating_sub(length);
        let mut users = heads.get(last).cloned().unwrap_or_default();
        // A window that fills its block is the block's head.
        if first / length != last / length {
            users.merge(&tails[first]);
        }
        Partial {
            users,
            ..Partial::default()
        }
    };
    last_days.iter().map(|last| last.map(window)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(users: &[u32]) -> Partial {
        Partial {
            users: users.iter().copied().collect(),
            ..Partial::default()
        }
    }

    #[test]
    fn every_window_is_the_union_of_its_days() {
        let days: Vec<Partial> = (0..40u32)
            .map(|n| day(&[n * 7 % 11, n * n % 17, 100 + n / 9]))
            .collect();
        let last_days: Vec<usize> = (0..40).collect();
        for length in [1, 2, 7, 30, 64] {
            let windows = Windows::new(
                vec![days.clone()],
                last_days.iter().copied().map(Some).collect(),
                [length],
            );
            for last in &last_days {
                let expected: Ordinals = days[(last + 1).saturating_sub(length as usize)..=*last]
                    .iter()
                    .flat_map(|day| day.users.iter())
                    .collect();
                let found = windows.users(length, 0, *last).unwrap();
                assert_eq!(found.users, expected, "{length} days to {last}");
            }
            assert_eq!(
                windows.last(length, 0).users,
                windows.users(length, 0, 39).unwrap().users
            );
        }
    }

    #[test]
    fn what_has_not_begun_has_no_window_and_the_last_is_the_one_before() {
        let windows = Windows::new(vec![vec![day(&[1]), day(&[2])]], vec![Some(1), None], [2]);
        assert_eq!(windows.last_bucket(), Some(0));
        assert_eq!(windows.last(2, 0).users.len(), 2);
        assert_eq!(windows.users(2, 0, 1), None);
    }
}
