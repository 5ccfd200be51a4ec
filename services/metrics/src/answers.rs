//! Answers kept for a moment: in this process, then in Redis, so that a page that many people look at is computed once.
//!
//! An answer is only given again while it is younger than the caller allows, or when what it depends on is found not to
//! have changed. Age is counted from before the data was read, so it is never understated. Without Redis everything works,
//! each process for itself.

use std::{future::Future, sync::Arc, time::Duration};

use chrono::Utc;
use moka::{
    future::Cache,
    ops::compute::{CompResult, Op},
};
use prost::Message;
use prost::bytes::Bytes;
use sha2::{Digest, Sha256};
use shadow_auth::{Scope, Workspaces};
use shadow_domain::catalogue;
use shadow_proto::metrics::v1::{QueryRequest, QueryResponse};
use shadow_query::{Confirmed, Version};
use shadow_storage::cache::Cache as Redis;
use tonic::Status;

use crate::{
    entry::{Entry, Lifetimes},
    kept::Kept,
};

/// How many bytes of answers one process keeps.
const CAPACITY_BYTES: u64 = 64 << 20;
/// Counts up when what is kept in Redis changes its form, so that no version of this program reads that of another.
const FORM: u32 = 2;

/// Names an answer: what was asked, for which workspaces, by which definitions.
pub(crate) type Key = [u8; 32];

/// Answers of this process, over those of Redis.
pub(crate) struct Answers {
    memory: Cache<Key, Arc<Entry>>,
    redis: Redis,
}

/// How an answer is come by.
pub(crate) trait Source {
    /// Computes it.
    fn compute(&self) -> impl Future<Output = Result<QueryResponse, Status>> + Send;

    /// Computes it to be kept, with the version of what it depends on; none where time alone may change it.
    fn compute_versioned(
        &self,
    ) -> impl Future<Output = Result<(QueryResponse, Option<Version>), Status>> + Send;

    /// Whether one that had a version is still right.
    fn confirm(
        &self,
        version: &Version,
    ) -> impl Future<Output = Result<Option<Confirmed>, Status>> + Send;
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
    hash.update(FORM.to_be_bytes());
    hash.update(catalogue::VERSION.to_be_bytes());
    hash.update(purpose);
    put_scope(&mut hash, scope);
    hash.update(canonical.encode_to_vec());
    hash.finalize().into()
}

/// Makes a scope a part of a key.
pub(crate) fn put_scope(hash: &mut Sha256, scope: &Scope) {
    match scope.workspaces() {
        Workspaces::All => hash.update(b"all"),
        Workspaces::Some(workspaces) => {
            hash.update((workspaces.len() as u64).to_be_bytes());
            workspaces
                .iter()
                .for_each(|workspace| hash.update(workspace.as_bytes()));
        }
    }
}

impl Answers {
    pub(crate) fn new(redis: Redis) -> Self {
        let memory = Cache::builder()
            .max_capacity(CAPACITY_BYTES)
            .weigher(|_, entry: &Arc<Entry>| entry.response.len().try_into().unwrap_or(u32::MAX))
            .expire_after(Lifetimes)
            .build();
        Self { memory, redis }
    }

    /// An answer that is at most so old, was read after it was asked for, or was found unchanged since; computed or looked
    /// after at most once at a time for each key. So those who wait share what is slower to compute than it may be old,
    /// instead of each computing it in turn.
    ///
    /// It comes as the bytes of a `QueryResponse`.
    pub(crate) async fn get_or(
        &self,
        key: Key,
        max_staleness: Duration,
        source: impl Source,
    ) -> Result<Bytes, Status> {
        if max_staleness.is_zero() {
            return Ok(source.compute().await?.encode_to_vec().into());
        }
        let asked_at = Utc::now();
        if let Some(entry) = self.memory.get(&key).await
            && let Some(response) = entry.aged(max_staleness)
        {
            count("memory");
            return Ok(response);
        }
        // Stays so where this call computes the answer.
        let (mut from, mut age) = ("computed", None);
        let result = self
            .memory
            .entry(key)
            .and_try_compute_with(|found| {
                let (from, age) = (&mut from, &mut age);
                async move {
                    // Whoever held the lock before may have brought it.
                    let found = found.map(|entry| entry.into_value());
                    *age = found
                        .as_ref()
                        .and_then(|entry| entry.age_for(max_staleness, asked_at));
                    if age.is_some() {
                        *from = "shared";
                        return Ok::<_, Status>(Op::Nop);
                    }
                    let elsewhere = self.find_in_redis(&key).await;
                    if let Some(entry) = &elsewhere {
                        *age = entry.age_for(max_staleness, asked_at);
                        if age.is_some() {
                            *from = "shared";
                            return Ok(Op::Put(entry.clone()));
                        }
                    }
                    let latest = found.into_iter().chain(elsewhere);
                    if let Some(latest) = latest.max_by_key(|entry| entry.read_at)
                        && let Some(entry) = confirmed(&latest, &source).await?
                    {
                        *age = entry.age(Duration::MAX);
                        *from = "confirmed";
                        // Others need not look after it again, and it is kept from now on.
                        self.keep_in_redis(&key, &entry).await;
                        return Ok(Op::Put(entry));
                    }
                    let read_at = Utc::now();
                    let (response, version) = source.compute_versioned().await?;
                    let entry = Arc::new(Entry {
                        read_at,
                        version,
                        response: kept(&response)?,
                    });
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
        count(from);
        Ok(age.map_or_else(|| entry.response.fresh(), |age| entry.response.aged(age)))
    }

    async fn find_in_redis(&self, key: &Key) -> Option<Arc<Entry>> {
        let bytes = Bytes::from(self.redis.get(&name(key)).await?);
        Entry::of_bytes(bytes).map(Arc::new)
    }

    async fn keep_in_redis(&self, key: &Key, entry: &Entry) {
        if let Some(bytes) = entry.to_bytes() {
            self.redis.put(&name(key), &bytes, entry.lifetime()).await;
        }
    }
}

/// The same answer as of now, where it has a version and nothing that it depends on has changed.
async fn confirmed(entry: &Entry, source: &impl Source) -> Result<Option<Arc<Entry>>, Status> {
    let Some(version) = &entry.version else {
        return Ok(None);
    };
    let read_at = Utc::now();
    let confirmed = source.confirm(version).await?;
    Ok(confirmed
        .and_then(|confirmed| entry.confirmed(read_at, &confirmed))
        .map(Arc::new))
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
