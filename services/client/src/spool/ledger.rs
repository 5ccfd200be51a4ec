//! Which segments there are, how far each was sent, and which may go. Values only: others do what it says.

use std::collections::BTreeMap;

/// How many segments the allowed bytes are made of, about; what is answered for frees so much at a time.
const PARTS: u64 = 32;
const SMALLEST: u64 = 64 * 1024;
const LARGEST: u64 = 8 * 1024 * 1024;

/// The number of a segment: they are made, and sent, in this order.
pub(super) type Number = u64;

/// See the module.
#[derive(Debug)]
pub(super) struct Ledger {
    limit: u64,
    segments: BTreeMap<Number, Segment>,
    next: Number,
}

#[derive(Debug, Default)]
struct Segment {
    /// Bytes that are written or are just being written, and those of them that can be read.
    reserved: u64,
    written: u64,
    /// Bytes that were taken to be sent.
    taken: u64,
    /// Events that were taken and are not answered for.
    unanswered: u64,
    /// One of them was not taken by the server, so all of them are sent again.
    failed: bool,
    /// Nothing more is written to it.
    closed: bool,
}

/// What is to be sent next: bytes of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) number: Number,
    pub(super) from: u64,
    pub(super) to: u64,
}

/// What becomes of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays as it is.
    Stays,
    /// Everything in it is answered for: its file can go.
    Done,
    /// Everything in it is to be sent again.
    Again,
}

impl Ledger {
    /// One over segments of an earlier process, by their bytes.
    pub(super) fn new(limit: u64, found: BTreeMap<Number, u64>) -> Self {
        let next = found.keys().next_back().map_or(1, |last| last + 1);
        let segment = |(number, bytes)| {
            let segment = Segment {
                reserved: bytes,
                written: bytes,
                closed: true,
                ..Segment::default()
            };
            (number, segment)
        };
        Self {
            limit,
            segments: found.into_iter().map(segment).collect(),
            next,
        }
    }

    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// How many bytes there are altogether.
    pub(super) fn bytes(&self) -> u64 {
        self.segments.values().map(|one| one.reserved).sum()
    }

    /// Gives so many bytes a place, in a new segment where the last one is closed or full; none where there is no room.
    pub(super) fn reserve(&mut self, bytes: u64) -> Option<Number> {
        if self.bytes().saturating_add(bytes) > self.limit {
            return None;
        }
        let full = (self.limit / PARTS).clamp(SMALLEST, LARGEST);
        if let Some(mut last) = self.segments.last_entry() {
            if !last.get().closed && last.get().reserved < full {
                last.get_mut().reserved += bytes;
                return Some(*last.key());
            }
            last.get_mut().closed = true;
        }
        let number = self.next;
        self.next += 1;
        let segment = Segment {
            reserved: bytes,
            ..Segment::default()
        };
        self.segments.insert(number, segment);
        Some(number)
    }

    /// What was reserved can be read.
    pub(super) fn wrote(&mut self, number: Number, bytes: u64) {
        if let Some(segment) = self.segments.get_mut(&number) {
            segment.written += bytes;
        }
    }

    /// What was reserved was not written, and nothing more is written to this segment.
    pub(super) fn broke(&mut self, number: Number) -> Fate {
        let Some(segment) = self.segments.get_mut(&number) else {
            return Fate::Stays;
        };
        segment.reserved = segment.written;
        segment.closed = true;
        self.fate(number)
    }

    /// Writes no more to the segments there are; the last of them.
    pub(super) fn close(&mut self) -> Number {
        if let Some(mut last) = self.segments.last_entry() {
            last.get_mut().closed = true;
        }
        self.next - 1
    }

    pub(super) fn is_empty_through(&self, last: Number) -> bool {
        self.segments.range(..=last).next().is_none()
    }

    /// The first bytes that were not sent.
    pub(super) fn part(&self) -> Option<Part> {
        let mut unsent = self
            .segments
            .iter()
            .filter(|(_, one)| one.taken < one.written);
        let (number, segment) = unsent.next()?;
        Some(Part {
            number: *number,
            from: segment.taken,
            to: segment.written,
        })
    }

    /// So many bytes with so many events are on their way.
    pub(super) fn took(&mut self, number: Number, bytes: u64, events: u64) -> Fate {
        if let Some(segment) = self.segments.get_mut(&number) {
            segment.taken += bytes;
            segment.unanswered += events;
        }
        self.fate(number)
    }

    /// An event is answered for, or was not taken.
    pub(super) fn settled(&mut self, number: Number, taken: bool) -> Fate {
        if let Some(segment) = self.segments.get_mut(&number) {
            segment.unanswered = segment.unanswered.saturating_sub(1);
            segment.failed |= !taken;
        }
        self.fate(number)
    }

    /// Sends a segment again from its beginning.
    pub(super) fn again(&mut self, number: Number) {
        if let Some(segment) = self.segments.get_mut(&number) {
            segment.taken = 0;
            segment.failed = false;
        }
    }

