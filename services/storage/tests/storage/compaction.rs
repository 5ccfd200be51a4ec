//! Compaction while facts come in, and cut off in the middle.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::Utc;
use shadow_domain::cell::{Delta, Dimension};
use shadow_domain::time::{Range, UtcDay};
use shadow_storage::compaction::{Compacted, PageKey, compact, pending_workspaces, rebuild};
use shadow_storage::partials::{Keys, Load, Quarters};
use shadow_storage::{Database, partitions};
use uuid::Uuid;

use crate::support::*;

fn all_time() -> Range {
    Range::new(at("2000-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z")).unwrap()
}

pub(crate) fn days() -> (UtcDay, UtcDay) {
    (UtcDay::of(all_time().start), UtcDay::of(all_time().end))
}

pub(crate) type Bytes = BTreeMap<PageKey, (Vec<u8>, Vec<u8>)>;

/// Pages and pending deltas of a workspace in one snapshot, merged, as bytes.
pub(crate) async fn read(db: &Database, workspace: Uuid) -> Bytes {
    let scope = everything().within([workspace]);
    let mut snapshot = db
        .snapshot(&scope, Some(Duration::from_secs(20)))
        .await
        .unwrap();
    let mut delta = Delta::default();
    for (_, pending) in snapshot.pending(&all_time()).await.unwrap() {
        delta.merge(pending);
    }
    let mut pages = BTreeMap::new();
    for dimension in Dimension::ALL {
        let load = Load {
            dimension: *dimension,
            keys: Keys::All,
            days: days(),
            quarters: Quarters::All,
        };
        for row in snapshot.load_pages(&load).await.unwrap() {
            let key = PageKey {
                day: row.day,
                dimension: *dimension,
                key: row.key,
            };
            pages.insert(key, row.page);
        }
    }
    snapshot.finish().await.unwrap();
    for (cell, partial) in delta.0 {
        let key = PageKey {
            day: cell.quarter.day(),
            dimension: cell.dimension,
            key: cell.key,
        };
        let page: &mut shadow_domain::cell::Page = pages.entry(key).or_default();
        page.merge_quarter(cell.quarter, partial);
    }
    bytes(pages)
}

pub(crate) fn bytes(pages: BTreeMap<PageKey, shadow_domain::cell::Page>) -> Bytes {
    pages
        .into_iter()
        .map(|(key, page)| (key, (page.encode_day(), page.encode_quarters())))
        .collect()
}

