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
use sha2::{Digest, Sha256};
use shadow_auth::Scope;
use tokio::sync::Mutex;
use tonic::{Code, Status};

use crate::answers::{self, Key};

/// How many questions are there at a time.
const CAPACITY: u64 = 64;

/// How long one is there; longer than anybody waits for their turn with it, it is of no use.
const MOMENT: Duration = Duration::from_secs(1);

/// Answers that are just being given. Whoever asks the same waits for the lock, which is given in the order in which it was
/// asked for: so whoever comes later computes no new answer before those who wait have taken the one that is there.
pub(crate) struct Shared {
    given: Cache<Key, Arc<Mutex<Option<Given>>>>,
}

struct Given {
    /// Nothing was read before.
    read_at: Instant,
    /// The answer, or that nothing could be read.
    answer: Result<Arc<dyn Any + Send + Sync>, Status>,
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
        let slot = self.given.get_with(key, async { Arc::default() }).await;
        let mut given = slot.lock().await;
        let answer = match &*given {
            Some(given) if given.read_at >= asked_at => given.answer.clone(),
            _ => {
                let read_at = Instant::now();
                let answer = compute.await.map(|answer| Arc::new(answer) as _);
                // Where the database is away, nobody needs to find that out after the others. Any other failure, such as
                // too little time, is this caller's alone.
                let shared = answer
                    .as_ref()
                    .map_or_else(|error: &Status| error.code() == Code::Unavailable, |_| true);
                *given = shared.then(|| Given {
                    read_at,
                    answer: answer.clone(),
                });
                answer
            }
        };
        let answer: Arc<dyn Any + Send + Sync> = answer?;
        // Another type would be another purpose.
        let answer = answer.downcast::<T>();
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
    async fn nobody_waits_for_those_who_come_later() {
        let (shared, computed) = (Arc::new(Shared::default()), Arc::new(AtomicU32::new(0)));
        let key = key("a", &Scope::system("test"), &1);
        let mut asked = Vec::new();
        for _ in 0..100 {
            let (shared, computed) = (Arc::clone(&shared), Arc::clone(&computed));
            asked.push(tokio::spawn(async move {
                let before = computed.load(Ordering::SeqCst);
                shared.get_or(key, compute(&computed)).await.unwrap();
                computed.load(Ordering::SeqCst) - before
            }));
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        for waited in asked {
            // The one that had begun, and the next.
            assert!(waited.await.unwrap() <= 2);
        }
    }

    #[tokio::test]
    async fn whoever_goes_away_while_answering_keeps_nobody() {
        let (shared, computed) = (Shared::default(), AtomicU32::new(0));
        let key = key("a", &Scope::system("test"), &1);
        let never = shared.get_or(key, std::future::pending::<Result<u32, Status>>());
        assert!(
            tokio::time::timeout(Duration::from_millis(50), never)
                .await
                .is_err()
        );
        assert_eq!(*shared.get_or(key, compute(&computed)).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn that_the_database_is_away_is_found_out_together_and_asked_again_later() {
        let (shared, tried) = (Shared::default(), AtomicU32::new(0));
        let key = key("a", &Scope::system("test"), &1);
        let failing = |code: Code| {
            let tried = &tried;
            async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                tried.fetch_add(1, Ordering::SeqCst);
                Err::<u32, _>(Status::new(code, "no"))
            }
        };
        let crowd = join_all((0..20).map(|_| shared.get_or(key, failing(Code::Unavailable)))).await;
        assert!(crowd.iter().all(|one| {
            one.as_ref()
                .is_err_and(|error| error.code() == Code::Unavailable)
        }));
        assert_eq!(tried.load(Ordering::SeqCst), 2);
        // That somebody's time was over is nobody else's.
        let crowd =
            join_all((0..3).map(|_| shared.get_or(key, failing(Code::DeadlineExceeded)))).await;
        assert!(crowd.iter().all(Result::is_err));
        assert_eq!(tried.load(Ordering::SeqCst), 5);
        assert!(shared.get_or(key, async { Ok(1) }).await.is_ok());
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
