//! The feed against the rows, and what each watcher was told against the feed.

use std::collections::HashMap;

use anyhow::Result;
use shadow_storage::Database;
use shadow_storage::feed::{self, Recent};
use uuid::Uuid;

use super::{Findings, scope};
use crate::subject::Key;
use crate::subject::execution::key;
use crate::watcher::{Heard, Record};

/// How many changes are read at a time.
const PAGE: usize = 10_000;

/// One committed change: its position, whose it is, and the revision that it made.
pub(crate) type Change = (i64, Key, i32);

/// The whole feed, in order.
pub(crate) async fn read(db: &Database) -> Result<Vec<Change>> {
    let mut found = Vec::new();
    let mut after = 0;
    loop {
        let read = feed::read_after(db, &scope(), after, PAGE).await?;
        let more = read.changes.len() >= PAGE;
        let told =
            |change: feed::Change| (change.position, key(&change.execution), change.revision);
        found.extend(read.changes.into_iter().map(told));
        after = read.next;
        if !more {
            return Ok(found);
        }
    }
}

/// The feed holds each revision of each execution once, in order, at positions without a hole.
pub(crate) fn check(changes: &[Change], rows: &[Recent], findings: &mut Findings) {
    let mut revisions: HashMap<Key, i32> = HashMap::new();
    for (place, (position, key, revision)) in changes.iter().enumerate() {
        let last = revisions.entry(*key).or_default();
        if *position != place as i64 + 1 || *revision != *last + 1 {
            findings.gap(format!(
                "the feed has revision {revision} of execution {} after {last}, at position {position}",
                key.1
            ));
        }
        *last = *revision;
    }
    for row in rows {
        let key = key(&row.execution);
        let told = revisions.get(&key).copied().unwrap_or_default();
        if told != row.revision {
            findings.gap(format!(
                "execution {} is at revision {} and the feed at {told}",
                key.1, row.revision
            ));
        }
    }
}

/// A watcher was told every change of its workspaces once and in order, apart from what its snapshots stand for.
pub(crate) fn check_watcher(
    name: usize,
    workspaces: &[Uuid],
    record: &Record,
    changes: &[Change],
    findings: &mut Findings,
) {
    for text in &record.nonsense {
        findings.gap(format!("watcher {name}: {text}"));
    }
    let wanted = |key: &Key| workspaces.is_empty() || workspaces.contains(&key.0);
    let mut due = changes.iter().filter(|(_, key, _)| wanted(key)).peekable();
    let mut held: HashMap<Key, i32> = HashMap::new();
    let missed = |change: &Change, held: &HashMap<Key, i32>, findings: &mut Findings| {
        let (position, key, revision) = change;
        if held.get(key).is_none_or(|known| known < revision) {
            findings.gap(format!(
                "watcher {name} was not told revision {revision} of execution {} at position {position}",
                key.1
            ));
        }
    };
    for heard in &record.heard {
        match heard {
            Heard::Snapshot(position, executions) => {
                while due.next_if(|(at, ..)| at <= position).is_some() {}
                held.clone_from(executions);
            }
            Heard::Change(position, key, revision) => {
                while let Some(change) = due.next_if(|(at, ..)| at < position) {
                    missed(change, &held, findings);
                }
                if due.next_if_eq(&&(*position, *key, *revision)).is_none() {
                    findings.gap(format!(
                        "watcher {name} was told revision {revision} of execution {} at position {position} again \
                         or out of order",
                        key.1
                    ));
                }
            }
        }
    }
    for change in due {
        missed(change, &held, findings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: Uuid = Uuid::from_u128(1);

    fn change(position: i64, execution: u128, revision: i32) -> Change {
        (position, (WORKSPACE, Uuid::from_u128(execution)), revision)
    }

    fn heard(changes: &[Change]) -> Record {
        let told = |(position, key, revision): &Change| Heard::Change(*position, *key, *revision);
        Record {
            heard: changes.iter().map(told).collect(),
            ..Record::default()
        }
    }

    fn gaps(record: &Record, changes: &[Change]) -> u64 {
        let mut findings = Findings::default();
        check_watcher(0, &[], record, changes, &mut findings);
        findings.gaps
    }

    #[test]
    fn a_watcher_that_was_told_everything_has_no_gap() {
        let all = [change(1, 1, 1), change(2, 2, 1), change(3, 1, 2)];
        assert_eq!(gaps(&heard(&all), &all), 0);
    }

    #[test]
    fn what_was_not_told_told_twice_or_told_early_is_found() {
        let all = [change(1, 1, 1), change(2, 2, 1), change(3, 1, 2)];
        assert_eq!(gaps(&heard(&all[..2]), &all), 1);
        assert_eq!(gaps(&heard(&[all[0], all[2]]), &all), 1);
        assert_eq!(gaps(&heard(&[all[0], all[0], all[1], all[2]]), &all), 1);
        assert_eq!(gaps(&heard(&[all[1], all[0], all[2]]), &all), 2);
    }

    #[test]
    fn a_watcher_of_one_workspace_is_told_nothing_of_others() {
        let other = Uuid::from_u128(2);
        let mine = [change(2, 1, 1)];
        let all = [(1, (other, Uuid::from_u128(5)), 1), mine[0]];
        let told = |record: &Record| {
            let mut findings = Findings::default();
            check_watcher(0, &[WORKSPACE], record, &all, &mut findings);
            findings.gaps
        };
        assert_eq!(told(&heard(&mine)), 0);
        assert_eq!(told(&heard(&all)), 1);
    }

    #[test]
    fn a_snapshot_stands_for_what_was_before_it_and_for_the_revisions_in_it() {
        let all = [
            change(1, 1, 1),
            change(2, 2, 1),
            change(3, 1, 2),
            change(4, 2, 2),
        ];
        let mut record = heard(&all[3..]);
        let held = HashMap::from([(all[0].1, 2), (all[1].1, 1)]);
        record.heard.insert(0, Heard::Snapshot(2, held));
        assert_eq!(gaps(&record, &all), 0);
        record.heard.pop();
        assert_eq!(gaps(&record, &all), 1);
    }

    #[test]
    fn a_feed_with_a_hole_or_a_revision_too_many_is_found() {
        let broken = |changes: &[Change]| {
            let mut findings = Findings::default();
            check(changes, &[], &mut findings);
            findings.gaps
        };
        assert_eq!(broken(&[change(1, 1, 1), change(2, 1, 2)]), 0);
        assert_eq!(broken(&[change(1, 1, 1), change(3, 1, 2)]), 1);
        assert_eq!(broken(&[change(1, 1, 1), change(2, 1, 1)]), 1);
        assert_eq!(broken(&[change(1, 1, 1), change(1, 2, 1)]), 1);
    }
}
