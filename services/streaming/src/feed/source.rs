//! The stream in Redis as one tailer uses it: whether it can be followed, and what comes next.

use std::time::Duration;

use shadow_storage::Error;
use shadow_storage::feed::{Reader, Stream};
use tokio::time::Instant;
use tracing::warn;

/// How long nothing may come before the database is asked whether there is something.
const WAIT: Duration = Duration::from_millis(250);

/// How long a stream that failed is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// How often it is said that somebody watches; it is remembered a few times as long.
const ANNOUNCE: Duration = Duration::from_secs(5);

/// See the module.
pub(super) struct Source {
    stream: Stream,
    reader: Reader,
    following: bool,
    failed: Option<Instant>,
    announced: Option<Instant>,
}

impl Source {
    pub(super) fn new(stream: Stream) -> Self {
        Self {
            reader: stream.reader(),
            stream,
            following: false,
            failed: None,
            announced: None,
        }
    }

    /// Whether it was up to date when last looked at.
    pub(super) fn is_followed(&self) -> bool {
        self.following
    }

    /// Stops following: it was behind, or is not to be trusted.
    pub(super) fn leave(&mut self) {
        self.following = false;
    }

    /// Says, now and then, that somebody watches here.
    pub(super) async fn announce(&mut self) {
        let due = self.announced.is_none_or(|at| at.elapsed() >= ANNOUNCE);
        if due && self.may_be_asked() && self.stream.announce().await.is_ok() {
            self.announced = Some(Instant::now());
        }
    }

    /// Follows the stream where it reaches as far as `position` and no further than `last`, the end of the feed: beyond
    /// that it is of another history. `last` is asked for after the stream's end, which only grows with it.
    pub(super) async fn follow(
        &mut self,
        position: i64,
        last: impl AsyncFnOnce() -> Result<i64, Error>,
    ) -> Result<(), Error> {
        if !self.may_be_asked() {
            return Ok(());
        }
        match self.stream.top().await {
            Ok(top) if top >= position => self.following = top <= last().await?,
            Ok(_) => {}
            Err(error) => self.failed(&error),
        }
        Ok(())
    }

    /// What comes after a position, or nothing for a moment; then, and where the stream failed, the database knows more.
    pub(super) async fn next(&mut self, position: i64) -> Vec<(i64, Vec<u8>)> {
        match self.reader.read(position, WAIT).await {
            Ok(entries) => entries,
            Err(error) => {
                self.failed(&error);
                Vec::new()
            }
        }
    }

    fn failed(&mut self, error: &Error) {
        if self.following {
            warn!(
                error = error as &dyn std::error::Error,
                "changes are read from the database until Redis is back"
            );
        }
        self.following = false;
        self.failed = Some(Instant::now());
    }

    fn may_be_asked(&self) -> bool {
        self.failed.is_none_or(|at| at.elapsed() >= PAUSE)
    }
}
