//! Time zones: what the clocks of a place show at an instant, and when they first show a time.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

/// A place's clocks.
pub trait Zone {
    /// The IANA name.
    fn name(&self) -> &str;
    /// How many seconds the clocks are ahead of UTC at an instant.
    fn offset_seconds(&self, at: DateTime<Utc>) -> i32;
}

impl Zone for Utc {
    fn name(&self) -> &str {
        "UTC"
    }

    fn offset_seconds(&self, _: DateTime<Utc>) -> i32 {
        0
    }
}

/// A zone of the IANA database.
#[cfg(feature = "zones")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IanaZone(chrono_tz::Tz);

/// A name that the IANA database does not have.
#[cfg(feature = "zones")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not an IANA time zone")]
pub struct UnknownZone {
    /// The name as it was given.
    pub name: String,
}

#[cfg(feature = "zones")]
impl IanaZone {
    /// UTC.
    pub const UTC: IanaZone = IanaZone(chrono_tz::UTC);

    /// The zone of this name; names are case-sensitive.
    pub fn parse(name: &str) -> Result<IanaZone, UnknownZone> {
        name.parse().map(IanaZone).map_err(|_| UnknownZone {
            name: name.to_owned(),
        })
    }
}

#[cfg(feature = "zones")]
impl Zone for IanaZone {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn offset_seconds(&self, at: DateTime<Utc>) -> i32 {
        use chrono::{Offset, TimeZone};
        self.0
            .offset_from_utc_datetime(&at.naive_utc())
            .fix()
            .local_minus_utc()
    }
}

/// What the clocks show at an instant.
pub fn local_time(zone: &dyn Zone, at: DateTime<Utc>) -> NaiveDateTime {
    let offset = TimeDelta::seconds(i64::from(zone.offset_seconds(at)));
    at.naive_utc()
        .checked_add_signed(offset)
        .unwrap_or(at.naive_utc())
}

/// The date that the calendars show at an instant.
pub fn local_date(zone: &dyn Zone, at: DateTime<Utc>) -> NaiveDate {
    local_time(zone, at).date()
}

/// The first instant that has the date; where the zone skipped that date, the first after it.
pub fn day_start(zone: &dyn Zone, date: NaiveDate) -> DateTime<Utc> {
    first_instant(zone, date.and_time(NaiveTime::MIN))
}

/// The first instant at which the clocks show `local`, or a later time where they skip it.
pub fn first_instant(zone: &dyn Zone, local: NaiveDateTime) -> DateTime<Utc> {
    // Offsets lie between −12 and +14 hours, so the instant is within this window, and no zone
    // changes its clocks twice in it.
    let (Some(mut before), Some(mut after)) = (
        local.and_utc().checked_sub_signed(TimeDelta::hours(16)),
        local.and_utc().checked_add_signed(TimeDelta::hours(16)),
    ) else {
        return local.and_utc();
    };
    let shown_at = |offset: i32| local.and_utc() - TimeDelta::seconds(i64::from(offset));
    let (old, new) = (zone.offset_seconds(before), zone.offset_seconds(after));
    if old == new {
        return shown_at(old);
    }
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if zone.offset_seconds(middle) == old {
            before = middle
        } else {
            after = middle
        }
    }
    // `local` may carry a fraction of a second; clocks change at whole ones.
    let change = DateTime::from_timestamp(after.timestamp(), 0).unwrap_or(after);
    if shown_at(old) < change {
        shown_at(old)
    } else {
        shown_at(new).max(change)
    }
}

#[cfg(test)]
#[cfg(feature = "zones")]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_the_first_instant_of_their_date() {
        for (zone, date, start) in [
            ("UTC", "2026-03-08", "2026-03-08T00:00:00Z"),
            ("Asia/Kolkata", "2026-03-08", "2026-03-07T18:30:00Z"),
            ("America/New_York", "2026-03-08", "2026-03-08T05:00:00Z"),
            ("America/New_York", "2026-03-09", "2026-03-09T04:00:00Z"),
            ("America/New_York", "2026-11-02", "2026-11-02T05:00:00Z"),
            // Clocks go from 24:00 to 01:00: the day has no midnight.
            ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"),
            ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z"),
            // Clocks go back at midnight: 23:00 comes twice, the next day once.
            ("Africa/Cairo", "2026-10-30", "2026-10-29T22:00:00Z"),
            // Clocks went back at 00:01 to 23:01 of the day before.
            ("America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z"),
            ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z"),
            // The 30th did not exist.
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
            ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
        ] {
            let start: DateTime<Utc> = start.parse().unwrap();
            let found = day_start(&IanaZone::parse(zone).unwrap(), date.parse().unwrap());
            assert_eq!(found, start, "{zone} {date}");
        }
    }

    #[test]
    fn unknown_zones_are_refused() {
        let error = IanaZone::parse("Mars/Olympus").unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"Mars/Olympus\" is not an IANA time zone"
        );
    }
}
