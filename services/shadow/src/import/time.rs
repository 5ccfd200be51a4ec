//! Times as files write them, truncated to the microsecond.

use chrono::{
    DateTime, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc,
};
use chrono_tz::Tz;
use clap::ValueEnum;

/// How a file writes its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimeFormat {
    /// 2023-11-16T18:17:03.97+01:00 or 2023-11-16 18:17:03.9799600; without an offset it is a time of --zone
    Calendar,
    /// Seconds since 1970, with any fraction
    EpochSeconds,
    /// Milliseconds since 1970
    EpochMillis,
    /// Microseconds since 1970
    EpochMicros,
}

impl TimeFormat {
    /// Reads a time; the error completes "…: ".
    pub(crate) fn parse(self, text: &str, zone: Tz) -> Result<DateTime<Utc>, String> {
        let text = text.trim();
        match self {
            Self::Calendar => calendar(text, zone),
            Self::EpochSeconds => epoch(text, 1_000_000),
            Self::EpochMillis => epoch(text, 1_000),
            Self::EpochMicros => epoch(text, 1),
        }
    }
}

fn epoch(text: &str, micros: i64) -> Result<DateTime<Utc>, String> {
    let wrong = || "is not a number of seconds or parts of them since 1970".to_owned();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || whole.starts_with(['+', '-']) {
        return Err(wrong());
    }
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let fraction = i64::from(fraction_micros(fraction)) * micros / 1_000_000;
    let since = whole
        .checked_mul(micros)
        .and_then(|since| since.checked_add(fraction))
        .ok_or_else(wrong)?;
    DateTime::from_timestamp_micros(since).ok_or_else(wrong)
}

fn calendar(text: &str, zone: Tz) -> Result<DateTime<Utc>, String> {
    let wrong =
        || "is not a time such as 2023-11-16T18:17:03Z or 2023-11-16 18:17:03.97".to_owned();
    let (date, rest) = text.split_once(['T', 't', ' ']).ok_or_else(wrong)?;
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").map_err(|_| wrong())?;
    let (time, offset) = match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => (
            rest[..at].trim_end(),
            Some(offset(&rest[at..]).ok_or_else(wrong)?),
        ),
        None => (rest, None),
    };
    let local = NaiveDateTime::new(date, clock(time).ok_or_else(wrong)?);
    let instant = match offset {
        Some(offset) => offset
            .from_local_datetime(&local)
            .single()
            .map(|instant| instant.to_utc()),
        None => match zone.from_local_datetime(&local) {
            LocalResult::Single(instant) => Some(instant.to_utc()),
            // The hour that the clock goes through twice: the first time.
            LocalResult::Ambiguous(first, _) => Some(first.to_utc()),
            LocalResult::None => {
                return Err(format!(
                    "does not exist in {zone}: the clock was put forward"
                ));
            }
        },
    };
    instant.ok_or_else(wrong)
}

