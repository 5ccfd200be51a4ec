//! The agents: what they are called, how they behave, and which version of them runs when.

mod common;

use shadow_domain::time::UtcDay;

use crate::models::MODELS;
use crate::random::Random;
use crate::rhythm::Curve;

pub(crate) use common::common;

/// Sigma of the lognormal distributions of tokens that go in and come out.
pub(crate) const INPUT_SPREAD: f64 = 0.7;
pub(crate) const OUTPUT_SPREAD: f64 = 0.8;

/// The part of the runs that use credits and tell of it.
const USING: f64 = 0.95;

/// How many times as often as usual the bad version fails.
const BAD: f64 = 25.0;

/// What sort of work an agent does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Answers people while they wait.
    Chat,
    /// Reads documents that programs hand to it.
    Documents,
    /// Searches and writes for minutes.
    Research,
    /// Looks at something every few minutes.
    Watch,
    /// Goes through everything once a night.
    Nightly,
    /// Decides for other agents who does what.
    Router,
}

/// How agents of one sort behave.
#[derive(Debug)]
pub(crate) struct Habits {
    pub(crate) curve: Curve,
    /// Runs on an ordinary day of a workspace of weight 1.
    pub(crate) daily: f64,
    /// How often the trigger is a user, a schedule, a program, another agent.
    pub(crate) triggers: [f64; 4],
    pub(crate) median_seconds: f64,
    /// Sigma of the lognormal distribution of durations.
    pub(crate) spread: f64,
    pub(crate) timeout_seconds: u32,
    pub(crate) input_tokens: f64,
    pub(crate) output_tokens: f64,
    /// The part of the runs that fails.
    pub(crate) failing: f64,
    /// Weights over [`crate::models::MODELS`], before the agent's own taste.
    pub(crate) models: [f64; 7],
}

impl Work {
    #[rustfmt::skip]
    pub(crate) const fn habits(self) -> &'static Habits {
        match self {
            Self::Chat => &Habits {
                curve: Curve::Public, daily: 79.0, triggers: [0.9, 0.0, 0.07, 0.03],
                median_seconds: 3.2, spread: 0.75, timeout_seconds: 60,
                input_tokens: 1_900.0, output_tokens: 260.0, failing: 0.03,
                models: [2.0, 4.0, 1.0, 4.0, 0.5, 0.0, 0.3],
            },
            Self::Documents => &Habits {
                curve: Curve::Office, daily: 66.0, triggers: [0.35, 0.05, 0.55, 0.05],
                median_seconds: 8.5, spread: 0.9, timeout_seconds: 180,
                input_tokens: 6_400.0, output_tokens: 520.0, failing: 0.05,
                models: [3.0, 1.0, 3.0, 1.0, 1.0, 0.2, 1.0],
            },
            Self::Research => &Habits {
                curve: Curve::Office, daily: 19.0, triggers: [0.8, 0.1, 0.05, 0.05],
                median_seconds: 74.0, spread: 1.0, timeout_seconds: 900,
                input_tokens: 21_000.0, output_tokens: 1_900.0, failing: 0.08,
                models: [5.0, 0.2, 3.0, 0.1, 0.2, 0.6, 0.1],
            },
            Self::Watch => &Habits {
                curve: Curve::Timer, daily: 41.0, triggers: [0.0, 0.97, 0.03, 0.0],
                median_seconds: 5.0, spread: 0.6, timeout_seconds: 120,
                input_tokens: 3_100.0, output_tokens: 140.0, failing: 0.04,
                models: [0.2, 3.0, 0.3, 5.0, 1.0, 0.0, 0.5],
            },
            Self::Nightly => &Habits {
                curve: Curve::Night, daily: 12.0, triggers: [0.0, 1.0, 0.0, 0.0],
                median_seconds: 900.0, spread: 0.7, timeout_seconds: 5_400,
                input_tokens: 68_000.0, output_tokens: 5_200.0, failing: 0.06,
                models: [2.0, 0.5, 2.0, 1.0, 2.0, 0.5, 1.0],
            },
            Self::Router => &Habits {
                curve: Curve::Office, daily: 94.0, triggers: [0.1, 0.0, 0.3, 0.6],
                median_seconds: 1.1, spread: 0.55, timeout_seconds: 30,
                input_tokens: 850.0, output_tokens: 45.0, failing: 0.012,
                models: [0.1, 4.0, 0.1, 5.0, 0.3, 0.0, 0.2],
            },
        }
    }
}

/// One agent.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) work: Work,
    /// Its own factor on the time that its sort of work takes.
    pub(crate) pace: f64,
    /// Its own factor on how often it fails.
    pub(crate) weakness: f64,
    pub(crate) models: [f64; 7],
    /// Days between two releases.
    release_days: i32,
    release_phase: i32,
}

/// A version of an agent, and how much better or worse than usual it is.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) name: String,
    pub(crate) weakness: f64,
}

impl Profile {
    pub(crate) fn new(
        seed: u64,
        workspace: usize,
        number: usize,
        name: &'static str,
        work: Work,
    ) -> Self {
        let mut random = Random::new(seed, [1, workspace as i64, number as i64]);
        let mut models = work.habits().models;
        for weight in &mut models {
            *weight *= random.lognormal(1.0, 1.1);
        }
        Self {
            id: name.to_lowercase().replace(' ', "-"),
            name,
            work,
            pace: random.lognormal(1.0, 0.3),
            weakness: random.lognormal(1.0, 0.5),
            models,
            release_days: 12 + random.below(30) as i32,
            release_phase: random.below(1_000) as i32,
        }
    }

    /// The version that takes a run: on the first two days of a release, half of the runs still get the one before.
    pub(crate) fn version(&self, day: UtcDay, random: &mut Random) -> Version {
        // Counted from the middle of 2024, so that versions are small numbers.
        let age = day.0 - 19_900 + self.release_phase;
        let (mut number, fresh) = (
            age.div_euclid(self.release_days),
            age.rem_euclid(self.release_days),
        );
        if random.chance(0.5) && fresh < 2 {
            number -= 1;
        }
        let number = number.max(0);
        Version {
            name: version_name(number, number % 3),
            // Releases differ: most are alike, now and then one is a mistake.
            weakness: [1.0, 0.9, 1.1, 0.8, 1.0, 2.6, 0.9]
                [(number + self.release_phase) as usize % 7],
        }
    }

    /// The version that was a mistake altogether: it has the number after the last of its kind.
    pub(crate) fn bad_version(&self, day: UtcDay) -> Version {
        let age = day.0 - 19_900 + self.release_phase;
        Version {
            name: version_name(age.div_euclid(self.release_days).max(0), 3),
            weakness: BAD,
        }
    }

    /// Millionths of a credit that a run uses on average.
    pub(crate) fn credits(&self) -> f64 {
        let habits = self.work.habits();
        let tokens = habits.input_tokens * mean(INPUT_SPREAD)
            + 4.0 * habits.output_tokens * mean(OUTPUT_SPREAD);
        let weights: f64 = self.models.iter().sum();
        let price: f64 = self
            .models
            .iter()
            .zip(&MODELS)
            .map(|(weight, model)| weight * model.credits)
            .sum();
        USING * tokens * price / weights * 1_000.0
    }
}

/// What the mean of a lognormal distribution is, against its median.
fn mean(sigma: f64) -> f64 {
    libm::exp(sigma * sigma / 2.0)
}

fn version_name(number: i32, patch: i32) -> String {
    format!("{}.{}.{patch}", 1 + number / 30, number / 3 % 10)
}
