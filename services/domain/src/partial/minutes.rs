//! Counts per minute, for throughput.

use crate::Malformed;
use crate::bytes::{put_u64, take_byte, take_some, take_u64};

/// What happened in one minute, by each event's own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MinuteCounts {
    /// Executions opened.
    pub opened: u64,
    /// Executions started.
    pub started: u64,
    /// Executions ended.
    pub ended: u64,
    /// Of those that ended, failed or timed out.
    pub failed: u64,
}

/// The fifteen minutes of a quarter-hour.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Minutes([MinuteCounts; 15]);

impl MinuteCounts {
    /// Adds the counts of another time.
    pub fn add(&mut self, other: &MinuteCounts) {
        self.opened = self.opened.saturating_add(other.opened);
        self.started = self.started.saturating_add(other.started);
        self.ended = self.ended.saturating_add(other.ended);
        self.failed = self.failed.saturating_add(other.failed);
    }

    fn is_empty(&self) -> bool {
        *self == MinuteCounts::default()
    }

    fn counts(&mut self) -> [&mut u64; 4] {
        [
            &mut self.opened,
            &mut self.started,
            &mut self.ended,
            &mut self.failed,
        ]
    }
}

impl Minutes {
    /// The counts of one minute, 0 to 14.
    pub fn get(&self, minute: usize) -> MinuteCounts {
        self.0.get(minute).copied().unwrap_or_default()
    }

    /// The counts of all minutes together.
    pub fn sum(&self) -> MinuteCounts {
        self.0
            .iter()
            .fold(MinuteCounts::default(), |mut sum, minute| {
                sum.add(minute);
                sum
            })
    }

    pub(super) fn minute(&mut self, minute: usize) -> &mut MinuteCounts {
        &mut self.0[minute % 15]
    }

    /// One minute alone, where anything happened in it.
    pub(super) fn only(&self, minute: usize) -> Option<Minutes> {
        let counts = self.get(minute);
        if counts.is_empty() {
            return None;
        }
        let mut only = Minutes::default();
        only.0[minute] = counts;
        Some(only)
    }

    pub(super) fn merge(&mut self, other: &Minutes) {
        self.0
            .iter_mut()
            .zip(&other.0)
            .for_each(|(mine, theirs)| mine.add(theirs));
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let used = |(index, counts): (usize, &MinuteCounts)| u64::from(!counts.is_empty()) << index;
        put_u64(out, self.0.iter().enumerate().map(used).sum());
        for counts in self.0.iter().filter(|counts| !counts.is_empty()) {
            let counts = [counts.opened, counts.started, counts.ended, counts.failed];
            let used = |(index, count): (usize, &u64)| u8::from(*count > 0) << index;
            out.push(counts.iter().enumerate().map(used).sum());
            counts
                .iter()
                .filter(|count| **count > 0)
                .for_each(|count| put_u64(out, *count));
        }
    }

    pub(super) fn decode(input: &mut &[u8]) -> Result<Minutes, Malformed> {
        let mut found = Minutes::default();
        found.read(input)?;
        Ok(found)
    }

    /// Becomes what the input says.
    pub(super) fn read(&mut self, input: &mut &[u8]) -> Result<(), Malformed> {
        let minutes = take_u64(input)?;
        if minutes == 0 || minutes >> 15 != 0 {
            return Err(Malformed("minutes out of range"));
        }
        self.0 = Default::default();
        for (_, counts) in self
            .0
            .iter_mut()
            .enumerate()
            .filter(|(minute, _)| minutes >> minute & 1 == 1)
        {
            let used = take_byte(input)?;
            if used == 0 || used >> 4 != 0 {
                return Err(Malformed("counts of a minute out of range"));
            }
            for (_, count) in counts
                .counts()
                .into_iter()
                .enumerate()
                .filter(|(index, _)| used >> index & 1 == 1)
            {
                *count = take_some(input)?;
            }
        }
        Ok(())
    }
}
