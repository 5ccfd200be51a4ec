//! Compaction, merging of the platform's days and summing up of days, while a test asks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::Utc;
use shadow_domain::time::UtcDay;
use shadow_storage::{Database, compaction, platform, summaries};

/// Compacts a few deltas at a time and merges days of all workspaces, for as long as it is not stopped.
pub(crate) struct Worker {
    stop: Arc<AtomicBool>,
    merged: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl Worker {
    pub(crate) fn start(database: &Database) -> Self {
        let (stop, merged) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let (stopped, count, database) = (stop.clone(), merged.clone(), database.clone());
        let task = tokio::spawn(async move {
            while !stopped.load(Ordering::Relaxed) {
                for pending in compaction::pending_workspaces(&database).await.unwrap() {
                    let done = compaction::compact(&database, pending.workspace_id, 3)
                        .await
                        .unwrap();
                    if let compaction::Compacted::Done { deltas, .. } = done {
                        count.fetch_add(deltas as u64, Ordering::Relaxed);
                    }
                }
                fold(&database, 3).await;
                sum_up(&database, 9).await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        Self { stop, merged, task }
    }

    pub(crate) async fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
        self.merged.load(Ordering::Relaxed)
    }
}

/// Merges some days of all workspaces that are to be, or are to be again; says how many.
pub(crate) async fn fold(database: &Database, days: i64) -> usize {
    let now = Utc::now();
    let before = UtcDay(UtcDay::of(now).0 + 1_000);
    let (stale, _) = platform::stale(database, before, now, platform::Asked::ALL, days)
        .await
        .unwrap();
    for day in &stale {
        platform::fold(database, *day).await.unwrap();
    }
    stale.len()
}

/// Compacts all that waits, and sums up all days.
pub(crate) async fn catch_up(database: &Database) {
    loop {
        let pending = compaction::pending_workspaces(database).await.unwrap();
        for one in &pending {
            let compacted = compaction::compact(database, one.workspace_id, 1_000);
            compacted.await.unwrap();
        }
        if pending.is_empty() {
            break;
        }
    }
    while sum_up(database, 100).await > 0 {}
}

/// Sums up some days that are to be, or are to be again; says how many.
pub(crate) async fn sum_up(database: &Database, days: i64) -> usize {
    let now = Utc::now();
    let before = UtcDay(UtcDay::of(now).0 + 1_000);
    let (stale, _) = summaries::stale(database, before, now, summaries::Asked::ALL, None, days)
        .await
        .unwrap();
    for day in &stale {
        summaries::make(database, *day).await.unwrap();
    }
    stale.len()
}
