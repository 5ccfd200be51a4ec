//! Retention: which part of those who began together comes back.

use crate::ordinals::Ordinals;

/// What counts as coming back in interval N after one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Active in interval N.
    Exact,
    /// Active in interval N or a later one.
    OnOrAfter,
    /// Active in every one of the intervals 1 to N.
    Streak,
}

/// Those who began in one interval, which is their interval 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// How many they are.
    pub users: u64,
    /// How many of them came back, from interval 0 on to the last there is; at 0 it is all of them.
    pub returned: Vec<u64>,
}

/// All cohorts whose interval N is complete, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pooled {
    /// How many cohorts they are.
    pub cohorts: u64,
    /// How many users began in them.
    pub users: u64,
    /// How many of those came back.
    pub returned: u64,
}

impl Pooled {
    /// The share that came back; absent where nobody began.
    pub fn rate(&self) -> Option<f64> {
        (self.users > 0).then(|| self.returned as f64 / self.users as f64)
    }
}

/// Who began in each interval: those of it who did not begin in an earlier one, nor before all of them.
pub fn firsts(before: &Ordinals, intervals: &[Ordinals]) -> Vec<Ordinals> {
    let mut seen = before.clone();
    intervals
        .iter()
        .map(|users| {
            let mut new = users.clone();
            new.remove_all(&seen);
            seen.merge(users);
            new
        })
        .collect()
}

/// The cohorts of adjoining intervals: those who began in each, and how they came back in it and the later ones.
pub fn retention(begun: &[Ordinals], active: &[Ordinals], mode: Mode) -> Vec<Cohort> {
    let later = match mode {
        Mode::OnOrAfter => on_or_after(active),
        Mode::Exact | Mode::Streak => Vec::new(),
    };
    begun
        .iter()
        .enumerate()
        .map(|(first, users)| {
            let next = (first + 1).min(active.len());
            let mut returned = vec![users.len()];
            match mode {
                Mode::Exact => returned.extend(active[next..].iter().map(|set| users.common(set))),
                Mode::OnOrAfter => {
                    returned.extend(later[next..].iter().map(|set| users.common(set)))
                }
                Mode::Streak => {
                    let mut left = users.clone();
                    returned.extend(active[next..].iter().map(|set| {
                        left.keep(set);
                        left.len()
                    }));
                }
            }
            Cohort {
                users: users.len(),
                returned,
            }
        })
        .collect()
}

/// For each N the cohorts whose interval N is complete, where the first `complete` intervals are; up to the last N that
/// any cohort has completed.
pub fn pooled(cohorts: &[Cohort], complete: usize) -> Vec<Pooled> {
    (0..complete)
        .map(|interval| {
            // Cohort i has its interval N at i + N.
            cohorts[..(complete - interval).min(cohorts.len())]
                .iter()
                .fold(Pooled::default(), |sum, cohort| Pooled {
                    cohorts: sum.cohorts + 1,
                    users: sum.users + cohort.users,
                    returned: sum.returned + cohort.returned.get(interval).copied().unwrap_or(0),
                })
        })
        .collect()
}

/// Who was active in each interval or a later one.
fn on_or_after(active: &[Ordinals]) -> Vec<Ordinals> {
    let mut later = active.to_vec();
    for at in (1..later.len()).rev() {
        let (earlier, from) = later.split_at_mut(at);
        earlier[at - 1].merge(&from[0]);
    }
    later
}
