//! Days of the platform: what was merged of all workspaces is served only while it is what they have.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::Utc;
use shadow_auth::Scope;
use shadow_domain::cell::{Dimension, Page};
use shadow_domain::execution::Seen;
use shadow_domain::time::UtcDay;
use shadow_storage::compaction::{Audited, audit, compact};
use shadow_storage::partials::{Keys, Load, PageRow, Quarters};
use shadow_storage::platform::{Asked, FOLDED, Folded, check, fold, stale};
use shadow_storage::{Database, Snapshot};
use uuid::Uuid;

use crate::compaction::compact_all;
use crate::support::*;

/// The days that random executions touch.
fn span() -> (UtcDay, UtcDay) {
    let day = |text| UtcDay::of(at(text));
    (day("2026-10-30T00:00:00Z"), day("2026-11-21T00:00:00Z"))
}

type Merged = BTreeMap<(Dimension, UtcDay, String), Page>;

fn merge(dimension: Dimension, rows: Vec<PageRow>, into: &mut Merged) {
    for row in rows {
        let page = into.entry((dimension, row.day, row.key)).or_default();
        page.merge(&row.page);
    }
}

fn bytes(pages: &Merged) -> Vec<(Vec<u8>, Vec<u8>)> {
    pages
        .values()
        .map(|page| (page.encode_day(), page.encode_quarters()))
        .collect()
}

/// Reads everything both ways in one snapshot, finds it equal, and says how many days of the total were read merged.
async fn both_ways(db: &Database) -> usize {
    let mut snapshot = db.snapshot(&everything(), None).await.unwrap();
    let (mut together, mut each) = (Merged::new(), Merged::new());
    let mut folded = 0;
    for dimension in FOLDED {
        let load = Load {
            dimension,
            keys: Keys::All,
            days: span(),
            quarters: Quarters::All,
        };
        let rows = snapshot.stored_together(&load).await.unwrap();
        let decoded = rows.into_iter().map(|row| row.decoded().unwrap());
        let rows: Vec<_> = decoded.collect();
        if dimension == Dimension::Total {
            folded = rows.iter().filter(|row| row.workspace_id.is_nil()).count();
        }
        merge(dimension, rows, &mut together);
        merge(
            dimension,
            snapshot.load_pages(&load).await.unwrap(),
            &mut each,
        );
    }
    snapshot.finish().await.unwrap();
    assert_eq!(
        together.keys().collect::<Vec<_>>(),
        each.keys().collect::<Vec<_>>()
    );
    assert_eq!(bytes(&together), bytes(&each));
    folded
}

/// Days that are to be merged, whenever they were.
async fn waiting(db: &Database) -> Vec<UtcDay> {
    waiting_among(db, Asked::ALL).await
}

async fn waiting_among(db: &Database, asked: Asked) -> Vec<UtcDay> {
    let before = UtcDay(span().1.0 + 1_000);
    stale(
        db,
        before,
        Utc::now() + Duration::from_secs(60),
        asked,
        1_000,
    )
    .await
    .unwrap()
    .0
}

