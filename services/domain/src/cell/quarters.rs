//! The quarter-hours of a day as they are stored.
//!
//! They stand in blocks of four hours, each with what its quarter-hours amount to together: a day that begins elsewhere
//! than in UTC needs five blocks and the quarter-hours of the one in which it begins, instead of all ninety-six. What a
//! block amounts to follows from its quarter-hours; where it has few of them, as most do where little goes on, it is left
//! out and costs nothing.

use std::collections::BTreeMap;

use crate::Malformed;
use crate::bytes::{expect_end, put_i64, put_u64, take_byte, take_bytes, take_i64, take_length};
use crate::partial::{Partial, Reader};
use crate::time::QuarterHour;

/// The first version had the quarter-hours one after the other.
const FLAT: u8 = 1;
const VERSION: u8 = 2;

/// Quarter-hours of a block. Zones that differ from UTC by whole multiples of four hours are rare: what matters is that few
/// quarter-hours have to be looked at beside few blocks, and that the blocks take little room.
const BLOCK: i64 = 16;

/// From how many quarter-hours on a block says what they amount to together.
const LEAST: usize = 4;

pub(super) fn encode(quarters: &BTreeMap<QuarterHour, Partial>) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 + quarters.len() * 64);
    out.push(VERSION);
    let mut blocks: Vec<(i64, Vec<(u8, &Partial)>)> = Vec::new();
    for (quarter, partial) in quarters {
        let number = quarter.0.div_euclid(BLOCK);
        let entry = (quarter.0.rem_euclid(BLOCK) as u8, partial);
        match blocks.last_mut().filter(|(last, _)| *last == number) {
            Some((_, entries)) => entries.push(entry),
            None => blocks.push((number, vec![entry])),
        }
    }
    put_u64(&mut out, blocks.len() as u64);
    let (mut last, mut part) = (0, Vec::new());
    for (number, entries) in blocks {
        put_i64(&mut out, number.wrapping_sub(last));
        last = number;
        put_u64(&mut out, entries.len() as u64);
        if entries.len() >= LEAST {
            let mut together = Partial::default();
            entries.iter().for_each(|(_, one)| together.merge(one));
            together.encode(&mut part);
            put_part(&mut out, &mut part);
        }
        for (offset, partial) in entries {
            part.push(offset);
            partial.encode(&mut part);
        }
        put_part(&mut out, &mut part);
    }
    out
}

/// Appends a part with its length before it, and empties it.
fn put_part(out: &mut Vec<u8>, part: &mut Vec<u8>) {
    put_u64(out, part.len() as u64);
    out.append(part);
}

/// Whether a version before this one wrote the bytes.
pub(super) fn is_older(bytes: &[u8]) -> bool {
    bytes.first() == Some(&FLAT)
}

/// Reads what [`encode`] wrote, or the first version. What blocks amount to together is passed over.
pub(super) fn decode(bytes: &[u8]) -> Result<BTreeMap<QuarterHour, Partial>, Malformed> {
    let mut quarters = BTreeMap::new();
    let mut keep = |quarter, input: &mut &[u8]| {
        let partial = Partial::decode(input)?;
        if partial.is_empty() {
            return Err(Malformed("an empty quarter-hour"));
        }
        quarters.insert(quarter, partial);
        Ok(())
    };
    match bytes.split_first() {
        Some((&FLAT, input)) => flat(input, keep)?,
        Some((&VERSION, input)) => blocks(input, |block| block.each(&mut keep))?,
        _ => return Err(Malformed("a version that is not known")),
    }
    Ok(quarters)
}

