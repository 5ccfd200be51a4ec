//! Times, ages and zones as people read them.

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use shadow_domain::time::{Zone, local_time};
use shadow_proto::common::v1::Granularity;

/// How long ago something was.
pub fn age(seconds: i64) -> String {
    match seconds {
        ..=1 => "now".to_owned(),
        2..=59 => format!("{seconds} s ago"),
        60..=3_599 => format!("{} min ago", seconds / 60),
        3_600..=86_399 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

/// The beginning of a bucket, for an axis.
pub fn bucket(granularity: Granularity, start: DateTime<Utc>, zone: &dyn Zone) -> String {
    let local = local_time(zone, start);
    match granularity {
        Granularity::Minute | Granularity::QuarterHour => clock(local),
        Granularity::Hour if local.hour() == 0 => local.format("%-d %b").to_string(),
        Granularity::Hour => clock(local),
        Granularity::Month => local
            .format(if local.month() == 1 { "%b %Y" } else { "%b" })
            .to_string(),
        Granularity::Quarter => format!("Q{} {}", local.month0() / 3 + 1, local.year()),
        Granularity::Year => local.year().to_string(),
        _ => local.format("%-d %b").to_string(),
    }
}

/// A bucket in full, for a table and a tooltip.
pub fn bucket_in_full(granularity: Granularity, start: DateTime<Utc>, zone: &dyn Zone) -> String {
    let local = local_time(zone, start);
    match granularity {
        Granularity::Minute | Granularity::QuarterHour | Granularity::Hour => {
            local.format("%a %-d %b, %H:%M").to_string()
        }
        Granularity::Week => format!("Week of {}", local.format("%-d %b %Y")),
        Granularity::Month => local.format("%B %Y").to_string(),
        Granularity::Quarter => format!("Q{} {}", local.month0() / 3 + 1, local.year()),
        Granularity::Year => local.year().to_string(),
        _ => local.format("%a %-d %b %Y").to_string(),
    }
}

/// The time of day, to the second.
pub fn time_of_day(at: DateTime<Utc>, zone: &dyn Zone) -> String {
    local_time(zone, at).format("%H:%M:%S").to_string()
}

/// Date and time of day, to the second.
pub fn moment(at: DateTime<Utc>, zone: &dyn Zone) -> String {
    local_time(zone, at)
        .format("%-d %b %Y, %H:%M:%S")
        .to_string()
}

/// How far a zone is ahead of UTC, such as "UTC+5:30".
pub fn offset(seconds: i32) -> String {
    let (hours, minutes) = (seconds.abs() / 3_600, seconds.abs() % 3_600 / 60);
    match (seconds, minutes) {
        (0, _) => "UTC".to_owned(),
        (_, 0) => format!("UTC{}{hours}", if seconds < 0 { "−" } else { "+" }),
        _ => format!(
            "UTC{}{hours}:{minutes:02}",
            if seconds < 0 { "−" } else { "+" }
        ),
    }
}

fn clock(local: NaiveDateTime) -> String {
    local.format("%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use shadow_domain::time::IanaZone;

    use super::*;

    #[test]
    fn buckets_are_named_in_their_zone() {
        let zone = IanaZone::parse("Asia/Kolkata").unwrap();
        let at = "2026-10-31T18:30:00Z".parse().unwrap();
        let named = |granularity| {
            (
                bucket(granularity, at, &zone),
                bucket_in_full(granularity, at, &zone),
            )
        };
        assert_eq!(
            named(Granularity::Day),
            ("1 Nov".to_owned(), "Sun 1 Nov 2026".to_owned())
        );
        assert_eq!(
            named(Granularity::Hour),
            ("1 Nov".to_owned(), "Sun 1 Nov, 00:00".to_owned())
        );
        assert_eq!(
            named(Granularity::Month),
            ("Nov".to_owned(), "November 2026".to_owned())
        );
        assert_eq!(
            named(Granularity::Week),
            ("1 Nov".to_owned(), "Week of 1 Nov 2026".to_owned())
        );
        assert_eq!(named(Granularity::Quarter).0, "Q4 2026");
        assert_eq!(time_of_day(at, &zone), "00:00:00");
        assert_eq!(moment(at, &zone), "1 Nov 2026, 00:00:00");
    }

    #[test]
    fn offsets_and_ages() {
        assert_eq!(offset(19_800), "UTC+5:30");
        assert_eq!(offset(-18_000), "UTC−5");
        assert_eq!(offset(0), "UTC");
        assert_eq!(age(1), "now");
        assert_eq!(age(45), "45 s ago");
        assert_eq!(age(7_300), "2 h ago");
    }
}
