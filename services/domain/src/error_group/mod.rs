//! Errors that are the same error: what they have in common, when they are too many, and what people have said of them.

mod day;
mod pattern;
mod spike;

use std::fmt;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::execution::End;

pub use day::{Alike, DayGroup, DayReader, ErrorDay};
pub use pattern::{PATTERN_CHARS, pattern};
pub use spike::{BASELINE_DAYS, FACTOR, LEAST, is_spike, may_spike, spikes};

/// Names fingerprints among all ids that are made of names (RFC 9562, version 5).
const NAMESPACE: Uuid = Uuid::from_u128(0x5d3f_86a2_91c4_4b7e_8f10_6ad2_c3b9_e754);

/// Which group the error of an end belongs to: its kind and the pattern of its message, as one id. A run that failed or
/// timed out and does not say why has one too; a run without an error has none.
pub fn fingerprint(end: &End) -> Option<Uuid> {
    let said = end.error_kind.is_some() || end.error_message.is_some();
    (said || end.outcome.is_failure())
        .then(|| of(end.error_kind.as_deref(), end.error_message.as_deref()))
}

/// The same of an error that is known to be one.
pub fn of(kind: Option<&str>, message: Option<&str>) -> Uuid {
    // What is absent is not what is empty, and no kind has a NUL.
    let mut name = Vec::new();
    if let Some(kind) = kind {
        name.push(b'k');
        name.extend(kind.as_bytes());
    }
    name.push(0);
    if let Some(message) = message {
        name.push(b'm');
        name.extend(pattern(message).as_bytes());
    }
    Uuid::new_v5(&NAMESPACE, &name)
}

/// What somebody has said of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum State {
    /// Nobody has said anything, or it was opened again.
    #[default]
    New,
    /// Somebody looks after it.
    Acknowledged,
    /// It should not come again; where it does, that is a regression.
    Resolved,
    /// It does not matter.
    Ignored,
}

impl State {
    /// Every state, in the order in which they are shown.
    pub const ALL: [State; 4] = [
        State::New,
        State::Acknowledged,
        State::Resolved,
        State::Ignored,
    ];

    /// As it is stored and sent.
    pub const fn code(self) -> i16 {
        match self {
            State::New => 1,
            State::Acknowledged => 2,
            State::Resolved => 3,
            State::Ignored => 4,
        }
    }

    /// The state of a code.
    pub fn from_code(code: i16) -> Option<State> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            State::New => "new",
            State::Acknowledged => "acknowledged",
            State::Resolved => "resolved",
            State::Ignored => "ignored",
        }
    }

    /// Whether nobody needs to look at it.
    pub const fn is_closed(self) -> bool {
        matches!(self, State::Resolved | State::Ignored)
    }

    /// Whether a group may go from this state to another one. What is closed is opened before it is closed otherwise, so
    /// that nobody takes a group that was given up for one that was mended.
    pub fn may_become(self, other: State) -> bool {
        self != other && !(self.is_closed() && other.is_closed())
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What is to be done where somebody says what state a group is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is noted.
    Change,
    /// It is so already.
    Nothing,
    /// It cannot go there from where it is.
    Refuse,
}

/// Decides about a new state, where the group came after its last change, or not. Who resolves a regression resolves it
/// anew.
pub fn decide(current: State, regressed: bool, wanted: State) -> Decision {
    if current == wanted {
        return if regressed {
            Decision::Change
        } else {
            Decision::Nothing
        };
    }
    if current.may_become(wanted) {
        Decision::Change
    } else {
        Decision::Refuse
    }
}

/// Whether a group was resolved and has come again since.
pub fn is_regression(state: State, changed_at: DateTime<Utc>, last_seen_at: DateTime<Utc>) -> bool {
    state == State::Resolved && last_seen_at > changed_at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execution::Outcome;

    fn end(outcome: Outcome, kind: Option<&str>, message: Option<&str>) -> End {
        End {
            ended_at: DateTime::default(),
            outcome,
            duration_micros: None,
            model: None,
            provider: None,
            input_tokens: None,
            output_tokens: None,
            credits_micro: None,
            cost: None,
            error_kind: kind.map(str::to_owned),
            error_message: message.map(str::to_owned),
        }
    }

    #[test]
    fn a_fingerprint_is_of_the_kind_and_the_pattern_and_never_changes() {
        let failed = |kind, message| fingerprint(&end(Outcome::Failed, kind, message)).unwrap();
        let one = failed(Some("timeout"), Some("no answer after 30 s"));
        assert_eq!(one, failed(Some("timeout"), Some("no answer after 31 s")));
        // Stored rows hold it: it is what it is.
        assert_eq!(one.to_string(), "169c11e0-a81e-550c-ae90-0660e22a31b9");
        let others = [
            failed(Some("timeout"), Some("no answer within 30 s")),
            failed(Some("rate_limited"), Some("no answer after 30 s")),
            failed(None, Some("no answer after 30 s")),
            failed(Some("timeout"), None),
            failed(Some("timeout"), Some("")),
            failed(None, Some("timeout")),
            failed(None, None),
        ];
        for (at, other) in others.iter().enumerate() {
            assert_ne!(one, *other, "{at}");
            assert!(!others[..at].contains(other), "{at}");
        }
    }

    #[test]
    fn only_errors_have_one() {
        assert_eq!(fingerprint(&end(Outcome::Completed, None, None)), None);
        assert_eq!(fingerprint(&end(Outcome::Cancelled, None, None)), None);
        assert!(fingerprint(&end(Outcome::TimedOut, None, None)).is_some());
        assert!(fingerprint(&end(Outcome::Cancelled, Some("stopped"), None)).is_some());
    }

    #[test]
    fn states_go_where_they_may() {
        for state in State::ALL {
            assert_eq!(State::from_code(state.code()), Some(state));
            assert!(!state.may_become(state));
        }
        assert_eq!(State::from_code(0), None);
        assert_eq!(State::from_code(5), None);
        use State::{Acknowledged, Ignored, New, Resolved};
        for (from, to, may) in [
            (New, Resolved, true),
            (New, Ignored, true),
            (Acknowledged, New, true),
            (Resolved, New, true),
            (Resolved, Acknowledged, true),
            (Resolved, Ignored, false),
            (Ignored, Resolved, false),
            (Ignored, New, true),
        ] {
            assert_eq!(from.may_become(to), may, "{from} to {to}");
        }
    }

    #[test]
    fn the_same_again_is_nothing_unless_it_came_again() {
        assert_eq!(decide(State::New, false, State::New), Decision::Nothing);
        assert_eq!(
            decide(State::Resolved, false, State::Resolved),
            Decision::Nothing
        );
        assert_eq!(
            decide(State::Resolved, true, State::Resolved),
            Decision::Change
        );
        assert_eq!(
            decide(State::Resolved, true, State::Ignored),
            Decision::Refuse
        );
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        assert!(is_regression(State::Resolved, at(5), at(6)));
        assert!(!is_regression(State::Resolved, at(5), at(5)));
        assert!(!is_regression(State::Ignored, at(5), at(6)));
    }
}
