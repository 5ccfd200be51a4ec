//! Equal questions that come while one of them is being answered: they are answered together, and nothing is kept for later.
//!
//! An answer is given to whoever asked before it was read. So nobody is told anything older than their question, and of many
//! who ask the same at once one is answered, then all the others.

use std::any::Any;
use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::future::Cache;
use moka::ops::compute::{CompResult, Op};
use sha2::{Digest, Sha256};
use shadow_auth::Scope;
use tonic::Status;

use crate::answers::{self, Key};

/// How many answers are there at a time.
const CAPACITY: u64 = 64;

/// How long one is there; longer than anybody waits for their turn with it, it is of no use.
const MOMENT: Duration = Duration::from_secs(1);

/// Answers that are just being given.
pub(crate) struct Shared {
    given: Cache<Key, Given>,
}

#[derive(Clone)]
struct Given {
    /// Nothing was read before.
    read_at: Instant,
    answer: Arc<dyn Any + Send + Sync>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            given: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(MOMENT)
                .build(),
        }
    }
}

/// Names a question that is put for a purpose about what a scope sees.
pub(crate) fn key(purpose: &str, scope: &Scope, question: &impl Debug) -> Key {
    let mut hash = Sha256::new();
    hash.update(purpose);
    answers::put_scope(&mut hash, scope);
    hash.update(format!("{question:?}"));
    hash.finalize().into()
}

impl Shared {
    /// The answer to a question, computed at most once at a time. A key always stands for answers of one type.
    pub(crate) async fn get_or<T: Send + Sync + 'static>(
        &self,
        key: Key,
        compute: impl Future<Output = Result<T, Status>>,
    ) -> Result<Arc<T>, Status> {
        let asked_at = Instant::now();
        let entry = self.given.entry(key);
        let result = entry
            .and_try_compute_with(|found| async move {
                if found.is_some_and(|found| found.value().read_at >= asked_at) {
                    return Ok(Op::Nop);
                }
                let read_at = Instant::now();
                let answer: Arc<dyn Any + Send + Sync> = Arc::new(compute.await?);
                Ok::<_, Status>(Op::Put(Given { read_at, answer }))
            })
            .await?;
        let given = match result {
            CompResult::Inserted(entry)
            | CompResult::ReplacedWith(entry)
            | CompResult::Unchanged(entry) => entry.into_value(),
            CompResult::StillNone(_) | CompResult::Removed(_) => {
                unreachable!("an answer is there or put, never removed")
            }
        };
        // Another type would be another purpose.
        let answer = given.answer.downcast::<T>();
        answer.map_err(|_| Status::internal("an answer is of another question"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;
    use uuid::Uuid;

    use super::*;

    async fn compute(computed: &AtomicU32) -> Result<u32, Status> {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(computed.fetch_add(1, Ordering::SeqCst))
    }

    #[tokio::test]
    async fn a_crowd_with_one_question_is_answered_twice_and_nobody_with_what_was_read_before() {
        let (shared, computed) = (Shared::default(), AtomicU32::new(0));
        let key = key("a", &Scope::system("test"), &1);
        let crowd = join_all((0..50).map(|_| shared.get_or(key, compute(&computed)))).await;
        let answers: Vec<u32> = crowd.into_iter().map(|one| *one.unwrap()).collect();
        // Who comes first is answered alone; the others asked when that had begun.
        assert_eq!(computed.load(Ordering::SeqCst), 2);
        assert_eq!(answers.iter().filter(|answer| **answer == 0).count(), 1);
        // Whoever asks later is told what is read later.
        let later = shared.get_or(key, compute(&computed)).await.unwrap();
        assert_eq!(*later, 2);
    }

    #[tokio::test]
    async fn what_fails_is_tried_by_the_next() {
        let (shared, computed) = (Shared::default(), AtomicU32::new(0));
        let key = key("a", &Scope::system("test"), &1);
        let failing = async { Err::<u32, _>(Status::unavailable("away")) };
        assert!(shared.get_or(key, failing).await.is_err());
        assert!(shared.get_or(key, compute(&computed)).await.is_ok());
    }

    #[test]
    fn questions_are_told_apart_by_purpose_scope_and_content() {
        let all = Scope::system("test");
        let one = all.within([Uuid::from_u128(1)]);
        let keys = [
            key("a", &all, &1),
            key("b", &all, &1),
            key("a", &one, &1),
            key("a", &all, &2),
        ];
        for (number, some) in keys.iter().enumerate() {
            assert_eq!(keys.iter().position(|other| other == some), Some(number));
        }
    }
}
