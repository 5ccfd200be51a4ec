//! What is no longer kept goes.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Datelike, TimeDelta, TimeZone, Utc};
use metrics::counter;
use shadow_domain::time::UtcDay;
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::compaction::{self, Audited};
use shadow_storage::retention::{self, Month};
use shadow_storage::{Database, jobs, summaries};
use uuid::Uuid;

use super::{Outcome, Work, audit};

/// In how long it is due again where it is not through.
const AGAIN: Duration = Duration::from_secs(1);

/// Deletes facts that are older than they are kept, once their pages are known to hold all of them, and rows of jobs that
/// no worker knows any more.
#[derive(Clone, Debug)]
pub struct Retention {
    /// In how long it is due again.
    pub every: Duration,
    /// How long facts are kept; for ever where there is none. They go by whole months.
    pub facts: Option<TimeDelta>,
    /// How many days one run audits.
    pub days: i32,
    /// How many consecutive days of a workspace one audit compares.
    pub together: usize,
    /// How long a job that nobody runs is remembered.
    pub idle: TimeDelta,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(600),
            facts: None,
            days: 500,
            together: 7,
            idle: TimeDelta::days(90),
        }
    }
}

/// How far a run came with the months that are to go.
#[derive(Default)]
struct Done {
    months: u64,
    audits: usize,
    /// More could be done at once.
    left: bool,
}

impl Retention {
    /// The name of its row.
    pub const NAME: &str = "retention";

    pub(super) async fn run(&self, db: &Database, shutdown: &Shutdown) -> Result<Outcome> {
        let now = Utc::now();
        let all = super::all(None);
        let names: Vec<&str> = all.iter().map(Work::name).collect();
        jobs::trim(db, &names, now - self.idle)
            .await
            .context("forgetting jobs that nobody runs")?;
        if let Some(month) = self.facts.and_then(|facts| month_of(now - facts)) {
            retention::refuse_before(db, month)
                .await
                .context("refusing events that are too old")?;
        }
        // What was once refused goes, whatever is configured now.
        let done = self.months(db, shutdown).await?;
        let standing = retention::standing(db).await?;
        let (activities, steps) = match standing.and_then(|standing| standing.gone_before) {
            Some(gone) => {
                summaries::delete(db, gone)
                    .await
                    .context("deleting summaries")?;
                (
                    retention::delete_activities(db, gone)
                        .await
                        .context("deleting activities")?,
                    retention::delete_steps(db, gone)
                        .await
                        .context("deleting steps")?,
                )
            }
            None => (0, 0),
        };
        counter!("shadow_retention_months_dropped_total").increment(done.months);
        counter!("shadow_retention_activities_deleted_total").increment(activities as u64);
        counter!("shadow_retention_steps_deleted_total").increment(steps as u64);
        let Done {
            months,
            audits,
            left,
        } = done;
        Ok(Outcome {
            summary: format!(
                "dropped {months} months of executions, {steps} steps and {activities} activities, after {audits} audits"
            ),
            due_in: if left { AGAIN } else { self.every },
        })
    }

    async fn months(&self, db: &Database, shutdown: &Shutdown) -> Result<Done> {
        let mut done = Done::default();
        while !shutdown.is_requested() {
            let standing = retention::standing(db).await?;
            let Some(month) = standing.and_then(|standing| standing.next()) else {
                break;
            };
            let unaudited = retention::unaudited(db, &month, self.days)
                .await
                .context("finding days to audit before facts go")?;
            if !unaudited.is_empty() {
                done.audits += self.audit(db, &unaudited, shutdown).await?;
                // Where all of them were done there may be more; a busy workspace is left to the next time.
                done.left = done.audits >= unaudited.len();
                break;
            }
            if !drop_month(db, &month).await? {
                break;
            }
            done.months += 1;
        }
        Ok(done)
    }

    /// Audits days, which are in order, and says of how many the pages are right now.
    async fn audit(
        &self,
        db: &Database,
        days: &[(Uuid, UtcDay)],
        shutdown: &Shutdown,
    ) -> Result<usize> {
        let mut audited = 0;
        let consecutive = |a: &(Uuid, UtcDay), b: &(Uuid, UtcDay)| a.0 == b.0 && a.1.0 + 1 == b.1.0;
        for run in days.chunk_by(consecutive) {
            for some in run.chunks(self.together.max(1)) {
                let (Some((workspace, first)), Some((_, last))) = (some.first(), some.last())
                else {
                    continue;
                };
                if shutdown.is_requested() {
                    return Ok(audited);
                }
                let found = compaction::audit(db, *workspace, (*first, *last))
                    .await
                    .with_context(|| format!("auditing workspace {workspace}"))?;
                audit::report(*workspace, &found);
                if matches!(found, Audited::Done { .. }) {
                    audited += some.len();
                }
            }
        }
        Ok(audited)
    }
}

async fn drop_month(db: &Database, month: &Month) -> Result<bool> {
    retention::drop_month(db, month.until)
        .await
        .with_context(|| format!("dropping executions of before {}", month.until))
}

/// The first instant of a time's month.
fn month_of(at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    Utc.with_ymd_and_hms(at.year(), at.month(), 1, 0, 0, 0)
        .single()
}
