//! Sets of ordinals: users and agents as dense 32-bit numbers. Unions are exact.

use roaring::RoaringBitmap;
use smallvec::SmallVec;

use crate::Malformed;
use crate::bytes::{expect_end, put_u64, skip_numbers, take_bytes, take_length, take_u64};

/// Up to here a set is a sorted list, beyond it a roaring bitmap; in memory as in bytes.
const SMALL: usize = 64;

/// Most cells have one agent and a few users at most, who need no memory beside the set.
type List = SmallVec<[u32; 4]>;

/// A set of ordinals.
#[derive(Debug, Clone)]
pub struct Ordinals(Repr);

/// Which of the two it is follows from the number of members alone, so that equal sets are equal
/// bytes. Bitmaps hold no runs in memory, whose choice would depend on history.
#[derive(Debug, Clone)]
enum Repr {
    List(List),
    Bitmap(Box<RoaringBitmap>),
}

impl Ordinals {
    /// Adds a member.
    pub fn insert(&mut self, ordinal: u32) {
        match &mut self.0 {
            Repr::List(list) => {
                if let Err(at) = list.binary_search(&ordinal) {
                    list.insert(at, ordinal);
                    self.grow();
                }
            }
            Repr::Bitmap(bitmap) => {
                bitmap.insert(ordinal);
            }
        }
    }

    /// Adds all members of another set.
    pub fn merge(&mut self, other: &Ordinals) {
        match (&mut self.0, &other.0) {
            (_, Repr::List(others)) if others.len() <= 4 => {
                others.iter().for_each(|ordinal| self.insert(*ordinal));
            }
            (Repr::List(list), Repr::List(others)) => {
                list.extend_from_slice(others);
                list.sort_unstable();
                list.dedup();
                self.grow();
            }
            (Repr::Bitmap(bitmap), Repr::List(others)) => bitmap.extend(others.iter().copied()),
            (Repr::Bitmap(bitmap), Repr::Bitmap(others)) => **bitmap |= &**others,
            (Repr::List(list), Repr::Bitmap(others)) => {
                let mut bitmap = others.clone();
                bitmap.extend(list.iter().copied());
                self.0 = Repr::Bitmap(bitmap);
            }
        }
    }

