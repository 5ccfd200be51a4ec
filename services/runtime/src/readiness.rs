//! Which parts of the process can do their work.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

/// The parts that must be ready before the process takes requests. Clones share one state.
#[derive(Debug, Clone)]
pub struct Readiness {
    parts: Arc<watch::Sender<BTreeMap<&'static str, bool>>>,
}

/// Says whether one part is ready.
#[derive(Debug, Clone)]
pub struct Part {
    name: &'static str,
    parts: Arc<watch::Sender<BTreeMap<&'static str, bool>>>,
}

impl Readiness {
    /// A process without parts; it is ready.
    pub fn new() -> Readiness {
        Readiness {
            parts: Arc::new(watch::Sender::new(BTreeMap::new())),
        }
    }

    /// Adds a part, which is not ready until it says so.
    pub fn part(&self, name: &'static str) -> Part {
        self.parts.send_modify(|parts| {
            parts.insert(name, false);
        });
        Part {
            name,
            parts: self.parts.clone(),
        }
    }

    /// Whether every part is ready.
    pub fn is_ready(&self) -> bool {
        self.parts.borrow().values().all(|ready| *ready)
    }

    /// Each part, and whether it is ready.
    pub fn parts(&self) -> BTreeMap<&'static str, bool> {
        self.parts.borrow().clone()
    }

    /// Waits until every part is ready, or until one is not.
    pub async fn until(&self, ready: bool) {
        let mut changes = self.parts.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = changes
            .wait_for(|parts| parts.values().all(|ready| *ready) == ready)
            .await;
    }
}

impl Default for Readiness {
    fn default() -> Readiness {
        Readiness::new()
    }
}

impl Part {
    /// Says whether the part is ready now.
    pub fn set(&self, ready: bool) {
        self.parts
            .send_if_modified(|parts| parts.insert(self.name, ready) != Some(ready));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_process_is_ready_when_every_part_is() {
        let readiness = Readiness::new();
        assert!(readiness.is_ready());
        let (database, feed) = (readiness.part("database"), readiness.part("feed"));
        database.set(true);
        assert!(!readiness.is_ready());
        assert_eq!(
            readiness.parts(),
            [("database", true), ("feed", false)].into()
        );
        let waiting = tokio::spawn({
            let readiness = readiness.clone();
            async move { readiness.until(true).await }
        });
        feed.set(true);
        waiting.await.unwrap();
        database.set(false);
        readiness.until(false).await;
        assert!(!readiness.is_ready());
    }
}
