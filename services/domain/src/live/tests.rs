//! The counters against a recount of everything that was reported.

use std::collections::BTreeSet;

use chrono::{TimeDelta, Utc};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::execution::{End, Identity, Trigger};

/// The second around which everything becomes visible.
const NOW: i64 = 1_800_000_000;

/// New transitions of an execution, when they were taken in and seen by watchers.
#[derive(Clone, Debug)]
struct Report {
    execution: Execution,
    new: Seen,
    user: Option<u32>,
    taken_in: DateTime<Utc>,
    second: i64,
}

fn report() -> impl Strategy<Value = Report> {
    let ages = (0..90_i64, 0..90_i64, 0..90_i64);
    let end = (0..Outcome::ALL.len(), proptest::option::of(0..1_000_i64));
    (
        0..3_u128,
        NOW - 70..NOW + 3,
        1..16_u8,
        ages,
        end,
        proptest::option::of(0..9_u32),
    )
        .prop_map(
            |(workspace, second, new, (opened, started, ended), (outcome, credits_micro), user)| {
                let taken_in = DateTime::from_timestamp(second, 0).unwrap();
                let before = |age| taken_in - TimeDelta::seconds(age);
                Report {
                    execution: execution(
                        Uuid::from_u128(workspace),
                        [before(opened), before(started), before(ended)],
                        Outcome::ALL[outcome],
                        credits_micro,
                    ),
                    new: Seen(new),
                    user,
                    taken_in,
                    second,
                }
            },
        )
}

fn execution(
    workspace_id: Uuid,
    [opened_at, started_at, ended_at]: [DateTime<Utc>; 3],
    outcome: Outcome,
    credits_micro: Option<i64>,
) -> Execution {
    Execution {
        start_named_by: Seen::NONE,
        identity: Identity {
            workspace_id,
            execution_id: Uuid::nil(),
            opened_at,
            agent_id: "writer".to_owned(),
            agent_version: None,
            trigger: Trigger::User,
            environment: None,
            user_id: None,
            timeout_micros: None,
        },
        started_at: Some(started_at),
        end: Some(End {
            ended_at,
            outcome,
            duration_micros: None,
            model: None,
            provider: None,
            input_tokens: None,
            output_tokens: None,
            credits_micro,
            cost: None,
            error_kind: None,
            error_message: None,
        }),
        feedback: None,
    }
}

impl Report {
    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        tally.add(&self.execution, self.new, self.user, self.taken_in);
        tally
    }

    /// Whether a transition is new and happened within the minute before it was taken in.
    fn counts(&self, transition: Seen) -> bool {
        let end = self.execution.end.as_ref().unwrap();
        let at = match transition {
            Seen::OPENED => self.execution.identity.opened_at,
            Seen::STARTED => self.execution.started_at.unwrap(),
            _ => end.ended_at,
        };
        self.new.contains(transition) && self.taken_in < at + TimeDelta::seconds(FRESH_SECONDS)
    }

    fn open_change(&self) -> i64 {
        i64::from(self.new.contains(Seen::OPENED)) - i64::from(self.new.contains(Seen::ENDED))
    }
}

fn recount(reports: &[&Report], from: i64, end: i64) -> Window {
    let within: Vec<&&Report> = reports
        .iter()
        .filter(|report| (from..end).contains(&report.second))
        .collect();
    let of = |transition| {
        within
            .iter()
            .filter(move |report| report.counts(transition))
    };
    let ends = || of(Seen::ENDED).map(|report| report.execution.end.as_ref().unwrap());
    let failed = |end: &&End| matches!(end.outcome, Outcome::Failed | Outcome::TimedOut);
    let users: BTreeSet<u32> = of(Seen::OPENED).filter_map(|report| report.user).collect();
    Window {
        counts: Counts {
            opened: of(Seen::OPENED).count() as u64,
            started: of(Seen::STARTED).count() as u64,
            ended: ends().count() as u64,
            failed: ends().filter(failed).count() as u64,
            credits_micro: ends().filter_map(|end| end.credits_micro).sum::<i64>() as u64,
        },
        active_users: users.len() as u64,
    }
}

proptest! {
    #[test]
    fn it_is_what_a_recount_finds(
        reports in vec(report(), 0..200),
        only in proptest::option::of(vec(0..3_u128, 0..3)),
        seeded in 0..200_usize,
        ahead in 0..5_i64,
    ) {
        let only: Option<BTreeSet<Uuid>> = only.map(|ids| ids.into_iter().map(Uuid::from_u128).collect());
        let wanted = |id: &Uuid| only.as_ref().is_none_or(|only| only.contains(id));
        let open_before = 1_000;
        // The first ones are known when the board is begun: what is open holds them already.
        let (known, new) = reports.split_at(seeded.min(reports.len()));
        let mut board = Board::new((0..3).map(|id| {
            let id = Uuid::from_u128(id);
            let of_it = known.iter().filter(|report| report.execution.identity.workspace_id == id);
            (id, open_before + of_it.map(Report::open_change).sum::<i64>())
        }));
        for report in known {
            board.add_to_windows(report.execution.identity.workspace_id, report.second, &report.tally());
        }
        for report in new {
            board.add(report.execution.identity.workspace_id, report.second, &report.tally());
        }
        let end = NOW + ahead - 4;
        board.advance(end);

        let mine: Vec<&Report> =
            reports.iter().filter(|report| wanted(&report.execution.identity.workspace_id)).collect();
        let workspaces = (0..3).map(Uuid::from_u128).filter(wanted).count() as i64;
        let open = workspaces * open_before
            + mine.iter().filter(|report| report.second < end).map(|report| report.open_change()).sum::<i64>();
        prop_assert_eq!(board.read(only.as_ref()), Reading {
            open: open as u64,
            last_second: recount(&mine, end - 1, end),
            last_minute: recount(&mine, end - LONG_SECONDS, end),
        });
    }

    #[test]
    fn it_keeps_no_more_than_the_windows_need(reports in vec(report(), 1..50), hours in 1..5_i64) {
        let mut board = Board::default();
        for hour in 0..hours {
            for report in &reports {
                let second = report.second + hour * 3_600;
                board.add(report.execution.identity.workspace_id, second, &report.tally());
            }
            board.advance(NOW + hour * 3_600);
            for workspace in board.workspaces.values() {
                // Those of the window, and those after its end.
                prop_assert!(workspace.seconds.len() as i64 <= LONG_SECONDS + 3);
            }
        }
    }
}

#[test]
fn what_had_happened_long_before_it_was_reported_is_not_going_on() {
    let now = Utc::now();
    let [recently, long_ago] = [59, 60].map(|seconds| now - TimeDelta::seconds(seconds));
    let late = execution(Uuid::nil(), [long_ago; 3], Outcome::Failed, Some(5));
    let mut tally = Tally::default();
    tally.add(&late, Seen::OPENED, Some(1), now);
    let open = Tally {
        open_change: 1,
        ..Tally::default()
    };
    assert_eq!(tally, open);
    let fresh = execution(
        Uuid::nil(),
        [long_ago, long_ago, recently],
        Outcome::Failed,
        Some(5),
    );
    tally.add(&fresh, Seen::ENDED, None, now);
    assert_eq!(
        (tally.open_change, tally.counts.ended, tally.counts.failed),
        (0, 1, 1)
    );
    assert_eq!((tally.counts.credits_micro, tally.users.len()), (5, 0));
}
