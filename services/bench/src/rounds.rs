//! The protocol of a comparison: the median ratio of interleaved pairs, and how far it can be trusted.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde::Serialize;

/// How often the pairs are drawn again.
const RESAMPLES: usize = 10_000;

/// A median with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Estimate {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Estimate {
    /// The median of samples, with the percentile bootstrap's interval.
    pub(crate) fn of(samples: &[f64]) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut medians: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                let mut drawn: Vec<f64> = samples
                    .iter()
                    .map(|_| samples[random.next_u64() as usize % samples.len()])
                    .collect();
                median(&mut drawn)
            })
            .collect();
        medians.sort_by(f64::total_cmp);
        Self {
            median: median(&mut samples.to_vec()),
            low: medians[RESAMPLES * 25 / 1_000],
            high: medians[RESAMPLES * 975 / 1_000 - 1],
        }
    }

    /// What each pair gives, ours ÷ baseline.
    pub(crate) fn of_ratios(pairs: &[(f64, f64)]) -> Self {
        let ratios: Vec<_> = pairs.iter().map(|(ours, theirs)| ours / theirs).collect();
        Self::of(&ratios)
    }
}

/// The middle of some numbers, or the mean of the two in the middle.
pub(crate) fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 {
        numbers[middle]
    } else {
        f64::midpoint(numbers[middle - 1], numbers[middle])
    }
}

/// The number below which a part of some numbers lies, by nearest rank.
pub(crate) fn percentile(numbers: &mut [f64], part: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let rank = (part * numbers.len() as f64).ceil() as usize;
    numbers[rank.clamp(1, numbers.len()) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_holds_the_median() {
        let estimate = Estimate::of(&[1.0, 1.2, 0.9, 1.1, 5.0, 1.05, 0.95]);
        assert!((estimate.median - 1.05).abs() < 1e-9);
        assert!(estimate.low < 1.05 && estimate.high > 1.05 && estimate.high <= 5.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
        let certain = Estimate::of_ratios(&[(1.0, 2.0); 7]);
        assert_eq!(percentile(&mut [4.0, 1.0, 2.0, 3.0], 0.5), 2.0);
        assert_eq!(percentile(&mut [4.0, 1.0, 2.0, 3.0], 0.99), 4.0);
        assert_eq!((certain.low, certain.median, certain.high), (0.5, 0.5, 0.5));
    }
}
