//! Reading no more of a stored partial than is asked for, into memory that is used again.
//!
//! Most of what answers cost is reading quarter-hours, tens of thousands of them, of which each formula looks at a few
//! parts. What is passed over is not checked; whoever has to know that bytes are canonical decodes all of them.

use super::codec::{
    ACTIVITIES, ACTIVITY_USERS, AGENTS, ALL, BOOKED, COMPLETED, COSTS, CREDITS, FEEDBACK,
    HISTOGRAM, MINUTES, OPENED, OTHER, OUTCOMES, QUEUE, STARTED, STEPS, TOKENS, USERS, VERSION,
    take_sparse,
};
use super::{Minutes, Partial, Spend, Usage};
use crate::Malformed;
use crate::bytes::{skip_numbers, take_byte, take_length, take_some, take_u64};
use crate::ordinals::Ordinals;
use crate::sketch::Sketch;

/// Parts of a partial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sections(u64);

impl Sections {
    /// None of them.
    pub const NONE: Sections = Sections(0);
    /// All of them.
    pub const ALL: Sections = Sections(ALL);
    /// How many were opened.
    pub const OPENED: Sections = Sections(OPENED);
    /// How many were opened, started and ended, and how.
    pub const RUNS: Sections = Sections(OPENED | STARTED | OUTCOMES);
    /// Agents that took part.
    pub const AGENTS: Sections = Sections(AGENTS);
    /// Users that were active, by executions or by what they did.
    pub const USERS: Sections = Sections(USERS | ACTIVITY_USERS);
    /// Durations of completed runs.
    pub const COMPLETED: Sections = Sections(COMPLETED);
    /// Durations of other runs.
    pub const OTHER: Sections = Sections(OTHER);
    /// Queue waits.
    pub const QUEUE: Sections = Sections(QUEUE);
    /// Completed runs by duration.
    pub const HISTOGRAM: Sections = Sections(HISTOGRAM);
    /// Tokens.
    pub const TOKENS: Sections = Sections(TOKENS);
    /// Credits.
    pub const CREDITS: Sections = Sections(CREDITS);
    /// Cost.
    pub const COSTS: Sections = Sections(COSTS);
    /// Counts per minute.
    pub const MINUTES: Sections = Sections(MINUTES);
    /// Credits by the time of the end.
    pub const BOOKED: Sections = Sections(BOOKED);
    /// Ratings.
    pub const FEEDBACK: Sections = Sections(FEEDBACK);
    /// Steps.
    pub const STEPS: Sections = Sections(STEPS);

    /// These and others.
    pub const fn and(self, other: Sections) -> Sections {
        Sections(self.0 | other.0)
    }
}

/// Reads partials, one after the other.
#[derive(Debug, Default)]
pub struct Reader {
    wanted: u64,
    partial: Partial,
    /// Memory of what the last partial had and this one has not.
    usage: Option<Box<Usage>>,
    minutes: Option<Box<Minutes>>,
}

impl Reader {
    /// Reads these parts of each.
    pub fn new(wanted: Sections) -> Self {
        Self {
            wanted: wanted.0,
            ..Self::default()
        }
    }

    /// Takes one partial from the front of the input. What is not wanted is as if it were not there.
    pub fn take(&mut self, input: &mut &[u8]) -> Result<&Partial, Malformed> {
        self.take_until(input, false)
    }

    /// Reads one partial that nothing follows. What is behind the last section that is wanted is not even passed over.
    pub fn read(&mut self, mut input: &[u8]) -> Result<&Partial, Malformed> {
        self.take_until(&mut input, true)
    }

    /// Takes one partial, or no more of it than is wanted.
    fn take_until(&mut self, input: &mut &[u8], enough: bool) -> Result<&Partial, Malformed> {
        let present = sections(input)?;
        self.clear();
        let wanted = self.wanted;
        // Sections follow each other as their numbers do.
        let nothing_after = |last: u64| enough && present & wanted < last << 1;
        let (has, wants) = (
            |section: u64| present & section != 0,
            |section: u64| wanted & section != 0,
        );
        let found = &mut self.partial;
        for (section, count) in [(OPENED, &mut found.opened), (STARTED, &mut found.started)] {
            if has(section) {
                let value = take_some(input)?;
                *count = if wants(section) { value } else { 0 };
            }
        }
        if has(OUTCOMES) {
            let outcomes = take_sparse(input)?;
            if wants(OUTCOMES) {
                found.outcomes = outcomes;
            }
        }
        if nothing_after(OUTCOMES) {
            return Ok(&self.partial);
        }
        for (section, set) in [(AGENTS, &mut found.agents), (USERS, &mut found.users)] {
            if has(section) {
                take_set(input, wants(section).then_some(set))?;
            }
        }
        if nothing_after(USERS) {
            return Ok(&self.partial);
        }
        for (section, sketch) in [
            (COMPLETED, &mut found.completed_durations),
            (OTHER, &mut found.other_durations),
            (QUEUE, &mut found.queue_waits),
        ] {
            if !has(section) {
                continue;
            }
            if wants(section) {
                sketch.read(input)?;
            } else {
                Sketch::skip(input)?;
            }
        }
        if nothing_after(QUEUE) {
            return Ok(&self.partial);
        }
        if has(HISTOGRAM) {
            let histogram = take_sparse(input)?;
            if wants(HISTOGRAM) {
                found.histogram = histogram;
            }
        }
        if has(TOKENS | CREDITS | COSTS) {
            self.take_usage(input, present)?;
        }
        if nothing_after(COSTS) {
            return Ok(&self.partial);
        }
        if has(MINUTES) {
            if wants(MINUTES) {
                let mut minutes = self.minutes.take().unwrap_or_default();
                minutes.read(input)?;
                self.partial.minutes = Some(minutes);
            } else {
                Minutes::skip(input)?;
            }
        }
        self.take_rest(input, present)?;
        Ok(&self.partial)
    }

