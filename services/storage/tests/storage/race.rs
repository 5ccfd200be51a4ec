//! Writers at the same time.

use std::collections::HashMap;
use std::sync::Arc;

use shadow_domain::cell::Dimension;
use shadow_domain::execution::Seen;
use shadow_domain::time::UtcDay;
use shadow_storage::compaction::rebuild;
use shadow_storage::partials::{Keys, Load, Quarters};
use tokio::sync::Barrier;
use uuid::Uuid;

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_connections_on_one_execution_count_each_event_once() {
    on_each_server(async |stage| {
        for round in 1..=30u128 {
            let execution = whole(WORKSPACE, round);
            let barrier = Arc::new(Barrier::new(8));
            // Each event twice, all eight at once, on eight connections.
            let writers: Vec<_> = events(&execution)
                .into_iter()
                .flat_map(|event| [event.clone(), event])
                .map(|event| {
                    let (db, barrier) = (stage.db.clone(), Arc::clone(&barrier));
                    tokio::spawn(async move {
                        barrier.wait().await;
                        put(&db, &[event]).await.stored.remove(0)
                    })
                })
                .collect();
            let (mut new, mut revisions) = (Vec::new(), Vec::new());
            for writer in writers {
                let stored = writer.await.unwrap();
                assert_eq!(stored.conflicts, []);
                if !stored.new.is_empty() {
                    revisions.push(stored.revision);
                }
                new.push(stored.new);
            }
            for transition in [Seen::OPENED, Seen::STARTED, Seen::ENDED, Seen::FEEDBACK] {
                let times = new.iter().filter(|new| new.contains(transition)).count();
                assert_eq!(times, 1, "{transition:?} in {new:?}");
            }
            revisions.sort_unstable();
            let expected: Vec<i32> = (1..=revisions.len() as i32).collect();
            assert_eq!(revisions, expected);
        }
        let totals = "SELECT count(*), sum(seen) FROM analytics.execution";
        assert_eq!(
            sql(&stage.url, totals).await[0],
            [Some("30".to_owned()), Some("450".to_owned())]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn overlapping_batches_neither_deadlock_nor_lose_nor_double() {
    on_each_server(async |stage| {
        let workspaces = [WORKSPACE, OTHER, Uuid::from_u128(0xC)];
        let mut random = Random::new(11);
        let executions: Vec<_> = (1..=600)
            .map(|id| random.execution(id, &workspaces))
            .collect();
        // Each writer sends everything, in an order and in batches of its own.
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let batches = Random::new(writer).batches(&executions, 60);
                let db = stage.db.clone();
                tokio::spawn(async move {
                    let mut new: Vec<(Uuid, Seen)> = Vec::new();
                    for batch in batches {
                        let result = put(&db, &batch).await;
                        assert_eq!(result.stored.len(), batch.len());
                        new.extend(result.stored.iter().map(|stored| {
                            assert_eq!(stored.conflicts, []);
                            (batch[stored.execution].identity.execution_id, stored.new)
                        }));
                    }
                    new
                })
            })
            .collect();
        let mut seen: HashMap<Uuid, Seen> = HashMap::new();
        for writer in writers {
            for (id, new) in writer.await.unwrap() {
                let known = seen.entry(id).or_default();
                assert!(new.difference(*known) == new, "{id} was told {new:?} twice");
                *known = known.union(new);
            }
        }
        for execution in &executions {
            assert_eq!(seen[&execution.identity.execution_id], execution.seen());
        }
        // What was counted is what is there.
        let mut snapshot = stage.db.snapshot(&everything(), None).await.unwrap();
        let range =
            shadow_domain::time::Range::new(at("2000-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z"))
                .unwrap();
        let pending = snapshot.pending(&range).await.unwrap();
        let pages = snapshot
            .load_pages(&Load {
                dimension: Dimension::Total,
                keys: Keys::All,
                days: (UtcDay::of(range.start), UtcDay::of(range.end)),
                quarters: Quarters::None,
            })
            .await
            .unwrap();
        assert!(pages.is_empty());
        snapshot.finish().await.unwrap();
        for workspace in workspaces {
            let mut merged = shadow_domain::cell::Delta::default();
            for (_, delta) in pending.iter().filter(|(of, _)| *of == workspace) {
                merged.merge(delta.clone());
            }
            let days = (UtcDay::of(range.start), UtcDay::of(range.end));
            let rebuilt = rebuild(&stage.db, workspace, days).await.unwrap();
            let quarters: usize = rebuilt.values().map(|page| page.quarters.len()).sum();
            assert_eq!(merged.0.len(), quarters);
            for (cell, partial) in &merged.0 {
                let key = shadow_storage::compaction::PageKey {
                    day: cell.quarter.day(),
                    dimension: cell.dimension,
                    key: cell.key.clone(),
                };
                assert_eq!(&rebuilt[&key].quarters[&cell.quarter], partial, "{cell:?}");
            }
        }
    })
    .await;
}
