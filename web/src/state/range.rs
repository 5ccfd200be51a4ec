//! Spans of time as a person chooses them, and the half-open range and bucket length that they mean now, in a zone.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use shadow_domain::time::{Range, Zone, day_start, local_date};
use shadow_proto::common::v1::Granularity;

/// A span that moves with the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// The last hour, to the running quarter-hour.
    Hour,
    /// The last 24 hours, to the running quarter-hour.
    Day,
    /// Today and the 6 days before.
    Week,
    /// Today and the 29 days before.
    #[default]
    Days30,
    /// Today and the 89 days before.
    Days90,
    /// This month and the 11 before.
    Months12,
    /// Today.
    Today,
    /// This month so far.
    MonthToDate,
    /// This quarter so far.
    QuarterToDate,
    /// This year so far.
    YearToDate,
    /// This year and the 9 before, the longest range that is answered.
    All,
}

impl Preset {
    /// Every preset, in the order in which it is offered.
    pub const ALL: [Self; 11] = [
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Days30,
        Self::Days90,
        Self::Months12,
        Self::Today,
        Self::MonthToDate,
        Self::QuarterToDate,
        Self::YearToDate,
        Self::All,
    ];

    /// The word in the address.
    pub fn id(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Days30 => "30d",
            Self::Days90 => "90d",
            Self::Months12 => "12m",
            Self::Today => "today",
            Self::MonthToDate => "mtd",
            Self::QuarterToDate => "qtd",
            Self::YearToDate => "ytd",
            Self::All => "all",
        }
    }

    /// What a person reads.
    pub fn label(self) -> &'static str {
        match self {
            Self::Hour => "Last hour",
            Self::Day => "Last 24 hours",
            Self::Week => "Last 7 days",
            Self::Days30 => "Last 30 days",
            Self::Days90 => "Last 90 days",
            Self::Months12 => "Last 12 months",
            Self::Today => "Today",
            Self::MonthToDate => "Month to date",
            Self::QuarterToDate => "Quarter to date",
            Self::YearToDate => "Year to date",
            Self::All => "All time",
        }
    }

    /// Reads the word in the address.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.id() == id)
    }
}

/// What a person chose to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// A span that moves with the clock.
    Preset(Preset),
    /// Whole local days, both included.
    Custom {
        /// The first day.
        first: NaiveDate,
        /// The last day, not before the first.
        last: NaiveDate,
    },
}

impl Default for Span {
    fn default() -> Self {
        Self::Preset(Preset::default())
    }
}

impl Span {
    /// Whole days in either order.
    pub fn custom(one: NaiveDate, other: NaiveDate) -> Self {
        Self::Custom {
            first: one.min(other),
            last: one.max(other),
        }
    }

    /// What a person reads.
    pub fn label(&self) -> String {
        match self {
            Self::Preset(preset) => preset.label().to_owned(),
            Self::Custom { first, last } if first == last => first.format("%-d %b %Y").to_string(),
            Self::Custom { first, last } => {
                format!(
                    "{} – {}",
                    first.format("%-d %b %Y"),
                    last.format("%-d %b %Y")
                )
            }
        }
    }

    /// The range that the span means at `now` in a zone. Rolling hours end with the running quarter-hour and days with
    /// today, so that the same question is asked again for as long as it can be.
    pub fn range(&self, zone: &dyn Zone, now: DateTime<Utc>) -> Range {
        let today = local_date(zone, now);
        let days = |first: NaiveDate| Range {
            start: day_start(zone, first),
            end: day_start(zone, today + Days::new(1)),
        };
        let rolling = |hours: i64| {
            let end = quarter_after(now);
            Range {
                start: end - TimeDelta::hours(hours),
                end,
            }
        };
        let month = today.with_day(1).unwrap_or(today);
        // Whole calendar units, of which the last is not over: so the period before is the one of the same name, up to
        // the same point.
        let whole = |first: NaiveDate, months: u32| Range {
            start: day_start(zone, first),
            end: day_start(zone, first + Months::new(months)),
        };
        match *self {
            Self::Preset(Preset::Hour) => rolling(1),
            Self::Preset(Preset::Day) => rolling(24),
            Self::Preset(Preset::Today) => days(today),
            Self::Preset(Preset::Week) => days(today - Days::new(6)),
            Self::Preset(Preset::Days30) => days(today - Days::new(29)),
            Self::Preset(Preset::Days90) => days(today - Days::new(89)),
            Self::Preset(Preset::Months12) => whole(month - Months::new(11), 12),
            Self::Preset(Preset::MonthToDate) => whole(month, 1),
            Self::Preset(Preset::QuarterToDate) => {
                whole(month - Months::new(month.month0() % 3), 3)
            }
            Self::Preset(Preset::YearToDate) => whole(month - Months::new(month.month0()), 12),
            Self::Preset(Preset::All) => days(month - Months::new(month.month0() + 12 * 9)),
            Self::Custom { first, last } => Range {
                start: day_start(zone, first),
                end: day_start(zone, last + Days::new(1)),
            },
        }
    }
}

/// The bucket length that shows a range best.
pub fn granularity(range: &Range) -> Granularity {
    let hours = (range.end - range.start).num_hours();
    match hours {
        ..13 => Granularity::QuarterHour,
        13..81 => Granularity::Hour,
        81..2_401 => Granularity::Day,
        2_401..5_001 => Granularity::Week,
        _ => Granularity::Month,
    }
}