    fn take_usage(&mut self, input: &mut &[u8], present: u64) -> Result<(), Malformed> {
        let mut usage = self.usage.take().unwrap_or_default();
        if present & TOKENS != 0 {
            if self.wanted & TOKENS != 0 {
                usage.decode_tokens(input)?;
            } else {
                // With how many, and of what was read and written how many and how much.
                skip_numbers(input, 5)?;
            }
        }
        if present & CREDITS != 0 {
            let credits = Spend::decode(input)?;
            if self.wanted & CREDITS != 0 {
                usage.credits = credits;
            }
        }
        if present & COSTS != 0 {
            usage.decode_costs(input)?;
            if self.wanted & COSTS == 0 {
                usage.costs.clear();
            }
        }
        if present & self.wanted & (TOKENS | CREDITS | COSTS) != 0 {
            self.partial.usage = Some(usage);
        } else {
            self.usage = Some(usage);
        }
        Ok(())
    }

    fn take_rest(&mut self, input: &mut &[u8], present: u64) -> Result<(), Malformed> {
        let wanted = self.wanted;
        let (has, wants) = (
            |section: u64| present & section != 0,
            |section: u64| wanted & section != 0,
        );
        let found = &mut self.partial;
        if has(ACTIVITIES) {
            let activities = take_some(input)?;
            found.activities = if wants(ACTIVITIES) { activities } else { 0 };
        }
        if has(ACTIVITY_USERS) {
            let users = wants(ACTIVITY_USERS).then_some(&mut found.activity_users);
            take_set(input, users)?;
        }
        if has(BOOKED) {
            let booked = Spend::decode(input)?;
            if wants(BOOKED) {
                found.booked = booked;
            }
        }
        if has(FEEDBACK) {
            let (feedback, ratings) = (take_some(input)?, take_some(input)?);
            if wants(FEEDBACK) {
                (found.feedback, found.rating_sum) = (feedback, ratings);
            }
        }
        if has(STEPS) {
            let (steps, failed) = (take_some(input)?, take_u64(input)?);
            if wants(STEPS) {
                (found.steps, found.failed_steps) = (steps, failed);
            }
        }
        Ok(())
    }

    fn clear(&mut self) {
        let Partial {
            opened,
            started,
            outcomes,
            agents,
            users,
            completed_durations,
            other_durations,
            queue_waits,
            histogram,
            usage,
            minutes,
            activities,
            activity_users,
            booked,
            feedback,
            rating_sum,
            steps,
            failed_steps,
        } = &mut self.partial;
        for count in [
            opened,
            started,
            activities,
            feedback,
            rating_sum,
            steps,
            failed_steps,
        ] {
            *count = 0;
        }
        (*outcomes, *histogram, *booked) = Default::default();
        for set in [agents, users, activity_users] {
            set.clear();
        }
        for sketch in [completed_durations, other_durations, queue_waits] {
            sketch.clear();
        }
        if let Some(mut used) = usage.take() {
            let mut costs = std::mem::take(&mut used.costs);
            costs.clear();
            *used = Usage {
                costs,
                ..Usage::default()
            };
            self.usage = Some(used);
        }
        if let Some(used) = minutes.take() {
            self.minutes = Some(used);
        }
    }
}

/// Whether a partial that is stored so is the identity of [`Partial::merge`].
pub(crate) fn is_empty(bytes: &[u8]) -> Result<bool, Malformed> {
    sections(&mut &bytes[..]).map(|sections| sections == 0)
}

/// Takes the beginning of a partial, which says what follows.
pub(super) fn sections(input: &mut &[u8]) -> Result<u64, Malformed> {
    if take_byte(input)? != VERSION {
        return Err(Malformed("a version that is not known"));
    }
    let sections = take_u64(input)?;
    if sections & !ALL != 0 {
        return Err(Malformed("a section that is not known"));
    }
    Ok(sections)
}

fn take_set(input: &mut &[u8], into: Option<&mut Ordinals>) -> Result<(), Malformed> {
    match into {
        Some(set) => set.read(input),
        None => Ordinals::skip(input),
    }
}

impl Sketch {
    /// Passes over a sketch that is not empty.
    fn skip(input: &mut &[u8]) -> Result<(), Malformed> {
        let bins = take_length(input, 1)?;
        // Minimum, maximum and sum; the first bin's count, and two numbers for each that follows.
        skip_numbers(input, 2 + 2 * bins)
    }
}

impl Minutes {
    fn skip(input: &mut &[u8]) -> Result<(), Malformed> {
        let minutes = take_u64(input)?;
        for _ in 0..minutes.count_ones() {
            let used = take_byte(input)?;
            skip_numbers(input, used.count_ones() as usize)?;
        }
        Ok(())
    }
}
