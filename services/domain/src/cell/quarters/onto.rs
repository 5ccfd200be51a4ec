//! Quarter-hours onto those that are stored.
//!
//! A compaction touches a quarter-hour or two of a day that may have all ninety-six. What it does not touch stays as it is
//! stored: to read a whole day, and to write it again, is most of what merging would cost.

use std::collections::BTreeMap;

use super::{Block, Blocks, LEAST, VERSION, blocks, decode, encode, in_blocks, place};
use crate::Malformed;
use crate::partial::{Partial, Reader, Sections};
use crate::time::QuarterHour;

/// The bytes that [`encode`] has for the stored quarter-hours and the added ones together.
pub(in crate::cell) fn merge(
    stored: &[u8],
    added: &BTreeMap<QuarterHour, Partial>,
) -> Result<Vec<u8>, Malformed> {
    let Some((&VERSION, input)) = stored.split_first() else {
        let mut quarters = decode(stored)?;
        for (quarter, partial) in added {
            quarters.entry(*quarter).or_default().merge(partial);
        }
        return Ok(encode(&quarters));
    };
    let mut out = Blocks::with_capacity(stored.len() + added.len() * 64);
    let mut added = in_blocks(added).peekable();
    blocks(input, |block| {
        while let Some((number, entries)) = added.next_if(|(number, _)| *number < block.number) {
            out.put_new(number, &entries);
        }
        match added.next_if(|(number, _)| *number == block.number) {
            Some((_, entries)) => out.put_merged(&block, &entries)?,
            None => out.put_stored(&block),
        }
        Ok(())
    })?;
    added.for_each(|(number, entries)| out.put_new(number, &entries));
    Ok(out.finish())
}

impl Blocks {
    /// Appends a block as it is stored.
    fn put_stored(&mut self, block: &Block<'_>) {
        self.begin(block.number, block.length);
        block.together.iter().for_each(|part| self.put_part(part));
        self.put_part(block.apart);
    }

    /// Appends a stored block with some quarter-hours added.
    fn put_merged(
        &mut self,
        block: &Block<'_>,
        entries: &[(u8, &Partial)],
    ) -> Result<(), Malformed> {
        let (mut length, mut apart) = (0, Vec::with_capacity(block.apart.len() + 64));
        let mut put = |offset: u8, append: &mut dyn FnMut(&mut Vec<u8>)| {
            length += 1;
            apart.push(offset);
            append(&mut apart);
        };
        // What was few enough to do without is added up from the beginning.
        let mut together = match block.together {
            Some(mut bytes) => Partial::decode(&mut bytes)?,
            None => Partial::default(),
        };
        let mut entries = entries.iter().peekable();
        let mut skip = Reader::new(Sections::NONE);
        block.each(|quarter, input| {
            let (_, offset) = place(quarter);
            while let Some((offset, partial)) = entries.next_if(|(new, _)| *new < offset) {
                together.merge(partial);
                put(*offset, &mut |apart| partial.encode(apart));
            }
            let touched = entries.next_if(|(new, _)| *new == offset);
            if let Some((_, partial)) = touched {
                together.merge(partial);
            }
            if touched.is_none() && block.together.is_some() {
                let before = *input;
                skip.take(input)?;
                let bytes = &before[..before.len() - input.len()];
                put(offset, &mut |apart| apart.extend_from_slice(bytes));
                return Ok(());
            }
            let mut mine = Partial::decode(input)?;
            if block.together.is_none() {
                together.merge(&mine);
            }
            if let Some((_, partial)) = touched {
                mine.merge(partial);
            }
            put(offset, &mut |apart| mine.encode(apart));
            Ok(())
        })?;
        for (offset, partial) in entries {
            together.merge(partial);
            put(*offset, &mut |apart| partial.encode(apart));
        }
        self.begin(block.number, length);
        if length >= LEAST {
            self.put_together(&together);
        }
        self.put_part(&apart);
        Ok(())
    }
}
