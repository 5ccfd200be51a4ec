//! Days that are over are merged over all workspaces.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::{TimeDelta, Utc};
use metrics::{counter, gauge, histogram};
use shadow_domain::time::UtcDay;
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::Database;
use shadow_storage::platform::{self, Asked, Folded};

use super::Outcome;

/// Merges the pages of some days of all workspaces into those of the platform: days that never were, and days of which a
/// page has changed since.
#[derive(Clone, Debug)]
pub struct PlatformFold {
    /// In how long it is due again, with nothing left to do.
    pub every: Duration,
    /// How many days one run merges; where more wait it is due at once. Few, as each takes a while, and compaction has to
    /// have its turn in between.
    pub days: i64,
    /// How long a day must be over. Until then most of what comes in changes it.
    pub settled: TimeDelta,
    /// How long a day that changes stays as it is merged: until then it is read from the workspaces' pages.
    pub again: TimeDelta,
    /// Days of so long ago, and later ones, are asked each time whether a page of theirs has changed.
    pub late: TimeDelta,
    /// Of earlier ones, which few events reach, one in so many is asked: each in ten minutes, on average.
    pub earlier: i32,
}

impl Default for PlatformFold {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(15),
            days: 7,
            settled: TimeDelta::minutes(10),
            again: TimeDelta::minutes(5),
            late: TimeDelta::days(7),
            earlier: 40,
        }
    }
}

impl PlatformFold {
    /// The name of its row.
    pub const NAME: &str = "platform_fold";

    pub(super) async fn run(&self, db: &Database, shutdown: &Shutdown) -> Result<Outcome> {
        let now = Utc::now();
        let before = UtcDay::of(now - self.settled);
        let asked = Asked {
            since: UtcDay::of(now - self.late),
            one_in: self.earlier,
        };
        let (days, waiting) = platform::stale(db, before, now - self.again, asked, self.days)
            .await
            .context("finding days of the platform to merge")?;
        let (mut merged, mut pages) = (0, 0);
        for day in days {
            if shutdown.is_requested() {
                break;
            }
            let began = Instant::now();
            let folded = platform::fold(db, day)
                .await
                .with_context(|| format!("merging {} of the platform", day.date()))?;
            if let Folded::Done { pages: written } = folded {
                counter!("shadow_platform_days_folded_total").increment(1);
                histogram!("shadow_platform_fold_seconds").record(began.elapsed().as_secs_f64());
                merged += 1;
                pages += written;
            }
        }
        let left = waiting.saturating_sub(merged);
        gauge!("shadow_platform_days_stale").set(left as f64);
        Ok(Outcome {
            summary: format!("merged {merged} days into {pages} pages; {left} wait"),
            // Where others are at the same days there is no hurry.
            due_in: if left > 0 && merged > 0 {
                Duration::ZERO
            } else {
                self.every
            },
        })
    }
}
