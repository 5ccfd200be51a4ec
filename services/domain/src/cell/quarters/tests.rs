use super::*;
use crate::cell::Page;
use crate::partial::Sections;

fn partial(opened: u64) -> Partial {
    Partial {
        opened,
        ..Partial::default()
    }
}

/// The quarter-hours of a day with so many each.
fn day(quarters: impl IntoIterator<Item = (i64, u64)>) -> BTreeMap<QuarterHour, Partial> {
    let quarters = quarters.into_iter();
    quarters
        .map(|(quarter, opened)| (QuarterHour(quarter), partial(opened)))
        .collect()
}

fn flat_bytes(quarters: &BTreeMap<QuarterHour, Partial>) -> Vec<u8> {
    let mut out = vec![FLAT];
    put_u64(&mut out, quarters.len() as u64);
    let mut last = 0;
    for (quarter, partial) in quarters {
        put_i64(&mut out, quarter.0.wrapping_sub(last));
        last = quarter.0;
        partial.encode(&mut out);
    }
    out
}

#[test]
fn what_the_first_version_wrote_is_read() {
    let quarters = day((-5..90).map(|quarter| (quarter, 7)));
    assert_eq!(decode(&flat_bytes(&quarters)), Ok(quarters.clone()));
    let mut reader = Reader::new(Sections::ALL);
    let mut sum = 0;
    let first_half = |quarter: QuarterHour| (quarter.0 < 40).then_some(());
    let add = |(), partial: &Partial| sum += partial.opened;
    read(&flat_bytes(&quarters), None, &mut reader, first_half, add).unwrap();
    assert_eq!(sum, 45 * 7);
    // These bytes are in databases.
    let bytes = [1, 2, 128, 202, 1, 1, 1, 3, 2, 1, 1, 4];
    let page = Page {
        quarters: day([(12_928, 3), (12_929, 4)]),
        ..Page::default()
    };
    assert_eq!(decode(&bytes), Ok(page.quarters.clone()));
    assert!(is_older(&bytes) && page.has_quarters(&bytes));
    assert!(page.has_quarters(&page.encode_quarters()) && !is_older(&page.encode_quarters()));
    assert!(!Page::default().has_quarters(&bytes) && !page.has_quarters(&bytes[..11]));
}

#[test]
fn what_lies_in_one_place_is_read_at_once() {
    let quarters = day((0..96).map(|quarter| (quarter, 1 + quarter as u64)));
    let bytes = encode(&quarters);
    let mut reader = Reader::new(Sections::ALL);
    // As where a day begins five hours and a half after that of UTC, and nothing after hour twenty is wanted.
    let place = |quarter: QuarterHour| (quarter.0 < 80).then_some(quarter.0 >= 22);
    let mut found = Vec::new();
    read(&bytes, None, &mut reader, place, |place, partial| {
        found.push((place, partial.opened));
    })
    .unwrap();
    // A block, sixteen quarter-hours of the next one, and three blocks.
    assert_eq!(found.len(), 1 + 16 + 3);
    let sum = |wanted| -> u64 {
        let found = found.iter().filter(|(place, _)| *place == wanted);
        found.map(|(_, opened)| opened).sum()
    };
    assert_eq!(sum(false), (1..=22).sum());
    assert_eq!(sum(true), (23..=80).sum());
}

#[test]
fn few_quarter_hours_take_little_room() {
    for (quarters, most) in [(1, 3), (3, 3), (16, 8), (96, 48)] {
        let few = day((0..quarters).map(|quarter| (20_000 * 96 + quarter, 5)));
        let (blocks, flat) = (encode(&few).len(), flat_bytes(&few).len());
        assert!(
            blocks <= flat + most,
            "{quarters}: {blocks} and {flat} bytes"
        );
    }
}

#[test]
fn what_nobody_wrote_is_refused() {
    let quarters = day([(1, 1), (2, 1), (3, 1), (40, 1)]);
    let bytes = encode(&quarters);
    assert_eq!(decode(&bytes), Ok(quarters));
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length]).is_err(), "{length}");
    }
    for (damaged, why) in [
        (vec![3, 0], "a version that is not known"),
        // A block of none, one of seventeen, and two of the same number.
        (
            vec![2, 1, 0, 0, 0, 0, 0],
            "a block of no quarter-hours, or of too many",
        ),
        (
            [&[2, 1, 0, 17][..], &[0; 60]].concat(),
            "a block of no quarter-hours, or of too many",
        ),
        (
            vec![2, 2, 0, 1, 4, 0, 1, 1, 1, 0, 1, 4, 0, 1, 1, 1],
            "blocks out of order",
        ),
        // The second quarter-hour is the first again, and one that no block has.
        (
            vec![2, 1, 0, 2, 8, 3, 1, 1, 1, 3, 1, 1, 1],
            "quarter-hours out of order",
        ),
        (
            vec![2, 1, 0, 1, 4, 16, 1, 1, 1],
            "quarter-hours out of order",
        ),
        (vec![2, 1, 0, 1, 3, 0, 1, 0], "an empty quarter-hour"),
    ] {
        let wrong = decode(&damaged).unwrap_err();
        assert!(
            wrong.0 == why || wrong.0 == "more entries than bytes",
            "{damaged:?}: {wrong}"
        );
    }
}

#[test]
fn quarter_hours_are_added_to_stored_ones_block_by_block() {
    let days = [
        // Nothing; blocks that are few, nearly many, and many; and blocks before, between and after others.
        day([]),
        day([(1, 1)]),
        day([(0, 1), (5, 2), (15, 3)]),
        day([(2, 1), (3, 2), (4, 3), (5, 4)]),
        day((-20..40).map(|quarter| (quarter, 7))),
        day([(-40, 1), (17, 2), (18, 3), (90, 4)]),
        day((16..20).chain(64..96).map(|quarter| (quarter, 2))),
    ];
    for stored in &days {
        for added in &days {
            let mut both = stored.clone();
            for (quarter, partial) in added {
                both.entry(*quarter).or_default().merge(partial);
            }
            assert_eq!(merge(&encode(stored), added), Ok(encode(&both)));
            // What the first version wrote is written anew.
            assert_eq!(merge(&flat_bytes(stored), added), Ok(encode(&both)));
        }
    }
    let one = day([(20, 1)]);
    let bytes = encode(&days[4]);
    for length in 0..bytes.len() {
        assert!(merge(&bytes[..length], &one).is_err(), "{length}");
    }
    assert!(merge(&[9, 0], &one).is_err());
}