    /// What was not taken of a segment cannot be read.
    pub(super) fn cut(&mut self, number: Number) -> Fate {
        if let Some(segment) = self.segments.get_mut(&number) {
            segment.written = segment.taken;
            segment.reserved = segment.taken;
            segment.closed = true;
        }
        self.fate(number)
    }

    /// The file of a segment that was done is gone.
    pub(super) fn removed(&mut self, number: Number) {
        self.segments.remove(&number);
    }

    fn fate(&mut self, number: Number) -> Fate {
        match self.segments.get_mut(&number) {
            Some(one) if one.unanswered > 0 || one.taken < one.reserved => Fate::Stays,
            Some(one) if one.failed => Fate::Again,
            Some(one) => {
                one.closed = true;
                Fate::Done
            }
            None => Fate::Stays,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(limit: u64) -> Ledger {
        Ledger::new(limit, BTreeMap::new())
    }

    fn part(number: Number, from: u64, to: u64) -> Option<Part> {
        Some(Part { number, from, to })
    }

    #[test]
    fn a_segment_goes_when_all_of_it_is_answered_for() {
        let mut ledger = ledger(1_000);
        assert_eq!(ledger.reserve(10), Some(1));
        assert_eq!(ledger.part(), None);
        ledger.wrote(1, 10);
        assert_eq!(ledger.part(), part(1, 0, 10));
        assert_eq!(ledger.took(1, 10, 2), Fate::Stays);
        assert_eq!(ledger.settled(1, true), Fate::Stays);
        // What comes meanwhile keeps it.
        assert_eq!(ledger.reserve(5), Some(1));
        assert_eq!(ledger.settled(1, true), Fate::Stays);
        ledger.wrote(1, 5);
        assert_eq!(ledger.part(), part(1, 10, 15));
        assert_eq!(ledger.took(1, 5, 1), Fate::Stays);
        assert_eq!(ledger.settled(1, true), Fate::Done);
        // It counts until its file is gone, and nothing is written to it any more.
        assert_eq!((ledger.bytes(), ledger.is_empty_through(1)), (15, false));
        assert_eq!(ledger.reserve(5), Some(2));
        ledger.removed(1);
        assert_eq!((ledger.bytes(), ledger.is_empty_through(1)), (5, true));
    }

    #[test]
    fn what_was_not_taken_is_sent_again() {
        let mut ledger = ledger(1_000);
        ledger.reserve(10);
        ledger.wrote(1, 10);
        ledger.took(1, 10, 2);
        assert_eq!(ledger.settled(1, false), Fate::Stays);
        assert_eq!(ledger.settled(1, true), Fate::Again);
        assert_eq!(ledger.part(), None);
        ledger.again(1);
        assert_eq!(ledger.part(), part(1, 0, 10));
        ledger.took(1, 10, 1);
        assert_eq!(ledger.settled(1, true), Fate::Done);
    }

    #[test]
    fn what_cannot_be_read_keeps_nothing() {
        let mut ledger = Ledger::new(100, BTreeMap::from([(1, 60)]));
        assert_eq!(ledger.took(1, 20, 1), Fate::Stays);
        assert_eq!(ledger.cut(1), Fate::Stays);
        assert_eq!((ledger.part(), ledger.bytes()), (None, 20));
        assert_eq!(ledger.settled(1, false), Fate::Again);
        ledger.again(1);
        assert_eq!(ledger.part(), part(1, 0, 20));
        assert_eq!(ledger.took(1, 20, 0), Fate::Done);
    }

    #[test]
    fn the_limit_holds_over_all_segments() {
        let mut ledger = Ledger::new(100, BTreeMap::from([(7, 60)]));
        assert_eq!(ledger.reserve(41), None);
        assert_eq!(ledger.reserve(40), Some(8));
        assert_eq!(ledger.reserve(1), None);
        // Those of an earlier process come first.
        ledger.wrote(8, 40);
        assert_eq!(ledger.part(), part(7, 0, 60));
        assert_eq!(ledger.took(7, 60, 0), Fate::Done);
        ledger.removed(7);
        assert_eq!(ledger.part(), part(8, 0, 40));
        assert_eq!(ledger.reserve(60), Some(8));
    }

    #[test]
    fn a_segment_that_broke_or_is_full_or_closed_is_followed_by_another() {
        let mut ledger = ledger(10 * SMALLEST);
        assert_eq!(ledger.reserve(5), Some(1));
        assert_eq!(ledger.broke(1), Fate::Done);
        assert_eq!(ledger.reserve(SMALLEST), Some(2));
        ledger.wrote(2, SMALLEST);
        assert_eq!(ledger.reserve(1), Some(3));
        ledger.wrote(3, 1);
        assert_eq!(ledger.reserve(1), Some(3));
        // What was written before it broke is sent.
        assert_eq!(ledger.broke(3), Fate::Stays);
        assert_eq!(ledger.close(), 3);
        assert_eq!(ledger.reserve(1), Some(4));
        assert!(!ledger.is_empty_through(3));
    }
}
