//! Answers kept for a moment: in this process, then in Redis, so that a page that many people look at is computed once.
//!
//! An answer is only given again while it is younger than the caller allows. Age is counted from before the data was
//! read, so it is never understated. Without Redis everything works, each process for itself.

use std::{future::Future, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use moka::{
    future::Cache,
    ops::compute::{CompResult, Op},
};
use prost::Message;
use prost::bytes::{Buf, Bytes};
use sha2::{Digest, Sha256};
use shadow_auth::{Scope, Workspaces};
use shadow_domain::catalogue;
use shadow_proto::metrics::v1::{QueryRequest, QueryResponse};
use shadow_storage::cache::Cache as Redis;
use tonic::Status;

use crate::kept::Kept;

/// How long an answer is kept at all.
const KEPT: Duration = Duration::from_secs(60);
/// How many bytes of answers one process keeps.
const CAPACITY_BYTES: u64 = 64 << 20;

/// Names an answer: what was asked, for which workspaces, by which definitions.
pub(crate) type Key = [u8; 32];

/// Answers of this process, over those of Redis.
pub(crate) struct Answers {
    memory: Cache<Key, Arc<Entry>>,
    redis: Redis,
}

struct Entry {
    read_at: DateTime<Utc>,
    response: Kept,
}

/// The key of a query that is put for a purpose: the zone and the scope are what was decided, not what was asked for.
pub(crate) fn key(purpose: &str, request: &QueryRequest, scope: &Scope, zone: &str) -> Key {
    let mut canonical = request.clone();
    canonical.max_staleness = None;
    canonical.workspace_ids.clear();
    if let Some(range) = &mut canonical.range {
        zone.clone_into(&mut range.zone);
    }
    let mut hash = Sha256::new();
    hash.update(catalogue::VERSION.to_be_bytes());
    hash.update(purpose);
    match scope.workspaces() {
        Workspaces::All => hash.update(b"all"),
        Workspaces::Some(workspaces) => {
            hash.update((workspaces.len() as u64).to_be_bytes());
            workspaces
                .iter()
                .for_each(|workspace| hash.update(workspace.as_bytes()));
        }
    }
    hash.update(canonical.encode_to_vec());
    hash.finalize().into()
}

impl Answers {
    pub(crate) fn new(redis: Redis) -> Self {
        let memory = Cache::builder()
            .max_capacity(CAPACITY_BYTES)
            .weigher(|_, entry: &Arc<Entry>| entry.response.len().try_into().unwrap_or(u32::MAX))
            .time_to_live(KEPT)
            .build();
        Self { memory, redis }
    }

    /// An answer that is at most so old, or was read after it was asked for; computed at most once at a time for each
    /// key. So those who wait share what is slower to compute than it may be old, instead of each computing it in turn.
    ///
    /// It comes as the bytes of a `QueryResponse`.
    pub(crate) async fn get_or<F>(
        &self,
        key: Key,
        max_staleness: Duration,
        compute: impl FnOnce() -> F,
    ) -> Result<Bytes, Status>
    where
        F: Future<Output = Result<QueryResponse, Status>>,
    {
        if max_staleness.is_zero() {
            return Ok(compute().await?.encode_to_vec().into());
        }
        let asked_at = Utc::now();
        if let Some(entry) = self.memory.get(&key).await
            && let Some(response) = entry.aged(max_staleness)
        {
            count("memory");
            return Ok(response);
        }
        // Stays empty where this call computes the answer.
        let mut age = None;
        let result = self
            .memory
            .entry(key)
            .and_try_compute_with(|found| {
                let age = &mut age;
                async move {
                    // Whoever held the lock before may have brought it.
                    *age = found.and_then(|entry| entry.value().age_for(max_staleness, asked_at));
                    if age.is_some() {
                        return Ok::<_, Status>(Op::Nop);
                    }
                    if let Some(entry) = self.find_in_redis(&key).await {
                        *age = entry.age_for(max_staleness, asked_at);
                        if age.is_some() {
                            return Ok(Op::Put(entry));
                        }
                    }
                    let read_at = Utc::now();
                    let response = kept(&compute().await?)?;
                    let entry = Arc::new(Entry { read_at, response });
                    self.keep_in_redis(&key, &entry).await;
                    Ok(Op::Put(entry))
                }
            })
            .await?;
        let entry = match result {
            CompResult::Inserted(entry)
            | CompResult::ReplacedWith(entry)
            | CompResult::Unchanged(entry) => entry.into_value(),
            CompResult::StillNone(_) | CompResult::Removed(_) => {
                unreachable!("an entry is kept or put, never removed")
            }
        };
        count(if age.is_some() { "shared" } else { "computed" });
        Ok(age.map_or_else(|| entry.response.fresh(), |age| entry.response.aged(age)))
    }

    async fn find_in_redis(&self, key: &Key) -> Option<Arc<Entry>> {
        let mut bytes = Bytes::from(self.redis.get(&name(key)).await?);
        let read_at = bytes.try_get_i64().ok()?;
        Some(Arc::new(Entry {
            read_at: DateTime::from_timestamp_micros(read_at)?,
            response: Kept::read(bytes)?,
        }))
    }

    async fn keep_in_redis(&self, key: &Key, entry: &Entry) {
        let mut bytes = entry.read_at.timestamp_micros().to_be_bytes().to_vec();
        bytes.extend(entry.response.fresh());
        self.redis.put(&name(key), &bytes, KEPT).await;
    }
}

impl Entry {
    /// How old it is, where that is not too old. What a faster clock wrote is not trusted.
    fn age(&self, max_staleness: Duration) -> Option<Duration> {
        let age = (Utc::now() - self.read_at).to_std().ok()?;
        (age <= max_staleness).then_some(age)
    }

    /// How old it is, where it is not too old for what was asked then.
    fn age_for(&self, max_staleness: Duration, asked_at: DateTime<Utc>) -> Option<Duration> {
        let since = if self.read_at >= asked_at {
            Duration::MAX
        } else {
            max_staleness
        };
        self.age(since)
    }

    fn aged(&self, max_staleness: Duration) -> Option<Bytes> {
        let age = self.age(max_staleness)?;
        Some(self.response.aged(age))
    }
}

fn kept(response: &QueryResponse) -> Result<Kept, Status> {
    // There is nothing else in the bytes of an answer.
    Kept::of(response).ok_or_else(|| Status::internal("an answer could not be kept"))
}

fn name(key: &Key) -> String {
    key.iter()
        .fold(String::with_capacity(64), |mut name, byte| {
            use std::fmt::Write;
            // Writing to a string cannot fail.
            let _ = write!(name, "{byte:02x}");
            name
        })
}

fn count(source: &'static str) {
    metrics::counter!("shadow_query_answers_total", "source" => source).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_after_it_was_asked_for_is_never_too_old() {
        let read_at = Utc::now() - chrono::TimeDelta::seconds(3);
        let entry = Entry {
            read_at,
            response: Kept::of(&QueryResponse::default()).unwrap(),
        };
        let second = Duration::from_secs(1);
        assert!(entry.age_for(second, read_at).is_some());
        let later = read_at + chrono::TimeDelta::microseconds(1);
        assert_eq!(entry.age_for(second, later), None);
        assert!(entry.age_for(second * 60, later).is_some());
    }
}
