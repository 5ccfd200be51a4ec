//! A DDSketch of integers: percentiles within 1 % that merge exactly.
//!
//! Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
//! guarantees", VLDB 2019. Existing crates keep floating sums and collapse bins by history; here
//! everything is an integer and bins never collapse, so merging is associative and commutative to
//! the bit. Values are microseconds.

mod bins;

use crate::Malformed;
use crate::bytes::{put_u64, put_u128, take_length, take_some, take_u64, take_u128};

/// The distribution of a set of values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sketch {
    /// Sorted by bin; no count is zero. None where minimum and maximum lie in one bin, which then holds all values: most
    /// cells have a value or two, and need no memory beside them.
    bins: Vec<(u16, u64)>,
    sum: u128,
    count: u64,
    /// Zero while there is no value.
    min: u64,
    max: u64,
}

impl Sketch {
    /// Adds a value.
    pub fn insert(&mut self, value: u64) {
        if !self.is_empty() {
            self.count_in(bins::of(value), 1);
        }
        self.widen(value, value);
        self.count += 1;
        self.sum += u128::from(value);
    }

    /// Adds all values of another sketch.
    pub fn merge(&mut self, other: &Sketch) {
        if other.is_empty() {
            return;
        }
        if self.is_empty() {
            self.bins.clone_from(&other.bins);
        } else if let Some((bin, count)) = other.only_bin() {
            self.count_in(bin, count);
        } else if let Some(only) = self.only_bin() {
            self.bins.clone_from(&other.bins);
            self.merge_few(&[only]);
        } else if other.bins.len() * 4 <= self.bins.len().max(16) {
            self.merge_few(&other.bins);
        } else {
            self.merge_many(&other.bins);
        }
        self.widen(other.min, other.max);
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their exact sum.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// The exact smallest value.
    pub fn min(&self) -> Option<u64> {
        (!self.is_empty()).then_some(self.min)
    }

    /// The exact largest value.
    pub fn max(&self) -> Option<u64> {
        (!self.is_empty()).then_some(self.max)
    }

    /// The exact mean.
    pub fn mean(&self) -> Option<f64> {
        (!self.is_empty()).then(|| self.sum as f64 / self.count as f64)
    }

    /// The value of zero-based rank ⌊q·(n−1)⌋, within 1 % and never outside minimum and maximum.
    /// `q` is taken to six decimals, so that the rank is what it is on paper.
    pub fn quantile(&self, q: f64) -> Option<u64> {
        let last = u128::from(self.count.checked_sub(1)?);
        let millionths = (q.clamp(0.0, 1.0) * 1e6).round() as u128;
        let rank = millionths * last / 1_000_000;
        let mut before = 0u128;
        let holds_rank = |(_, count): &&(u16, u64)| {
            before += u128::from(*count);
            before > rank
        };
        let bin = match self.only_bin() {
            Some((bin, _)) => bin,
            None => self.bins.iter().find(holds_rank)?.0,
        };
        Some(bins::representative(bin).clamp(self.min, self.max))
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        // The first bin follows from the minimum, and the sum is at least count × minimum.
        let only = self.only_bin();
        let bins = only.as_ref().map_or(&self.bins[..], std::slice::from_ref);
        put_u64(out, bins.len() as u64);
        put_u64(out, self.min);
        put_u64(out, self.max - self.min);
        put_u128(
            out,
            self.sum
                .saturating_sub(u128::from(self.min) * u128::from(self.count)),
        );
        let mut last = None;
        for (bin, count) in bins {
            if let Some(last) = last {
                put_u64(out, u64::from(bin - last));
            }
            put_u64(out, *count);
            last = Some(*bin);
        }
    }

    /// Decodes a sketch that is not empty.
    pub(crate) fn decode(input: &mut &[u8]) -> Result<Sketch, Malformed> {
        let mut found = Sketch::default();
        found.read(input)?;
        Ok(found)
    }

    /// Becomes what the input says, which is not empty.
    pub(crate) fn read(&mut self, input: &mut &[u8]) -> Result<(), Malformed> {
        let length = take_length(input, 1)?;
        let min = take_u64(input)?;
        let max = take_u64(input)?
            .checked_add(min)
            .ok_or(Malformed("maximum out of range"))?;
        let above = take_u128(input)?;
        self.bins.clear();
        if length > 1 {
            self.bins.reserve(length);
        }
        let (mut bin, mut count) = (bins::of(min), 0u64);
        for index in 0..length {
            if index > 0 {
                let step = u16::try_from(take_u64(input)?)
                    .ok()
                    .filter(|step| *step > 0);
                bin = step
                    .and_then(|step| bin.checked_add(step))
                    .ok_or(Malformed("bins out of order"))?;
            }
            let values = take_some(input)?;
            count = count
                .checked_add(values)
                .ok_or(Malformed("count out of range"))?;
            if length > 1 {
                self.bins.push((bin, values));
            }
        }
        let room = u128::from(max - min) * u128::from(count);
        if length == 0 || bin != bins::of(max) || above > room || (count == 1 && min != max) {
            return Err(Malformed("sketch that contradicts itself"));
        }
        let sum = (u128::from(min) * u128::from(count))
            .checked_add(above)
            .ok_or(Malformed("sum out of range"))?;
        (self.sum, self.count, self.min, self.max) = (sum, count, min, max);
        Ok(())
    }

    /// Forgets all values, but not the memory that they took.
    pub(crate) fn clear(&mut self) {
        self.bins.clear();
        (self.sum, self.count, self.min, self.max) = (0, 0, 0, 0);
    }

    /// The bin that all values lie in, where one holds them all.
    fn only_bin(&self) -> Option<(u16, u64)> {
        (self.bins.is_empty() && !self.is_empty()).then(|| (bins::of(self.min), self.count))
    }

    /// Counts so many values more in a bin, where there are values already; minimum and maximum are still without them.
    fn count_in(&mut self, bin: u16, count: u64) {
        match self.only_bin() {
            Some((only, _)) if only == bin => {}
            Some(only) => {
                self.bins.extend([only, (bin, count)]);
                self.bins.sort_unstable();
            }
            None => self.merge_few(&[(bin, count)]),
        }
    }

    fn widen(&mut self, min: u64, max: u64) {
        if self.is_empty() {
            (self.min, self.max) = (min, max);
        } else {
            (self.min, self.max) = (self.min.min(min), self.max.max(max));
        }
    }

    /// Merges few bins into many, where most of them are already: each is found, not passed by.
    fn merge_few(&mut self, others: &[(u16, u64)]) {
        let mut from = 0;
        for (bin, count) in others {
            let rest = &self.bins[from..];
            // Where no bin is missing in between, it stands as far from the first as their numbers differ.
            let guess = rest
                .first()
                .map_or(0, |(first, _)| usize::from(bin.saturating_sub(*first)));
            let at = match rest.get(guess) {
                Some((found, _)) if found == bin => Ok(guess),
                _ => rest.binary_search_by_key(bin, |(bin, _)| *bin),
            };
            match at {
                Ok(at) => {
                    from += at;
                    self.bins[from].1 = self.bins[from].1.saturating_add(*count);
                }
                Err(at) => {
                    from += at;
                    self.bins.insert(from, (*bin, *count));
                }
            }
        }
    }

    /// Merges from the back, so that nothing is moved twice and one allocation is enough.
    fn merge_many(&mut self, others: &[(u16, u64)]) {
        let mut mine = self.bins.len();
        let mut theirs = others.len();
        let mut to = mine + new_bins(&self.bins, others);
        self.bins.resize(to, (0, 0));
        while theirs > 0 {
            let (bin, count) = others[theirs - 1];
            to -= 1;
            self.bins[to] = match mine.checked_sub(1).map(|at| self.bins[at]) {
                Some(last) if last.0 > bin => {
                    mine -= 1;
                    last
                }
                Some(last) if last.0 == bin => {
                    (mine, theirs) = (mine - 1, theirs - 1);
                    (bin, last.1.saturating_add(count))
                }
                _ => {
                    theirs -= 1;
                    (bin, count)
                }
            };
        }
    }
}

/// How many of the others' bins are not among mine.
fn new_bins(mine: &[(u16, u64)], others: &[(u16, u64)]) -> usize {
    let mut mine = mine.iter().peekable();
    let is_new = |(bin, _): &&(u16, u64)| {
        while mine.next_if(|(lower, _)| lower < bin).is_some() {}
        mine.peek().is_none_or(|(next, _)| next != bin)
    };
    others.iter().filter(is_new).count()
}

#[cfg(test)]
mod tests;
