//! The bins of the sketch: integer edges from a recurrence, the same on every platform.

/// The number of bins that cover every `u64`.
pub(super) const COUNT: usize = {
    let mut count = 1;
    let mut lower = 0;
    while let Some(next) = edge_after(lower) {
        lower = next;
        count += 1;
    }
    count
};

/// The smallest value of each bin: 0, 1, 2, … and from 50 on about 2 % apart.
static LOWER: [u64; COUNT] = {
    let mut lower = [0; COUNT];
    let mut bin = 1;
    while bin < COUNT {
        lower[bin] = match edge_after(lower[bin - 1]) {
            Some(edge) => edge,
            None => panic!("there are as many edges as bins"),
        };
        bin += 1;
    }
    lower
};

/// For each number of significant bits, the bin of the smallest value that has so many.
static BY_BITS: [u16; 66] = {
    let mut first = [0; 66];
    let mut bits = 1;
    let mut bin = 0;
    while bits <= 64 {
        while bin + 1 < COUNT && LOWER[bin + 1] <= 1 << (bits - 1) {
            bin += 1;
        }
        first[bits] = bin as u16;
        bits += 1;
    }
    first[65] = COUNT as u16 - 1;
    first
};

const fn edge_after(lower: u64) -> Option<u64> {
    let wide = lower as u128 * 101 / 99;
    let edge = if wide > lower as u128 {
        wide
    } else {
        lower as u128 + 1
    };
    if edge <= u64::MAX as u128 {
        Some(edge as u64)
    } else {
        None
    }
}

/// The bin that holds a value.
pub(super) fn of(value: u64) -> u16 {
    let bits = 64 - value.leading_zeros() as usize;
    let (first, last) = (usize::from(BY_BITS[bits]), usize::from(BY_BITS[bits + 1]));
    (first + LOWER[first..=last].partition_point(|lower| *lower <= value) - 1) as u16
}

/// The value that stands for a bin: 2·lo·hi ÷ (lo + hi) of its smallest and largest value, whose
/// relative distance to both is the same, and within 1 %.
pub(super) fn representative(bin: u16) -> u64 {
    let bin = usize::from(bin);
    let low = u128::from(LOWER[bin]);
    let high = LOWER
        .get(bin + 1)
        .map_or(u128::from(u64::MAX), |next| u128::from(*next) - 1);
    let sum = low + high;
    // Written so that it cannot overflow: lo + lo·(hi − lo) ÷ (lo + hi), rounded.
    let above = (low * (high - low) + sum / 2).checked_div(sum);
    above.map_or(0, |above| (low + above) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bin_is_within_one_percent() {
        for (bin, low) in LOWER.into_iter().enumerate() {
            let high = LOWER.get(bin + 1).map_or(u64::MAX, |next| next - 1);
            assert_eq!((of(low), of(high)), (bin as u16, bin as u16));
            let middle = i128::from(representative(bin as u16));
            for value in [low, high].map(i128::from) {
                assert!(
                    (middle - value).abs() * 100 <= value,
                    "bin {bin}: {middle} for {value}"
                );
            }
        }
    }

    #[test]
    fn edges_are_those_that_are_stored() {
        assert_eq!(LOWER[..4], [0, 1, 2, 3]);
        assert_eq!(
            (LOWER[60], LOWER[500], LOWER[1000]),
            (GOLDEN[0], GOLDEN[1], GOLDEN[2])
        );
        assert_eq!(
            (of(100_000), of(u64::MAX)),
            (GOLDEN[3] as u16, GOLDEN[4] as u16 - 1)
        );
    }

    /// Stored sketches name bins by number: these must never change.
    const GOLDEN: [u64; 5] = [60, 231025, 5089762000, 458, 2101];
}
