//! Ranges, zones, calendar buckets and compared periods.
//!
//! Periods are half-open. A local day begins at the first instant that has its date, so a day can
//! be 23 or 25 hours long and need not begin at midnight. The finest resolution at which cells are
//! kept is the quarter-hour in UTC; the offset of every zone in use is a multiple of it.

mod bucket;
mod compared;
mod quarter;
mod range;
mod zone;

pub use bucket::{Granularity, TooManyPoints, buckets};
pub use compared::{Comparison, compared_range};
pub use quarter::{QuarterHour, UtcDay, snap_outwards};
pub use range::{EmptyRange, Range};
#[cfg(feature = "zones")]
pub use zone::{IanaZone, UnknownZone};
pub use zone::{Zone, day_start, first_instant, local_date, local_time};

use chrono::{DateTime, SubsecRound, Utc};

/// Truncates to the microsecond, the resolution in which times are kept.
pub fn truncate(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}
