//! Pages against facts, byte for byte.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::cell::{Dimension, Page};
use shadow_domain::fact::Fact;
use shadow_domain::time::{Range, UtcDay};
use shadow_storage::Database;
use shadow_storage::compaction::{PageKey, audits, rebuild};
use shadow_storage::partials::{Keys, Load, Quarters};
use shadow_storage::platform;
use uuid::Uuid;

use super::{Findings, scope};

/// The days that a campaign touches: what is drawn lies within two days before a time.
const DAYS_BEFORE: TimeDelta = TimeDelta::days(3);

/// More days than any campaign touches.
const DAYS: i64 = 1_000;

/// More audits than any campaign makes.
const AUDITS: i64 = 1_000_000;

/// Pages, with what is pending merged into them, are byte for byte what the facts amount to; and they count no fact that
/// is not among those that were acknowledged.
pub(crate) async fn check(
    db: &Database,
    workspaces: &[Uuid],
    before: DateTime<Utc>,
    facts: &[Fact],
    findings: &mut Findings,
) -> Result<()> {
    let days = (
        UtcDay::of(before - DAYS_BEFORE),
        UtcDay::of(before + TimeDelta::days(1)),
    );
    let mut all = Vec::new();
    for workspace in workspaces {
        let right = rebuild(db, *workspace, days).await?;
        let found = stored(db, *workspace, days).await?;
        compare(*workspace, &right, &found, findings);
        all.push(right);
    }
    super::facts::count(facts, all.iter().flatten(), findings);
    // Days of all workspaces are what the workspaces have.
    if let Some(example) = platform::check(db, DAYS).await?.example {
        findings.drift(example);
    }
    // What the audit of a worker has put right since was wrong all the same.
    let audits = audits(db, &scope(), DateTime::UNIX_EPOCH, AUDITS).await?;
    for audit in audits.iter().filter(|audit| audit.repaired > 0) {
        findings.drift(format!(
            "workspace {}: an audit repaired {} pages of {}",
            audit.workspace_id,
            audit.repaired,
            audit.day.date()
        ));
    }
    Ok(())
}

fn compare(
    workspace: Uuid,
    right: &BTreeMap<PageKey, Page>,
    found: &BTreeMap<PageKey, Page>,
    findings: &mut Findings,
) {
    let keys: BTreeSet<_> = right.keys().chain(found.keys()).collect();
    let bytes = |page: Option<&Page>| page.map(|page| (page.encode_day(), page.encode_quarters()));
    for key in keys {
        if bytes(right.get(key)) != bytes(found.get(key)) {
            findings.drift(format!(
                "workspace {workspace}: the page of {:?} {:?} on {} is not what the facts amount to",
                key.dimension,
                key.key,
                key.day.date()
            ));
        }
    }
}

/// Pages and what is pending, from one snapshot.
async fn stored(
    db: &Database,
    workspace: Uuid,
    days: (UtcDay, UtcDay),
) -> Result<BTreeMap<PageKey, Page>> {
    let mut found: BTreeMap<PageKey, Page> = BTreeMap::new();
    let mut snapshot = db.snapshot(&scope().within([workspace]), None).await?;
    for dimension in Dimension::ALL {
        let load = Load {
            dimension: *dimension,
            keys: Keys::All,
            days,
            quarters: Quarters::All,
        };
        for row in snapshot.load_pages(&load).await? {
            let key = PageKey {
                day: row.day,
                dimension: *dimension,
                key: row.key,
            };
            found.insert(key, row.page);
        }
    }
    let range = Range::new(days.0.start(), days.1.end())?;
    for (_, delta) in snapshot.pending(&range).await? {
        for (cell, partial) in delta.0 {
            let key = PageKey {
                day: cell.quarter.day(),
                dimension: cell.dimension,
                key: cell.key,
            };
            let page = found.entry(key).or_default();
            page.merge_quarter(cell.quarter, partial);
        }
    }
    snapshot.finish().await?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use shadow_domain::cell::Delta;
    use shadow_domain::execution::Seen;

    use super::*;
    use crate::random::Random;
    use crate::subject::Subject;

    fn pages(times: usize) -> BTreeMap<PageKey, Page> {
        let mut random = Random::new(1, 1);
        let execution = std::iter::repeat_with(|| {
            Subject::draw(&mut random, &[Uuid::from_u128(1)], Utc::now())
        })
        .find_map(|subject| match subject {
            Subject::Execution(run) => Some(run.execution),
            Subject::Fact(_) => None,
        })
        .unwrap();
        let mut delta = Delta::default();
        for _ in 0..times {
            delta.add(&execution, Seen::ALL, 1, Some(1));
        }
        let mut pages: BTreeMap<PageKey, Page> = BTreeMap::new();
        for (cell, partial) in delta.0 {
            let key = PageKey {
                day: cell.quarter.day(),
                dimension: cell.dimension,
                key: cell.key,
            };
            let page = pages.entry(key).or_default();
            page.merge_quarter(cell.quarter, partial);
        }
        pages
    }

    fn drift(right: &BTreeMap<PageKey, Page>, found: &BTreeMap<PageKey, Page>) -> u64 {
        let mut findings = Findings::default();
        compare(Uuid::from_u128(1), right, found, &mut findings);
        findings.drift
    }

    #[test]
    fn pages_that_counted_twice_are_there_too_much_or_are_missing_drift() {
        let once = pages(1);
        let cells = once.len() as u64;
        assert_eq!(drift(&once, &pages(1)), 0);
        assert_eq!(drift(&once, &pages(2)), cells);
        assert_eq!(drift(&once, &BTreeMap::new()), cells);
        assert_eq!(drift(&BTreeMap::new(), &once), cells);
    }
}
