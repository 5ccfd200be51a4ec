//! What checks found is added up, kept for a while, and told within a scope.

use std::collections::BTreeSet;

use chrono::{TimeDelta, Utc};
use shadow_domain::data_health::{Identity, Tally};
use shadow_domain::time::{Range, UtcDay};
use shadow_storage::data_health::{Found, look_for_twins, note, pick, report, trim};
use shadow_storage::refusals::{Count, Key, add};
use uuid::Uuid;

use crate::compaction::compact_all;
use crate::support::*;

fn found(workspace_id: Option<Uuid>, identity: Identity, broken: u64) -> Found {
    Found {
        workspace_id,
        identity,
        tally: Tally {
            compared: 10,
            broken,
            example: (broken > 0).then(|| format!("{broken} of them")),
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_of_a_day_add_up_and_the_latest_is_the_example() {
    on_each_server(async |stage| {
        let db = &stage.db;
        for broken in [0, 2, 3, 0] {
            let all = [
                found(Some(WORKSPACE), Identity::Keys, broken),
                found(Some(OTHER), Identity::Keys, 0),
                found(None, Identity::Workspaces, 0),
            ];
            note(db, &all).await.unwrap();
        }
        let since = Utc::now() - TimeDelta::days(1);
        let ours = everything().within([WORKSPACE]);
        let told = report(db, &ours, since, 10, None).await.unwrap();
        let day = &told.checks[0];
        assert_eq!(told.checks.len(), 1, "{:?}", told.checks);
        assert_eq!((day.checks, day.compared, day.broken), (4, 40, 5));
        assert_eq!(told.broken.len(), 1);
        assert_eq!(told.broken[0].example, "3 of them");
        // Everybody's together only who sees everybody.
        let told = report(db, &everything(), since, 10, None).await.unwrap();
        let identities: Vec<_> = told.checks.iter().map(|day| day.identity).collect();
        assert_eq!(identities, [Identity::Keys, Identity::Workspaces]);
        assert_eq!(told.checks[0].compared, 80);

        assert_eq!(trim(db, since).await.unwrap(), 0);
        let later = Utc::now() + TimeDelta::days(1);
        assert_eq!(trim(db, later).await.unwrap(), 3);
        let told = report(db, &everything(), since, 10, None).await.unwrap();
        assert!(told.checks.is_empty() && told.broken.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_has_a_turn_and_days_are_those_with_pages() {
    on_each_server(async |stage| {
        let db = &stage.db;
        put(db, &[whole(WORKSPACE, 1), whole(OTHER, 2)]).await;
        compact_all(db, 100).await;
        let day = UtcDay::of(at("2026-11-20T00:00:00Z"));
        let mut turns = BTreeSet::new();
        for _ in 0..2 {
            let picked = pick(db, day, 1).await.unwrap();
            assert_eq!(picked.len(), 1);
            assert_eq!(picked[0].day, day);
            turns.insert(picked[0].workspace_id);
            let checked = found(Some(picked[0].workspace_id), Identity::ActiveUsers, 0);
            note(db, &[checked]).await.unwrap();
        }
        assert_eq!(turns.len(), 2);
        // Who has no page until a day is looked at on that day.
        let before = UtcDay(day.0 - 5);
        let picked = pick(db, before, 9).await.unwrap();
        assert!(picked.len() == 2 && picked.iter().all(|one| one.day == before));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_id_that_was_opened_twice_is_found_from_either_side() {
    on_each_server(async |stage| {
        let db = &stage.db;
        let one = whole(WORKSPACE, 1);
        let mut twin = one.clone();
        let month = TimeDelta::days(31);
        twin.identity.opened_at -= month;
        twin.started_at = twin.started_at.map(|at| at - month);
        if let Some(end) = &mut twin.end {
            end.ended_at -= month;
        }
        // Another workspace may have the same id.
        put(
            db,
            &[
                one.clone(),
                twin.clone(),
                whole(OTHER, 1),
                whole(WORKSPACE, 2),
            ],
        )
        .await;
        for opened_at in [one.identity.opened_at, twin.identity.opened_at] {
            let range = Range {
                start: opened_at,
                end: opened_at + TimeDelta::hours(1),
            };
            let looked = look_for_twins(db, WORKSPACE, &range, 100).await.unwrap();
            assert_eq!(looked.tally.broken, 1, "{looked:?}");
            let elsewhere = look_for_twins(db, OTHER, &range, 100).await.unwrap();
            assert_eq!(elsewhere.tally.broken, 0);
        }
        let since = Utc::now() - TimeDelta::days(1);
        let told = report(db, &everything().within([WORKSPACE]), since, 10, None)
            .await
            .unwrap();
        assert_eq!(told.twins.len(), 1, "the same pair");
        let pair = &told.twins[0];
        assert_eq!(pair.execution_id, one.identity.execution_id);
        assert_eq!(
            (pair.opened_at, pair.other_opened_at),
            (twin.identity.opened_at, one.identity.opened_at)
        );
        let theirs = everything().within([OTHER]);
        let told = report(db, &theirs, since, 10, None).await.unwrap();
        assert_eq!(told.twins, []);
        assert_eq!(trim(db, Utc::now() + TimeDelta::days(1)).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_and_what_was_refused_is_told_within_a_scope() {
    on_each_server(async |stage| {
        let db = &stage.db;
        put(db, &[whole(WORKSPACE, 1)]).await;
        let hour = at("2026-11-20T10:00:00Z");
        let count = |workspace_id, hours, events| {
            let hour = hour + TimeDelta::hours(hours);
            Count {
                key: Key {
                    workspace_id,
                    hour,
                    reason: 2,
                    field: "event_id".to_owned(),
                },
                events,
                last_at: hour,
            }
        };
        let counts = [
            count(Some(WORKSPACE), 0, 3),
            count(Some(WORKSPACE), 1, 4),
            count(Some(WORKSPACE), 20, 5),
            count(None, 0, 1),
        ];
        add(db, &counts).await.unwrap();
        let told = report(db, &everything(), hour, 10, None).await.unwrap();
        assert_eq!((told.deltas.count, told.entries.count), (1, 1));
        assert!(told.deltas.oldest.is_some() && told.entries.oldest.is_some());
        assert_eq!(told.refused.len(), 2);
        let ours = &told.refused[0];
        assert_eq!((ours.workspace_id, ours.events), (Some(WORKSPACE), 12));
        let days: Vec<(String, u64)> = ours
            .days
            .iter()
            .map(|(day, events)| (day.to_string(), *events))
            .collect();
        let expected = [("2026-11-20", 7), ("2026-11-21", 5)];
        assert_eq!(days, expected.map(|(day, events)| (day.to_owned(), events)));
        let theirs = everything().within([OTHER]);
        let told = report(db, &theirs, hour, 10, None).await.unwrap();
        assert_eq!((told.deltas.count, told.deltas.oldest), (0, None));
        assert_eq!((told.entries.count, told.refused.len()), (0, 0));
        assert_eq!(told.last_event_at, None);
    })
    .await;
}
