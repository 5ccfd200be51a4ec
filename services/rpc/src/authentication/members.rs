//! What the directory says of a subject, and which service keys are in force, remembered for a few seconds.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use moka::future::Cache;
use shadow_auth::Viewer;
use shadow_auth::key::{ServiceKey, ShownKey};
use shadow_auth::token::TokenError;
use shadow_storage::Database;
use tonic::Status;
use uuid::Uuid;

use crate::status;

/// So long a revoked role or key may still count.
const MEMORY: Duration = Duration::from_secs(5);
const CAPACITY: u64 = 10_000;

/// Where roles and keys come from.
#[tonic::async_trait]
pub trait Directory: Send + Sync + 'static {
    /// The subject with its roles; one that is not known has none.
    async fn viewer(&self, subject: &str) -> Result<Viewer, Status>;

    /// The service keys that are neither revoked nor past their end, at most as many as fit into memory.
    async fn keys(&self) -> Result<Vec<ServiceKey>, Status>;
}

#[tonic::async_trait]
impl Directory for Database {
    async fn viewer(&self, subject: &str) -> Result<Viewer, Status> {
        shadow_storage::directory::viewer(self, subject)
            .await
            .map_err(status::from_storage)
    }

    async fn keys(&self) -> Result<Vec<ServiceKey>, Status> {
        shadow_storage::directory::keys_in_force(self, Utc::now())
            .await
            .map_err(status::from_storage)
    }
}

/// A service key with what its holder may do.
#[derive(Debug)]
pub(super) struct KnownKey {
    pub(super) key: ServiceKey,
    pub(super) viewer: Arc<Viewer>,
}

/// A directory behind a short memory. Clones share it.
#[derive(Clone)]
pub struct Members {
    directory: Arc<dyn Directory>,
    memory: Cache<String, Arc<Viewer>>,
    /// All of them as one entry: an id that somebody made up is looked for here, and asks the directory nothing.
    keys: Cache<(), Arc<HashMap<Uuid, Arc<KnownKey>>>>,
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
        let keys = Cache::builder().max_capacity(1).time_to_live(time).build();
        Members {
            directory: Arc::new(directory),
            memory,
            keys,
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

    /// The key that somebody shows. Whatever is wrong with it, the answer is the same.
    pub(super) async fn shown_key(
        &self,
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<Arc<KnownKey>, Status> {
        let invalid = || status::unauthenticated(TokenError::ServiceKey);
        let shown = ShownKey::parse(text).ok_or_else(invalid)?;
        let known = self.keys().await?.get(&shown.id()).cloned();
        known
            .filter(|known| known.key.opens(shown, now))
            .ok_or_else(invalid)
    }

    /// The key of this id, which was shown before, while it is in force.
    pub(super) async fn key(&self, id: Uuid, now: DateTime<Utc>) -> Result<Arc<KnownKey>, Status> {
        let known = self.keys().await?.get(&id).cloned();
        known
            .filter(|known| known.key.lasts(now))
            .ok_or_else(|| status::unauthenticated(TokenError::ServiceKey))
    }

    /// Those in force, read by one caller for all who ask at the same moment; failures are not remembered.
    async fn keys(&self) -> Result<Arc<HashMap<Uuid, Arc<KnownKey>>>, Status> {
        let read = async {
            let known = |key: ServiceKey| {
                let viewer = Arc::new(key.viewer());
                (key.id, Arc::new(KnownKey { key, viewer }))
            };
            let keys = self.directory.keys().await?;
            Ok(Arc::new(keys.into_iter().map(known).collect()))
        };
        self.keys
            .try_get_with((), read)
            .await
            .map_err(|status: Arc<Status>| Status::clone(&status))
    }
}

impl std::fmt::Debug for Members {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Members")
    }
}