async fn fold_all(db: &Database) -> usize {
    let mut folded = 0;
    for day in waiting(db).await {
        let done = fold(db, day).await.unwrap();
        folded += usize::from(matches!(done, Folded::Done { .. }));
    }
    folded
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_merged_day_is_never_served_when_a_page_of_it_is_newer() {
    on_each_server(async |stage| {
        let workspaces = [WORKSPACE, OTHER, Uuid::from_u128(0xC)];
        let mut random = Random::new(21);
        let executions: Vec<_> = (1..=900)
            .map(|id| random.execution(id, &workspaces))
            .collect();
        let batches = random.batches(&executions, 60);
        let stop = Arc::new(AtomicBool::new(false));
        let goes_on = || {
            let stop = stop.clone();
            move || !stop.load(Ordering::Relaxed)
        };
        let compacting = {
            let (db, goes_on) = (stage.db.clone(), goes_on());
            async move {
                for round in (0..).take_while(|_| goes_on()) {
                    for workspace in workspaces {
                        compact(&db, workspace, 1 + round % 3).await.unwrap();
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        };
        let folding = || {
            let (db, goes_on) = (stage.db.clone(), goes_on());
            async move {
                while goes_on() {
                    fold_all(&db).await;
                    tokio::time::sleep(Duration::from_millis(3)).await;
                }
            }
        };
        // Pages that are wrong, and audits that put them right.
        let repairing = {
            let (db, url, goes_on) = (stage.db.clone(), stage.url.clone(), goes_on());
            async move {
                for round in (0..).take_while(|_| goes_on()) {
                    let workspace = workspaces[round % 3];
                    // Counted like any other change, as only who writes pages past the code would not be.
                    let wrong = format!(
                        "WITH gone AS (DELETE FROM analytics.partial_page
                           WHERE workspace_id = '{workspace}' AND dimension = 4 RETURNING day)
                         UPDATE analytics.page_version SET version = version + 1
                         WHERE workspace_id = '{workspace}' AND day IN (SELECT day FROM gone)"
                    );
                    sql(&url, &wrong).await;
                    let day = UtcDay(span().0.0 + 1 + (round % 3) as i32);
                    audit(&db, workspace, (day, day)).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        };
        let others = [
            tokio::spawn(compacting),
            tokio::spawn(folding()),
            tokio::spawn(folding()),
            tokio::spawn(repairing),
        ];
        let writer = tokio::spawn({
            let db = stage.db.clone();
            async move {
                for batch in batches {
                    put(&db, &batch).await;
                    tokio::time::sleep(Duration::from_millis(15)).await;
                }
            }
        });
        let (mut reads, mut folded) = (0, 0);
        while !writer.is_finished() {
            folded += both_ways(&stage.db).await;
            reads += 1;
        }
        writer.await.unwrap();
        assert!(reads > 5 && folded > 0, "{reads} reads, {folded} days");
        stop.store(true, Ordering::Relaxed);
        for other in others {
            other.await.unwrap();
        }
        // In the end every day is merged, and late events alone make one stale.
        compact_all(&stage.db, 1_000).await;
        fold_all(&stage.db).await;
        assert_eq!(waiting(&stage.db).await, []);
        let days = both_ways(&stage.db).await;
        assert!(days > 1, "{days}");
        put(&stage.db, &[random.execution(901, &workspaces)]).await;
        // Not compacted yet, it is added to what is merged, which stays right.
        assert_eq!(both_ways(&stage.db).await, days);
        compact_all(&stage.db, 1_000).await;
        let late = waiting(&stage.db).await;
        assert!(!late.is_empty() && late.len() < days);
        assert_eq!(both_ways(&stage.db).await, days - late.len());
        assert_eq!(fold_all(&stage.db).await, late.len());
        assert_eq!(both_ways(&stage.db).await, days);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_of_a_page_makes_its_day_stale() {
    on_each_server(async |stage| {
        put(&stage.db, &[whole(WORKSPACE, 1), whole(OTHER, 2)]).await;
        compact_all(&stage.db, 10).await;
        assert_eq!(fold_all(&stage.db).await, 1);
        let day = UtcDay::of(at("2026-11-20T00:00:00Z"));
        // An audit that finds all right changes nothing.
        audit(&stage.db, OTHER, (day, day)).await.unwrap();
        assert_eq!(waiting(&stage.db).await, []);
        for wrong in [
            "UPDATE analytics.partial_page SET whole_day = '\\x' WHERE dimension = 4 AND workspace_id = 'OF'",
            "DELETE FROM analytics.partial_page WHERE dimension = 4 AND workspace_id = 'OF'",
            "INSERT INTO analytics.partial_page SELECT workspace_id, dimension, day, 'none', opened, ended, completed,
               failed, timed_out, credits_micro, whole_day, quarters
             FROM analytics.partial_page WHERE dimension = 4 AND workspace_id = 'OF'",
        ] {
            sql(&stage.url, &wrong.replace("OF", &OTHER.to_string())).await;
            let audited = audit(&stage.db, OTHER, (day, day)).await.unwrap();
            let Audited::Done { repaired, .. } = audited else {
                panic!("nobody else is at it");
            };
            assert_eq!(repaired.len(), 1);
            assert_eq!(waiting(&stage.db).await, [day], "{wrong}");
            assert_eq!(fold_all(&stage.db).await, 1);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_earlier_days_only_some_are_asked_and_none_that_was_never_merged_is_left_out() {
    on_each_server(async |stage| {
        let on = |day: i64, id| {
            let mut execution = whole(WORKSPACE, id);
            execution.identity.opened_at += chrono::TimeDelta::days(day);
            execution.masked(Seen::OPENED)
        };
        let day = |number| UtcDay(UtcDay::of(at("2026-11-20T00:00:00Z")).0 + number);
        let from = |number, one_in| Asked {
            since: day(number),
            one_in,
        };
        put(&stage.db, &[on(0, 1), on(1, 2), on(3, 3)]).await;
        compact_all(&stage.db, 10).await;
        // Whatever is asked, what was never merged is.
        let never = i32::MAX;
        let all = [day(3), day(1), day(0)];
        assert_eq!(waiting_among(&stage.db, from(9, never)).await, all);
        assert_eq!(fold_all(&stage.db).await, 3);
        put(&stage.db, &[on(0, 11), on(1, 12), on(3, 13)]).await;
        compact_all(&stage.db, 10).await;
        assert_eq!(waiting_among(&stage.db, from(9, never)).await, []);
        assert_eq!(waiting_among(&stage.db, from(1, never)).await.len(), 2);
        assert_eq!(waiting_among(&stage.db, from(9, 1)).await.len(), 3);
        // Each in its turn.
        let mut asked = 0;
        while waiting_among(&stage.db, from(9, 4)).await.is_empty() {
            asked += 1;
            assert!(asked < 100);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fold_that_is_cut_off_is_as_if_it_had_not_begun() {
    on_each_server(async |stage| {
        let mut random = Random::new(22);
        let executions: Vec<_> = (1..=600)
            .map(|id| random.execution(id, &[WORKSPACE, OTHER]))
            .collect();
        for batch in random.batches(&executions, 200) {
            put(&stage.db, &batch).await;
        }
        compact_all(&stage.db, 1_000).await;
        let days = waiting(&stage.db).await;
        let (mut patience, mut cut) = (Duration::from_micros(50), 0);
        // The day with most of them, dropped ever later until it gets through.
        let day = UtcDay::of(at("2026-11-01T00:00:00Z"));
        loop {
            match tokio::time::timeout(patience, fold(&stage.db, day)).await {
                // The server may not have noticed yet that the last one is gone.
                Err(_) | Ok(Ok(Folded::Busy)) => cut += 1,
                Ok(done) => {
                    assert!(matches!(done.unwrap(), Folded::Done { pages: 6.. }));
                    break;
                }
            }
            // Dropped once its commit was on the way, it is done.
            if both_ways(&stage.db).await == 1 {
                break;
            }
            patience = patience * 3 / 2;
        }
        assert!(cut > 3, "{cut}");
        assert_eq!(both_ways(&stage.db).await, 1);
        assert_eq!(waiting(&stage.db).await.len(), days.len() - 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_state_never_replaces_a_newer_one() {
    on_each_server(async |stage| {
        put(&stage.db, &[whole(WORKSPACE, 1)]).await;
        compact_all(&stage.db, 10).await;
        let note = include_str!("../../src/platform/note.sql").replace("$1", "'2026-11-20'");
        an_older_note_is_refused(&stage.url, &note, async || {
            put(&stage.db, &[whole(OTHER, 2)]).await;
            compact_all(&stage.db, 10).await;
            assert_eq!(fold_all(&stage.db).await, 1);
        })
        .await;
        assert_eq!(both_ways(&stage.db).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_sees_everything_reads_the_platform() {
    on_each_server(async |stage| {
        put(&stage.db, &[whole(WORKSPACE, 1), whole(OTHER, 2)]).await;
        compact_all(&stage.db, 10).await;
        assert_eq!(fold_all(&stage.db).await, 1);
        let workspaces = async |scope: &Scope| {
            let mut snapshot: Snapshot = stage.db.snapshot(scope, None).await.unwrap();
            let day = UtcDay::of(at("2026-11-20T00:00:00Z"));
            let load = Load {
                dimension: Dimension::Total,
                keys: Keys::All,
                days: (day, day),
                quarters: Quarters::None,
            };
            let rows = snapshot.stored_together(&load).await.unwrap();
            let mut found: Vec<Uuid> = rows.into_iter().map(|row| row.workspace_id).collect();
            found.sort_unstable();
            found
        };
        let all = everything();
        assert_eq!(workspaces(&all).await, [Uuid::nil()]);
        assert_eq!(workspaces(&all.within([OTHER])).await, [OTHER]);
        // Also who names every one there is.
        assert_eq!(
            workspaces(&all.within([WORKSPACE, OTHER])).await,
            [WORKSPACE, OTHER]
        );
        // The database hides them, whatever the code asks for.
        for table in ["platform_day", "platform_page"] {
            let count = |setting: &str| {
                format!(
                    "BEGIN; SET LOCAL ROLE shadow_app; SET LOCAL app.workspaces = '{setting}';
                     SELECT count(*) > 0 FROM analytics.{table}"
                )
            };
            assert_eq!(value(&stage.url, &count("all")).await, "t", "{table}");
            for some in [
                format!("{WORKSPACE},{OTHER}"),
                OTHER.to_string(),
                String::new(),
            ] {
                assert_eq!(value(&stage.url, &count(&some)).await, "f", "{table}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_day_that_is_wrong_is_found_and_merged_anew() {
    on_each_server(async |stage| {
        put(&stage.db, &[whole(WORKSPACE, 1), whole(OTHER, 2)]).await;
        compact_all(&stage.db, 10).await;
        assert_eq!(fold_all(&stage.db).await, 1);
        let tally = check(&stage.db, 5).await.unwrap();
        assert_eq!((tally.compared, tally.broken), (6, 0));
        let damage = "UPDATE analytics.platform_page SET quarters = '\\x00' WHERE dimension = 5;
            INSERT INTO analytics.platform_page VALUES (4, '2026-11-20', 'nobody', '', '')";
        sql(&stage.url, damage).await;
        let tally = check(&stage.db, 5).await.unwrap();
        assert_eq!((tally.compared, tally.broken), (7, 2));
        let example = tally.example.unwrap();
        assert!(example.contains("2026-11-20"), "{example}");
        // It is no longer served, nor checked, until it is merged anew.
        assert_eq!(check(&stage.db, 5).await.unwrap().compared, 0);
        assert_eq!(fold_all(&stage.db).await, 1);
        let tally = check(&stage.db, 5).await.unwrap();
        assert_eq!((tally.compared, tally.broken), (6, 0));
    })
    .await;
}
