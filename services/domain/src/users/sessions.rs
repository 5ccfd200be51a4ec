//! Visits: by the session that a program names, else until nothing is heard for half an hour.

use crate::fact::ActivityType;

/// After so many microseconds without an event a visit without a name is over.
pub const SILENCE_MICROS: i64 = 30 * 60 * 1_000_000;

/// Something that a person did; whatever has a text is numbered by whoever calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Action {
    /// Who did it, and in which workspace.
    pub visitor: u32,
    /// The session that it belongs to, where the program says so.
    pub session: Option<u32>,
    /// When, in microseconds since 1970.
    pub at_micros: i64,
    /// The producer's id of the event: orders what was done at one instant.
    pub event: u128,
    /// What was done.
    pub kind: ActivityType,
    /// The page that was looked at or the feature that was used, where known.
    pub what: Option<u32>,
}

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who came.
    pub visitor: u32,
    /// When the first event was, in microseconds since 1970.
    pub start_micros: i64,
    /// Microseconds from the first event to the last.
    pub duration_micros: i64,
    /// How many events it has.
    pub events: u64,
    /// The pages that were looked at, in order; one that is looked at twice running is one.
    pub pages: Vec<u32>,
}

/// What visits amount to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sessions {
    /// How many there are.
    pub sessions: u64,
    /// How many events they have.
    pub events: u64,
    /// Those of a single event.
    pub bounces: u64,
    /// Their mean length in microseconds; absent where there is none.
    pub mean_micros: Option<f64>,
    /// Their median length in microseconds, by nearest rank.
    pub median_micros: Option<i64>,
}

impl Sessions {
    /// What visits amount to.
    pub fn of(sessions: &[Session]) -> Self {
        let count = sessions.len();
        let mut durations: Vec<i64> = sessions.iter().map(|one| one.duration_micros).collect();
        durations.sort_unstable();
        let sum: i128 = durations.iter().map(|one| i128::from(*one)).sum();
        Self {
            sessions: count as u64,
            events: sessions.iter().map(|one| one.events).sum(),
            bounces: sessions.iter().filter(|one| one.events == 1).count() as u64,
            mean_micros: (count > 0).then(|| sum as f64 / count as f64),
            median_micros: count.checked_sub(1).map(|last| durations[last / 2]),
        }
    }

    /// The share of visits of a single event.
    pub fn bounce_rate(&self) -> Option<f64> {
        (self.sessions > 0).then(|| self.bounces as f64 / self.sessions as f64)
    }

    /// Events of a visit, on average.
    pub fn events_mean(&self) -> Option<f64> {
        (self.sessions > 0).then(|| self.events as f64 / self.sessions as f64)
    }
}

/// The visits that actions make up, by visitor. A token that a program renews is nobody's doing and is left out.
pub fn sessions(mut actions: Vec<Action>) -> Vec<Session> {
    actions.retain(|action| action.kind.is_active());
    actions.sort_unstable();
    let same = |a: &Action, b: &Action| {
        (a.visitor, a.session) == (b.visitor, b.session)
            && (a.session.is_some() || b.at_micros - a.at_micros < SILENCE_MICROS)
    };
    actions.chunk_by(same).filter_map(session).collect()
}

fn session(actions: &[Action]) -> Option<Session> {
    let (first, last) = (actions.first()?, actions.last()?);
    let views = actions
        .iter()
        .filter(|action| action.kind == ActivityType::PageView);
    let mut pages: Vec<u32> = views.filter_map(|view| view.what).collect();
    pages.dedup();
    Some(Session {
        visitor: first.visitor,
        start_micros: first.at_micros,
        duration_micros: last.at_micros - first.at_micros,
        events: actions.len() as u64,
        pages,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60_000_000;

    fn action(visitor: u32, session: Option<u32>, minute: i64) -> Action {
        Action {
            visitor,
            session,
            at_micros: minute * MINUTE,
            event: 0,
            kind: ActivityType::PageView,
            what: None,
        }
    }

    fn lengths(actions: Vec<Action>) -> Vec<(u64, i64)> {
        let sessions = sessions(actions);
        let length = |one: &Session| (one.events, one.duration_micros / MINUTE);
        sessions.iter().map(length).collect()
    }

    #[test]
    fn half_an_hour_of_silence_ends_a_visit_without_a_name() {
        let at = |minute| action(1, None, minute);
        assert_eq!(lengths(vec![at(0), at(29), at(58)]), [(3, 58)]);
        assert_eq!(lengths(vec![at(30), at(0)]), [(1, 0), (1, 0)]);
        assert_eq!(lengths(vec![at(0), action(2, None, 1)]), [(1, 0), (1, 0)]);
    }

    #[test]
    fn a_named_session_lasts_as_long_as_it_is_named() {
        let named = |minute| action(1, Some(5), minute);
        let other = action(1, Some(6), 10);
        assert_eq!(
            lengths(vec![named(0), other, named(300)]),
            [(2, 300), (1, 0)]
        );
    }

    #[test]
    fn renewing_a_token_is_no_visit_and_keeps_none_open() {
        let renewed = Action {
            kind: ActivityType::TokenRefresh,
            ..action(1, None, 20)
        };
        let at = |minute| action(1, None, minute);
        assert_eq!(lengths(vec![renewed]), []);
        assert_eq!(lengths(vec![at(0), renewed, at(40)]), [(1, 0), (1, 0)]);
    }

    #[test]
    fn pages_are_in_order_and_a_reload_is_no_step() {
        let view = |minute, what| Action {
            what: Some(what),
            ..action(1, None, minute)
        };
        let used = Action {
            kind: ActivityType::FeatureUse,
            ..view(2, 9)
        };
        let found = sessions(vec![
            view(3, 1),
            view(0, 1),
            view(1, 1),
            used,
            view(4, 2),
            view(5, 1),
        ]);
        assert_eq!(found[0].pages, [1, 2, 1]);
    }

    #[test]
    fn what_visits_amount_to() {
        let at = |visitor, minute| action(visitor, None, minute);
        let found = Sessions::of(&sessions(vec![
            at(1, 0),
            at(1, 10),
            at(2, 0),
            at(3, 0),
            at(3, 4),
        ]));
        assert_eq!((found.sessions, found.events, found.bounces), (3, 5, 1));
        assert_eq!(found.median_micros, Some(4 * MINUTE));
        assert_eq!(found.bounce_rate(), Some(1.0 / 3.0));
        assert_eq!(found.events_mean(), Some(5.0 / 3.0));
        assert_eq!(Sessions::of(&[]), Sessions::default());
        assert_eq!(Sessions::default().bounce_rate(), None);
    }

    proptest! {
        #[test]
        fn no_event_is_lost_and_order_does_not_matter(
            drawn in prop::collection::vec((0u32..4, prop::option::of(0u32..3), 0i64..600, any::<u8>()), 0..60),
            turn in 0usize..60,
        ) {
            let mut actions: Vec<Action> = drawn.iter().map(|(visitor, session, minute, event)| Action {
                event: u128::from(*event),
                what: Some(u32::from(*event) % 5),
                ..action(*visitor, *session, *minute)
            }).collect();
            let found = sessions(actions.clone());
            prop_assert_eq!(found.iter().map(|one| one.events).sum::<u64>(), actions.len() as u64);
            prop_assert!(found.iter().all(|one| one.events > 0 && one.duration_micros >= 0));
            if !actions.is_empty() {
                let turn = turn % actions.len();
                actions.rotate_left(turn);
            }
            prop_assert_eq!(sessions(actions), found);
        }
    }
}
