use proptest::prelude::*;

use super::*;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + second, 0).unwrap()
}

fn after(signals: impl IntoIterator<Item = Signal>) -> Connection {
    let mut connection = Connection::default();
    for signal in signals {
        connection.apply(signal);
    }
    connection
}

fn heartbeat(second: i64, server_second: i64) -> Signal {
    Signal::Heartbeat {
        at: at(second),
        server_time: Some(at(server_second)),
    }
}

fn changes(second: i64, stored: i64) -> Signal {
    Signal::Changes {
        at: at(second),
        stored: Some(at(stored)),
    }
}

fn told(connection: &Connection, second: i64) -> String {
    let status = connection.status(at(second));
    match status.detail() {
        Some(detail) => format!("{} {detail}", status.word()),
        None => status.word().to_owned(),
    }
}

#[test]
fn it_connects_lives_breaks_and_lives_again() {
    let mut connection = after([]);
    let steps = [
        (Signal::Turned(Link::Connecting), 0, "Connecting…"),
        (heartbeat(1, 1), 1, "Live"),
        (
            Signal::Turned(Link::Waiting(1)),
            7,
            "Reconnecting… last heard 6 s ago",
        ),
        (
            Signal::Turned(Link::Waiting(9)),
            140,
            "Reconnecting… last heard 2 min ago",
        ),
        (Signal::Snapshot { at: at(141) }, 141, "Live"),
        (
            Signal::Turned(Link::Offline),
            150,
            "Offline last heard 9 s ago",
        ),
        (
            Signal::Turned(Link::Hidden),
            151,
            "Paused in the background",
        ),
        (
            Signal::Turned(Link::Refused("no".to_owned())),
            152,
            "Not available",
        ),
        (Signal::Turned(Link::Idle), 153, "Not watching"),
    ];
    for (signal, second, words) in steps {
        connection.apply(signal.clone());
        assert_eq!(told(&connection, second), words, "{signal:?}");
    }
}

#[test]
fn silence_makes_an_open_stream_stale() {
    let connection = after([heartbeat(0, 0)]);
    assert_eq!(connection.status(at(15)), Status::Live);
    assert_eq!(told(&connection, 20), "Stale silent for 20 s");
    assert_eq!(told(&connection, 7_300), "Stale silent for 2 h");
}

#[test]
fn a_client_that_is_told_of_old_changes_lags_until_it_has_caught_up() {
    let mut connection = after([heartbeat(100, 100), changes(101, 61)]);
    assert_eq!(told(&connection, 101), "Lagging 40 s behind");
    connection.apply(Signal::Counters { at: at(101) });
    assert_eq!(told(&connection, 101), "Lagging 40 s behind");
    connection.apply(changes(102, 101));
    assert_eq!(connection.status(at(102)), Status::Live);
    connection.apply(changes(103, 80));
    connection.apply(heartbeat(104, 104));
    assert_eq!(connection.status(at(104)), Status::Live);
}

#[test]
fn a_wrong_clock_is_not_a_lag() {
    let connection = after([heartbeat(500, 20), changes(501, 21)]);
    assert_eq!(connection.status(at(501)), Status::Live);
    assert_eq!(connection.server_time(at(501)), at(21));
}

#[test]
fn a_stream_that_is_silent_knows_only_what_it_heard() {
    let mut connection = after([heartbeat(100, 40)]);
    assert_eq!(connection.known_until(at(110)), at(50));
    assert_eq!(connection.known_until(at(130)), at(40));
    connection.apply(Signal::Turned(Link::Waiting(1)));
    assert_eq!(connection.known_until(at(110)), at(40));
}

#[test]
fn what_was_left_out_is_told_for_a_while() {
    let missed = Signal::Missed {
        at: at(0),
        changes: 1_200,
    };
    let connection = after([heartbeat(0, 0), missed, Signal::Snapshot { at: at(0) }]);
    assert_eq!(told(&connection, 9), "Lagging 1200 changes left out");
    assert_eq!(connection.status(at(10)), Status::Live);
}

#[test]
fn a_short_rest_is_resumed_and_a_long_one_begins_again() {
    assert!(resumes(Some(at(0)), at(600)));
    assert!(!resumes(Some(at(0)), at(601)));
    assert!(!resumes(None, at(0)));
}

#[test]
fn waiting_grows_to_a_limit_and_is_spread() {
    assert_eq!(backoff_millis(1, 1.0), 500);
    assert_eq!(backoff_millis(1, 0.0), 250);
    assert_eq!(backoff_millis(3, 1.0), 2_000);
    assert_eq!(backoff_millis(40, 1.0), 15_000);
    assert_eq!(backoff_millis(0, 1.0), 500);
}

fn signals() -> impl Strategy<Value = Vec<Signal>> {
    let link = prop_oneof![
        Just(Link::Idle),
        Just(Link::Connecting),
        (1..9_u32).prop_map(Link::Waiting),
        Just(Link::Offline),
        Just(Link::Hidden),
    ];
    let signal = prop_oneof![
        link.prop_map(Signal::Turned),
        (0..900_i64, 0..900_i64).prop_map(|(second, server)| heartbeat(second, server)),
        (0..900_i64).prop_map(|second| Signal::Snapshot { at: at(second) }),
        (0..900_i64).prop_map(|second| Signal::Counters { at: at(second) }),
        (0..900_i64, 0..900_i64).prop_map(|(second, stored)| changes(second, stored)),
        (0..900_i64, 1..99_u64).prop_map(|(second, changes)| Signal::Missed {
            at: at(second),
            changes
        }),
    ];
    proptest::collection::vec(signal, 1..20)
}

proptest! {
    /// Whatever happened, in whatever order and by whatever clocks.
    #[test]
    fn it_is_called_live_only_while_it_is_heard(signals in signals(), now in 0..900_i64) {
        let connection = after(signals.clone());
        let live = connection.status(at(now)) == Status::Live;
        let heard = !matches!(signals.last(), Some(Signal::Turned(_)));
        let silent = connection.heard.map_or(0, |heard| (at(now) - heard).num_seconds());
        prop_assert!(!live || (heard && silent <= STALE_AFTER_SECONDS));
    }

    #[test]
    fn no_age_is_negative(signals in signals(), now in 0..900_i64) {
        let words = told(&after(signals), now);
        prop_assert!(!words.contains('-') && !words.contains('−'), "{}", words);
    }
}
