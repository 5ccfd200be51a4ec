//! Instants and durations, truncated to the microsecond.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::execution::limits;

use super::Fault;

/// An instant that must be there.
pub(super) fn required(
    timestamp: Option<&prost_types::Timestamp>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Fault> {
    optional(timestamp, now)?.ok_or_else(|| Fault::missing("a timestamp is required"))
}

/// An instant, where there is one, from 2000 to a day ahead of `now`.
pub(super) fn optional(
    timestamp: Option<&prost_types::Timestamp>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Fault> {
    let latest = now + TimeDelta::seconds(limits::AHEAD_SECONDS);
    let ahead = "must not be more than a day ahead of the server's clock";
    timestamp
        .map(|timestamp| instant(timestamp, latest, ahead))
        .transpose()
}

/// An instant from 2000 to `latest`; `late` says of a later one what is wrong with it.
pub(super) fn instant(
    timestamp: &prost_types::Timestamp,
    latest: DateTime<Utc>,
    late: &'static str,
) -> Result<DateTime<Utc>, Fault> {
    let nanos = u32::try_from(timestamp.nanos)
        .ok()
        .filter(|nanos| *nanos < 1_000_000_000);
    let Some(nanos) = nanos else {
        return Err(Fault::malformed("nanos must be from 0 to 999,999,999"));
    };
    if timestamp.seconds < limits::EARLIEST_SECONDS {
        return Err(Fault::out_of_range(
            "must not be before 2000-01-01T00:00:00Z",
        ));
    }
    DateTime::from_timestamp(timestamp.seconds, nanos / 1_000 * 1_000)
        .filter(|instant| *instant <= latest)
        .ok_or_else(|| Fault::out_of_range(late))
}

/// A length of time in microseconds, where there is one.
pub(crate) fn duration(
    duration: Option<&prost_types::Duration>,
    max_micros: i64,
) -> Result<Option<i64>, Fault> {
    let Some(duration) = duration else {
        return Ok(None);
    };
    if duration.nanos.unsigned_abs() >= 1_000_000_000
        || (duration.seconds > 0 && duration.nanos < 0)
        || (duration.seconds < 0 && duration.nanos > 0)
    {
        return Err(Fault::malformed(
            "nanos must be from 0 to 999,999,999, with the sign of the seconds",
        ));
    }
    if duration.seconds < 0 || duration.nanos < 0 {
        return Err(Fault::out_of_range("must not be negative"));
    }
    let micros = duration
        .seconds
        .checked_mul(1_000_000)
        .and_then(|micros| micros.checked_add(i64::from(duration.nanos) / 1_000));
    match micros {
        Some(micros) if micros <= max_micros => Ok(Some(micros)),
        _ => Err(Fault::out_of_range(format!(
            "must be at most {} days",
            max_micros / 86_400_000_000
        ))),
    }
}
