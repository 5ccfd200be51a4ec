//! When things happen: hours of the day, days of the week, seasons, and the incident.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
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
        let weekend = local.weekday().number_from_monday() > 5;
        match self {
            Self::Office => f64::from(OFFICE[index]) / 1_000.0 * if weekend { 0.22 } else { 1.0 },
            Self::Public => f64::from(PUBLIC[index]) / 1_000.0 * if weekend { 1.25 } else { 0.9 },
            Self::Timer => 1.0 / 24.0,
            Self::Night => f64::from(NIGHT[index]) / 1_000.0 * if weekend { 0.6 } else { 1.0 },
        }
    }
}

/// Slow growth and decline: a wave of some 14 months, at another point for each workspace.
pub(crate) fn season(day: UtcDay, phase: f64) -> f64 {
    let turn = f64::from(day.0) / 430.0 + phase;
    1.0 + 0.15 * libm::sin(std::f64::consts::TAU * turn)
}

/// Whether the unsteady provider is down: for five hours of one working day in ninety days.
pub(crate) fn is_incident(seed: u64, at: DateTime<Utc>) -> bool {
    let day = UtcDay::of(at).0;
    let due = |day: i32| (day + (seed % 90) as i32 + 68).rem_euclid(90) == 0;
    // What would come at a weekend comes on the Friday before it or on the Monday after it.
    let today = match UtcDay(day).date().weekday() {
        Weekday::Fri => due(day) || due(day + 1),
        Weekday::Mon => due(day) || due(day - 1),
        Weekday::Sat | Weekday::Sun => false,
        _ => due(day),
    };
    today && (12..17).contains(&at.hour())
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

    #[test]
    fn ninety_days_hold_one_incident() {
        for first in [20_000, 20_033, 20_081] {
            let days = (first..first + 90)
                .filter(|day| {
                    let noon = UtcDay(*day).date().and_hms_opt(14, 0, 0).unwrap();
                    is_incident(7, noon.and_utc())
                })
                .count();
            assert_eq!(days, 1);
        }
    }
}
