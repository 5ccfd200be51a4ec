//! Which answers are worth another attempt, and when.

use std::error::Error as _;
use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::Error;

/// How often and how soon to try again.
#[derive(Clone, Debug)]
pub struct Retry {
    /// How often a call is tried altogether, at least once. Publishers and watches go by time instead.
    pub attempts: u32,
    /// The pause after the first attempt; each further one doubles it.
    pub first: Duration,
    /// The longest pause, unless the server asks for a longer one.
    pub longest: Duration,
}

impl Default for Retry {
    /// Ten attempts over about half a minute: a server may restart in between.
    fn default() -> Self {
        Self {
            attempts: 10,
            first: Duration::from_millis(100),
            longest: Duration::from_secs(8),
        }
    }
}

impl Retry {
    /// Calls until an attempt succeeds, fails for good, or was the last one.
    pub(crate) async fn run<T, Called>(
        &self,
        worthwhile: fn(&Status) -> bool,
        call: impl FnMut() -> Called,
    ) -> Result<T, Error>
    where
        Called: Future<Output = Result<T, Status>>,
    {
        self.run_while(|attempts| attempts < self.attempts, worthwhile, call)
            .await
    }

    /// The same with another attempt until this time is over, however many these are.
    pub(crate) async fn run_for<T, Called>(
        &self,
        time: Duration,
        worthwhile: fn(&Status) -> bool,
        call: impl FnMut() -> Called,
    ) -> Result<T, Error>
    where
        Called: Future<Output = Result<T, Status>>,
    {
        let began = Instant::now();
        self.run_while(|_| began.elapsed() < time, worthwhile, call)
            .await
    }

    async fn run_while<T, Called>(
        &self,
        again: impl Fn(u32) -> bool,
        worthwhile: fn(&Status) -> bool,
        mut call: impl FnMut() -> Called,
    ) -> Result<T, Error>
    where
        Called: Future<Output = Result<T, Status>>,
    {
        let mut attempts: u32 = 1;
        loop {
            let status = match call().await {
                Ok(answer) => return Ok(answer),
                Err(status) if !worthwhile(&status) => {
                    return Err(Error::Refused(Box::new(status)));
                }
                Err(status) => status,
            };
            if !again(attempts) {
                return Err(Error::Exhausted {
                    attempts,
                    status: Box::new(status),
                });
            }
            tokio::time::sleep(self.pause(attempts, &status)).await;
            attempts = attempts.saturating_add(1);
        }
    }

    /// How long to wait after so many attempts: what the server asks for, or a pause that doubles. A random half of it
    /// keeps many clients from coming back together.
    pub(crate) fn pause(&self, attempts: u32, status: &Status) -> Duration {
        let doubled = self
            .first
            .saturating_mul(1 << attempts.saturating_sub(1).min(20))
            .min(self.longest);
        let asked = status
            .get_details_retry_info()
            .and_then(|info| info.retry_delay)
            .unwrap_or_default();
        doubled.mul_f64(0.5 + 0.5 * random()).max(asked)
    }
}

/// What changes nothing when it is repeated, such as publishing and watching, may be tried again after these.
pub(crate) fn repeatable(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::ResourceExhausted | Code::DeadlineExceeded | Code::Aborted
    ) || unavailable(status)
}

/// The server is not there now, or the connection to it broke.
pub(crate) fn unavailable(status: &Status) -> bool {
    // A status that came over the wire has no source; one that the transport made up has.
    status.code() == Code::Unavailable || status.source().is_some()
}

/// A number from 0 to 1; each `RandomState` has keys of its own.
fn random() -> f64 {
    f64::from((RandomState::new().build_hasher().finish() >> 32) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest_and_respect_the_server() {
        let retry = Retry {
            attempts: 9,
            first: Duration::from_millis(100),
            longest: Duration::from_secs(1),
        };
        let plain = Status::unavailable("");
        for (attempts, full) in [
            (1, 100),
            (2, 200),
            (3, 400),
            (4, 800),
            (5, 1_000),
            (40, 1_000),
        ] {
            let pause = retry.pause(attempts, &plain).as_millis();
            assert!((full / 2..=full).contains(&pause), "{attempts}: {pause}");
        }
        let details = ErrorDetails::with_retry_info(Some(Duration::from_secs(3)));
        let asks = Status::with_error_details(Code::ResourceExhausted, "", details);
        assert_eq!(retry.pause(1, &asks), Duration::from_secs(3));
    }

    #[test]
    fn what_a_repeat_cannot_change_is_not_repeated() {
        for code in [
            Code::InvalidArgument,
            Code::Unauthenticated,
            Code::PermissionDenied,
            Code::Internal,
        ] {
            assert!(!repeatable(&Status::new(code, "")), "{code:?}");
        }
        for code in [
            Code::Unavailable,
            Code::ResourceExhausted,
            Code::DeadlineExceeded,
            Code::Aborted,
        ] {
            assert!(repeatable(&Status::new(code, "")), "{code:?}");
        }
        assert!(!unavailable(&Status::new(Code::ResourceExhausted, "")));
        let mut broken = Status::unknown("transport error");
        broken.set_source(std::sync::Arc::new(std::io::Error::other("broken pipe")));
        assert!(repeatable(&broken) && unavailable(&broken));
    }
}
