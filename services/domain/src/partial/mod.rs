//! What a set of executions amounts to, in a form that merges.
//!
//! Merging is associative and commutative with an identity, exactly: there are only integers,
//! sorted bins and sets. Equal content has equal bytes, whichever way it came about, so a stored
//! partial can be rebuilt from facts and compared byte for byte.

mod codec;
mod contribution;
mod minutes;
mod reader;
mod usage;

pub use crate::Malformed;
pub use crate::ordinals::Ordinals;
pub use contribution::Contribution;
pub use minutes::{MinuteCounts, Minutes};
pub(crate) use reader::is_empty;
pub use reader::{Reader, Sections};
pub use usage::{Costs, Spend, Tally, Usage};

use crate::execution::Outcome;
use crate::sketch::Sketch;

/// The upper edges of the duration histogram, in microseconds; the last bucket has none.
pub const HISTOGRAM_EDGES: [u64; 5] = [1_000_000, 5_000_000, 10_000_000, 30_000_000, 60_000_000];

/// What a set of executions amounts to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Partial {
    /// Executions that were opened.
    pub opened: u64,
    /// Of them, those that began to run.
    pub started: u64,
    /// Of them, those that ended, by the code of the outcome less one.
    pub outcomes: [u64; 5],
    /// Agents that took part.
    pub agents: Ordinals,
    /// Users that took part, where the trigger is a user.
    pub users: Ordinals,
    /// Durations of completed runs, in microseconds.
    pub completed_durations: Sketch,
    /// Durations of runs that ended otherwise, in microseconds.
    pub other_durations: Sketch,
    /// Microseconds from opening to start.
    pub queue_waits: Sketch,
    /// Completed runs by duration: under each of [`HISTOGRAM_EDGES`], and over.
    pub histogram: [u64; 6],
    /// Tokens, credits and cost; absent where no run had any.
    pub usage: Option<Box<Usage>>,
    /// Counts per minute of the quarter-hour, by each event's own time; only in total cells.
    /// Merged over several quarter-hours only their sums mean something.
    pub minutes: Option<Box<Minutes>>,
    /// What people did beside executions; only in total cells, by each activity's own time.
    pub activities: u64,
    /// Users that were active by what they did.
    pub activity_users: Ordinals,
    /// Credits that runs consumed, in millionths, by the time of their end; only in total cells.
    pub booked: Spend,
    /// Executions that a person rated.
    pub feedback: u64,
    /// Their ratings, added up.
    pub rating_sum: u64,
    /// Steps of executions.
    pub steps: u64,
    /// Of them, those that failed.
    pub failed_steps: u64,
}

impl Partial {
    /// Adds another partial.
    pub fn merge(&mut self, other: &Partial) {
        self.opened = self.opened.saturating_add(other.opened);
        self.started = self.started.saturating_add(other.started);
        add_each(&mut self.outcomes, &other.outcomes);
        self.agents.merge(&other.agents);
        self.users.merge(&other.users);
        self.completed_durations.merge(&other.completed_durations);
        self.other_durations.merge(&other.other_durations);
        self.queue_waits.merge(&other.queue_waits);
        add_each(&mut self.histogram, &other.histogram);
        match (&mut self.usage, &other.usage) {
            (Some(mine), Some(theirs)) => mine.merge(theirs),
            (mine @ None, Some(theirs)) => *mine = Some(theirs.clone()),
            (_, None) => {}
        }
        match (&mut self.minutes, &other.minutes) {
            (Some(mine), Some(theirs)) => mine.merge(theirs),
            (mine @ None, Some(theirs)) => *mine = Some(theirs.clone()),
            (_, None) => {}
        }
        self.activities = self.activities.saturating_add(other.activities);
        self.activity_users.merge(&other.activity_users);
        self.booked.merge(&other.booked);
        self.feedback = self.feedback.saturating_add(other.feedback);
        self.rating_sum = self.rating_sum.saturating_add(other.rating_sum);
        self.steps = self.steps.saturating_add(other.steps);
        self.failed_steps = self.failed_steps.saturating_add(other.failed_steps);
    }

    /// Whether it is the identity of [`Partial::merge`].
    pub fn is_empty(&self) -> bool {
        self.sections() == 0
    }

    /// Runs that ended with an outcome.
    pub fn ended_as(&self, outcome: Outcome) -> u64 {
        self.outcomes[outcome.code() as usize - 1]
    }

    /// Runs that ended.
    pub fn ended(&self) -> u64 {
        self.outcomes
            .iter()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Runs that completed.
    pub fn completed(&self) -> u64 {
        self.ended_as(Outcome::Completed)
    }

    /// Runs that failed, timeouts not among them.
    pub fn failed(&self) -> u64 {
        self.ended_as(Outcome::Failed)
    }

    /// Runs that timed out.
    pub fn timed_out(&self) -> u64 {
        self.ended_as(Outcome::TimedOut)
    }

    /// Runs that were opened and have not ended; zero in cells that do not count openings.
    pub fn open(&self) -> u64 {
        self.opened.saturating_sub(self.ended())
    }

    /// How many users were active, by executions or by what they did.
    pub fn active_users(&self) -> u64 {
        if self.activity_users.is_empty() {
            return self.users.len();
        }
        let mut users = self.users.clone();
        users.merge(&self.activity_users);
        users.len()
    }

    /// Credits consumed, in millionths.
    pub fn credits_micro(&self) -> u128 {
        self.usage.as_ref().map_or(0, |usage| usage.credits.sum)
    }

    /// The part of it that belongs to one minute of the quarter-hour: counts per minute alone.
    pub fn of_minute(&self, minute: usize) -> Partial {
        let minutes = self
            .minutes
            .as_ref()
            .and_then(|minutes| minutes.only(minute));
        Partial {
            minutes: minutes.map(Box::new),
            ..Partial::default()
        }
    }
}

fn add_each<const N: usize>(mine: &mut [u64; N], theirs: &[u64; N]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine = mine.saturating_add(*theirs);
    }
}
