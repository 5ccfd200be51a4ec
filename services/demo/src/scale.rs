//! How large a platform is, and how much of the year's story it tells.

use chrono::{DateTime, Utc};
use shadow_domain::time::UtcDay;

use crate::calendar::Calendar;

/// How much of the demo there is. All sizes tell the end of the same story: a smaller one has fewer workspaces and begins
/// later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// A year of 40 workspaces, 2,000 people and 200 agents: about two million executions.
    Year,
    /// 90 days of 12 workspaces, 200 people and 60 agents: about 300,000 executions.
    Small,
    /// 40 days of four workspaces: some thousand executions, for tests that load it through a server.
    Tiny,
}

impl Scale {
    /// Every scale, the largest first.
    pub const ALL: [Scale; 3] = [Scale::Year, Scale::Small, Scale::Tiny];

    /// Its name in commands and files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Small => "small",
            Self::Tiny => "tiny",
        }
    }

    /// The scale of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scale| scale.name() == name)
    }

    /// Days of history before the day of the end.
    #[must_use]
    pub const fn days(self) -> i32 {
        match self {
            Self::Year => 365,
            Self::Small => 90,
            Self::Tiny => 40,
        }
    }

    /// The most recent of them, which are worth looking at before the rest is there.
    #[must_use]
    pub const fn recent_days(self) -> i32 {
        match self {
            Self::Year | Self::Small => 90,
            Self::Tiny => 10,
        }
    }

    /// How many workspaces there are, the first of all.
    pub(crate) const fn workspaces(self) -> usize {
        match self {
            Self::Year => 40,
            Self::Small => 12,
            Self::Tiny => 4,
        }
    }

    /// How many people are at home in a workspace that has so many in the year.
    pub(crate) const fn people(self, in_the_year: usize) -> usize {
        match self {
            Self::Year => in_the_year,
            Self::Small | Self::Tiny => in_the_year / 5,
        }
    }

    /// How much the agents do, against their ordinary day.
    pub(crate) const fn volume(self) -> f64 {
        match self {
            Self::Year => 1.0,
            Self::Small => 1.1,
            Self::Tiny => 0.06,
        }
    }
}

/// What every draw depends on: which platform, how much of it, and when its story is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) scale: Scale,
    pub(crate) calendar: Calendar,
}

impl World {
    pub(crate) fn new(seed: u64, scale: Scale, end: DateTime<Utc>) -> Self {
        Self {
            seed,
            scale,
            calendar: Calendar::new(end),
        }
    }

    /// The first day on which agents work and people come.
    pub(crate) fn first_day(&self) -> UtcDay {
        self.calendar
            .utc(crate::calendar::LAST_DAY - self.scale.days())
    }
}
