//! When things happen: hours of the day, days of the week, and seasons.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use shadow_domain::time::{UtcDay, Zone};

/// How an agent's work is spread over a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    /// With the people of the workspace.
    Office,
    /// With their customers, who also come in the evening and at the weekend.
    Public,
    /// Evenly, by a timer.
    Timer,
    /// In the small hours.
    Night,
}

/// Parts of a thousand for each local hour.
const OFFICE: [u16; 24] = [
    3, 2, 2, 2, 3, 6, 16, 40, 82, 108, 112, 104, 74, 88, 106, 100, 78, 40, 14, 8, 5, 3, 2, 2,
];
const PUBLIC: [u16; 24] = [
    14, 8, 5, 4, 4, 8, 18, 32, 48, 58, 62, 64, 60, 58, 58, 58, 60, 64, 70, 74, 68, 52, 34, 19,
];
const NIGHT: [u16; 24] = [
    40, 180, 380, 260, 100, 40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

impl Curve {
    /// The part of an ordinary day's work that falls into the hour that begins at an instant.
    pub(crate) fn share(self, zone: &dyn Zone, hour: DateTime<Utc>) -> f64 {
        let local = hour + TimeDelta::seconds(i64::from(zone.offset_seconds(hour)));
        let index = local.hour() as usize;
        let (working_day, weekend) = self.days();
        let day = match local.weekday().number_from_monday() {
            6 | 7 => weekend,
            _ => working_day,
        };
        let hour = match self {
            Self::Office => f64::from(OFFICE[index]) / 1_000.0,
            Self::Public => f64::from(PUBLIC[index]) / 1_000.0,
            Self::Timer => 1.0 / 24.0,
            Self::Night => f64::from(NIGHT[index]) / 1_000.0,
        };
        hour * day
    }

    /// What an average day of a week has of an ordinary day's work.
    pub(crate) const fn average(self) -> f64 {
        let (working_day, weekend) = self.days();
        (5.0 * working_day + 2.0 * weekend) / 7.0
    }

    /// What a working day and a day of the weekend have.
    const fn days(self) -> (f64, f64) {
        match self {
            Self::Office => (1.0, 0.22),
            Self::Public => (0.9, 1.25),
            Self::Timer => (1.0, 1.0),
            Self::Night => (1.0, 0.6),
        }
    }
}

/// A wave of some 14 months, at another point for each workspace.
pub(crate) fn season(day: UtcDay, phase: f64) -> f64 {
    let turn = f64::from(day.0) / 430.0 + phase;
    1.0 + 0.1 * libm::sin(std::f64::consts::TAU * turn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_whole() {
        for curve in [OFFICE, PUBLIC, NIGHT] {
            assert_eq!(curve.iter().sum::<u16>(), 1_000);
        }
    }
}
