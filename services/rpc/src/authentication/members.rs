//! What the directory says of a subject, remembered for a few seconds.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use shadow_auth::Viewer;
use shadow_storage::Database;
use tonic::Status;

/// So long a revoked role may still count.
const MEMORY: Duration = Duration::from_secs(5);
const CAPACITY: u64 = 10_000;

/// Where roles come from.
#[tonic::async_trait]
pub trait Directory: Send + Sync + 'static {
    /// The subject with its roles; one that is not known has none.
    async fn viewer(&self, subject: &str) -> Result<Viewer, Status>;
}

#[tonic::async_trait]
impl Directory for Database {
    async fn viewer(&self, subject: &str) -> Result<Viewer, Status> {
        shadow_storage::directory::viewer(self, subject)
            .await
            .map_err(crate::status::from_storage)
    }
}

/// A directory behind a short memory. Clones share it.
#[derive(Clone)]
pub struct Members {
    directory: Arc<dyn Directory>,
    memory: Cache<String, Arc<Viewer>>,
}

impl Members {
    /// Remembers what this directory says.
    pub fn new(directory: impl Directory) -> Members {
        Members::remembering(directory, MEMORY)
    }

    /// Remembers what this directory says for another time.
    pub fn remembering(directory: impl Directory, time: Duration) -> Members {
        let memory = Cache::builder()
            .max_capacity(CAPACITY)
            .time_to_live(time)
            .build();
        Members {
            directory: Arc::new(directory),
            memory,
        }
    }

    /// The subject with its roles. Callers who ask at the same moment share one look-up; failures are not remembered.
    pub async fn viewer(&self, subject: &str) -> Result<Arc<Viewer>, Status> {
        let look_up = async { self.directory.viewer(subject).await.map(Arc::new) };
        self.memory
            .try_get_with_by_ref(subject, look_up)
            .await
            .map_err(|status| Status::clone(&status))
    }
}

impl std::fmt::Debug for Members {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Members")
    }
}
