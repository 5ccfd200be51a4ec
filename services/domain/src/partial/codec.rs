//! The canonical bytes of a partial: a version, which sections follow, and the sections.

use super::{Minutes, Partial, Spend, Usage, reader};
use crate::Malformed;
use crate::bytes::{put_u64, take_byte, take_some, take_u64};
use crate::ordinals::Ordinals;
use crate::sketch::Sketch;

pub(super) const VERSION: u8 = 1;

pub(super) const OPENED: u64 = 1;
pub(super) const STARTED: u64 = 1 << 1;
pub(super) const OUTCOMES: u64 = 1 << 2;
pub(super) const AGENTS: u64 = 1 << 3;
pub(super) const USERS: u64 = 1 << 4;
pub(super) const COMPLETED: u64 = 1 << 5;
pub(super) const OTHER: u64 = 1 << 6;
pub(super) const QUEUE: u64 = 1 << 7;
pub(super) const HISTOGRAM: u64 = 1 << 8;
pub(super) const TOKENS: u64 = 1 << 9;
pub(super) const CREDITS: u64 = 1 << 10;
pub(super) const COSTS: u64 = 1 << 11;
pub(super) const MINUTES: u64 = 1 << 12;
pub(super) const ACTIVITIES: u64 = 1 << 13;
pub(super) const ACTIVITY_USERS: u64 = 1 << 14;
pub(super) const BOOKED: u64 = 1 << 15;
pub(super) const FEEDBACK: u64 = 1 << 16;
pub(super) const STEPS: u64 = 1 << 17;
pub(super) const ALL: u64 = (1 << 18) - 1;

impl Partial {
    /// Appends the canonical bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        put_u64(out, self.sections());
        if self.opened > 0 {
            put_u64(out, self.opened);
        }
        if self.started > 0 {
            put_u64(out, self.started);
        }
        put_sparse(out, &self.outcomes);
        for set in [&self.agents, &self.users] {
            if !set.is_empty() {
                set.encode(out);
            }
        }
        for sketch in [
            &self.completed_durations,
            &self.other_durations,
            &self.queue_waits,
        ] {
            if !sketch.is_empty() {
                sketch.encode(out);
            }
        }
        put_sparse(out, &self.histogram);
        if let Some(usage) = &self.usage {
            if usage.with_tokens > 0 {
                usage.encode_tokens(out);
            }
            if usage.credits.known > 0 {
                usage.credits.encode(out);
            }
            if !usage.costs.is_empty() {
                usage.encode_costs(out);
            }
        }
        if let Some(minutes) = &self.minutes {
            minutes.encode(out);
        }
        if self.activities > 0 {
            put_u64(out, self.activities);
        }
        if !self.activity_users.is_empty() {
            self.activity_users.encode(out);
        }
        if self.booked.known > 0 {
            self.booked.encode(out);
        }
        if self.feedback > 0 {
            put_u64(out, self.feedback);
            put_u64(out, self.rating_sum);
        }
        if self.steps > 0 {
            put_u64(out, self.steps);
            put_u64(out, self.failed_steps);
        }
    }

    /// Takes one partial from the front of the input, which must be as [`Partial::encode`] writes it.
    pub fn decode(input: &mut &[u8]) -> Result<Partial, Malformed> {
        let sections = reader::sections(input)?;
        let has = |section| sections & section != 0;
        let mut found = Partial::default();
        if has(OPENED) {
            found.opened = take_some(input)?;
        }
        if has(STARTED) {
            found.started = take_some(input)?;
        }
        if has(OUTCOMES) {
            found.outcomes = take_sparse(input)?;
        }
        for (section, set) in [(AGENTS, &mut found.agents), (USERS, &mut found.users)] {
            if has(section) {
                *set = Ordinals::decode(input)?;
            }
        }
        for (section, sketch) in [
            (COMPLETED, &mut found.completed_durations),
            (OTHER, &mut found.other_durations),
            (QUEUE, &mut found.queue_waits),
        ] {
            if has(section) {
                *sketch = Sketch::decode(input)?;
            }
        }
        if has(HISTOGRAM) {
            found.histogram = take_sparse(input)?;
        }
        if has(TOKENS | CREDITS | COSTS) {
            found.usage = Some(Box::new(take_usage(input, sections)?));
        }
        if has(MINUTES) {
            found.minutes = Some(Box::new(Minutes::decode(input)?));
        }
        if has(ACTIVITIES) {
            found.activities = take_some(input)?;
        }
        if has(ACTIVITY_USERS) {
            found.activity_users = Ordinals::decode(input)?;
        }
        if has(BOOKED) {
            found.booked = Spend::decode(input)?;
        }
        if has(FEEDBACK) {
            found.feedback = take_some(input)?;
            found.rating_sum = take_some(input)?;
        }
        if has(STEPS) {
            found.steps = take_some(input)?;
            found.failed_steps = take_u64(input)?;
        }
        Ok(found)
    }

    pub(super) fn sections(&self) -> u64 {
        let usage = self.usage.as_deref();
        [
            (self.opened > 0, OPENED),
            (self.started > 0, STARTED),
            (self.outcomes.iter().any(|count| *count > 0), OUTCOMES),
            (!self.agents.is_empty(), AGENTS),
            (!self.users.is_empty(), USERS),
            (!self.completed_durations.is_empty(), COMPLETED),
            (!self.other_durations.is_empty(), OTHER),
            (!self.queue_waits.is_empty(), QUEUE),
            (self.histogram.iter().any(|count| *count > 0), HISTOGRAM),
            (usage.is_some_and(|usage| usage.with_tokens > 0), TOKENS),
            (usage.is_some_and(|usage| usage.credits.known > 0), CREDITS),
            (usage.is_some_and(|usage| !usage.costs.is_empty()), COSTS),
            (self.minutes.is_some(), MINUTES),
            (self.activities > 0, ACTIVITIES),
            (!self.activity_users.is_empty(), ACTIVITY_USERS),
            (self.booked.known > 0, BOOKED),
            (self.feedback > 0, FEEDBACK),
            (self.steps > 0, STEPS),
        ]
        .into_iter()
        .filter(|(has, _)| *has)
        .fold(0, |sections, (_, section)| sections | section)
    }
}

fn take_usage(input: &mut &[u8], sections: u64) -> Result<Usage, Malformed> {
    let mut usage = Usage::default();
    if sections & TOKENS != 0 {
        usage.decode_tokens(input)?;
    }
    if sections & CREDITS != 0 {
        usage.credits = Spend::decode(input)?;
    }
    if sections & COSTS != 0 {
        usage.decode_costs(input)?;
    }
    Ok(usage)
}

/// Writes which counts are not zero and then those; nothing where all are.
fn put_sparse<const N: usize>(out: &mut Vec<u8>, counts: &[u64; N]) {
    let used = |(index, count): (usize, &u64)| u8::from(*count > 0) << index;
    let used: u8 = counts.iter().enumerate().map(used).sum();
    if used > 0 {
        out.push(used);
        counts
            .iter()
            .filter(|count| **count > 0)
            .for_each(|count| put_u64(out, *count));
    }
}

pub(super) fn take_sparse<const N: usize>(input: &mut &[u8]) -> Result<[u64; N], Malformed> {
    let used = take_byte(input)?;
    if used == 0 || used >> N != 0 {
        return Err(Malformed("counts out of range"));
    }
    let mut counts = [0; N];
    for (_, count) in counts
        .iter_mut()
        .enumerate()
        .filter(|(index, _)| used >> index & 1 == 1)
    {
        *count = take_some(input)?;
    }
    Ok(counts)
}
