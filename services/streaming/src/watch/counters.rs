//! The counters of one watch: always the newest.

use std::task::{Context, Poll};

use futures_util::StreamExt;
use shadow_domain::live::{Reading, Window};
use shadow_proto::streaming::v1 as proto;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

/// The counters that one watcher wants: at each end of their windows they are read again.
pub(super) struct Counters {
    ends: WatchStream<Option<i64>>,
    read: Box<dyn Fn() -> Reading + Send + Sync>,
}

impl Counters {
    /// `ends` are the ends of the windows, and `read` reads them as of the last one.
    pub(super) fn new(
        ends: watch::Receiver<Option<i64>>,
        read: impl Fn() -> Reading + Send + Sync + 'static,
    ) -> Self {
        Self {
            ends: WatchStream::new(ends),
            read: Box::new(read),
        }
    }

    /// The counters of now, where they are new.
    pub(super) fn newest(&mut self, context: &mut Context<'_>) -> Option<proto::Counters> {
        loop {
            let Poll::Ready(Some(end)) = self.ends.poll_next_unpin(context) else {
                return None;
            };
            if let Some(end) = end {
                return Some(message(end, &(self.read)()));
            }
        }
    }
}

fn message(end: i64, reading: &Reading) -> proto::Counters {
    proto::Counters {
        time: Some(prost_types::Timestamp {
            seconds: end,
            nanos: 0,
        }),
        open: reading.open,
        last_second: Some(window(&reading.last_second)),
        last_minute: Some(window(&reading.last_minute)),
    }
}

fn window(window: &Window) -> proto::CounterWindow {
    let counts = &window.counts;
    proto::CounterWindow {
        opened: counts.opened,
        started: counts.started,
        ended: counts.ended,
        failed: counts.failed,
        credits_micro: counts.credits_micro,
        active_users: window.active_users,
    }
}
