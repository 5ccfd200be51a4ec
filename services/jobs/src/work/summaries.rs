//! Days that are over are summed up: what users did, and what went wrong.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::{TimeDelta, Utc};
use metrics::{counter, gauge, histogram};
use shadow_domain::time::UtcDay;
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::Database;
use shadow_storage::summaries::{self, Asked, Made};

use super::Outcome;

/// Sums up some days of workspaces: days that never were, and days of which a page has changed since.
#[derive(Clone, Debug)]
pub struct Summaries {
    /// In how long it is due again, with nothing left to do.
    pub every: Duration,
    /// How many days of workspaces one run sums up; where more wait it is due at once. Few, as compaction has to have its
    /// turn in between.
    pub days: i64,
    /// How long a day must be over. Until then most of what comes in changes it.
    pub settled: TimeDelta,
    /// How long a day that changes stays as it is summed up: until then facts are read instead.
    pub again: TimeDelta,
    /// Days of so long ago, and later ones, are asked each time whether a page of theirs has changed.
    pub late: TimeDelta,
    /// Of earlier ones, which few events reach, one in so many is asked: each in ten minutes, on average.
    pub earlier: i32,
}

impl Default for Summaries {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(15),
            days: 100,
            settled: TimeDelta::minutes(10),
            again: TimeDelta::minutes(5),
            late: TimeDelta::days(7),
            earlier: 40,
        }
    }
}

impl Summaries {
    /// The name of its row.
    pub const NAME: &str = "summaries";

    pub(super) async fn run(&self, db: &Database, shutdown: &Shutdown) -> Result<Outcome> {
        let now = Utc::now();
        let before = UtcDay::of(now - self.settled);
        let asked = Asked {
            since: UtcDay::of(now - self.late),
            one_in: self.earlier,
        };
        let (mut made, mut busy, mut users, mut failed) = (0, 0, 0, None);
        let (mut waiting, mut last) = (None, None);
        // Days that cannot be summed up are passed: facts are read of them, and they keep no other day waiting.
        while made + busy < self.days && !shutdown.is_requested() {
            let again = now - self.again;
            let (days, found) = summaries::stale(db, before, again, asked, last, self.days)
                .await
                .context("finding days to sum up")?;
            waiting = waiting.or(Some(found));
            for day in &days {
                if shutdown.is_requested() {
                    break;
                }
                let began = Instant::now();
                let done = summaries::make(db, *day)
                    .await
                    .with_context(|| format!("summing up {} of {}", day.1.date(), day.0));
                match done {
                    Ok(Made::Done { users: some }) => {
                        counter!("shadow_summaries_made_total").increment(1);
                        histogram!("shadow_summary_make_seconds")
                            .record(began.elapsed().as_secs_f64());
                        made += 1;
                        users += some;
                    }
                    // Errors without a group are waited for no longer than by the next run.
                    Ok(Made::Busy | Made::Nameless) => busy += 1,
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
            last = days.last().copied();
            if (days.len() as i64) < self.days {
                break;
            }
        }
        let left = waiting.unwrap_or_default().saturating_sub(made as u64);
        gauge!("shadow_summaries_stale").set(left as f64);
        if let Some(error) = failed {
            return Err(error);
        }
        Ok(Outcome {
            summary: format!("summed up {made} days of {users} users; {left} wait"),
            // Where others are at the same days there is no hurry.
            due_in: if left > 0 && made > 0 {
                Duration::ZERO
            } else {
                self.every
            },
        })
    }
}
