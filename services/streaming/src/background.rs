//! What runs behind the service for as long as it does.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tasks that end only when they are told to. One that ends by itself, as by a panic, must not go unnoticed: the service
/// would answer as if it were well.
#[derive(Clone, Default)]
pub(crate) struct Background {
    tasks: TaskTracker,
    closing: CancellationToken,
    broken: CancellationToken,
}

impl Background {
    /// What tells the tasks to end.
    pub(crate) fn closing(&self) -> &CancellationToken {
        &self.closing
    }

    /// Runs a task until it ends after being told to.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        // Dropped when the work panics, too.
        let alarm = self.broken.clone().drop_guard();
        let closing = self.closing.clone();
        self.tasks.spawn(async move {
            let alarm = alarm;
            work.await;
            if closing.is_cancelled() {
                alarm.disarm();
            }
        });
    }

    /// Ends when a task has ended without being told to.
    pub(crate) async fn broken(&self) {
        self.broken.cancelled().await;
    }

    /// Tells the tasks to end and waits until they have.
    pub(crate) async fn finish(&self) {
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_is_noticed() {
        let background = Background::default();
        background.spawn(async { panic!("as if by mistake") });
        background.broken().await;
    }

    #[tokio::test]
    async fn a_task_that_was_told_to_end_is_not_broken() {
        let background = Background::default();
        let closing = background.closing().clone();
        background.spawn(async move { closing.cancelled().await });
        background.finish().await;
        assert!(!background.broken.is_cancelled());
    }
}
