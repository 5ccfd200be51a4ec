//! Compaction, while a test asks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use shadow_storage::{Database, compaction};

/// Compacts a few deltas at a time, for as long as it is not stopped.
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
