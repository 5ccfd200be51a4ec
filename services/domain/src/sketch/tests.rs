use proptest::prelude::*;

use super::*;

fn sketch(values: &[u64]) -> Sketch {
    let mut sketch = Sketch::default();
    values.iter().for_each(|value| sketch.insert(*value));
    sketch
}

fn bytes(sketch: &Sketch) -> Vec<u8> {
    let mut out = Vec::new();
    sketch.encode(&mut out);
    out
}

/// The value of zero-based rank ⌊q·(n−1)⌋.
fn nearest_rank(values: &[u64], millionths: u64) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted[(u128::from(millionths) * (sorted.len() as u128 - 1) / 1_000_000) as usize]
}

fn values() -> impl Strategy<Value = Vec<u64>> {
    let value = prop_oneof![
        0u64..100,
        0u64..100_000_000,
        any::<u64>().prop_map(|value| value >> 10)
    ];
    // Many, or so few that one bin may hold them all.
    prop_oneof![
        prop::collection::vec(value, 1..300),
        prop::collection::vec(
            prop_oneof![1_000u64..1_030, any::<u64>().prop_map(|value| value >> 10)],
            1..4
        ),
    ]
}

#[test]
fn percentiles_are_merged_and_never_averaged() {
    let mut first = Sketch::default();
    (0..990).for_each(|_| first.insert(100_000));
    (0..10).for_each(|_| first.insert(200_000));
    let mut second = Sketch::default();
    (0..10).for_each(|_| second.insert(5_000_000));
    first.merge(&second);
    let near = |q: f64, expected: u64| {
        let found = first.quantile(q).unwrap();
        assert!(
            found.abs_diff(expected) * 100 <= expected,
            "{q}: {found} for {expected}"
        );
    };
    near(0.95, 100_000);
    near(0.99, 200_000);
    near(1.0, 5_000_000);
    near(0.0, 100_000);
    assert_eq!(
        (first.count(), first.min(), first.max()),
        (1010, Some(100_000), Some(5_000_000))
    );
    assert_eq!(first.sum(), 990 * 100_000 + 10 * 200_000 + 10 * 5_000_000);
}

#[test]
fn nothing_is_absent_and_one_value_is_exact() {
    let empty = Sketch::default();
    assert_eq!(
        (empty.quantile(0.5), empty.min(), empty.max(), empty.mean()),
        (None, None, None, None)
    );
    let one = sketch(&[1_234_567]);
    assert_eq!(
        (one.quantile(0.5), one.mean()),
        (Some(1_234_567), Some(1_234_567.0))
    );
    assert_eq!(bytes(&one).len(), 7, "one value is small");
}

#[test]
fn ranks_do_not_suffer_from_floating_point() {
    // 0.29 × 100 is 28.999… in floating point.
    let hundred = sketch(&(0..=49).collect::<Vec<_>>());
    assert_eq!(hundred.quantile(0.58), Some(28));
    for n in 1..2000u64 {
        let many = sketch(&(0..n).map(|i| i % 50).collect::<Vec<_>>());
        let exact = nearest_rank(&(0..n).map(|i| i % 50).collect::<Vec<_>>(), 950_000);
        assert_eq!(many.quantile(0.95), Some(exact), "{n}");
    }
}

#[test]
fn garbage_is_refused() {
    for (bytes, why) in [
        (&[0u8, 1, 0, 0][..], "sketch that contradicts itself"),
        (&[1, 5, 0, 0, 0], "a zero that should be absent"),
        (&[1, 5, 1, 0, 1], "sketch that contradicts itself"),
        (&[2, 5, 1, 0, 1, 0, 1], "bins out of order"),
        (&[2, 5, 1, 9, 1, 1, 1], "sketch that contradicts itself"),
        (&[99, 5], "more entries than bytes"),
    ] {
        assert_eq!(
            Sketch::decode(&mut &bytes[..]),
            Err(Malformed(why)),
            "{bytes:?}"
        );
    }
}

proptest! {
    #[test]
    fn merging_is_exact_in_any_order(a in values(), b in values(), c in values()) {
        let (x, y, z) = (sketch(&a), sketch(&b), sketch(&c));
        let mut left = x.clone();
        left.merge(&y);
        left.merge(&z);
        let mut right = z.clone();
        right.merge(&x);
        let mut last = y.clone();
        last.merge(&right);
        let all = [a, b, c].concat();
        prop_assert_eq!(&left, &sketch(&all));
        prop_assert_eq!(bytes(&left), bytes(&last));
        prop_assert_eq!(left.sum(), all.iter().map(|value| u128::from(*value)).sum::<u128>());
        let encoded = bytes(&left);
        let mut input = &encoded[..];
        prop_assert_eq!(Sketch::decode(&mut input), Ok(left));
        prop_assert!(input.is_empty());
    }

    #[test]
    fn quantiles_are_within_one_percent(values in values(), millionths in 0u64..=1_000_000) {
        let sketch = sketch(&values);
        let found = sketch.quantile(millionths as f64 / 1e6).unwrap();
        let exact = nearest_rank(&values, millionths);
        prop_assert!(u128::from(found.abs_diff(exact)) * 100 <= u128::from(exact), "{found} for {exact}");
        prop_assert!(found >= sketch.min().unwrap() && found <= sketch.max().unwrap());
    }

    #[test]
    fn percentiles_are_in_order(values in values()) {
        let sketch = sketch(&values);
        let found = [0.0, 0.5, 0.9, 0.95, 0.99, 1.0].map(|q| sketch.quantile(q).unwrap());
        prop_assert!(found.is_sorted());
    }
}