pub(crate) async fn compact_all(db: &Database, max_deltas: i64) {
    while let Some(pending) = pending_workspaces(db).await.unwrap().first() {
        let done = compact(db, pending.workspace_id, max_deltas).await.unwrap();
        assert!(
            matches!(
                done,
                Compacted::Done {
                    deltas: 1..,
                    pages: 1..
                }
            ),
            "{done:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_and_deltas_equal_the_facts_while_both_are_written() {
    on_each_server(async |stage| {
        let workspaces = [WORKSPACE, OTHER];
        let mut random = Random::new(3);
        let executions: Vec<_> = (1..=1_500)
            .map(|id| random.execution(id, &workspaces))
            .collect();
        let batches = random.batches(&executions, 100);
        let writer = tokio::spawn({
            let db = stage.db.clone();
            async move {
                for batch in batches {
                    put(&db, &batch).await;
                }
            }
        });
        // Two workers on the same workspaces, at odds about how much to take.
        let workers: Vec<_> = [1, 3]
            .into_iter()
            .map(|max_deltas| {
                let db = stage.db.clone();
                tokio::spawn(async move {
                    let mut compacted = 0;
                    while compacted < 6 {
                        for workspace in workspaces {
                            if let Compacted::Done { deltas, .. } =
                                compact(&db, workspace, max_deltas).await.unwrap()
                            {
                                compacted += usize::from(deltas > 0);
                            }
                        }
                    }
                })
            })
            .collect();
        // Whenever it is read, each run that has begun is there once.
        let mut latest = 0;
        while !writer.is_finished() {
            let opened = opened(&stage.db).await;
            assert!(opened >= latest, "{opened} after {latest}");
            latest = opened;
        }
        writer.await.unwrap();
        assert_eq!(opened(&stage.db).await, 1_500);
        for worker in workers {
            worker.await.unwrap();
        }
        for workspace in workspaces {
            let rebuilt = bytes(rebuild(&stage.db, workspace, days()).await.unwrap());
            assert!(rebuilt.len() > 50);
            assert_eq!(read(&stage.db, workspace).await, rebuilt);
        }
        compact_all(&stage.db, 1_000).await;
        assert_eq!(
            value(&stage.url, "SELECT count(*) FROM analytics.partial_delta").await,
            "0"
        );
        for workspace in workspaces {
            assert_eq!(
                read(&stage.db, workspace).await,
                bytes(rebuild(&stage.db, workspace, days()).await.unwrap())
            );
        }
        columns_equal_facts(&stage.url).await;
        one_day_alone(&stage.db).await;
    })
    .await;
}

async fn opened(db: &Database) -> u64 {
    let mut snapshot = db.snapshot(&everything(), None).await.unwrap();
    let load = Load {
        dimension: Dimension::Total,
        keys: Keys::Exact(vec![String::new()]),
        days: days(),
        quarters: Quarters::None,
    };
    let pages = snapshot.load_pages(&load).await.unwrap();
    let pending = snapshot.pending(&all_time()).await.unwrap();
    snapshot.finish().await.unwrap();
    let cells = pending.iter().flat_map(|(_, delta)| &delta.0);
    let totals = cells.filter(|(cell, _)| cell.dimension == Dimension::Total);
    pages.iter().map(|row| row.page.day.opened).sum::<u64>()
        + totals.map(|(_, partial)| partial.opened).sum::<u64>()
}

/// The additive columns say what plain SQL over facts says.
async fn columns_equal_facts(url: &str) {
    let pages = "SELECT sum(opened), sum(ended), sum(completed), sum(failed), sum(timed_out), sum(credits_micro)
        FROM analytics.partial_page WHERE dimension = 1";
    let facts = "SELECT count(*), count(ended_at), count(*) FILTER (WHERE outcome = 1),
        count(*) FILTER (WHERE outcome = 2), count(*) FILTER (WHERE outcome = 4), sum(credits_micro)
        FROM analytics.execution";
    assert_eq!(sql(url, pages).await, sql(url, facts).await);
    let booked = "SELECT workspace_id, day, booked_micro FROM analytics.partial_page
        WHERE dimension = 0 AND booked_micro > 0 ORDER BY 1, 2";
    let ends = "SELECT workspace_id, (ended_at AT TIME ZONE 'UTC')::date, sum(credits_micro)
        FROM analytics.execution WHERE credits_micro > 0 GROUP BY 1, 2 ORDER BY 1, 2";
    assert_eq!(sql(url, booked).await, sql(url, ends).await);
    let latest = "SELECT max(greatest(opened_at, started_at, ended_at, feedback_at)) FROM analytics.execution";
    assert_eq!(
        value(url, "SELECT max(last_event_at) FROM analytics.workspace").await,
        value(url, latest).await
    );
}

/// A day that is rebuilt alone is the day, minutes of runs that were opened on another included.
async fn one_day_alone(db: &Database) {
    let day = UtcDay::of(at("2026-11-02T00:00:00Z"));
    let rebuilt = bytes(rebuild(db, WORKSPACE, (day, day)).await.unwrap());
    assert!(!rebuilt.is_empty());
    let mut stored = read(db, WORKSPACE).await;
    stored.retain(|key, _| key.day == day);
    assert_eq!(stored, rebuilt);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_compaction_that_is_cut_off_loses_nothing() {
    on_each_server(async |stage| {
        let mut random = Random::new(4);
        let executions: Vec<_> = (1..=800)
            .map(|id| random.execution(id, &[WORKSPACE]))
            .collect();
        for batch in random.batches(&executions, 80) {
            put(&stage.db, &batch).await;
        }
        let rebuilt = bytes(rebuild(&stage.db, WORKSPACE, days()).await.unwrap());
        // Dropped ever later, until one gets through.
        let (mut patience, mut cut) = (Duration::from_micros(50), 0);
        loop {
            match tokio::time::timeout(patience, compact(&stage.db, WORKSPACE, 1_000)).await {
                // The server may not have noticed yet that the last one is gone.
                Err(_) | Ok(Ok(Compacted::Busy)) => cut += 1,
                Ok(done) => {
                    assert!(matches!(done.unwrap(), Compacted::Done { .. }));
                    break;
                }
            }
            assert_eq!(read(&stage.db, WORKSPACE).await, rebuilt);
            patience = patience * 3 / 2;
        }
        assert!(cut > 3, "{cut}");
        assert_eq!(read(&stage.db, WORKSPACE).await, rebuilt);
        assert_eq!(
            value(&stage.url, "SELECT count(*) FROM analytics.partial_delta").await,
            "0"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_read_keys_by_prefix_and_sums_without_blobs() {
    on_each_server(async |stage| {
        let mut random = Random::new(6);
        let executions: Vec<_> = (1..=300)
            .map(|id| random.execution(id, &[WORKSPACE]))
            .collect();
        put(&stage.db, &executions).await;
        compact_all(&stage.db, 10).await;
        let mut snapshot = stage.db.snapshot(&everything(), None).await.unwrap();
        assert_eq!(snapshot.workspaces(), [WORKSPACE]);
        assert!((Utc::now() - snapshot.snapshot_time()).num_seconds().abs() < 60);
        let mut load = Load {
            dimension: Dimension::AgentModel,
            keys: Keys::Prefix("agent-1\u{1f}".to_owned()),
            days: days(),
            quarters: Quarters::None,
        };
        let rows = snapshot.load_pages(&load).await.unwrap();
        assert!(rows.len() > 1);
        assert!(
            rows.iter()
                .all(|row| row.key.starts_with("agent-1\u{1f}") && row.page.quarters.is_empty())
        );
        let totals = snapshot.key_totals(&load).await.unwrap();
        let ended: u64 = rows.iter().map(|row| row.page.day.ended()).sum();
        assert_eq!(
            totals.iter().map(|row| row.ended).sum::<i64>() as u64,
            ended
        );
        load.keys = Keys::Exact(vec![totals[0].key.clone()]);
        load.quarters = Quarters::All;
        let exact = snapshot.load_pages(&load).await.unwrap();
        assert!(
            exact
                .iter()
                .all(|row| row.key == totals[0].key && !row.page.quarters.is_empty())
        );
        let one: u64 = exact
            .iter()
            .flat_map(|row| row.page.quarters.values())
            .map(|partial| partial.ended())
            .sum();
        assert_eq!(one, totals[0].ended as u64);
        snapshot.finish().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_are_made_ahead_within_bounds() {
    on_each_server(async |stage| {
        let now = Utc::now();
        let ahead = partitions::ensure(&stage.db, now, now + chrono::TimeDelta::days(3_650)).await;
        assert!(ahead.unwrap() == 4, "this month and three more");
        assert_eq!(partitions::ensure(&stage.db, now, now).await.unwrap(), 0);
        let (long, until) = (at("1990-01-01T00:00:00Z"), at("2025-02-01T00:00:00Z"));
        assert_eq!(partitions::ensure(&stage.db, long, until).await.unwrap(), 2);
    })
    .await;
}
