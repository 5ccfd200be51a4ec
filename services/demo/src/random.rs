//! Draws that are the same on every machine: a portable generator, and functions that do not depend on the system's
//! mathematics library.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A source of draws for one purpose.
#[derive(Debug)]
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    /// The source that is named by a seed and up to three numbers.
    pub(crate) fn new(seed: u64, name: [i64; 3]) -> Self {
        let mut key = [0; 32];
        for (part, value) in key.chunks_exact_mut(8).zip([
            seed,
            name[0].cast_unsigned(),
            name[1].cast_unsigned(),
            name[2].cast_unsigned(),
        ]) {
            part.copy_from_slice(&value.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in [low, high).
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with a probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform in 0..count; 0 where there is nothing to choose from.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// An index, by weight.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.unit() * weights.clone().sum::<f64>();
        let mut chosen = 0;
        for (index, weight) in weights.enumerate() {
            chosen = index;
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        chosen
    }

    /// The standard normal distribution, by Box and Muller.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// The lognormal distribution by its median.
    pub(crate) fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * libm::exp(sigma * self.normal())
    }

    /// The Poisson distribution: by Knuth's product where the mean is small, else its normal approximation.
    pub(crate) fn poisson(&mut self, mean: f64) -> usize {
        if mean > 30.0 {
            return libm::round(mean + libm::sqrt(mean) * self.normal()).max(0.0) as usize;
        }
        let limit = libm::exp(-mean);
        let mut product = self.unit();
        let mut count = 0;
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// Ten bytes for the random part of a UUID of version 7.
    pub(crate) fn bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_gives_the_same_draws() {
        let draws = |name| {
            let mut random = Random::new(1, name);
            [random.unit(), random.unit(), random.normal()]
        };
        assert_eq!(draws([1, 2, 3]), draws([1, 2, 3]));
        assert_ne!(draws([1, 2, 3]), draws([1, 3, 2]));
    }

    #[test]
    fn means_are_near() {
        let mut random = Random::new(1, [0, 0, 0]);
        for mean in [0.3, 4.0, 80.0] {
            let sum: usize = (0..20_000).map(|_| random.poisson(mean)).sum();
            assert!((sum as f64 / 20_000.0 / mean - 1.0).abs() < 0.05, "{mean}");
        }
        let below = (0..20_000)
            .filter(|_| random.lognormal(7.0, 1.0) < 7.0)
            .count();
        assert!((9_500..10_500).contains(&below), "{below}");
        let second = (0..20_000)
            .filter(|_| random.weighted([1.0, 3.0].into_iter()) == 1)
            .count();
        assert!((14_500..15_500).contains(&second), "{second}");
    }
}
