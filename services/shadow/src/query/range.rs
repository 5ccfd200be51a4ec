//! The range of a query: so many days up to now, or from one time to another.

use anyhow::{Context, anyhow};
use chrono::{DateTime, Days, NaiveDate, Utc};
use shadow_client::proto::common::v1::TimeRange;
use shadow_domain::time::{IanaZone, day_start, local_date};

/// Longer than any range that is answered, and short enough for every calendar.
const MAX_DAYS: u64 = 10_000;

/// What is asked about.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// So many days up to now, today among them
    #[arg(long, value_name = "COUNT", default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=MAX_DAYS))]
    days: u64,
    /// The first day or time, such as 2026-03-01 or 2026-03-01T10:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "days")]
    from: Option<String>,
    /// The first day or time that is no longer in the range [default: now]
    #[arg(long, value_name = "TIME", requires = "from")]
    to: Option<String>,
    /// The zone in which days begin [default: that of the one workspace asked about, else UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
}

impl Asked {
    /// The range, in the zone that is named or else in this one.
    pub(crate) fn resolve(&self, zone: &str, now: DateTime<Utc>) -> anyhow::Result<TimeRange> {
        let name = self.zone.as_deref().unwrap_or(zone);
        let zone = IanaZone::parse(name).context("--zone")?;
        let start = match &self.from {
            Some(from) => instant(from, &zone).context("--from")?,
            None => day_start(&zone, local_date(&zone, now) - Days::new(self.days - 1)),
        };
        let end = self
            .to
            .as_deref()
            .map_or(Ok(now), |to| instant(to, &zone))
            .context("--to")?;
        Ok(TimeRange {
            start: Some(timestamp(start)),
            end: Some(timestamp(end)),
            zone: name.to_owned(),
        })
    }
}

fn instant(text: &str, zone: &IanaZone) -> anyhow::Result<DateTime<Utc>> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Ok(day_start(zone, date));
    }
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    time.map_err(|_| {
        anyhow!("{text:?} is not a day such as 2026-03-01 or a time such as 2026-03-01T10:00:00Z")
    })
}

fn timestamp(at: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: at.timestamp_subsec_nanos() as i32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(days: u64, from: Option<&str>, to: Option<&str>, zone: Option<&str>) -> Asked {
        Asked {
            days,
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
            zone: zone.map(str::to_owned),
        }
    }

    fn seconds(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp()
    }

    #[test]
    fn days_begin_in_the_zone() {
        let now: DateTime<Utc> = "2026-03-10T12:00:00Z".parse().unwrap();
        for (asked, start, end) in [
            (
                asked(1, None, None, None),
                "2026-03-09T18:30:00Z",
                "2026-03-10T12:00:00Z",
            ),
            (
                asked(7, None, None, Some("UTC")),
                "2026-03-04T00:00:00Z",
                "2026-03-10T12:00:00Z",
            ),
            (
                asked(7, Some("2026-03-01"), Some("2026-03-02"), Some("UTC")),
                "2026-03-01T00:00:00Z",
                "2026-03-02T00:00:00Z",
            ),
            (
                asked(7, Some("2026-03-01T10:00:00+02:00"), None, None),
                "2026-03-01T08:00:00Z",
                "2026-03-10T12:00:00Z",
            ),
        ] {
            let range = asked.resolve("Asia/Kolkata", now).unwrap();
            let found = (range.start.unwrap().seconds, range.end.unwrap().seconds);
            assert_eq!(found, (seconds(start), seconds(end)), "{asked:?}");
        }
        assert!(
            asked(7, Some("yesterday"), None, None)
                .resolve("UTC", now)
                .is_err()
        );
        assert!(
            asked(7, None, None, Some("Mars/Olympus"))
                .resolve("UTC", now)
                .is_err()
        );
    }
}
