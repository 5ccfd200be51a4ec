//! What the active users of an interval are by when they were active before.

use crate::ordinals::Ordinals;

/// The users of an interval t.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lifecycle {
    /// Active for the first time ever.
    pub new: u64,
    /// Active in t − 1 too.
    pub returning: u64,
    /// Active before, but not in t − 1.
    pub resurrecting: u64,
    /// Active in t − 1, but not in t.
    pub dormant: u64,
}

impl Lifecycle {
    /// How many were active.
    pub fn active(&self) -> u64 {
        self.new + self.returning + self.resurrecting
    }
}

/// The lifecycle of each interval. `before` is everybody who was active before the first interval, `previous` those of
/// them who were in the interval just before it.
pub fn lifecycle(before: &Ordinals, previous: &Ordinals, intervals: &[Ordinals]) -> Vec<Lifecycle> {
    let mut seen = before.clone();
    let mut last = previous;
    let mut found = Vec::with_capacity(intervals.len());
    for active in intervals {
        let known = active.common(&seen);
        let returning = active.common(last);
        found.push(Lifecycle {
            new: active.len() - known,
            returning,
            resurrecting: known - returning,
            dormant: last.len() - returning,
        });
        seen.merge(active);
        last = active;
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(users: &[u32]) -> Ordinals {
        users.iter().copied().collect()
    }

    #[test]
    fn everybody_is_one_of_three_and_who_stays_away_is_dormant() {
        let intervals = [set(&[1, 2, 3]), set(&[2, 4]), set(&[1, 2])];
        let found = lifecycle(&set(&[1, 9]), &set(&[9]), &intervals);
        let row = |new, returning, resurrecting, dormant| Lifecycle {
            new,
            returning,
            resurrecting,
            dormant,
        };
        assert_eq!(found, [row(2, 0, 1, 1), row(1, 1, 0, 2), row(0, 1, 1, 1)]);
    }

    proptest! {
        #[test]
        fn both_identities_hold(
            history in prop::collection::vec(prop::collection::btree_set(0u32..200, 0..120), 2..12),
        ) {
            let history: Vec<Ordinals> =
                history.into_iter().map(|users| users.into_iter().collect()).collect();
            for first in 1..history.len() {
                let mut before = Ordinals::default();
                history[..first].iter().for_each(|users| before.merge(users));
                let found = lifecycle(&before, &history[first - 1], &history[first..]);
                let mut last = history[first - 1].len();
                for (lifecycle, active) in found.iter().zip(&history[first..]) {
                    prop_assert_eq!(lifecycle.active(), active.len());
                    prop_assert_eq!(
                        active.len() as i64 - last as i64,
                        (lifecycle.new + lifecycle.resurrecting) as i64 - lifecycle.dormant as i64
                    );
                    last = active.len();
                }
            }
        }
    }
}