/// `18:17`, `18:17:03` or `18:17:03.9799600`.
fn clock(text: &str) -> Option<NaiveTime> {
    let (clock, fraction) = match text.split_once(['.', ',']) {
        Some((_, "")) => return None,
        Some((clock, fraction)) => (clock, fraction),
        None => (text, ""),
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let second = parts.next().map_or(Some(0), digits)?;
    if parts.next().is_some() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    NaiveTime::from_hms_micro_opt(hour, minute, second, fraction_micros(fraction))
}

/// `Z`, `+01:00`, `+0100` or `+01`.
fn offset(text: &str) -> Option<FixedOffset> {
    if text.eq_ignore_ascii_case("z") {
        return FixedOffset::east_opt(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let text: String = text[1..].chars().filter(|letter| *letter != ':').collect();
    let (hours, minutes) = match text.len() {
        2 => (digits(&text)?, 0),
        4 => (digits(text.get(..2)?)?, digits(text.get(2..)?)?),
        _ => return None,
    };
    if minutes > 59 {
        return None;
    }
    FixedOffset::east_opt(sign * i32::try_from(hours * 3_600 + minutes * 60).ok()?)
}

fn digits(text: &str) -> Option<u32> {
    let plain = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// The first six digits of a fraction of a second. What is finer is cut off, not rounded.
fn fraction_micros(digits: &str) -> u32 {
    digits
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(6)
        .fold(0, |micros, digit| micros * 10 + u32::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: TimeFormat, text: &str, zone: Tz) -> Result<String, String> {
        format
            .parse(text, zone)
            .map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true))
    }

    #[test]
    fn times_are_read_as_files_write_them() {
        use TimeFormat::{Calendar, EpochMicros, EpochMillis, EpochSeconds};
        let table = [
            (
                Calendar,
                "2023-11-16 18:17:03.9799600",
                Tz::UTC,
                "2023-11-16T18:17:03.979960Z",
            ),
            (
                Calendar,
                "2023-11-16 18:17:03.123456789",
                Tz::UTC,
                "2023-11-16T18:17:03.123456Z",
            ),
            (
                Calendar,
                "2023-11-16T18:17:03Z",
                Tz::Asia__Kolkata,
                "2023-11-16T18:17:03.000000Z",
            ),
            (
                Calendar,
                "2023-11-16t18:17:03.5z",
                Tz::UTC,
                "2023-11-16T18:17:03.500000Z",
            ),
            (
                Calendar,
                "2023-11-16T18:17:03+05:30",
                Tz::UTC,
                "2023-11-16T12:47:03.000000Z",
            ),
            (
                Calendar,
                "2023-11-16T18:17:03.000001-0800",
                Tz::UTC,
                "2023-11-17T02:17:03.000001Z",
            ),
            (
                Calendar,
                "2023-11-16 18:17:03 +01",
                Tz::UTC,
                "2023-11-16T17:17:03.000000Z",
            ),
            (
                Calendar,
                "2023-11-16 18:17",
                Tz::Asia__Kolkata,
                "2023-11-16T12:47:00.000000Z",
            ),
            (
                Calendar,
                " 2023-11-16 18:17:03 ",
                Tz::UTC,
                "2023-11-16T18:17:03.000000Z",
            ),
            // New York, the hour that came twice: the first time, in daylight saving.
            (
                Calendar,
                "2023-11-05 01:30:00",
                Tz::America__New_York,
                "2023-11-05T05:30:00.000000Z",
            ),
            (
                EpochSeconds,
                "1700158623",
                Tz::UTC,
                "2023-11-16T18:17:03.000000Z",
            ),
            (
                EpochSeconds,
                "1700158623.97996",
                Tz::UTC,
                "2023-11-16T18:17:03.979960Z",
            ),
            (
                EpochMillis,
                "1700158623979",
                Tz::UTC,
                "2023-11-16T18:17:03.979000Z",
            ),
            (
                EpochMillis,
                "1700158623979.5",
                Tz::UTC,
                "2023-11-16T18:17:03.979500Z",
            ),
            (
                EpochMicros,
                "1700158623979960",
                Tz::UTC,
                "2023-11-16T18:17:03.979960Z",
            ),
        ];
        for (format, text, zone, expected) in table {
            assert_eq!(read(format, text, zone).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        use TimeFormat::{Calendar, EpochSeconds};
        let table = [
            (Calendar, ""),
            (Calendar, "2023-11-16"),
            (Calendar, "2023-11-16T"),
            (Calendar, "2023-13-16 18:17:03"),
            (Calendar, "2023-11-16 25:17:03"),
            (Calendar, "2023-11-16 18:17:03."),
            (Calendar, "2023-11-16 18:17:03.12x"),
            (Calendar, "2023-11-16 18:17:03+1"),
            (Calendar, "2023-11-16 18:17:03+01:99"),
            (Calendar, "1700158623"),
            (EpochSeconds, "2023-11-16 18:17:03"),
            (EpochSeconds, "-5"),
            (EpochSeconds, "1e9"),
            (EpochSeconds, "99999999999999999"),
        ];
        for (format, text) in table {
            assert!(format.parse(text, Tz::UTC).is_err(), "{text}");
        }
        let gap = Calendar.parse("2023-03-12 02:30:00", Tz::America__New_York);
        assert!(
            gap.unwrap_err()
                .contains("does not exist in America/New_York")
        );
    }
}
