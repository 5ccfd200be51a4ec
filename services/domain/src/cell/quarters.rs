//! The quarter-hours of a day as they are stored.
//!
//! They stand in blocks of four hours, each with what its quarter-hours amount to together: a day that begins elsewhere
//! than in UTC needs five blocks and the quarter-hours of the one in which it begins, instead of all ninety-six. What a
//! block amounts to follows from its quarter-hours; where it has few of them, as most do where little goes on, it is left
//! out and costs nothing.

mod onto;

use std::collections::BTreeMap;

pub(super) use onto::merge;

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
    let mut out = Blocks::with_capacity(quarters.len() * 64);
    in_blocks(quarters).for_each(|(number, entries)| out.put_new(number, &entries));
    out.finish()
}

/// The block of a quarter-hour, and where it stands there.
fn place(quarter: QuarterHour) -> (i64, u8) {
    let (number, offset) = (quarter.0.div_euclid(BLOCK), quarter.0.rem_euclid(BLOCK));
    (number, offset as u8)
}

/// Quarter-hours by the block in which they stand.
fn in_blocks(
    quarters: &BTreeMap<QuarterHour, Partial>,
) -> impl Iterator<Item = (i64, Vec<(u8, &Partial)>)> {
    let mut quarters = quarters
        .iter()
        .map(|(quarter, partial)| (place(*quarter), partial))
        .peekable();
    std::iter::from_fn(move || {
        let ((number, offset), partial) = quarters.next()?;
        let mut entries = vec![(offset, partial)];
        while let Some(((_, offset), partial)) = quarters.next_if(|((next, _), _)| *next == number)
        {
            entries.push((offset, partial));
        }
        Some((number, entries))
    })
}

/// Blocks in the making.
struct Blocks {
    count: u64,
    last: i64,
    bytes: Vec<u8>,
    /// Memory for one part of a block.
    part: Vec<u8>,
}

impl Blocks {
    fn with_capacity(bytes: usize) -> Self {
        Self {
            count: 0,
            last: 0,
            bytes: Vec::with_capacity(bytes),
            part: Vec::new(),
        }
    }

    /// Appends a block that is not stored yet.
    fn put_new(&mut self, number: i64, entries: &[(u8, &Partial)]) {
        self.begin(number, entries.len());
        if entries.len() >= LEAST {
            let mut together = Partial::default();
            entries.iter().for_each(|(_, one)| together.merge(one));
            self.put_together(&together);
        }
        for (offset, partial) in entries {
            self.part.push(*offset);
            partial.encode(&mut self.part);
        }
        self.end_part();
    }

    /// Appends the head of a block of so many quarter-hours.
    fn begin(&mut self, number: i64, length: usize) {
        self.count += 1;
        put_i64(&mut self.bytes, number.wrapping_sub(self.last));
        self.last = number;
        put_u64(&mut self.bytes, length as u64);
    }

    /// Appends what the quarter-hours of the block amount to together.
    fn put_together(&mut self, together: &Partial) {
        together.encode(&mut self.part);
        self.end_part();
    }

    /// Appends a part as it is, with its length before it.
    fn put_part(&mut self, part: &[u8]) {
        put_u64(&mut self.bytes, part.len() as u64);
        self.bytes.extend_from_slice(part);
    }

    /// Appends the part in the making, and empties it.
    fn end_part(&mut self) {
        put_u64(&mut self.bytes, self.part.len() as u64);
        self.bytes.append(&mut self.part);
    }

    fn finish(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len() + 2);
        out.push(VERSION);
        put_u64(&mut out, self.count);
        out.extend_from_slice(&self.bytes);
        out
    }
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
mod tests;