/// Reads quarter-hours that `place` has a place for, and adds what belongs to one place up as far as it is added up
/// already; of each as much as the reader wants. Where all that is stored belongs to one place it is `whole`, which is what
/// they amount to, where that is at hand.
pub(super) fn read<P: Copy + PartialEq>(
    bytes: &[u8],
    whole: Option<&[u8]>,
    reader: &mut Reader,
    place: impl Fn(QuarterHour) -> Option<P>,
    mut add: impl FnMut(P, &Partial),
) -> Result<(), Malformed> {
    let place = &place;
    let mut add_at = |quarter, partial: &Partial| {
        if let Some(place) = place(quarter) {
            add(place, partial);
        }
    };
    let input = match bytes.split_first() {
        Some((&FLAT, input)) => {
            return flat(input, |quarter, input| {
                add_at(quarter, reader.take(input)?);
                Ok(())
            });
        }
        Some((&VERSION, input)) => input,
        _ => return Err(Malformed("a version that is not known")),
    };
    if let Some(whole) = whole {
        let mut all = None;
        blocks(input, |block| {
            let one = block.place(place);
            all = Some(match all {
                Some(other) if other != one => Places::Several,
                _ => one,
            });
            Ok(())
        })?;
        match all {
            Some(Places::One(all)) => {
                add(all, reader.read(whole)?);
                return Ok(());
            }
            Some(Places::None) | None => return Ok(()),
            Some(Places::Several) => {}
        }
    }
    blocks(input, |block| match (block.place(place), block.together) {
        (Places::None, _) => Ok(()),
        // Any of its quarter-hours stands for all of them.
        (Places::One(_), Some(together)) => {
            add_at(block.first(), reader.read(together)?);
            Ok(())
        }
        _ => block.each(|quarter, input| {
            add_at(quarter, reader.take(input)?);
            Ok(())
        }),
    })
}

/// Where quarter-hours belong.
#[derive(Clone, Copy, PartialEq)]
enum Places<P> {
    /// None has a place.
    None,
    /// All have the same.
    One(P),
    /// They have several, or some have none.
    Several,
}

/// A block as it is stored.
struct Block<'a> {
    number: i64,
    length: usize,
    together: Option<&'a [u8]>,
    apart: &'a [u8],
}

impl Block<'_> {
    fn first(&self) -> QuarterHour {
        QuarterHour(self.number.saturating_mul(BLOCK))
    }

    /// All that lie in it, whether they are stored or not.
    fn quarters(&self) -> impl Iterator<Item = QuarterHour> + use<> {
        let first = self.first().0;
        (0..BLOCK).map(move |offset| QuarterHour(first.saturating_add(offset)))
    }

    /// Where all that lie in it belong, whether they are stored or not.
    fn place<P: Copy + PartialEq>(&self, place: impl Fn(QuarterHour) -> Option<P>) -> Places<P> {
        let first = place(self.first());
        match self.quarters().skip(1).all(|one| place(one) == first) {
            true => first.map_or(Places::None, Places::One),
            false => Places::Several,
        }
    }

    /// Calls `take` at the beginning of each quarter-hour's partial, which it takes from the input.
    fn each(
        &self,
        mut take: impl FnMut(QuarterHour, &mut &[u8]) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        let mut input = self.apart;
        let mut last = None;
        for _ in 0..self.length {
            let offset = i64::from(take_byte(&mut input)?);
            if offset >= BLOCK || last.is_some_and(|last| last >= offset) {
                return Err(Malformed("quarter-hours out of order"));
            }
            last = Some(offset);
            take(
                QuarterHour(self.first().0.saturating_add(offset)),
                &mut input,
            )?;
        }
        expect_end(input)
    }
}

/// Calls `take` with each block.
fn blocks(
    mut input: &[u8],
    mut take: impl FnMut(Block<'_>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let input = &mut input;
    let mut last = None;
    for _ in 0..take_length(input, 5)? {
        let number = last.unwrap_or(0i64).wrapping_add(take_i64(input)?);
        if last.is_some_and(|last| last >= number) {
            return Err(Malformed("blocks out of order"));
        }
        last = Some(number);
        let length = take_length(input, 3)?;
        if length == 0 || length > BLOCK as usize {
            return Err(Malformed("a block of no quarter-hours, or of too many"));
        }
        let together = match length {
            LEAST.. => Some(take_part(input)?),
            _ => None,
        };
        let apart = take_part(input)?;
        take(Block {
            number,
            length,
            together,
            apart,
        })?;
    }
    expect_end(input)
}

fn take_part<'a>(input: &mut &'a [u8]) -> Result<&'a [u8], Malformed> {
    let length = take_length(input, 1)?;
    take_bytes(input, length)
}

/// The same of the first version.
fn flat(
    mut input: &[u8],
    mut take: impl FnMut(QuarterHour, &mut &[u8]) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let input = &mut input;
    let mut last = None;
    for _ in 0..take_length(input, 3)? {
        let quarter = last.unwrap_or(0i64).wrapping_add(take_i64(input)?);
        if last.is_some_and(|last| last >= quarter) {
            return Err(Malformed("quarter-hours out of order"));
        }
        last = Some(quarter);
        take(QuarterHour(quarter), input)?;
    }
    expect_end(input)
}

#[cfg(test)]
mod tests {
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
}
