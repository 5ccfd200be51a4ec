//! What becomes of a workspace in the course of the year: when it comes, what it pays, when it leaves and comes back.

/// What a workspace subscribes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    Starter,
    Team,
    Business,
    Enterprise,
}

impl Plan {
    pub(crate) const ALL: [Self; 4] = [Self::Starter, Self::Team, Self::Business, Self::Enterprise];

    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::Team => "team",
            Self::Business => "business",
            Self::Enterprise => "enterprise",
        }
    }

    /// What people call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Starter => "Starter",
            Self::Team => "Team",
            Self::Business => "Business",
            Self::Enterprise => "Enterprise",
        }
    }

    /// The price of a seat and month in whole units.
    pub(crate) const fn price(self) -> i64 {
        match self {
            Self::Starter => 19,
            Self::Team => 39,
            Self::Business => 59,
            Self::Enterprise => 79,
        }
    }
}

/// Something that happens to a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happening {
    /// It comes to try.
    Tries(Plan),
    /// It begins to pay.
    Starts(Plan),
    /// It goes to another plan.
    Plan(Plan),
    /// It leaves.
    Cancels,
    /// It says that it will leave when the period is over, 25 days later.
    Ends,
    /// It stops for a while.
    Pauses,
    /// It comes back.
    Returns(Plan),
    /// A payment fails.
    FailsToPay,
    /// What failed is paid.
    Pays(Plan),
    /// Its agents and people stop, though it goes on paying.
    FallsSilent,
    /// Its people stop coming.
    Slips,
}

/// Days from an announced end to the end.
pub(crate) const NOTICE_DAYS: i32 = 25;

/// What happens, by the day of the story, in the order of time; the first is how it comes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Story(pub(crate) &'static [(i32, Happening)]);

/// How a workspace is on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Away,
    Well,
    Slipping,
    Silent,
}

impl Story {
    /// The day on which it comes.
    pub(crate) fn born(self) -> i32 {
        self.0.first().map_or(0, |(day, _)| *day)
    }

    /// How much its agents have to do on a day, against what they have when all is well.
    pub(crate) fn activity(self, day: i32) -> f64 {
        let part = match self.mood(day) {
            Mood::Away | Mood::Silent => return 0.0,
            Mood::Slipping => 0.3,
            Mood::Well => 1.0,
        };
        // Whoever comes begins with little.
        let age = f64::from(day - self.born());
        part * (1.0 - 0.75 * libm::exp(-age / 30.0))
    }

    /// How likely its people come on a day, against when all is well.
    pub(crate) fn interest(self, day: i32) -> f64 {
        match self.mood(day) {
            Mood::Away => 0.0,
            Mood::Silent => 0.004,
            Mood::Slipping => 0.03,
            Mood::Well => 1.0,
        }
    }

    fn mood(self, day: i32) -> Mood {
        let mut mood = Mood::Away;
        for (when, happening) in self.0 {
            // Those who leave use what they paid for until the next day.
            let (from, next) = match happening {
                Happening::Tries(_) | Happening::Starts(_) | Happening::Returns(_) => {
                    (*when, Mood::Well)
                }
                Happening::Cancels | Happening::Pauses => (when + 1, Mood::Away),
                Happening::Ends => (when + NOTICE_DAYS, Mood::Away),
                Happening::FallsSilent => (*when, Mood::Silent),
                Happening::Slips => (*when, Mood::Slipping),
                Happening::Plan(_) | Happening::FailsToPay | Happening::Pays(_) => continue,
            };
            if from <= day {
                mood = next;
            }
        }
        mood
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_leaves_is_away_until_they_return() {
        let story = Story(&[
            (10, Happening::Starts(Plan::Team)),
            (60, Happening::Cancels),
            (90, Happening::Returns(Plan::Team)),
            (200, Happening::FallsSilent),
        ]);
        let there = |day: i32| story.activity(day) > 0.0;
        let days = [9, 10, 60, 61, 89, 90, 199, 200, 400];
        let expected = [false, true, true, false, false, true, true, false, false];
        assert_eq!(days.map(there), expected);
        assert!(story.activity(20) < story.activity(50));
        assert!(story.interest(300) > 0.0);
    }
}
