//! What messages come to, without a server.

use clap::{Args, FromArgMatches};
use shadow_client::proto::streaming::v1::{Lagged, Snapshot};

use super::*;

fn tail(arguments: &[&str]) -> Tail {
    let command = Tail::augment_args(clap::Command::new("tail"));
    let matches = command.no_binary_name(true).get_matches_from(arguments);
    Tail::from_arg_matches(&matches).unwrap()
}

fn showing<'a>(tail: &'a Tail, cursor: Option<&str>) -> Showing<'a> {
    Showing {
        tail,
        form: Form::Json,
        notices: Notices::default(),
        cursor: cursor.map(str::to_owned),
        lagged: false,
    }
}

fn response(message: Message) -> WatchResponse {
    WatchResponse {
        cursor: "c".to_owned(),
        message: Some(message),
    }
}

fn snapshot(executions: usize) -> WatchResponse {
    let executions = vec![Execution::default(); executions];
    response(Message::Snapshot(Snapshot { executions }))
}

#[test]
fn a_snapshot_in_the_middle_is_explained_once() {
    let tail = tail(&["--follow"]);
    let mut first = showing(&tail, None);
    assert_eq!(first.shown(&snapshot(2)).note, None);

    let mut resumed = showing(&tail, Some("c"));
    let note = resumed.shown(&snapshot(2)).note.unwrap();
    assert!(note.contains("no longer kept"), "{note}");

    let lagged = resumed.shown(&response(Message::Lagged(Lagged { missed: 7 })));
    assert!(lagged.note.unwrap().starts_with("7 changes were left out"));
    assert_eq!(resumed.shown(&snapshot(2)).note, None);
    let note = resumed.shown(&snapshot(2)).note.unwrap();
    assert!(note.contains("no longer kept"), "{note}");
}

#[test]
fn as_much_as_was_asked_for_is_shown() {
    for (arguments, executions, lines) in [
        (&["-n", "0"][..], 1, 0),
        (&[], 20, 20),
        // Without a time nothing is within an age.
        (&["--since", "1h"], 3, 0),
    ] {
        let tail = tail(arguments);
        let shown = showing(&tail, None).shown(&snapshot(executions));
        assert_eq!(shown.text.lines().count(), lines, "{arguments:?}");
        assert!(shown.last);
    }
    assert_eq!(tail(&[]).lines(), 20);
    assert_eq!(tail(&["--since", "1h"]).lines(), 500);
    assert_eq!(tail(&["--since", "1h", "-n", "3"]).lines(), 3);
}
