use proptest::prelude::*;
use shadow_proto::streaming::v1::{
    ExecutionEnd, ExecutionIdentity,
    ExecutionStatus::{Completed, Failed, Queued, Running},
};

use super::*;
use crate::state::query::timestamp;

pub(crate) fn execution(
    id: &str,
    minute: u32,
    revision: u32,
    status: ExecutionStatus,
) -> Execution {
    Execution {
        workspace_id: "w1".to_owned(),
        identity: Some(ExecutionIdentity {
            execution_id: id.to_owned(),
            opened_at: Some(timestamp(
                format!("2026-11-23T20:{minute:02}:00Z").parse().unwrap(),
            )),
            agent_id: format!("agent-{id}"),
            ..ExecutionIdentity::default()
        }),
        agent_name: format!("Agent {id}"),
        status: status.into(),
        revision,
        ..Execution::default()
    }
}

/// Stored at 21:00 and so many seconds.
pub(crate) fn change(execution: Execution, second: i64) -> ExecutionChange {
    ExecutionChange {
        execution: Some(execution),
        commit_time: Some(timestamp(at(second))),
    }
}

pub(crate) fn at(second: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-11-23T21:00:00Z".parse().unwrap();
    start + chrono::TimeDelta::seconds(second)
}

pub(crate) fn snapshot(executions: Vec<Execution>) -> Action {
    Action::Snapshot {
        executions,
        at: at(0),
    }
}

fn changes(executions: impl IntoIterator<Item = Execution>) -> Action {
    Action::Changes(executions.into_iter().map(|one| change(one, 1)).collect())
}

fn ids(feed: &Feed) -> Vec<(&str, u32)> {
    feed.rows
        .iter()
        .map(|row| (row.id(), row.execution.revision))
        .collect()
}

fn loaded() -> Feed {
    let mut feed = Feed::default();
    feed.apply(snapshot(vec![
        execution("a", 1, 1, Queued),
        execution("b", 2, 1, Running),
    ]));
    feed
}

#[test]
fn the_latest_opened_comes_first() {
    let mut feed = loaded();
    assert_eq!(ids(&feed), [("b", 1), ("a", 1)]);
    feed.apply(changes([execution("c", 3, 1, Queued)]));
    assert_eq!(ids(&feed), [("c", 1), ("b", 1), ("a", 1)]);
    let fresh: Vec<_> = feed.rows.iter().map(|row| row.fresh).collect();
    assert_eq!(fresh, [true, false, false]);
}

#[test]
fn a_change_replaces_and_an_older_or_repeated_one_does_not() {
    let mut feed = loaded();
    feed.apply(changes([
        execution("a", 1, 3, Completed),
        execution("a", 1, 2, Running),
    ]));
    feed.apply(changes([execution("a", 1, 3, Queued)]));
    assert_eq!(ids(&feed), [("b", 1), ("a", 3)]);
    assert_eq!(feed.rows[1].execution.status(), Completed);
}

#[test]
fn a_pause_holds_changes_back_and_counts_them() {
    let mut feed = loaded();
    feed.apply(Action::Pause);
    feed.apply(changes([
        execution("c", 3, 1, Queued),
        execution("c", 3, 2, Running),
        execution("c", 3, 2, Running),
        execution("b", 2, 1, Running),
    ]));
    feed.apply(Action::Pause);
    assert_eq!(ids(&feed), [("b", 1), ("a", 1)]);
    assert_eq!(feed.held.as_ref().unwrap().changes, 2);
    feed.apply(Action::Resume);
    assert_eq!(ids(&feed), [("c", 2), ("b", 1), ("a", 1)]);
    assert!(feed.held.is_none());
}

#[test]
fn a_snapshot_during_a_pause_replaces_what_is_shown_when_it_ends() {
    let mut feed = loaded();
    feed.apply(Action::Pause);
    feed.apply(snapshot(vec![execution("d", 4, 1, Queued)]));
    assert_eq!(ids(&feed), [("b", 1), ("a", 1)]);
    feed.apply(Action::Resume);
    assert_eq!(ids(&feed), [("d", 1)]);
}

#[test]
fn a_filter_follows_the_status_after_the_change() {
    let mut feed = loaded();
    assert_eq!(feed.shown(Some(Running)).count(), 1);
    feed.apply(changes([execution("b", 2, 2, Completed)]));
    assert_eq!(feed.shown(Some(Running)).count(), 0);
    assert_eq!(feed.shown(None).count(), 2);
}

#[test]
fn names_outlive_a_filter_and_not_a_workspace() {
    let mut feed = loaded();
    let failed = Watched {
        ended: Some(Failed),
        ..Watched::default()
    };
    feed.apply(Action::Begin(failed));
    assert!(feed.rows.is_empty() && !feed.loaded);
    assert_eq!(
        feed.agents.get("agent-a").map(String::as_str),
        Some("Agent a")
    );
    feed.apply(Action::Begin(Watched::whole(Some("w2"))));
    assert!(feed.agents.is_empty());
}

