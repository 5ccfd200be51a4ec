//! How much is going on, as the server counts it: the latest values, and the last minute of them by second.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use shadow_proto::streaming::v1::{CounterWindow, Counters};

use super::{feed::WINDOW_SECONDS, query::instant};

/// Values that are this many seconds old are no longer those of now: the server says them once a second.
const OUTDATED_AFTER_SECONDS: i64 = 5;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Executions that are opened and not ended, now.
    Open,
    /// Executions that started.
    Started,
    /// Executions that ended.
    Ended,
    /// Those of them that failed or timed out.
    Failed,
    /// Credits of those that ended.
    Credits,
    /// People on whose behalf executions were opened.
    ActiveUsers,
}

/// What the server said of late.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GoingOn {
    /// The workspace that it is of, or every one that the person may see.
    workspace: Option<String>,
    /// By the second at which the windows end.
    said: BTreeMap<i64, Counters>,
}

/// One counter as it is read at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Count {
    /// The value: in the last minute, or now for what is open.
    pub value: Option<f64>,
    /// What of it was in the last second; absent for what is open.
    pub last_second: Option<f64>,
    /// By second, the latest last; absent where the server said nothing.
    pub by_second: Vec<Option<f64>>,
}

impl Counter {
    /// Every counter, in the order in which it is shown.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::Started,
        Self::Ended,
        Self::Failed,
        Self::Credits,
        Self::ActiveUsers,
    ];

    /// The word that names it to a program.
    pub fn id(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Started => "started",
            Self::Ended => "ended",
            Self::Failed => "failed",
            Self::Credits => "credits",
            Self::ActiveUsers => "active_users",
        }
    }

    /// Its value in a window; absent where it is of no window.
    fn within(self, window: &CounterWindow) -> Option<f64> {
        let count = match self {
            Self::Open => return None,
            Self::Started => window.started,
            Self::Ended => window.ended,
            Self::Failed => window.failed,
            Self::Credits => window.credits_micro,
            Self::ActiveUsers => window.active_users,
        };
        Some(count as f64)
    }

    fn in_last_second(self, counters: &Counters) -> Option<f64> {
        match self {
            Self::Open => None,
            counter => counter.within(counters.last_second.as_ref()?),
        }
    }

    fn value(self, counters: &Counters) -> Option<f64> {
        match self {
            Self::Open => Some(counters.open as f64),
            counter => counter.within(counters.last_minute.as_ref()?),
        }
    }

    /// What its line over time shows.
    fn each_second(self, counters: &Counters) -> Option<f64> {
        match self {
            Self::Open => Some(counters.open as f64),
            counter => counter.in_last_second(counters),
        }
    }
}

impl GoingOn {
    /// The server said this. Values are as they are, so what is said twice is what was said last.
    pub fn say(&mut self, counters: Counters) {
        let Some(time) = instant(counters.time.as_ref()) else {
            return;
        };
        self.said.insert(time.timestamp(), counters);
        if let Some((latest, _)) = self.said.last_key_value() {
            let oldest = latest - WINDOW_SECONDS + 1;
            self.said = self.said.split_off(&oldest);
        }
    }

    /// This workspace is watched from now on; what was said of another one is forgotten.
    pub fn begin(&mut self, workspace: Option<&str>) {
        if !self.is_of(workspace) {
            self.workspace = workspace.map(str::to_owned);
            self.said.clear();
        }
    }

    /// Whether it is of this workspace.
    pub fn is_of(&self, workspace: Option<&str>) -> bool {
        self.workspace.as_deref() == workspace
    }

    /// The end of the latest windows.
    pub fn as_of(&self) -> Option<DateTime<Utc>> {
        let (_, counters) = self.said.last_key_value()?;
        instant(counters.time.as_ref())
    }

    /// Whether the latest values are no longer those of now, by the server's clock.
    pub fn is_outdated(&self, now: DateTime<Utc>) -> bool {
        self.as_of()
            .is_some_and(|as_of| (now - as_of).num_seconds() > OUTDATED_AFTER_SECONDS)
    }

    /// One counter, over the minute up to the latest values.
    pub fn read(&self, counter: Counter) -> Count {
        let Some((latest, counters)) = self.said.last_key_value() else {
            return Count::default();
        };
        Count {
            value: counter.value(counters),
            last_second: counter.in_last_second(counters),
            by_second: (latest - WINDOW_SECONDS + 1..=*latest)
                .map(|second| counter.each_second(self.said.get(&second)?))
                .collect(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::state::{feed::tests::at, query::timestamp};

    pub(crate) fn counters(second: i64, open: u64, ended: u64) -> Counters {
        let window = |ended| CounterWindow {
            started: ended,
            ended,
            credits_micro: ended * 500_000,
            ..CounterWindow::default()
        };
        Counters {
            time: Some(timestamp(at(second))),
            open,
            last_second: Some(window(ended)),
            last_minute: Some(window(ended * 60)),
        }
    }

    #[test]
    fn nothing_is_known_before_it_is_said() {
        let going_on = GoingOn::default();
        assert_eq!(going_on.read(Counter::Open), Count::default());
        assert!(!going_on.is_outdated(at(0)));
    }

    #[test]
    fn the_latest_values_count_and_the_seconds_before_are_a_line() {
        let mut going_on = GoingOn::default();
        for said in [counters(0, 4, 1), counters(1, 5, 2), counters(3, 7, 0)] {
            going_on.say(said);
        }
        let open = going_on.read(Counter::Open);
        assert_eq!((open.value, open.last_second), (Some(7.0), None));
        assert_eq!(
            open.by_second[56..],
            [Some(4.0), Some(5.0), None, Some(7.0)],
            "what was not said is a gap"
        );
        let ended = going_on.read(Counter::Ended);
        assert_eq!((ended.value, ended.last_second), (Some(0.0), Some(0.0)));
        assert_eq!(
            ended.by_second[56..],
            [Some(1.0), Some(2.0), None, Some(0.0)]
        );
        assert_eq!(going_on.read(Counter::Credits).by_second[57], Some(1e6));
    }

    #[test]
    fn values_grow_old() {
        let mut going_on = GoingOn::default();
        going_on.say(counters(10, 4, 1));
        assert!(!going_on.is_outdated(at(15)));
        assert!(going_on.is_outdated(at(16)));
        assert_eq!(going_on.as_of(), Some(at(10)));
    }

    #[test]
    fn another_workspace_is_not_counted_with_this_one() {
        let mut going_on = GoingOn::default();
        going_on.say(counters(10, 4, 1));
        going_on.begin(None);
        assert_eq!(going_on.as_of(), Some(at(10)));
        going_on.begin(Some("w1"));
        assert_eq!(going_on.as_of(), None);
        assert!(going_on.is_of(Some("w1")) && !going_on.is_of(None));
    }

    proptest! {
        /// In any order and however often: as after a change of replicas.
        #[test]
        fn it_is_bounded_and_knows_what_was_said_of_each_second(
            seconds in proptest::collection::vec(0..300_i64, 1..200)
        ) {
            let mut going_on = GoingOn::default();
            for second in &seconds {
                going_on.say(counters(*second, *second as u64, 1));
            }
            prop_assert!(going_on.said.len() <= 60);
            let latest = seconds.iter().copied().max().unwrap_or_default();
            let open = going_on.read(Counter::Open);
            prop_assert_eq!(open.value, Some(latest as f64));
            prop_assert_eq!(open.by_second.len(), 60);
            for (value, second) in open.by_second.iter().rev().zip((0..=latest).rev()) {
                prop_assert!(value.is_none() || *value == Some(second as f64));
            }
        }
    }
}
