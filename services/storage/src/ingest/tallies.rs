//! What a batch adds to the live counters of each workspace, as columns.

use chrono::{DateTime, Utc};
use shadow_domain::live::Tally;

use super::Change;
use crate::Error;
use crate::ordinals::Numbers;

/// One tally per workspace. The users of all of them lie in one column; those of a workspace from `first_user` to
/// `last_user`, counted from 1 as the server does.
#[derive(Default)]
pub(super) struct Tallies {
    pub(super) open_change: Vec<i32>,
    pub(super) opened: Vec<i32>,
    pub(super) started: Vec<i32>,
    pub(super) ended: Vec<i32>,
    pub(super) failed: Vec<i32>,
    pub(super) credits_micro: Vec<i64>,
    pub(super) users: Vec<i32>,
    pub(super) first_user: Vec<i32>,
    pub(super) last_user: Vec<i32>,
}

impl Tallies {
    /// The tallies of changes, workspace by workspace, as they were taken in at `now`.
    pub(super) fn of<'c, 'a: 'c>(
        workspaces: impl Iterator<Item = &'c [Change<'a>]>,
        numbers: &Numbers,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let mut tallies = Self::default();
        for changes in workspaces {
            let mut tally = Tally::default();
            for change in changes {
                let (_, user) = numbers.of(change.execution)?;
                tally.add(change.execution, change.new, user, now);
            }
            tallies.push(&tally)?;
        }
        Ok(tallies)
    }

    fn push(&mut self, tally: &Tally) -> Result<(), Error> {
        let counts = &tally.counts;
        self.open_change.push(fit(tally.open_change)?);
        self.opened.push(fit(counts.opened)?);
        self.started.push(fit(counts.started)?);
        self.ended.push(fit(counts.ended)?);
        self.failed.push(fit(counts.failed)?);
        self.credits_micro.push(fit(counts.credits_micro)?);
        self.first_user.push(fit(self.users.len() + 1)?);
        for ordinal in tally.users.iter() {
            self.users.push(fit(ordinal)?);
        }
        self.last_user.push(fit(self.users.len())?);
        Ok(())
    }
}

/// A number as its column holds it. A batch is far too small for one that does not fit.
fn fit<T, C>(number: T) -> Result<C, Error>
where
    C: TryFrom<T>,
    C::Error: std::error::Error + Send + Sync + 'static,
{
    C::try_from(number).map_err(|error| Error::malformed("a tally", error))
}