    /// How many members there are.
    pub fn len(&self) -> u64 {
        match &self.0 {
            Repr::List(list) => list.len() as u64,
            Repr::Bitmap(bitmap) => bitmap.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the ordinal is a member.
    pub fn contains(&self, ordinal: u32) -> bool {
        match &self.0 {
            Repr::List(list) => list.binary_search(&ordinal).is_ok(),
            Repr::Bitmap(bitmap) => bitmap.contains(ordinal),
        }
    }

    /// How many members both sets have.
    pub fn common(&self, other: &Ordinals) -> u64 {
        match (&self.0, &other.0) {
            (Repr::Bitmap(mine), Repr::Bitmap(others)) => mine.intersection_len(others),
            (Repr::List(list), _) => list.iter().filter(|one| other.contains(**one)).count() as u64,
            (_, Repr::List(_)) => other.common(self),
        }
    }

    /// Keeps the members that another set has too.
    pub fn keep(&mut self, other: &Ordinals) {
        match (&mut self.0, &other.0) {
            (Repr::Bitmap(mine), Repr::Bitmap(others)) => **mine &= &**others,
            (Repr::List(list), _) => list.retain(|one| other.contains(*one)),
            (Repr::Bitmap(mine), Repr::List(others)) => {
                let kept = others.iter().filter(|one| mine.contains(**one));
                self.0 = Repr::List(kept.copied().collect());
            }
        }
        self.shrink();
    }

    /// Removes the members of another set.
    pub fn remove_all(&mut self, other: &Ordinals) {
        match (&mut self.0, &other.0) {
            (Repr::Bitmap(mine), Repr::Bitmap(others)) => **mine -= &**others,
            (Repr::Bitmap(mine), Repr::List(others)) => others.iter().for_each(|one| {
                mine.remove(*one);
            }),
            (Repr::List(list), _) => list.retain(|one| !other.contains(*one)),
        }
        self.shrink();
    }

    /// The members, in ascending order.
    pub fn iter(&self) -> Box<dyn Iterator<Item = u32> + '_> {
        match &self.0 {
            Repr::List(list) => Box::new(list.iter().copied()),
            Repr::Bitmap(bitmap) => Box::new(bitmap.iter()),
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_u64(out, self.len());
        match &self.0 {
            Repr::List(list) => {
                let mut next = 0;
                for ordinal in list {
                    put_u64(out, u64::from(*ordinal) - next);
                    next = u64::from(*ordinal) + 1;
                }
            }
            Repr::Bitmap(bitmap) => {
                let bytes = bitmap_bytes(bitmap);
                put_u64(out, bytes.len() as u64);
                out.extend_from_slice(&bytes);
            }
        }
    }

    /// Decodes a set that is not empty.
    pub(crate) fn decode(input: &mut &[u8]) -> Result<Ordinals, Malformed> {
        match take_u64(input)? {
            0 => Err(Malformed("an empty set that should be absent")),
            length if length <= SMALL as u64 => decode_list(input, length as usize),
            length => decode_bitmap(input, length),
        }
    }

    /// Becomes the set that the input begins with, which is not empty. The form of a bitmap is not looked at.
    pub(crate) fn read(&mut self, input: &mut &[u8]) -> Result<(), Malformed> {
        let length = match take_u64(input)? {
            0 => return Err(Malformed("an empty set that should be absent")),
            length if Self::is_list(length) => length as usize,
            length => {
                self.0 = Repr::Bitmap(take_bitmap(input, length)?.0);
                return Ok(());
            }
        };
        self.clear();
        match &mut self.0 {
            Repr::List(list) => read_list(input, length, list),
            Repr::Bitmap(_) => Ok(()),
        }
    }

    /// Passes over a set.
    pub(crate) fn skip(input: &mut &[u8]) -> Result<(), Malformed> {
        match take_u64(input)? {
            length if Self::is_list(length) => skip_numbers(input, length as usize),
            _ => {
                let size = take_length(input, 1)?;
                take_bytes(input, size).map(drop)
            }
        }
    }

    /// Whether a set of so many is a list.
    pub(crate) fn is_list(length: u64) -> bool {
        length <= SMALL as u64
    }

    /// Forgets all members, but not the memory that a list of them took.
    pub(crate) fn clear(&mut self) {
        match &mut self.0 {
            Repr::List(list) => list.clear(),
            Repr::Bitmap(_) => *self = Self::default(),
        }
    }

    fn shrink(&mut self) {
        if let Repr::Bitmap(bitmap) = &self.0
            && bitmap.len() <= SMALL as u64
        {
            self.0 = Repr::List(bitmap.iter().collect());
        }
    }

    fn grow(&mut self) {
        if let Repr::List(list) = &self.0
            && list.len() > SMALL
        {
            let bitmap = RoaringBitmap::from_sorted_iter(list.iter().copied());
            self.0 = Repr::Bitmap(Box::new(
                bitmap.unwrap_or_else(|_| list.iter().copied().collect()),
            ));
        }
    }
}

impl Default for Ordinals {
    fn default() -> Self {
        Ordinals(Repr::List(List::new()))
    }
}

impl PartialEq for Ordinals {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Ordinals {}

impl FromIterator<u32> for Ordinals {
    fn from_iter<I: IntoIterator<Item = u32>>(ordinals: I) -> Self {
        let mut set = Ordinals::default();
        ordinals.into_iter().for_each(|ordinal| set.insert(ordinal));
        set
    }
}

fn decode_list(input: &mut &[u8], length: usize) -> Result<Ordinals, Malformed> {
    let mut list = List::new();
    read_list(input, length, &mut list)?;
    Ok(Ordinals(Repr::List(list)))
}

/// Appends the members of a list.
fn read_list(input: &mut &[u8], length: usize, list: &mut List) -> Result<(), Malformed> {
    if length > input.len() {
        return Err(Malformed("more entries than bytes"));
    }
    list.reserve(length);
    let mut next = 0u64;
    for _ in 0..length {
        let ordinal = take_u64(input)?
            .checked_add(next)
            .and_then(|ordinal| u32::try_from(ordinal).ok());
        let ordinal = ordinal.ok_or(Malformed("ordinal out of range"))?;
        list.push(ordinal);
        next = u64::from(ordinal) + 1;
    }
    Ok(())
}

fn decode_bitmap(input: &mut &[u8], length: u64) -> Result<Ordinals, Malformed> {
    let (bitmap, bytes) = take_bitmap(input, length)?;
    if bitmap_bytes(&bitmap) != bytes {
        return Err(Malformed("bitmap in another form"));
    }
    Ok(Ordinals(Repr::Bitmap(bitmap)))
}

/// Takes a bitmap, with the bytes that it was.
fn take_bitmap<'a>(
    input: &mut &'a [u8],
    length: u64,
) -> Result<(Box<RoaringBitmap>, &'a [u8]), Malformed> {
    let size = take_length(input, 1)?;
    let bytes = take_bytes(input, size)?;
    let mut rest = bytes;
    let mut bitmap =
        RoaringBitmap::deserialize_from(&mut rest).map_err(|_| Malformed("not a bitmap"))?;
    expect_end(rest)?;
    bitmap.remove_run_compression();
    if bitmap.len() != length {
        return Err(Malformed("bitmap in another form"));
    }
    Ok((Box::new(bitmap), bytes))
}

fn bitmap_bytes(bitmap: &RoaringBitmap) -> Vec<u8> {
    let mut compact = bitmap.clone();
    compact.optimize();
    let mut bytes = Vec::with_capacity(compact.serialized_size());
    // Writing to a vector cannot fail.
    compact.serialize_into(&mut bytes).unwrap_or_default();
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn bytes(set: &Ordinals) -> Vec<u8> {
        let mut out = Vec::new();
        set.encode(&mut out);
        out
    }

    /// Few or many, scattered or in runs.
    fn members() -> impl Strategy<Value = BTreeSet<u32>> {
        prop_oneof![
            prop::collection::btree_set(any::<u32>(), 1..200),
            prop::collection::btree_set(0u32..300, 1..200),
            (any::<u16>(), 1u32..9000)
                .prop_map(|(from, n)| (u32::from(from)..u32::from(from) + n).collect()),
            (0u32..100_000, 1u32..9000, 2u32..4)
                .prop_map(|(from, n, step)| { (0..n).map(|i| from + i * step).collect() }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn unions_are_exact_and_canonical(a in members(), b in members()) {
            let (left, right) = (a.iter().copied().collect::<Ordinals>(), b.iter().copied().collect::<Ordinals>());
            let mut one = left.clone();
            one.merge(&right);
            let mut two = Ordinals::decode(&mut &bytes(&right)[..]).unwrap();
            two.merge(&Ordinals::decode(&mut &bytes(&left)[..]).unwrap());
            let expected = a.union(&b).copied().collect::<Vec<_>>();
            prop_assert_eq!(one.iter().collect::<Vec<_>>(), &expected[..]);
            prop_assert_eq!(bytes(&one), bytes(&two));
            prop_assert_eq!(bytes(&one), bytes(&expected.iter().rev().copied().collect()));
            prop_assert_eq!(Ordinals::decode(&mut &bytes(&one)[..]), Ok(one));
        }

        #[test]
        fn what_is_common_and_what_is_left_are_exact_and_canonical(a in members(), b in members()) {
            let (left, right) = (a.iter().copied().collect::<Ordinals>(), b.iter().copied().collect::<Ordinals>());
            let common = a.intersection(&b).copied().collect::<Ordinals>();
            let only = a.difference(&b).copied().collect::<Ordinals>();
            prop_assert_eq!(left.common(&right), common.len());
            prop_assert_eq!(right.common(&left), common.len());
            let (mut kept, mut rest) = (left.clone(), left);
            kept.keep(&right);
            rest.remove_all(&right);
            prop_assert_eq!(bytes(&kept), bytes(&common));
            prop_assert_eq!(bytes(&rest), bytes(&only));
        }
    }

    #[test]
    fn a_run_that_is_as_long_as_a_list_has_one_form() {
        // 100 pairs: 4 bytes per run, 2 per member, and the runs' 2-byte head.
        for extra in 0..4u32 {
            let members = (0..100)
                .flat_map(|i| [i * 3, i * 3 + 1])
                .chain((1000..1003).take(extra as usize));
            let set = members.collect::<Ordinals>();
            assert_eq!(
                bytes(&Ordinals::decode(&mut &bytes(&set)[..]).unwrap()),
                bytes(&set)
            );
        }
    }
}
