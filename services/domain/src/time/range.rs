//! A half-open interval of time.

use chrono::{DateTime, TimeDelta, Utc};

/// From `start` up to, and without, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Range {
    /// The first instant of the range.
    pub start: DateTime<Utc>,
    /// The first instant after it.
    pub end: DateTime<Utc>,
}

/// A range must end after it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the range must end after it starts")]
pub struct EmptyRange;

impl Range {
    /// The range from `start` to `end`, which must be later.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Range, EmptyRange> {
        if start < end {
            Ok(Range { start, end })
        } else {
            Err(EmptyRange)
        }
    }

    /// Whether the range holds the instant.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.start <= at && at < self.end
    }

    /// What two ranges have in common.
    pub fn intersection(&self, other: &Range) -> Option<Range> {
        Range::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }

    /// The time between start and end.
    pub fn length(&self) -> TimeDelta {
        self.end - self.start
    }
}
