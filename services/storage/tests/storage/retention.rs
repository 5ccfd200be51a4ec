//! Facts go when their time has come and their pages hold them; pages stay, and what can still be rebuilt is.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::execution::Execution;
use shadow_domain::fact::Fact;
use shadow_domain::time::UtcDay;
use shadow_storage::compaction::{Audited, audit, compact, pick, rebuild};
use shadow_storage::retention::{
    Month, Standing, delete_activities, delete_steps, drop_month, refuse_before, refused_before,
    standing, unaudited,
};
use shadow_storage::{Database, Error, jobs, partitions};
use uuid::Uuid;

use crate::compaction::{Bytes, bytes, compact_all, days, read};
use crate::facts::{fact, put_facts};
use crate::steps::step;
use crate::support::*;

const COUNT: &str = "SELECT count(*) FROM analytics.execution";

/// An hour passes.
const WAIT: &str = "UPDATE analytics.retention SET refused_at = refused_at - interval '1 hour'";

fn march() -> DateTime<Utc> {
    at("2025-03-01T00:00:00Z")
}

fn april() -> DateTime<Utc> {
    at("2025-04-01T00:00:00Z")
}

/// A finished execution that was opened at a time, and ran for nine seconds.
fn run(workspace: Uuid, id: u128, opened_at: &str) -> Execution {
    let mut run = whole(workspace, id);
    let later = at(opened_at) - run.identity.opened_at;
    run.identity.opened_at += later;
    run.started_at = run.started_at.map(|at| at + later);
    if let Some(end) = &mut run.end {
        end.ended_at += later;
    }
    run
}

fn activity(workspace: Uuid, id: u128, occurred_at: &str) -> Fact {
    Fact {
        occurred_at: at(occurred_at),
        ..fact(workspace, id)
    }
}

/// Two workspaces from long ago to April, with a run that goes on from February to March and one from March to April.
async fn fill(db: &Database) {
    let runs = [
        run(WORKSPACE, 1, "2011-05-05T10:00:00Z"),
        run(WORKSPACE, 2, "2025-02-10T10:00:00Z"),
        run(OTHER, 3, "2025-02-11T10:00:00Z"),
        run(WORKSPACE, 4, "2025-02-28T23:59:55Z"),
        run(WORKSPACE, 5, "2025-03-01T00:00:00Z"),
        run(WORKSPACE, 6, "2025-03-31T23:59:58Z"),
        run(WORKSPACE, 7, "2025-04-20T10:00:00Z"),
    ];
    put(db, &runs).await;
    let activities = [
        activity(WORKSPACE, 1, "2025-02-12T10:00:00Z"),
        activity(OTHER, 2, "2025-02-28T23:59:59Z"),
        activity(OTHER, 3, "2025-04-02T10:00:00Z"),
    ];
    put_facts(db, &activities).await;
    let steps: Vec<Fact> = runs.iter().map(|run| step(&run.identity, 1)).collect();
    put_facts(db, &steps).await;
    compact_all(db, 100).await;
}

/// Audits whatever a month still lacks, and says how many days that were.
async fn audit_all(db: &Database, month: &Month) -> usize {
    let days = unaudited(db, month, 1_000).await.unwrap();
    for (workspace, day) in &days {
        let audited = audit(db, *workspace, (*day, *day)).await.unwrap();
        assert!(matches!(audited, Audited::Done { .. }));
    }
    days.len()
}

async fn next(db: &Database) -> Option<Month> {
    standing(db)
        .await
        .unwrap()
        .and_then(|standing| standing.next())
}

/// Drops everything up to the next month but one that has something in it.
async fn drop_until(db: &Database, until: DateTime<Utc>) {
    loop {
        let month = next(db).await.unwrap();
        audit_all(db, &month).await;
        assert!(drop_month(db, month.until).await.unwrap(), "{month:?}");
        if month.until == until {
            return;
        }
    }
}

async fn pages(db: &Database) -> [Bytes; 2] {
    [read(db, WORKSPACE).await, read(db, OTHER).await]
}

