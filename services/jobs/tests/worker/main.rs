//! The worker on a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod erasure;
mod health;
mod kept;
mod platform;
mod summaries;
mod support;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use shadow_auth::Scope;
use shadow_jobs::work::{Compaction, FeedTrim, RefusalTrim, Work, all};
use shadow_jobs::{Config, run};
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::{compaction, feed, jobs, refusals};
use uuid::Uuid;

use support::*;

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_do_everything_that_is_due() {
    let (_database, db) = database().await;
    store(&db, 5, 1).await;
    let shutdown = Shutdown::new();
    let workers: Vec<_> = (0..2)
        .map(|_| tokio::spawn(run(db.clone(), shutdown.clone(), quick())))
        .collect();
    eventually("compaction", || async {
        compaction::pending_workspaces(&db)
            .await
            .unwrap()
            .is_empty()
    })
    .await;
    eventually("numbering", || async {
        feed::position(&db).await.unwrap().last == 5
    })
    .await;
    for work in all(None) {
        eventually(work.name(), || async {
            job(&db, work.name())
                .await
                .is_some_and(|job| job.last_succeeded_at.is_some())
        })
        .await;
    }
    shutdown.request();
    for worker in workers {
        worker.await.unwrap().unwrap();
    }
    for job in jobs::list(&db).await.unwrap() {
        assert_eq!((job.lease_holder, job.failures), (None, 0), "{}", job.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_worker_held_is_taken_over() {
    let (_database, db) = database().await;
    store(&db, 1, 1).await;
    // A worker that took the job and was never heard of again.
    jobs::register(&db, &[Compaction::NAME]).await.unwrap();
    let taken = jobs::lease(
        &db,
        &[Compaction::NAME],
        "killed",
        Duration::from_millis(300),
    )
    .await
    .unwrap();
    let taken = taken.expect("it is due at once");
    assert_eq!(
        jobs::lease(&db, &[Compaction::NAME], "other", Duration::from_secs(9))
            .await
            .unwrap(),
        None
    );
    let shutdown = Shutdown::new();
    let worker = tokio::spawn(run(db.clone(), shutdown.clone(), quick()));
    eventually("the take-over", || async {
        job(&db, Compaction::NAME)
            .await
            .is_some_and(|job| job.runs > 0)
    })
    .await;
    assert!(
        compaction::pending_workspaces(&db)
            .await
            .unwrap()
            .is_empty()
    );
    // Should it wake up, nothing that it says counts.
    assert!(
        !jobs::heartbeat(&db, &taken, Duration::from_secs(9))
            .await
            .unwrap()
    );
    assert!(
        !jobs::finish(&db, &taken, Ok("late"), Duration::ZERO)
            .await
            .unwrap()
    );
    shutdown.request();
    worker.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_cut_off_leaves_nothing_half_done() {
    let (_database, db) = database().await;
    let config = Config {
        lease: Duration::from_millis(100),
        work: vec![Work::Compaction(Compaction {
            deltas: 1,
            every: Duration::ZERO,
            ..Compaction::default()
        })],
        ..quick()
    };
    // Each worker is dropped wherever it happens to be.
    for name in 1..=10 {
        store(&db, 3, name).await;
        let working = run(db.clone(), Shutdown::new(), config.clone());
        drop(tokio::time::timeout(Duration::from_millis(name as u64 * 7), working).await);
    }
    let shutdown = Shutdown::new();
    let worker = tokio::spawn(run(db.clone(), shutdown.clone(), config));
    eventually("compaction", || async {
        compaction::pending_workspaces(&db)
            .await
            .unwrap()
            .is_empty()
    })
    .await;
    shutdown.request();
    worker.await.unwrap().unwrap();
    // Pages that were merged are those that the facts alone amount to.
    for workspace in 1..=3 {
        assert_eq!(opened(&db, Uuid::from_u128(workspace)).await, 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_noted_and_the_job_is_tried_again() {
    let (database, db) = database().await;
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    client
        .batch_execute("ALTER TABLE analytics.partial_delta RENAME TO hidden")
        .await
        .unwrap();
    let shutdown = Shutdown::new();
    let config = Config {
        retry: Duration::from_millis(20),
        ..quick()
    };
    let worker = tokio::spawn(run(db.clone(), shutdown.clone(), config));
    eventually("a second failure", || async {
        job(&db, Compaction::NAME)
            .await
            .is_some_and(|job| job.failures >= 2)
    })
    .await;
    let failed = job(&db, Compaction::NAME).await.unwrap();
    assert!(failed.last_error.unwrap().contains("finding what waits"));
    client
        .batch_execute("ALTER TABLE analytics.hidden RENAME TO partial_delta")
        .await
        .unwrap();
    eventually("a success", || async {
        job(&db, Compaction::NAME)
            .await
            .is_some_and(|job| job.failures == 0)
    })
    .await;
    shutdown.request();
    worker.await.unwrap().unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_keeps_its_window_only() {
    let (_database, db) = database().await;
    store(&db, 2, 1).await;
    let shutdown = Shutdown::new();
    let trim = |window| {
        Work::FeedTrim(FeedTrim {
            every: Duration::ZERO,
            window,
        })
    };
    let work = vec![trim(TimeDelta::hours(24))];
    let worker = tokio::spawn(run(
        db.clone(),
        shutdown.clone(),
        Config { work, ..quick() },
    ));
    eventually("a run after numbering", || async {
        let runs = job(&db, FeedTrim::NAME).await.map_or(0, |job| job.runs);
        feed::position(&db).await.unwrap().last == 2 && runs > 3
    })
    .await;
    assert_eq!(feed::position(&db).await.unwrap().oldest, 0);
    shutdown.request();
    worker.await.unwrap().unwrap();

    let shutdown = Shutdown::new();
    let work = vec![trim(TimeDelta::zero())];
    let worker = tokio::spawn(run(
        db.clone(),
        shutdown.clone(),
        Config { work, ..quick() },
    ));
    eventually("trimming", || async {
        feed::position(&db).await.unwrap().oldest == 2
    })
    .await;
    shutdown.request();
    worker.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_of_refused_events_are_kept_for_their_window_only() {
    let (_database, db) = database().await;
    let hour = |days: i64| {
        let seconds = (Utc::now() - TimeDelta::days(days)).timestamp();
        DateTime::from_timestamp(seconds - seconds.rem_euclid(3_600), 0).unwrap()
    };
    let count = |days| refusals::Count {
        key: refusals::Key {
            workspace_id: Some(Uuid::from_u128(1)),
            hour: hour(days),
            reason: 2,
            field: "event_id".to_owned(),
        },
        events: 1,
        last_at: hour(days),
    };
    refusals::add(&db, &[count(29), count(31)]).await.unwrap();
    let shutdown = Shutdown::new();
    let config = Config {
        work: vec![Work::RefusalTrim(RefusalTrim::default())],
        ..quick()
    };
    let worker = tokio::spawn(run(db.clone(), shutdown.clone(), config));
    eventually("a run", || async {
        job(&db, RefusalTrim::NAME)
            .await
            .is_some_and(|job| job.runs > 0)
    })
    .await;
    shutdown.request();
    worker.await.unwrap().unwrap();
    let everything = Scope::system("a test");
    let range = (hour(40), hour(0));
    let kept = refusals::list(&db, &everything, range, None, 10).await;
    assert_eq!(kept.unwrap(), [count(29)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_cannot_be_compacted_keeps_no_other_waiting() {
    let (database, db) = database().await;
    store(&db, 5, 1).await;
    // The one with the most deltas, which is tried first.
    store(&db, 1, 2).await;
    let broken = Uuid::from_u128(1);
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let damaged = client
        .execute(
            "UPDATE analytics.partial_delta SET cells = '\\xff' WHERE workspace_id = $1::text::uuid",
            &[&broken.to_string()],
        )
        .await
        .unwrap();
    assert_eq!(damaged, 2);
    let shutdown = Shutdown::new();
    // One run, which is not repeated.
    let config = Config {
        retry: Duration::from_secs(3_600),
        ..quick()
    };
    let worker = tokio::spawn(run(db.clone(), shutdown.clone(), config));
    eventually("compaction of the others", || async {
        let waiting = compaction::pending_workspaces(&db).await.unwrap();
        waiting.iter().all(|one| one.workspace_id == broken)
    })
    .await;
    eventually("the failure", || async {
        job(&db, Compaction::NAME)
            .await
            .and_then(|job| job.last_error)
            .is_some_and(|error| error.contains(&broken.to_string()))
    })
    .await;
    shutdown.request();
    worker.await.unwrap().unwrap();
    drop(client);
    connection.abort();
}