/// The bucket length for metrics that look back over days.
pub fn daily(granularity: Granularity) -> Granularity {
    match granularity {
        Granularity::Minute | Granularity::QuarterHour | Granularity::Hour => Granularity::Day,
        other => other,
    }
}

/// What one bucket is called.
pub fn bucket_name(granularity: Granularity) -> &'static str {
    match granularity {
        Granularity::Minute => "minute",
        Granularity::QuarterHour => "quarter-hour",
        Granularity::Hour => "hour",
        Granularity::Day => "day",
        Granularity::Week => "week",
        Granularity::Month => "month",
        Granularity::Quarter => "quarter",
        Granularity::Year => "year",
        Granularity::Total | Granularity::Unspecified => "period",
    }
}

fn quarter_after(now: DateTime<Utc>) -> DateTime<Utc> {
    let quarter = now.timestamp().div_euclid(900) + 1;
    DateTime::from_timestamp(quarter * 900, 0).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use shadow_domain::time::IanaZone;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn check(preset: Preset, zone: &str, now: &str, start: &str, end: &str, unit: Granularity) {
        let zone = IanaZone::parse(zone).unwrap();
        let range = Span::Preset(preset).range(&zone, at(now));
        assert_eq!((range.start, range.end), (at(start), at(end)), "{preset:?}");
        assert_eq!(granularity(&range), unit, "{preset:?}");
    }

    #[test]
    fn presets_in_utc() {
        let now = "2026-11-23T21:07:30Z";
        let tomorrow = "2026-11-24T00:00:00Z";
        let cases = [
            (
                Preset::Hour,
                "2026-11-23T20:15:00Z",
                "2026-11-23T21:15:00Z",
                Granularity::QuarterHour,
            ),
            (
                Preset::Day,
                "2026-11-22T21:15:00Z",
                "2026-11-23T21:15:00Z",
                Granularity::Hour,
            ),
            (
                Preset::Today,
                "2026-11-23T00:00:00Z",
                tomorrow,
                Granularity::Hour,
            ),
            (
                Preset::Week,
                "2026-11-17T00:00:00Z",
                tomorrow,
                Granularity::Day,
            ),
            (
                Preset::Days30,
                "2026-10-25T00:00:00Z",
                tomorrow,
                Granularity::Day,
            ),
            (
                Preset::Days90,
                "2026-08-26T00:00:00Z",
                tomorrow,
                Granularity::Day,
            ),
            (
                Preset::Months12,
                "2025-12-01T00:00:00Z",
                "2026-12-01T00:00:00Z",
                Granularity::Month,
            ),
            (
                Preset::MonthToDate,
                "2026-11-01T00:00:00Z",
                "2026-12-01T00:00:00Z",
                Granularity::Day,
            ),
            (
                Preset::QuarterToDate,
                "2026-10-01T00:00:00Z",
                "2027-01-01T00:00:00Z",
                Granularity::Day,
            ),
            (
                Preset::YearToDate,
                "2026-01-01T00:00:00Z",
                "2027-01-01T00:00:00Z",
                Granularity::Month,
            ),
            (
                Preset::All,
                "2017-01-01T00:00:00Z",
                tomorrow,
                Granularity::Month,
            ),
        ];
        for (preset, start, end, unit) in cases {
            check(preset, "UTC", now, start, end, unit);
        }
    }

    #[test]
    fn a_week_over_the_end_of_daylight_saving_has_169_hours() {
        let zone = IanaZone::parse("America/New_York").unwrap();
        let range = Span::Preset(Preset::Week).range(&zone, at("2026-11-03T15:00:00Z"));
        assert_eq!(range.start, at("2026-10-28T04:00:00Z"));
        assert_eq!(range.end, at("2026-11-04T05:00:00Z"));
        assert_eq!((range.end - range.start).num_hours(), 169);
    }

    #[test]
    fn a_day_on_which_clocks_go_forward_has_23_hours() {
        let zone = IanaZone::parse("America/New_York").unwrap();
        let range = Span::Preset(Preset::Today).range(&zone, at("2026-03-08T16:00:00Z"));
        assert_eq!((range.end - range.start).num_hours(), 23);
    }

    #[test]
    fn a_quarter_hour_zone_begins_its_days_between_the_hours() {
        check(
            Preset::Today,
            "Asia/Kolkata",
            "2026-11-23T21:00:00Z",
            "2026-11-23T18:30:00Z",
            "2026-11-24T18:30:00Z",
            Granularity::Hour,
        );
    }

    #[test]
    fn a_custom_span_holds_both_its_days_in_either_order() {
        let zone = IanaZone::parse("UTC").unwrap();
        let (first, last) = ("2026-02-01".parse().unwrap(), "2026-02-28".parse().unwrap());
        let span = Span::custom(last, first);
        let range = span.range(&zone, at("2026-11-23T21:00:00Z"));
        assert_eq!(
            (range.start, range.end),
            (at("2026-02-01T00:00:00Z"), at("2026-03-01T00:00:00Z"))
        );
        assert_eq!(span.label(), "1 Feb 2026 – 28 Feb 2026");
        assert_eq!(Span::custom(first, first).label(), "1 Feb 2026");
    }

    #[test]
    fn metrics_that_look_back_over_days_are_never_asked_for_by_the_hour() {
        assert_eq!(daily(Granularity::QuarterHour), Granularity::Day);
        assert_eq!(daily(Granularity::Week), Granularity::Week);
    }
}