#[tokio::test(flavor = "multi_thread")]
async fn executions_go_by_the_month_and_their_pages_stay() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        fill(db).await;
        let before = pages(db).await;
        assert_eq!(standing(db).await.unwrap(), None);
        assert!(
            !drop_month(db, march()).await.unwrap(),
            "nothing is refused yet"
        );

        refuse_before(db, april()).await.unwrap();
        // It never moves back.
        refuse_before(db, march()).await.unwrap();
        let refused = Standing {
            refused_before: april(),
            gone_before: None,
        };
        assert_eq!(standing(db).await.unwrap(), Some(refused));
        assert_eq!(refused_before(db).await.unwrap(), Some(april()));
        let oldest = Month {
            since: None,
            until: at("2025-01-01T00:00:00Z"),
        };
        assert_eq!(next(db).await, Some(oldest));
        assert_eq!(audit_all(db, &oldest).await, 1);
        assert!(
            !drop_month(db, oldest.until).await.unwrap(),
            "some do not know yet"
        );
        sql(url, WAIT).await;
        assert!(
            !drop_month(db, march()).await.unwrap(),
            "the oldest goes first"
        );
        drop_until(db, march()).await;

        // Everything opened before March is gone, and nothing else.
        assert_eq!(value(url, COUNT).await, "3");
        assert_eq!(pages(db).await, before);
        assert_eq!(delete_activities(db, march()).await.unwrap(), 2);
        assert_eq!(delete_steps(db, march()).await.unwrap(), 4);
        let left = "SELECT count(*) FROM analytics.execution_step";
        assert_eq!(value(url, left).await, "3");
        assert_eq!(
            value(url, "SELECT count(*) FROM analytics.activity").await,
            "1"
        );
        assert_eq!(pages(db).await, before);
        // A month that is not kept is not made again.
        let made = partitions::ensure(db, at("2025-01-01T00:00:00Z"), march()).await;
        assert_eq!(made.unwrap(), 0);

        // What can be rebuilt is what it was, the minutes of a run that is gone included.
        let kept = (UtcDay::of(march()), days().1);
        for (workspace, before) in [(WORKSPACE, &before[0]), (OTHER, &before[1])] {
            let mut before = before.clone();
            before.retain(|key, _| key.day >= kept.0);
            let rebuilt = rebuild(db, workspace, kept).await.unwrap();
            assert_eq!(bytes(rebuilt), before);
            let refused = rebuild(db, workspace, (UtcDay(kept.0.0 - 1), kept.1)).await;
            assert!(matches!(refused, Err(Error::FactsGone(gone)) if gone == march()));
            let refused = audit(db, workspace, (UtcDay(kept.0.0 - 1), kept.1)).await;
            assert!(matches!(refused, Err(Error::FactsGone(_))));
        }
        // Nor are such days chosen at random.
        let picked = pick(db, UtcDay::of(april()), 10).await.unwrap();
        assert!(picked.iter().all(|(_, day)| *day >= kept.0), "{picked:?}");
        assert_eq!(picked.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_stays_until_each_of_its_days_was_found_right() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        fill(db).await;
        refuse_before(db, march()).await.unwrap();
        sql(url, WAIT).await;
        drop_until(db, at("2025-02-01T00:00:00Z")).await;
        let month = next(db).await.unwrap();
        assert_eq!(month.until, march());
        let february = |day| UtcDay::of(at(&format!("2025-02-{day}T00:00:00Z")));
        let expected = [
            (WORKSPACE, february(10)),
            (WORKSPACE, february(12)),
            (WORKSPACE, february(28)),
            (OTHER, february(11)),
            (OTHER, february(28)),
        ];
        assert_eq!(unaudited(db, &month, 10).await.unwrap(), expected);
        assert_eq!(unaudited(db, &month, 2).await.unwrap(), expected[..2]);
        let stays = async |why: &str| {
            assert!(!drop_month(db, march()).await.unwrap(), "{why}");
            let facts = "SELECT count(*) FROM analytics.execution_2025_02";
            assert_eq!(value(url, facts).await, "3", "{why}");
            let kept = "SELECT count(*) FROM analytics.fact_residue";
            assert_eq!(value(url, kept).await, "0", "{why}");
        };
        stays("no day was audited").await;

        // A page that is lost, of which only facts know.
        sql(
            url,
            "DELETE FROM analytics.partial_page WHERE day = '2025-02-11'",
        )
        .await;
        assert_eq!(audit_all(db, &month).await, 5);
        stays("a day was wrong when it was audited").await;
        assert_eq!(unaudited(db, &month, 10).await.unwrap(), expected[3..4]);
        assert_eq!(audit_all(db, &month).await, 1);

        // A delta that waits, and one that was compacted since.
        let mut late = run(WORKSPACE, 9, "2025-02-10T12:00:00Z");
        late.end = None;
        put(db, &[late]).await;
        assert_eq!(unaudited(db, &month, 10).await.unwrap(), expected[..1]);
        assert!(!drop_month(db, march()).await.unwrap(), "a delta waits");
        compact(db, WORKSPACE, 10).await.unwrap();
        assert_eq!(unaudited(db, &month, 10).await.unwrap(), expected[..1]);
        assert!(
            !drop_month(db, march()).await.unwrap(),
            "a page has changed"
        );
        assert_eq!(audit_all(db, &month).await, 1);
        assert!(drop_month(db, march()).await.unwrap());
        assert_eq!(next(db).await, None);
        assert_eq!(value(url, COUNT).await, "3");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_itself_drops_nothing_before_its_time() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        fill(db).await;
        let drop = "BEGIN; SET LOCAL ROLE shadow_jobs; SELECT analytics.drop_execution_partition('2025-01-01')";
        assert_eq!(value(url, drop).await, "f");
        refuse_before(db, march()).await.unwrap();
        assert_eq!(value(url, drop).await, "f", "it is refused for a moment only");
        sql(url, WAIT).await;
        assert_eq!(value(url, drop).await, "f", "it was not audited");
        let newer = drop.replace("2025-01-01", "2025-05-01");
        assert_eq!(value(url, &newer).await, "f", "it is kept");
        for statement in [
            "UPDATE analytics.retention SET gone_before = refused_before",
            "DROP TABLE analytics.execution_2025_02",
            "DELETE FROM analytics.execution",
        ] {
            let attempt = format!("BEGIN; SET LOCAL ROLE shadow_jobs; SET LOCAL app.workspaces = 'all'; {statement}");
            assert!(try_sql(url, &attempt).await.is_err(), "{statement}");
        }
        let app = drop.replace("shadow_jobs", "shadow_app");
        assert!(try_sql(url, &app).await.is_err());
        assert_eq!(value(url, COUNT).await, "7");
    })
    .await;
}

