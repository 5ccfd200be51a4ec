//! Stopping: a signal asks for it, work drains, and a deadline of our own ends what does not.

use std::future::Future;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal as listen};
use tokio_util::sync::CancellationToken;

/// Tells every part of the process that it should stop. Clones share one state.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
}

/// Work went on after its deadline and was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} did not stop within {deadline:?}")]
pub struct DeadlinePassed {
    /// What was still at work.
    pub what: &'static str,
    /// How long it was given.
    pub deadline: Duration,
}

impl Shutdown {
    /// A process that runs.
    pub fn new() -> Shutdown {
        Shutdown::default()
    }

    /// One that is requested by SIGTERM or SIGINT too. Must be called within a runtime.
    pub fn on_signal() -> std::io::Result<Shutdown> {
        let shutdown = Shutdown::new();
        let (mut terminate, mut interrupt) = (
            listen(SignalKind::terminate())?,
            listen(SignalKind::interrupt())?,
        );
        let of_signal = shutdown.clone();
        tokio::spawn(async move {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            };
            tracing::info!(signal = name, "stopping");
            of_signal.request();
        });
        Ok(shutdown)
    }

    /// Asks every part to stop.
    pub fn request(&self) {
        self.token.cancel();
    }

    /// Whether stopping was asked for.
    pub fn is_requested(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until stopping is asked for.
    pub async fn requested(&self) {
        self.token.cancelled().await;
    }

    /// The same as a token, for libraries that take one.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}

/// Runs `work`, which should end by itself once stopping is asked for, and drops it when it is still at work `deadline`
/// after that. A peer that never answers can hold a graceful stop for ever, so none is waited for without bound.
pub async fn within_deadline<T>(
    what: &'static str,
    shutdown: &Shutdown,
    deadline: Duration,
    work: impl Future<Output = T>,
) -> Result<T, DeadlinePassed> {
    let late = async {
        shutdown.requested().await;
        tokio::time::sleep(deadline).await;
    };
    tokio::select! {
        biased;
        done = work => Ok(done),
        () = late => Err(DeadlinePassed { what, deadline }),
    }
}

/// Waits for SIGTERM or SIGINT.
pub async fn signal() -> std::io::Result<()> {
    Shutdown::on_signal()?.requested().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn work_that_stops_in_time_is_kept() {
        let shutdown = Shutdown::new();
        let stopping = shutdown.clone();
        shutdown.request();
        let work = async move {
            stopping.requested().await;
            7
        };
        assert_eq!(
            within_deadline("work", &shutdown, Duration::from_secs(60), work).await,
            Ok(7)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_never_stops_is_dropped_at_the_deadline() {
        let shutdown = Shutdown::new();
        let deadline = Duration::from_secs(10);
        let late = within_deadline(
            "a stream",
            &shutdown,
            deadline,
            std::future::pending::<()>(),
        );
        tokio::pin!(late);
        let before = tokio::time::timeout(Duration::from_secs(3600), &mut late).await;
        assert!(before.is_err(), "it must not end before it was asked to");
        shutdown.request();
        assert_eq!(
            late.await,
            Err(DeadlinePassed {
                what: "a stream",
                deadline
            })
        );
    }

    #[tokio::test]
    async fn a_signal_asks_to_stop() {
        let shutdown = Shutdown::on_signal().unwrap();
        assert!(!shutdown.is_requested());
        let started = Instant::now();
        nix::sys::signal::raise(nix::sys::signal::Signal::SIGTERM).unwrap();
        tokio::time::timeout(Duration::from_secs(10), shutdown.requested())
            .await
            .unwrap();
        assert!(started.elapsed() < Duration::from_secs(10) && shutdown.is_requested());
    }
}
