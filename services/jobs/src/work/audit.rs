//! Pages are compared with the facts they were made of.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{TimeDelta, Utc};
use metrics::counter;
use shadow_domain::time::UtcDay;
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::Database;
use shadow_storage::compaction::{self, Audited, PageKey};
use tracing::error;
use uuid::Uuid;

use super::Outcome;

/// How many of the pages that were wrong are named in the log.
const NAMED: usize = 5;

/// Rebuilds days at random from facts, and puts right whatever page differs. None ever should, so each that does is
/// counted, noted and logged as an error.
#[derive(Clone, Debug)]
pub struct Audit {
    /// In how long it is due again.
    pub every: Duration,
    /// How many days one run compares, each of another workspace.
    pub days: i64,
    /// How long a day must be over. Until then most of what comes in changes it.
    pub settled: TimeDelta,
    /// How long what was found is kept.
    pub window: TimeDelta,
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(60),
            days: 4,
            settled: TimeDelta::hours(6),
            window: TimeDelta::days(30),
        }
    }
}

impl Audit {
    /// The name of its row.
    pub const NAME: &str = "audit";

    pub(super) async fn run(&self, db: &Database, shutdown: &Shutdown) -> Result<Outcome> {
        let now = Utc::now();
        let before = UtcDay::of(now - self.settled);
        let picked = compaction::pick(db, before, self.days)
            .await
            .context("choosing pages to audit")?;
        let (mut pages, mut repaired) = (0, 0);
        for (workspace, day) in picked {
            if shutdown.is_requested() {
                break;
            }
            let audited = compaction::audit(db, workspace, (day, day))
                .await
                .with_context(|| format!("auditing {} of workspace {workspace}", day.date()))?;
            report(workspace, &audited);
            if let Audited::Done {
                pages: compared,
                repaired: wrong,
            } = audited
            {
                pages += compared;
                repaired += wrong.len();
            }
        }
        compaction::trim_audits(db, now - self.window)
            .await
            .context("trimming audits")?;
        Ok(Outcome {
            summary: format!("compared {pages} pages, repaired {repaired}"),
            due_in: self.every,
        })
    }
}

/// Counts what an audit found, and says what was wrong.
pub(super) fn report(workspace: Uuid, audited: &Audited) {
    let outcome = match audited {
        Audited::Busy => "busy",
        Audited::Done { repaired, .. } if repaired.is_empty() => "clean",
        Audited::Done { .. } => "repaired",
    };
    counter!("shadow_page_audits_total", "outcome" => outcome).increment(1);
    let Audited::Done { pages, repaired } = audited else {
        return;
    };
    counter!("shadow_pages_audited_total").increment(*pages as u64);
    counter!("shadow_pages_repaired_total").increment(repaired.len() as u64);
    if !repaired.is_empty() {
        let some: Vec<String> = repaired.iter().take(NAMED).map(name).collect();
        error!(
            %workspace,
            pages,
            repaired = repaired.len(),
            some = some.join(", "),
            "pages were not what their facts amount to, and are now"
        );
    }
}

fn name(page: &PageKey) -> String {
    format!("{} {:?} {:?}", page.day.date(), page.dimension, page.key)
}