#[test]
fn the_last_minute_counts_what_is_new_and_what_ended_once() {
    let credits = |execution: Execution| Execution {
        end: Some(ExecutionEnd {
            credits_micro: Some(250_000),
            ..ExecutionEnd::default()
        }),
        ..execution
    };
    let mut feed = loaded();
    for (change_of, second) in [
        (execution("c", 3, 1, Queued), 1),
        (credits(execution("b", 2, 2, Failed)), 2),
        // A late start of what ended, and a repetition.
        (credits(execution("b", 2, 3, Failed)), 3),
        (credits(execution("b", 2, 3, Failed)), 3),
        // Opened and ended in one batch.
        (credits(execution("d", 4, 1, Completed)), 4),
    ] {
        feed.apply(Action::Changes(vec![change(change_of, second)]));
    }
    let reading = feed.minute.read(at(9), at(9));
    assert_eq!(
        (reading.seen_seconds, reading.total),
        (
            10,
            Tally {
                new: 2,
                ended: 2,
                failed: 1,
                credits_micro: 500_000
            }
        )
    );
    feed.apply(Action::Pause);
    feed.apply(Action::Changes(vec![change(
        execution("a", 1, 2, Completed),
        5,
    )]));
    assert_eq!(
        feed.minute.read(at(9), at(9)).total.ended,
        3,
        "a pause stops the rows, not the counting"
    );
    feed.apply(snapshot(Vec::new()));
    assert_eq!(
        feed.minute.read(at(9), at(9)).total,
        Tally::default(),
        "before a snapshot something may have been missed"
    );
}

/// One step of what may happen: changes of executions by number and revision, or a pause, or its end.
#[derive(Debug, Clone)]
enum Step {
    Changes(Vec<(u16, u32)>),
    Snapshot(Vec<(u16, u32)>),
    Pause,
    Resume,
}

impl Step {
    fn action(&self) -> Action {
        let executions =
            |of: &[(u16, u32)]| -> Vec<_> { of.iter().map(|one| numbered(*one)).collect() };
        match self {
            Self::Changes(of) => changes(executions(of)),
            Self::Snapshot(of) => snapshot(executions(of)),
            Self::Pause => Action::Pause,
            Self::Resume => Action::Resume,
        }
    }
}

/// An execution of a number, which decides for ever when it was opened.
fn numbered((number, revision): (u16, u32)) -> Execution {
    let minute = u32::from(number) * 7 % 60;
    execution(&format!("{number:05}"), minute, revision, Running)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let several = |most: usize| proptest::collection::vec((0..1_500_u16, 1..6_u32), 0..most);
    let step = prop_oneof![
        4 => several(400).prop_map(Step::Changes),
        1 => proptest::collection::btree_map(0..1_500_u16, 1..6_u32, 0..200)
            .prop_map(|once| Step::Snapshot(once.into_iter().collect())),
        2 => Just(Step::Pause),
        1 => Just(Step::Resume),
    ];
    proptest::collection::vec(step, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However often it was paused, and however much arrived meanwhile: in the end it shows what it would have shown.
    #[test]
    fn a_pause_loses_nothing_and_repeats_nothing(steps in steps()) {
        let (mut paused, mut running) = (Feed::default(), Feed::default());
        for step in &steps {
            paused.apply(step.action());
            if matches!(step, Step::Changes(_) | Step::Snapshot(_)) {
                running.apply(step.action());
            }
        }
        paused.apply(Action::Resume);
        prop_assert_eq!(ids(&paused), ids(&running));
    }

    #[test]
    fn it_is_bounded_ordered_and_shows_no_execution_twice(steps in steps()) {
        let mut feed = Feed::default();
        for step in &steps {
            feed.apply(step.action());
            prop_assert!(feed.rows.len() <= KEPT);
            if let Some(held) = &feed.held {
                prop_assert!(held.executions() <= 2 * KEPT);
            }
            let opened: Vec<_> = feed.rows.iter().map(Row::opened_at).collect();
            prop_assert!(opened.is_sorted_by(|before, after| before >= after));
            let distinct: BTreeSet<_> = feed.rows.iter().map(Row::key).collect();
            prop_assert_eq!(distinct.len(), feed.rows.len());
        }
    }

    /// What a pause shows stands still, and how much waits is the number of changes that were news.
    #[test]
    fn a_paused_feed_stands_still(before in 0..50_u16, arriving in proptest::collection::vec(50..900_u16, 1..700)) {
        let mut feed = Feed::default();
        feed.apply(snapshot((0..before).map(|number| numbered((number, 1))).collect()));
        feed.apply(Action::Pause);
        let shown = feed.rows.clone();
        for number in &arriving {
            feed.apply(changes([numbered((*number, 1))]));
        }
        prop_assert_eq!(&feed.rows, &shown);
        let distinct = arriving.iter().collect::<BTreeSet<_>>().len() as u64;
        // What was let go because it could not be shown is news once more.
        prop_assert!(feed.held.unwrap().changes >= distinct);
    }
}
