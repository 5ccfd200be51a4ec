//! What one execution adds to a cell.

use super::{HISTOGRAM_EDGES, Partial, Spend, Usage};
use crate::execution::{End, Outcome};

/// What one execution adds to a cell, of the transitions that are new.
#[derive(Debug, Clone)]
pub struct Contribution {
    /// Whether it was opened.
    pub opened: bool,
    /// Whether it started, and then after how many microseconds in the queue.
    pub queue_wait: Option<u64>,
    /// What its end adds.
    pub ended: Option<Ended>,
    /// The rating that a person gave it.
    pub rating: Option<u16>,
    /// The agent's ordinal.
    pub agent: u32,
    /// The ordinal of the user on whose behalf it runs; only where the trigger is a user.
    pub user: Option<u32>,
}

/// What an end adds, worked out once for all cells.
#[derive(Debug, Clone)]
pub struct Ended {
    outcome: Outcome,
    duration: Option<u64>,
    usage: Option<Usage>,
}

impl Contribution {
    /// Whether no transition is new.
    pub fn is_nothing(&self) -> bool {
        !self.opened && self.queue_wait.is_none() && self.ended.is_none() && self.rating.is_none()
    }

    /// Leaves what cells count that are keyed by what is known at the end.
    pub fn only_end(&mut self) {
        (self.opened, self.queue_wait, self.rating) = (false, None, None);
    }
}

impl From<&End> for Ended {
    fn from(end: &End) -> Self {
        let duration = end
            .duration_micros
            .map(|micros| micros.max(0).unsigned_abs());
        Ended {
            outcome: end.outcome,
            duration,
            usage: Usage::of(end),
        }
    }
}

impl Partial {
    /// Adds what one execution contributes.
    pub fn add(&mut self, contribution: &Contribution) {
        self.agents.insert(contribution.agent);
        if let Some(user) = contribution.user {
            self.users.insert(user);
        }
        self.opened += u64::from(contribution.opened);
        if let Some(wait) = contribution.queue_wait {
            self.started += 1;
            self.queue_waits.insert(wait);
        }
        if let Some(ended) = &contribution.ended {
            self.add_end(ended);
        }
        if let Some(rating) = contribution.rating {
            self.feedback += 1;
            self.rating_sum += u64::from(rating);
        }
    }

    fn add_end(&mut self, ended: &Ended) {
        self.outcomes[ended.outcome.code() as usize - 1] += 1;
        match (ended.outcome, ended.duration) {
            (Outcome::Completed, Some(duration)) => {
                self.completed_durations.insert(duration);
                self.histogram[HISTOGRAM_EDGES.partition_point(|edge| *edge <= duration)] += 1;
            }
            (_, Some(duration)) => self.other_durations.insert(duration),
            (_, None) => {}
        }
        match (&mut self.usage, &ended.usage) {
            (Some(mine), Some(more)) => mine.merge(more),
            (mine @ None, Some(more)) => *mine = Some(Box::new(more.clone())),
            (_, None) => {}
        }
    }

    /// Counts an opening in its own minute.
    pub(crate) fn count_opened(&mut self, minute: usize) {
        self.minutes.get_or_insert_default().minute(minute).opened += 1;
    }

    /// Counts a start in its own minute.
    pub(crate) fn count_started(&mut self, minute: usize) {
        self.minutes.get_or_insert_default().minute(minute).started += 1;
    }

    /// Counts an end in its own minute.
    pub(crate) fn count_ended(&mut self, minute: usize, outcome: Outcome) {
        let counts = self.minutes.get_or_insert_default().minute(minute);
        counts.ended += 1;
        counts.failed += u64::from(outcome.is_failure());
    }

    /// Books what a run consumed, in the cell of its end.
    pub(crate) fn book(&mut self, end: &End) {
        if let Some(credits) = end.credits_micro {
            self.booked
                .merge(&Spend::of(credits, end.outcome.is_failure()));
        }
    }
}
