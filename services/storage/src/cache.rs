//! Answers for a moment, in Redis. It may be empty, slow or gone: then nothing is lost but time.

use std::time::Duration;

use bb8_redis::redis::aio::MultiplexedConnection;
use bb8_redis::redis::{RedisError, cmd};
use secrecy::SecretString;

use crate::Error;
use crate::redis::{self, Connections};

/// How long an answer may take; after that computing it anew is the better use of the time.
const PATIENCE: Duration = Duration::from_millis(50);

/// Every key of ours begins so.
const PREFIX: &str = "shadow:cache:";

/// The cache. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Cache {
    pool: Option<bb8::Pool<Connections>>,
}

impl Cache {
    /// The cache at an address, which nobody is asked yet; without one a cache that is always empty.
    pub fn new(url: Option<&SecretString>, pool_size: u32) -> Result<Self, Error> {
        let Some(url) = url else {
            return Ok(Self { pool: None });
        };
        let pool = redis::pool(redis::client(url)?, pool_size, PATIENCE);
        Ok(Self { pool: Some(pool) })
    }

    /// What is kept under a key; `None` where there is nothing, or where the cache does not answer at once.
    pub async fn get(&self, key: &str) -> Option<Vec<u8>> {
        let found = self
            .ask("get", async |connection| {
                cmd("GET")
                    .arg(format!("{PREFIX}{key}"))
                    .query_async::<Option<Vec<u8>>>(connection)
                    .await
            })
            .await?;
        let outcome = if found.is_some() { "hit" } else { "miss" };
        metrics::counter!("shadow_cache_requests_total", "operation" => "get", "outcome" => outcome)
            .increment(1);
        found
    }

    /// Keeps bytes under a key for a time; says whether that worked, which nobody needs to know but a test.
    pub async fn put(&self, key: &str, bytes: &[u8], time_to_live: Duration) -> bool {
        let millis = u64::try_from(time_to_live.as_millis())
            .unwrap_or(u64::MAX)
            .max(1);
        let kept = self
            .ask("put", async |connection| {
                cmd("SET")
                    .arg(format!("{PREFIX}{key}"))
                    .arg(bytes)
                    .arg("PX")
                    .arg(millis)
                    .query_async::<()>(connection)
                    .await
            })
            .await;
        if kept.is_some() {
            metrics::counter!("shadow_cache_requests_total", "operation" => "put", "outcome" => "kept")
                .increment(1);
        }
        kept.is_some()
    }

    /// Whether the cache answers; `None` where there is none.
    pub async fn answers(&self) -> Option<bool> {
        self.pool.as_ref()?;
        let pong = self
            .ask("ping", async |connection| {
                cmd("PING").query_async::<String>(connection).await
            })
            .await;
        Some(pong.is_some())
    }

    async fn ask<T>(
        &self,
        operation: &'static str,
        question: impl AsyncFnOnce(&mut MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Option<T> {
        let pool = self.pool.as_ref()?;
        let answer = tokio::time::timeout(PATIENCE, async {
            let mut kept = pool.get().await.ok()?;
            let answer = kept.ask(question).await;
            answer
                .inspect_err(|error| tracing::debug!(operation, %error, "the cache failed"))
                .ok()
        })
        .await;
        let outcome = match &answer {
            Ok(Some(_)) => return answer.ok().flatten(),
            Ok(None) => "failed",
            Err(_) => "slow",
        };
        metrics::counter!("shadow_cache_requests_total", "operation" => operation, "outcome" => outcome)
            .increment(1);
        None
    }
}
