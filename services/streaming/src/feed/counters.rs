//! The live counters of this process, followed while anybody watches them.
//!
//! Each whole second they are read from what the entries of the feed add, a few numbers per batch; so they need no change
//! to be read, and they are the same on every replica. The clock is the database's.

use std::collections::HashMap;
use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use shadow_auth::Workspaces;
use shadow_domain::live::{Board, Reading};
use shadow_storage::{Database, Error, feed};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How long after a second's end it is read: a numbering that began in it has been committed by then.
const SETTLING: TimeDelta = TimeDelta::milliseconds(250);

/// How long to wait after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Where watches get the counters. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Counters {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// The end of the windows, in seconds from 1970; absent while it is not known.
    ends: watch::Sender<Option<i64>>,
    wake: Notify,
}

#[derive(Default)]
struct State {
    board: Board,
    /// What was read of the board since it changed, by workspaces: many watches have the same.
    read: HashMap<Workspaces, Reading>,
}

impl Counters {
    /// The ends of the windows, one after the other; whoever is late sees only the last.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<i64>> {
        let ends = self.shared.ends.subscribe();
        self.shared.wake.notify_one();
        ends
    }

    /// What some workspaces amount to at the last end.
    pub(crate) fn read(&self, workspaces: &Workspaces) -> Reading {
        let mut state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let State { board, read } = &mut *state;
        if let Some(reading) = read.get(workspaces) {
            return *reading;
        }
        let reading = board.read(match workspaces {
            Workspaces::All => None,
            Workspaces::Some(some) => Some(some),
        });
        read.insert(workspaces.clone(), reading);
        reading
    }

    fn change(&self, change: impl FnOnce(&mut Board)) {
        let mut state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        change(&mut state.board);
        state.read.clear();
    }

    fn watched(&self) -> bool {
        self.shared.ends.receiver_count() > 0
    }
}

/// Follows the counters until `closing`.
pub(super) async fn run(db: Database, counters: Counters, closing: CancellationToken) {
    let mut position = None;
    loop {
        let pause = if !counters.watched() {
            position = None;
            counters.shared.ends.send_replace(None);
            counters.change(|board| *board = Board::default());
            None
        } else {
            match step(&db, &counters, &mut position).await {
                Ok(pause) => Some(pause),
                Err(error) => {
                    let cause = error.source();
                    warn!(%error, cause, "the counters could not be read");
                    counters.shared.ends.send_replace(None);
                    Some(PAUSE)
                }
            }
        };
        tokio::select! {
            () = counters.shared.wake.notified(), if pause.is_none() => {}
            () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            () = closing.cancelled() => return,
        }
    }
}

/// Reads what is new and says in how long the next second has settled.
async fn step(
    db: &Database,
    counters: &Counters,
    position: &mut Option<i64>,
) -> Result<Duration, Error> {
    let new = match *position {
        Some(position) => feed::tallies_after(db, position).await?,
        None => None,
    };
    let time = match new {
        Some(new) => {
            counters.change(|board| {
                for entry in &new.entries {
                    let second = entry.numbered_at.timestamp();
                    board.add(entry.workspace_id, second, &entry.tally);
                }
                board.advance(end(new.time));
            });
            *position = Some(new.position);
            new.time
        }
        None => {
            let beginning = feed::begin_tallies(db).await?;
            let recent = &beginning.recent;
            counters.change(|board| {
                *board = Board::new(beginning.open);
                for entry in &recent.entries {
                    let second = entry.numbered_at.timestamp();
                    board.add_to_windows(entry.workspace_id, second, &entry.tally);
                }
                board.advance(end(recent.time));
            });
            *position = Some(recent.position);
            recent.time
        }
    };
    let end = end(time);
    counters.shared.ends.send_if_modified(|known| {
        let new = *known != Some(end);
        *known = Some(end);
        new
    });
    Ok(until(end + 1, time))
}

/// The last second that has settled, which is the end of the windows.
fn end(time: DateTime<Utc>) -> i64 {
    (time - SETTLING).timestamp()
}

/// How long after `time` a second has settled.
fn until(second: i64, time: DateTime<Utc>) -> Duration {
    let settled = DateTime::from_timestamp(second, 0).unwrap_or(time) + SETTLING;
    (settled - time).to_std().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_read_when_it_has_settled() {
        let at = |millis| DateTime::from_timestamp_millis(millis).unwrap();
        assert_eq!(end(at(10_249)), 9);
        assert_eq!(end(at(10_250)), 10);
        for millis in [10_250, 10_900, 11_249] {
            let time = at(millis);
            let next = until(end(time) + 1, time);
            assert_eq!(end(time + next), 11);
            assert!(next <= Duration::from_secs(1));
        }
    }
}
