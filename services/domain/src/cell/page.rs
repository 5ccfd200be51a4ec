//! Where cells rest: a day of one workspace, dimension and key.

use std::collections::BTreeMap;

use crate::Malformed;
use crate::bytes::{expect_end, put_i64, put_u64, take_i64, take_length};
use crate::partial::{self, Partial, Reader};
use crate::time::QuarterHour;

const VERSION: u8 = 1;

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
    pub fn merge_quarter(&mut self, quarter: QuarterHour, partial: &Partial) {
        if partial.is_empty() {
            return;
        }
        self.day.merge(partial);
        self.quarters.entry(quarter).or_default().merge(partial);
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
        let mut out = Vec::with_capacity(8 + self.quarters.len() * 64);
        out.push(VERSION);
        put_u64(&mut out, self.quarters.len() as u64);
        let mut last = 0;
        for (quarter, partial) in &self.quarters {
            put_i64(&mut out, quarter.0.wrapping_sub(last));
            last = quarter.0;
            partial.encode(&mut out);
        }
        out
    }

    /// Reads what [`Page::encode_day`] wrote, and nothing else.
    pub fn decode_day(bytes: &[u8]) -> Result<Partial, Malformed> {
        let mut input = bytes;
        let day = Partial::decode(&mut input)?;
        expect_end(input)?;
        Ok(day)
    }

    /// Reads what [`Page::encode_quarters`] wrote, and nothing else.
    pub fn decode_quarters(bytes: &[u8]) -> Result<BTreeMap<QuarterHour, Partial>, Malformed> {
        let mut quarters = BTreeMap::new();
        each_quarter(bytes, |quarter, input| {
            let partial = Partial::decode(input)?;
            if partial.is_empty() {
                return Err(Malformed("an empty quarter-hour"));
            }
            quarters.insert(quarter, partial);
            Ok(())
        })?;
        Ok(quarters)
    }

    /// Whether a day that is stored so has anything.
    pub fn is_empty_day(bytes: &[u8]) -> Result<bool, Malformed> {
        partial::is_empty(bytes)
    }

    /// Reads the quarter-hours one after the other, and of each as much as the reader wants.
    pub fn read_quarters(
        bytes: &[u8],
        reader: &mut Reader,
        mut add: impl FnMut(QuarterHour, &Partial),
    ) -> Result<(), Malformed> {
        each_quarter(bytes, |quarter, input| {
            add(quarter, reader.take(input)?);
            Ok(())
        })
    }
}

/// Calls `take` at the beginning of each quarter-hour's partial, which it takes from the input.
fn each_quarter(
    bytes: &[u8],
    mut take: impl FnMut(QuarterHour, &mut &[u8]) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let Some((&VERSION, mut input)) = bytes.split_first() else {
        return Err(Malformed("a version that is not known"));
    };
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
