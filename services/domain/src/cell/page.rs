//! Where cells rest: a day of one workspace, dimension and key.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::quarters;
use crate::Malformed;
use crate::bytes::expect_end;
use crate::partial::{self, Partial, Reader};
use crate::time::QuarterHour;

/// A day's cells, and what they amount to together, so that whole days need no quarter-hours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The merge of all quarter-hours.
    pub day: Partial,
    /// The quarter-hours that are not empty.
    pub quarters: BTreeMap<QuarterHour, Partial>,
}

impl Page {
    /// Adds a partial to a quarter-hour, and to the day.
    pub fn merge_quarter(&mut self, quarter: QuarterHour, partial: Partial) {
        if partial.is_empty() {
            return;
        }
        self.day.merge(&partial);
        match self.quarters.entry(quarter) {
            Entry::Occupied(mine) => mine.into_mut().merge(&partial),
            Entry::Vacant(place) => {
                place.insert(partial);
            }
        }
    }

    /// Adds another page of the same day.
    pub fn merge(&mut self, other: &Page) {
        self.day.merge(&other.day);
        for (quarter, partial) in &other.quarters {
            self.quarters.entry(*quarter).or_default().merge(partial);
        }
    }

    /// The canonical bytes of the day.
    pub fn encode_day(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        self.day.encode(&mut out);
        out
    }

    /// The canonical bytes of the quarter-hours.
    pub fn encode_quarters(&self) -> Vec<u8> {
        quarters::encode(&self.quarters)
    }

    /// The canonical bytes of the quarter-hours with those that are stored. What this page has nothing of stays as it is
    /// stored, and is not looked at: a page costs what is added to it, not what it has.
    pub fn encode_quarters_onto(&self, stored: &[u8]) -> Result<Vec<u8>, Malformed> {
        quarters::merge(stored, &self.quarters)
    }

    /// Reads what [`Page::encode_day`] wrote, and nothing else.
    pub fn decode_day(bytes: &[u8]) -> Result<Partial, Malformed> {
        let mut input = bytes;
        let day = Partial::decode(&mut input)?;
        expect_end(input)?;
        Ok(day)
    }

    /// Reads what [`Page::encode_quarters`] wrote, or a version before this one. What follows from the quarter-hours is
    /// not looked at.
    pub fn decode_quarters(bytes: &[u8]) -> Result<BTreeMap<QuarterHour, Partial>, Malformed> {
        quarters::decode(bytes)
    }

    /// Whether these stored bytes say what the quarter-hours are: as [`Page::encode_quarters`] does, or as a version before
    /// this one did, which is not wrong.
    pub fn has_quarters(&self, bytes: &[u8]) -> bool {
        bytes == self.encode_quarters()
            || quarters::is_older(bytes)
                && Page::decode_quarters(bytes).is_ok_and(|quarters| quarters == self.quarters)
    }

    /// Whether a day that is stored so has anything.
    pub fn is_empty_day(bytes: &[u8]) -> Result<bool, Malformed> {
        partial::is_empty(bytes)
    }

    /// Reads the quarter-hours one after the other, and of each as much as the reader wants.
    pub fn read_quarters(
        bytes: &[u8],
        reader: &mut Reader,
        add: impl FnMut(QuarterHour, &Partial),
    ) -> Result<(), Malformed> {
        quarters::read(bytes, None, reader, Some, add)
    }

    /// Reads the quarter-hours that have a place; those of one place are added up as far as that is stored, so that `add`
    /// is called seldom where places are long. With the bytes of the day, where they are at hand, a day all of which is
    /// in one place needs no quarter-hours.
    pub fn read_places<P: Copy + PartialEq>(
        bytes: &[u8],
        day: Option<&[u8]>,
        reader: &mut Reader,
        place: impl Fn(QuarterHour) -> Option<P>,
        add: impl FnMut(P, &Partial),
    ) -> Result<(), Malformed> {
        quarters::read(bytes, day, reader, place, add)
    }
}
