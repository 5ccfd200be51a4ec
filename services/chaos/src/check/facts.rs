//! Facts against what was acknowledged.

use std::collections::BTreeMap;

use anyhow::Result;
use shadow_domain::cell::{Dimension, Page};
use shadow_domain::fact::{Fact, Kind};
use shadow_storage::Database;
use shadow_storage::compaction::PageKey;
use shadow_storage::ingest::{FactAnswer, StoredFact, store_facts};

use super::{Findings, scope};

/// How many are looked at in one transaction.
const AT_ONCE: usize = 4_000;

/// Each fact that was acknowledged is stored as it was sent: given to the storage again, it is a repeat.
pub(crate) async fn check(db: &Database, facts: &[Fact], findings: &mut Findings) -> Result<()> {
    for facts in facts.chunks(AT_ONCE) {
        let batch = store_facts(db, &scope(), facts).await?;
        if let Some(failed) = batch.failed.into_iter().next() {
            return Err(failed.error.into());
        }
        compare(facts, &batch.stored, findings);
    }
    Ok(())
}

fn compare(facts: &[Fact], stored: &[StoredFact], findings: &mut Findings) {
    for StoredFact { fact, answer } in stored {
        let fact = &facts[*fact];
        let what = match answer {
            FactAnswer::Repeated => continue,
            FactAnswer::New => "is not stored".to_owned(),
            FactAnswer::Conflict(field) => format!("is stored with another {field}"),
        };
        let kind = fact.content.kind().name();
        findings.lost(format!(
            "{kind} {} was acknowledged, and {what}",
            fact.event_id
        ));
    }
}

/// There are as many as were acknowledged, by what the pages of all workspaces count: nothing that nobody sent.
pub(crate) fn count<'a>(
    facts: &[Fact],
    pages: impl Iterator<Item = (&'a PageKey, &'a Page)>,
    findings: &mut Findings,
) {
    let mut counted: BTreeMap<Kind, u64> = BTreeMap::new();
    for (_, page) in pages.filter(|(key, _)| key.dimension == Dimension::Total) {
        *counted.entry(Kind::Activity).or_default() += page.day.activities;
        *counted.entry(Kind::Step).or_default() += page.day.steps;
    }
    for (kind, counted) in counted {
        let known = facts.iter().filter(|fact| fact.content.kind() == kind);
        let known = known.count() as u64;
        if counted > known {
            let kind = kind.name();
            findings.twice(format!(
                "{kind}: {counted} are stored, and {known} were acknowledged"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use shadow_domain::cell::Page;
    use shadow_domain::partial::Partial;
    use shadow_domain::time::UtcDay;

    use super::*;

    #[test]
    fn more_than_was_acknowledged_is_too_much() {
        let key = PageKey {
            day: UtcDay(0),
            dimension: Dimension::Total,
            key: String::new(),
        };
        for (steps, expected) in [(0, 0), (2, 1)] {
            let page = Page {
                day: Partial {
                    steps,
                    ..Partial::default()
                },
                ..Page::default()
            };
            let mut findings = Findings::default();
            count(&[], [(&key, &page)].into_iter(), &mut findings);
            assert_eq!(findings.twice, expected);
        }
    }
}
