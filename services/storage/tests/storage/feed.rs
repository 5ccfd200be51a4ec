//! The order of commits, as readers see it.

use std::collections::HashMap;

use chrono::{TimeDelta, Utc};
use shadow_domain::execution::{Seen, Status};
use shadow_storage::feed::{Change, Filter, number, position, read_after, snapshot, trim};
use shadow_storage::ingest::store;
use shadow_storage::{Database, directory};
use uuid::Uuid;

use crate::support::*;

async fn read_to_end(db: &Database, mut after: i64, limit: usize) -> Vec<Change> {
    let mut all = Vec::new();
    loop {
        let read = read_after(db, &everything(), after, limit).await.unwrap();
        if read.changes.is_empty() {
            return all;
        }
        after = read.next;
        all.extend(read.changes);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn positions_are_gapless_and_nothing_is_missed_while_writers_run() {
    on_each_server(async |stage| {
        let workspaces = [WORKSPACE, OTHER];
        let mut random = Random::new(7);
        let executions: Vec<_> = (1..=500)
            .map(|id| random.execution(id, &workspaces))
            .collect();
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let db = stage.db.clone();
                let batches = Random::new(writer).batches(&executions, 25);
                tokio::spawn(async move {
                    for batch in batches {
                        put(&db, &batch).await;
                    }
                })
            })
            .collect();
        // Two relays, of which one at a time works, and a reader that never looks back.
        let mut relays: Vec<tokio::task::JoinHandle<usize>> = Vec::new();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        for _ in 0..2 {
            let (db, stopped) = (stage.db.clone(), stopped.clone());
            relays.push(tokio::spawn(async move {
                let mut numbered = 0;
                loop {
                    let last = *stopped.borrow();
                    let some = number(&db).await.unwrap();
                    numbered += some;
                    if last && some == 0 {
                        return numbered;
                    }
                }
            }));
        }
        let reader = tokio::spawn({
            let (db, stopped) = (stage.db.clone(), stopped.clone());
            async move {
                let (mut changes, mut after) = (Vec::new(), 0);
                loop {
                    let last = *stopped.borrow();
                    let read = read_after(&db, &everything(), after, 40).await.unwrap();
                    let end = read.changes.is_empty();
                    after = read.next;
                    changes.extend(read.changes);
                    if last && end && position(&db).await.unwrap().last == after {
                        return (changes, after);
                    }
                }
            }
        });
        for writer in writers {
            writer.await.unwrap();
        }
        stop.send(true).unwrap();
        let mut numbered = 0;
        for relay in relays {
            numbered += relay.await.unwrap();
        }
        let (mut changes, after) = reader.await.unwrap();
        changes.extend(read_to_end(&stage.db, after, 40).await);

        let positions: Vec<i64> = changes.iter().map(|change| change.position).collect();
        let expected: Vec<i64> = (1..=numbered as i64).collect();
        assert_eq!(positions, expected);
        assert_eq!(position(&stage.db).await.unwrap().last, numbered as i64);
        assert_eq!(read_to_end(&stage.db, 0, 7).await, changes);

        // Each execution went through its revisions, one by one, and only forward.
        let mut states: HashMap<Uuid, (i32, Seen)> = HashMap::new();
        for change in &changes {
            let state = states
                .entry(change.execution.identity.execution_id)
                .or_default();
            let seen = change.execution.seen();
            assert_eq!(change.revision, state.0 + 1);
            assert!(seen.contains(state.1) && seen != state.1);
            *state = (change.revision, seen);
        }
        for execution in &executions {
            let (_, seen) = states[&execution.identity.execution_id];
            assert_eq!(seen, execution.seen());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_shows_the_execution_as_it_was() {
    on_each_server(async |stage| {
        let whole = whole(WORKSPACE, 1);
        for seen in [Seen::OPENED, Seen::ENDED, Seen::FEEDBACK, Seen::STARTED] {
            put(&stage.db, &[whole.masked(seen)]).await;
        }
        assert_eq!(
            read_after(&stage.db, &everything(), 0, 10)
                .await
                .unwrap()
                .changes,
            [],
            "not numbered yet"
        );
        assert_eq!(number(&stage.db).await.unwrap(), 4);
        directory::put_agent(&stage.db, WORKSPACE, "billing", "Billing")
            .await
            .unwrap();
        let read = read_after(&stage.db, &everything(), 0, 10).await.unwrap();
        let seen: Vec<Seen> = read
            .changes
            .iter()
            .map(|change| change.execution.seen())
            .collect();
        assert_eq!(seen, [Seen::OPENED, Seen(5), Seen(13), Seen::ALL]);
        for change in &read.changes {
            assert_eq!(change.execution, whole.masked(change.execution.seen()));
            assert_eq!(change.agent_name, "Billing");
        }
        assert_eq!(read.next, 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_reads_its_own_and_skips_the_rest() {
    on_each_server(async |stage| {
        let own: Vec<_> = (1..=10).map(|id| whole(WORKSPACE, id)).collect();
        let others: Vec<_> = (11..=40).map(|id| whole(OTHER, id)).collect();
        put(&stage.db, &own[..5]).await;
        put(&stage.db, &others).await;
        put(&stage.db, &own[5..]).await;
        assert_eq!(number(&stage.db).await.unwrap(), 40);
        let scope = everything().within([WORKSPACE]);
        let read = read_after(&stage.db, &scope, 3, 100).await.unwrap();
        let positions: Vec<i64> = read.changes.iter().map(|change| change.position).collect();
        assert_eq!(positions, [4, 5, 36, 37, 38, 39, 40]);
        let middle = read_after(&stage.db, &scope, 20, 3).await.unwrap();
        let positions: Vec<i64> = middle
            .changes
            .iter()
            .map(|change| change.position)
            .collect();
        assert_eq!((positions.as_slice(), middle.next), (&[36, 37, 38][..], 38));
        // Nothing of its own is left, yet it need not look at the others' again.
        let none = read_after(
            &stage.db,
            &everything().within([Uuid::from_u128(0xC)]),
            0,
            5,
        )
        .await
        .unwrap();
        assert_eq!((none.changes.len(), none.next), (0, 40));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_holds_the_latest_and_everything_up_to_its_position() {
    on_each_server(async |stage| {
        let mut random = Random::new(9);
        let executions: Vec<_> = (1..=200)
            .map(|id| random.execution(id, &[WORKSPACE, OTHER]))
            .collect();
        put(&stage.db, &executions[..100]).await;
        let numbered = number(&stage.db).await.unwrap() as i64;
        put(&stage.db, &executions[100..]).await;
        let (position, recent) = snapshot(&stage.db, &everything(), &Filter::default(), 20)
            .await
            .unwrap();
        assert_eq!((position, numbered), (100, 100));
        let mut expected: Vec<_> = executions.clone();
        expected
            .sort_by_key(|e| std::cmp::Reverse((e.identity.opened_at, e.identity.execution_id)));
        let found: Vec<_> = recent
            .iter()
            .map(|recent| recent.execution.clone())
            .collect();
        assert_eq!(found, expected[..20]);
        for status in Status::ALL {
            let filter = Filter {
                agent_ids: vec!["agent-1".to_owned(), "agent-2".to_owned()],
                statuses: vec![*status],
                ..Filter::default()
            };
            let (_, recent) = snapshot(&stage.db, &everything().within([OTHER]), &filter, 500)
                .await
                .unwrap();
            let found: Vec<_> = recent.into_iter().map(|recent| recent.execution).collect();
            let wanted = |e: &&shadow_domain::execution::Execution| {
                e.identity.workspace_id == OTHER
                    && filter.agent_ids.contains(&e.identity.agent_id)
                    && e.status() == *status
            };
            assert_eq!(
                found,
                expected.iter().filter(wanted).cloned().collect::<Vec<_>>()
            );
        }
        let mut lengths: Vec<(String, i64)> = expected
            .iter()
            .filter_map(|e| e.end.as_ref())
            .filter_map(|end| Some((end.model.clone()?, end.duration_micros?)))
            .collect();
        lengths.sort_by_key(|(_, micros)| *micros);
        // The one in the middle, so that there are shorter and longer ones.
        let (model, least) = lengths.swap_remove(lengths.len() / 2);
        let filter = Filter {
            models: vec![model.clone()],
            minimum_duration_micros: Some(least),
            ..Filter::default()
        };
        let (_, recent) = snapshot(&stage.db, &everything(), &filter, 500)
            .await
            .unwrap();
        let found: Vec<_> = recent.into_iter().map(|recent| recent.execution).collect();
        let wanted = |e: &&shadow_domain::execution::Execution| {
            e.end.as_ref().is_some_and(|end| {
                end.model.as_ref() == Some(&model)
                    && end.duration_micros.is_some_and(|micros| micros >= least)
            })
        };
        assert_eq!(
            found,
            expected.iter().filter(wanted).cloned().collect::<Vec<_>>()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn trimming_takes_the_oldest_and_says_so() {
    on_each_server(async |stage| {
        let now = Utc::now();
        for (id, hours) in [(1, 30), (2, 26), (3, 20), (4, 28), (5, 0)] {
            let batch = [whole(WORKSPACE, id), whole(OTHER, id)];
            store(
                &stage.db,
                &everything(),
                &batch,
                now - TimeDelta::hours(hours),
            )
            .await
            .unwrap();
        }
        assert_eq!(
            trim(&stage.db, now).await.unwrap(),
            0,
            "what has no position stays"
        );
        assert_eq!(number(&stage.db).await.unwrap(), 10);
        assert_eq!(position(&stage.db).await.unwrap().oldest, 0);
        // The entry of 28 hours ago came after one that is kept.
        assert_eq!(
            trim(&stage.db, now - TimeDelta::hours(24)).await.unwrap(),
            4
        );
        let end = position(&stage.db).await.unwrap();
        assert_eq!((end.oldest, end.last), (4, 10));
        let left = read_after(&stage.db, &everything(), end.oldest, 100)
            .await
            .unwrap();
        assert_eq!(left.changes.len(), 6);
        assert_eq!(trim(&stage.db, now + TimeDelta::hours(1)).await.unwrap(), 6);
        assert_eq!(position(&stage.db).await.unwrap().oldest, 10);
    })
    .await;
}
