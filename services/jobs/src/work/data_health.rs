//! What must hold of numbers is checked on live data.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use metrics::counter;
use shadow_domain::data_health::Identity;
use shadow_domain::time::{Range, UtcDay};
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::Database;
use shadow_storage::data_health::{self, Found, Picked};
use shadow_storage::{platform, summaries};
use tracing::error;
use uuid::Uuid;

use super::Outcome;

/// No question of a check takes longer.
const LIMIT: Duration = Duration::from_secs(30);

/// Checks some workspaces, those that were not checked for longest, each in some days that are over, and all of them
/// together. Whatever does not hold is counted, noted and logged as an error.
#[derive(Clone, Debug)]
pub struct DataHealth {
    /// In how long it is due again.
    pub every: Duration,
    /// How many workspaces one run checks.
    pub workspaces: i64,
    /// How many days of each.
    pub days: i32,
    /// How many days of the platform it compares with the pages of all workspaces.
    pub platform_days: i64,
    /// How many days of each it sums up once more.
    pub summed_days: i64,
    /// How long a day must be over. Until then most of what comes in changes it.
    pub settled: TimeDelta,
    /// Among how many executions of each it looks for those that were opened twice.
    pub executions: i64,
    /// How long what was found is kept.
    pub window: TimeDelta,
}

impl Default for DataHealth {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(60),
            workspaces: 4,
            days: 7,
            platform_days: 2,
            summed_days: 1,
            settled: TimeDelta::hours(1),
            executions: 5_000,
            window: TimeDelta::days(30),
        }
    }
}

impl DataHealth {
    /// The name of its row.
    pub const NAME: &str = "data_health";

    pub(super) async fn run(&self, db: &Database, shutdown: &Shutdown) -> Result<Outcome> {
        let now = Utc::now();
        let last = UtcDay(UtcDay::of(now - self.settled).0 - 1);
        let picked = data_health::pick(db, last, self.workspaces)
            .await
            .context("choosing workspaces to check")?;
        let mut found = Vec::new();
        for one in &picked {
            if shutdown.is_requested() {
                break;
            }
            found.extend(self.check(db, one, now).await?);
        }
        let workspaces: Vec<Uuid> = picked.iter().map(|one| one.workspace_id).collect();
        if !workspaces.is_empty() && !shutdown.is_requested() {
            found.push(self.together(db, &workspaces, last, now).await?);
            found.push(self.platform(db).await?);
        }
        report(&found);
        data_health::note(db, &found)
            .await
            .context("noting what was checked")?;
        data_health::trim(db, now - self.window)
            .await
            .context("trimming checks")?;
        let (compared, broken) = found.iter().fold((0, 0), |(compared, broken), one| {
            (compared + one.tally.compared, broken + one.tally.broken)
        });
        Ok(Outcome {
            summary: format!("compared {compared} numbers, of which {broken} were wrong"),
            due_in: self.every,
        })
    }

    async fn check(&self, db: &Database, one: &Picked, now: DateTime<Utc>) -> Result<Vec<Found>> {
        let workspace = one.workspace_id;
        let range = self.days_until(one.day);
        let scope = data_health::scope().within([workspace]);
        let checked = shadow_query::data_health::check(db, &scope, &range, now, Some(LIMIT))
            .await
            .with_context(|| format!("checking workspace {workspace}"))?;
        let mut found: Vec<Found> = checked
            .into_iter()
            .map(|(identity, tally)| Found {
                workspace_id: Some(workspace),
                identity,
                tally,
            })
            .collect();
        let twins = data_health::look_for_twins(db, workspace, &range, self.executions)
            .await
            .with_context(|| format!("looking for twins in workspace {workspace}"))?;
        found.push(twins);
        let tally = summaries::check(db, workspace, self.summed_days)
            .await
            .with_context(|| format!("checking summaries of workspace {workspace}"))?;
        found.push(Found {
            workspace_id: Some(workspace),
            identity: Identity::Summaries,
            tally,
        });
        Ok(found)
    }

    async fn together(
        &self,
        db: &Database,
        workspaces: &[Uuid],
        last: UtcDay,
        now: DateTime<Utc>,
    ) -> Result<Found> {
        let (scope, range) = (data_health::scope(), self.days_until(last));
        let checked = shadow_query::data_health::check_together(
            db,
            &scope,
            workspaces,
            &range,
            now,
            Some(LIMIT),
        );
        let (identity, tally) = checked.await.context("checking workspaces together")?;
        Ok(Found {
            workspace_id: None,
            identity,
            tally,
        })
    }

    async fn platform(&self, db: &Database) -> Result<Found> {
        let checked = platform::check(db, self.platform_days).await;
        Ok(Found {
            workspace_id: None,
            identity: Identity::Platform,
            tally: checked.context("checking days of the platform")?,
        })
    }

    fn days_until(&self, last: UtcDay) -> Range {
        Range {
            start: UtcDay(last.0 + 1 - self.days.max(1)).start(),
            end: last.end(),
        }
    }
}

/// Counts what was compared, and says what does not hold.
fn report(found: &[Found]) {
    for Found {
        workspace_id,
        identity,
        tally,
    } in found
    {
        let name = identity.name();
        counter!("shadow_identities_compared_total", "identity" => name).increment(tally.compared);
        counter!("shadow_identities_broken_total", "identity" => name).increment(tally.broken);
        if let Some(example) = &tally.example {
            error!(
                workspace = workspace_id.map(tracing::field::display),
                identity = name,
                broken = tally.broken,
                example,
                "what must hold of numbers does not"
            );
        }
    }
}
