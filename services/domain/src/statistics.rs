//! What can be said of a share that was seen in a few runs, and of the difference between two of them.
//!
//! Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927; Newcombe, "Interval
//! estimation for the difference between independent proportions", Statistics in Medicine 1998, method 10.

/// The 97.5th percentile of the normal distribution: 95 % lie within so many deviations.
const Z: f64 = 1.959_963_984_540_054;

/// Two bounds, the lower first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

/// So many successes in so many trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proportion {
    /// How many succeeded, at most as many as were tried.
    pub successes: u64,
    /// How many were tried.
    pub trials: u64,
}

/// How one share lies above another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The first share less the second.
    pub value: f64,
    /// Where the true difference lies, with 95 % confidence.
    pub interval: Interval,
}

/// What a difference amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval lies above zero.
    Better,
    /// The whole interval lies below zero.
    Worse,
    /// Zero is in the interval.
    NotDistinguishable,
}

impl Proportion {
    /// The share that was seen; absent where nothing was tried.
    pub fn share(self) -> Option<f64> {
        (self.trials > 0).then(|| self.successes as f64 / self.trials as f64)
    }

    /// Wilson's 95 % interval of the true share; absent where nothing was tried.
    pub fn wilson(self) -> Option<Interval> {
        let share = self.share()?;
        let trials = self.trials as f64;
        let middle = share + Z * Z / (2.0 * trials);
        let reach = Z * (share * (1.0 - share) / trials + Z * Z / (4.0 * trials * trials)).sqrt();
        let all = 1.0 + Z * Z / trials;
        // Rounding must not leave what was seen outside, nor go beyond all.
        Some(Interval {
            low: ((middle - reach) / all).clamp(0.0, share),
            high: ((middle + reach) / all).clamp(share, 1.0),
        })
    }

    /// How this share lies above another, with Newcombe's 95 % interval; absent where either has no trials.
    pub fn above(self, other: Proportion) -> Option<Difference> {
        let (mine, theirs) = (self.share()?, other.share()?);
        let (first, second) = (self.wilson()?, other.wilson()?);
        let value = mine - theirs;
        let below = (mine - first.low).hypot(second.high - theirs);
        let above = (first.high - mine).hypot(theirs - second.low);
        Some(Difference {
            value,
            interval: Interval {
                low: (value - below).max(-1.0),
                high: (value + above).min(1.0),
            },
        })
    }
}

impl Difference {
    /// What it amounts to where more is better.
    pub fn verdict(self) -> Verdict {
        if self.interval.low > 0.0 {
            Verdict::Better
        } else if self.interval.high < 0.0 {
            Verdict::Worse
        } else {
            Verdict::NotDistinguishable
        }
    }
}

/// The rank of each value, the largest first, from 1; equal ones share theirs, and what is absent has none.
pub fn ranks(values: &[Option<f64>]) -> Vec<Option<u32>> {
    let mut sorted: Vec<f64> = values.iter().copied().flatten().collect();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let rank = |value: f64| {
        let larger = sorted.partition_point(|other| other.total_cmp(&value).is_gt());
        u32::try_from(larger + 1).unwrap_or(u32::MAX)
    };
    values.iter().map(|value| value.map(rank)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(successes: u64, trials: u64) -> Proportion {
        Proportion { successes, trials }
    }

    fn proportion() -> impl Strategy<Value = Proportion> {
        (1..100_000_u64).prop_flat_map(|trials| (0..=trials).prop_map(move |some| of(some, trials)))
    }

    fn percent(interval: Interval) -> (String, String) {
        (
            format!("{:.1}", interval.low * 100.0),
            format!("{:.1}", interval.high * 100.0),
        )
    }

    #[test]
    fn few_runs_say_little_and_many_say_much() {
        for (seen, low, high) in [
            (of(1, 1), "20.7", "100.0"),
            (of(97, 100), "91.5", "99.0"),
            (of(0, 10), "0.0", "27.8"),
        ] {
            let found = percent(seen.wilson().unwrap());
            assert_eq!(found, (low.to_owned(), high.to_owned()), "{seen:?}");
        }
        assert_eq!((of(0, 0).share(), of(0, 0).wilson()), (None, None));
    }

    #[test]
    fn differences_are_those_of_newcombe() {
        // Tables of the paper: method 10, examples (a) and (c).
        let found = of(56, 70).above(of(48, 80)).unwrap();
        assert!((found.value - 0.2).abs() < 1e-12);
        assert!((found.interval.low - 0.0524).abs() < 5e-5, "{found:?}");
        assert!((found.interval.high - 0.3339).abs() < 5e-5, "{found:?}");
        assert_eq!(found.verdict(), Verdict::Better);
        let found = of(6, 7).above(of(2, 7)).unwrap();
        assert!((found.interval.low - 0.0582).abs() < 5e-5, "{found:?}");
        assert!((found.interval.high - 0.8062).abs() < 5e-5, "{found:?}");
        assert_eq!(of(1, 2).above(of(0, 0)), None);
    }

    #[test]
    fn equal_values_share_a_rank_and_absent_ones_have_none() {
        let values = [Some(0.5), None, Some(0.9), Some(0.5), Some(0.1)];
        assert_eq!(ranks(&values), [Some(2), None, Some(1), Some(2), Some(4)]);
    }

    proptest! {
        #[test]
        fn an_interval_holds_what_was_seen(seen in proportion()) {
            let (share, interval) = (seen.share().unwrap(), seen.wilson().unwrap());
            prop_assert!(0.0 <= interval.low && interval.low <= share);
            prop_assert!(share <= interval.high && interval.high <= 1.0);
        }

        #[test]
        fn more_of_the_same_narrows_it(seen in proportion(), times in 2..50_u64) {
            let more = of(seen.successes * times, seen.trials * times).wilson().unwrap();
            let less = seen.wilson().unwrap();
            prop_assert!(more.high - more.low < less.high - less.low);
        }

        #[test]
        fn failures_are_the_mirror_of_successes(seen in proportion()) {
            let interval = seen.wilson().unwrap();
            let mirror = of(seen.trials - seen.successes, seen.trials).wilson().unwrap();
            prop_assert!((interval.low + mirror.high - 1.0).abs() < 1e-9);
        }

        #[test]
        fn what_is_better_one_way_is_worse_the_other(a in proportion(), b in proportion()) {
            let (there, back) = (a.above(b).unwrap(), b.above(a).unwrap());
            prop_assert!((there.value + back.value).abs() < 1e-12);
            prop_assert!((there.interval.low + back.interval.high).abs() < 1e-9);
            prop_assert!(there.interval.low <= there.value && there.value <= there.interval.high);
            prop_assert!(a.above(a).unwrap().verdict() == Verdict::NotDistinguishable);
        }

        #[test]
        fn a_rank_counts_those_before(values in prop::collection::vec(prop::option::of(0.0..1.0_f64), 0..30)) {
            for (value, rank) in values.iter().zip(ranks(&values)) {
                let before = value.map(|value| values.iter().flatten().filter(|other| **other > value).count() as u32 + 1);
                prop_assert_eq!(rank, before);
            }
        }
    }
}
