//! Changes that follow each other, beside the bytes in which all of them are sent.

use bytes::{Bytes, BytesMut};
use shadow_rpc::frames;

use super::Entry;

/// How many changes and bytes a page holds at most. A watch that does not read may hold the pages that are on their way
/// to it, and a change that is larger is a page of its own.
const CHANGES: usize = 128;
const BYTES: usize = 32 * 1024;

/// Never empty.
#[derive(Debug)]
pub(crate) struct Page {
    entries: Vec<Entry>,
    /// The messages of all entries, as gRPC sends them.
    frames: Bytes,
    /// Where each of them ends.
    ends: Vec<usize>,
}

impl Page {
    /// Entries in pages of no more than `most`.
    pub(super) fn parted(entries: impl IntoIterator<Item = Entry>, most: usize) -> Vec<Self> {
        let most = CHANGES.min(most).max(1);
        let (mut pages, mut page, mut bytes) = (Vec::new(), Vec::new(), 0);
        for entry in entries {
            let more = entry.message.len() + frames::PREFIX;
            if page.len() >= most || (!page.is_empty() && bytes + more > BYTES) {
                pages.push(Self::new(std::mem::take(&mut page), bytes));
                bytes = 0;
            }
            bytes += more;
            page.push(entry);
        }
        if !page.is_empty() {
            pages.push(Self::new(page, bytes));
        }
        pages
    }

    fn new(mut entries: Vec<Entry>, bytes: usize) -> Self {
        let mut together = BytesMut::with_capacity(bytes);
        let mut ends = Vec::with_capacity(entries.len());
        for entry in &mut entries {
            frames::append(&mut together, &entry.message);
            // It is in the page from now on.
            entry.message = Bytes::new();
            ends.push(together.len());
        }
        Self {
            entries,
            frames: together.freeze(),
            ends,
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The messages that are wanted, as gRPC sends them; empty where none is. Most often it is all of them, and nothing is
    /// copied then. A few are: else a watch that does not read would hold whole pages for them.
    pub(crate) fn kept(&self, mut wanted: impl FnMut(&Entry) -> bool) -> Bytes {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        let (mut start, mut bytes) = (0, 0);
        for (entry, end) in self.entries.iter().zip(&self.ends) {
            if wanted(entry) {
                bytes += end - start;
                match runs.last_mut() {
                    Some(run) if run.1 == start => run.1 = *end,
                    _ => runs.push((start, *end)),
                }
            }
            start = *end;
        }
        match runs.as_slice() {
            [] => Bytes::new(),
            [(start, end)] if bytes * 2 >= self.frames.len() => self.frames.slice(*start..*end),
            runs => {
                let mut together = BytesMut::with_capacity(bytes);
                for (start, end) in runs {
                    together.extend_from_slice(&self.frames[*start..*end]);
                }
                together.freeze()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::entry::tests::entry;

    fn positions(page: &Page) -> Vec<i64> {
        page.entries().iter().map(|entry| entry.position).collect()
    }

    #[test]
    fn entries_are_parted_by_number_and_by_bytes() {
        let large = |position| entry(position, BYTES / 2);
        let pages = Page::parted([large(1), entry(2, 9), large(3), entry(4, 2 * BYTES)], 10);
        let parted: Vec<_> = pages.iter().map(positions).collect();
        assert_eq!(parted, [vec![1, 2], vec![3], vec![4]]);
        let pages = Page::parted((1..=3).map(|position| entry(position, 9)), 2);
        let parted: Vec<_> = pages.iter().map(positions).collect();
        assert_eq!(parted, [vec![1, 2], vec![3]]);
        assert!(Page::parted([], 2).is_empty());
    }

    #[test]
    fn what_is_kept_is_what_is_wanted_in_order() {
        let page = Page::parted((1..=5).map(|position| entry(position, 9)), 10).remove(0);
        for wanted in [
            vec![],
            vec![3],
            vec![1, 2, 3, 4, 5],
            vec![1, 3, 4],
            vec![2, 3, 4, 5],
        ] {
            let kept = page.kept(|entry| wanted.contains(&entry.position));
            let kept: Vec<i64> = frames::split(kept)
                .map(|message| i64::from(message[0]))
                .collect();
            assert_eq!(kept, wanted);
        }
    }
}