/// A connection that is in the middle of a transaction.
async fn amid(url: &str, statements: &str) -> (tokio_postgres::Client, impl Drop) {
    struct Running(tokio::task::JoinHandle<Result<(), tokio_postgres::Error>>);
    impl Drop for Running {
        fn drop(&mut self) {
            self.0.abort();
        }
    }
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    let running = Running(tokio::spawn(connection));
    client
        .batch_execute(&format!("BEGIN; {statements}"))
        .await
        .unwrap();
    (client, running)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_that_met_a_drop_leaves_the_pages_alone() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        fill(db).await;
        refuse_before(db, march()).await.unwrap();
        sql(url, WAIT).await;
        drop_until(db, at("2025-02-01T00:00:00Z")).await;
        audit_all(db, &next(db).await.unwrap()).await;
        let before = pages(db).await;

        let drop_it = "SET LOCAL ROLE shadow_jobs; SET LOCAL app.workspaces = 'all';
            SELECT analytics.drop_execution_partition('2025-03-01')";
        let (dropping, _running) = amid(url, drop_it).await;
        let day = UtcDay::of(at("2025-02-10T00:00:00Z"));
        let audited = tokio::spawn({
            let db = db.clone();
            async move { audit(&db, WORKSPACE, (day, day)).await }
        });
        let rebuilt = tokio::spawn({
            let db = db.clone();
            async move { rebuild(&db, WORKSPACE, (day, day)).await }
        });
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
        while value(url, waiting).await != "2" {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        dropping.batch_execute("COMMIT").await.unwrap();
        let audited = audited.await.unwrap();
        assert!(
            matches!(audited, Err(Error::FactsGone(gone)) if gone == march()),
            "{audited:?}"
        );
        let rebuilt = rebuilt.await.unwrap();
        assert!(matches!(rebuilt, Err(Error::FactsGone(gone)) if gone == march()));
        assert_eq!(pages(db).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_others_are_at_work_on_waits_for_another_time() {
    on_each_server(async |stage| {
        let (db, url) = (&stage.db, &stage.url);
        fill(db).await;
        refuse_before(db, march()).await.unwrap();
        sql(url, WAIT).await;
        drop_until(db, at("2025-02-01T00:00:00Z")).await;
        audit_all(db, &next(db).await.unwrap()).await;
        let reads = "SELECT count(*) FROM analytics.execution_2025_02";
        let (reading, _running) = amid(url, reads).await;
        assert!(!drop_month(db, march()).await.unwrap(), "somebody reads it");
        reading.batch_execute("COMMIT").await.unwrap();
        assert!(drop_month(db, march()).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_no_version_knows_are_forgotten() {
    on_each_server(async |stage| {
        let db = &stage.db;
        jobs::register(db, &["known", "renamed"]).await.unwrap();
        let now = Utc::now();
        let idle = now - TimeDelta::days(90);
        assert_eq!(jobs::trim(db, &["known"], idle).await.unwrap(), 0);
        // A worker that died had leased it, and nobody ever finished.
        let minute = std::time::Duration::from_secs(60);
        jobs::lease(db, &["renamed"], "dead", minute)
            .await
            .unwrap()
            .unwrap();
        let idle_since = "UPDATE analytics.job SET next_run_at = now() - interval '91 days'";
        sql(&stage.url, idle_since).await;
        assert_eq!(jobs::trim(db, &["known"], idle).await.unwrap(), 0, "held");
        sql(
            &stage.url,
            "UPDATE analytics.job SET lease_until = now() - interval '1 second' WHERE lease_holder IS NOT NULL",
        )
        .await;
        assert_eq!(jobs::trim(db, &["known"], idle).await.unwrap(), 1);
        let left = jobs::list(db).await.unwrap();
        assert_eq!(
            left.iter().map(|job| job.name.as_str()).collect::<Vec<_>>(),
            ["known"]
        );
    })
    .await;
}
