//! Pages are what their facts amount to, and facts go when they are no longer kept.

use chrono::{TimeDelta, Utc};
use shadow_jobs::work::{Audit, Retention, Work};
use shadow_jobs::{Config, run};
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::{compaction, retention};
use uuid::Uuid;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_not_what_its_facts_amount_to_is_repaired_and_noted() {
    let (database, db) = database().await;
    store(&db, 1, 1).await;
    let workspace = Uuid::from_u128(1);
    compaction::compact(&db, workspace, 10).await.unwrap();
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let damaged = client
        .execute(
            "UPDATE analytics.partial_page SET whole_day = '\\xff' WHERE dimension = 0",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(damaged, 1);
    let shutdown = Shutdown::new();
    let config = Config {
        work: vec![Work::Audit(Audit::default())],
        ..quick()
    };
    let worker = tokio::spawn(run(db.clone(), shutdown.clone(), config));
    eventually("an audit", || async {
        job(&db, Audit::NAME).await.is_some_and(|job| job.runs > 0)
    })
    .await;
    shutdown.request();
    worker.await.unwrap().unwrap();
    let job = job(&db, Audit::NAME).await.unwrap();
    assert_eq!(
        job.last_result.as_deref(),
        Some("compared 6 pages, repaired 1")
    );
    assert_eq!(opened(&db, workspace).await, 1);
    let noted = client
        .query_one("SELECT pages, repaired FROM analytics.page_audit", &[])
        .await
        .unwrap();
    assert_eq!((noted.get::<_, i32>(0), noted.get::<_, i32>(1)), (6, 1));
    drop(client);
    connection.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn executions_that_are_no_longer_kept_go_after_their_pages_were_audited() {
    let (database, db) = database().await;
    store(&db, 2, 1).await;
    store(&db, 1, 2).await;
    for workspace in [1, 2].map(Uuid::from_u128) {
        compaction::compact(&db, workspace, 10).await.unwrap();
    }
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let once = async |runs: i64| {
        let shutdown = Shutdown::new();
        let config = Config {
            work: vec![Work::Retention(Retention {
                facts: Some(TimeDelta::days(90)),
                ..Retention::default()
            })],
            ..quick()
        };
        let worker = tokio::spawn(run(db.clone(), shutdown.clone(), config));
        eventually("runs", || async {
            let job = job(&db, Retention::NAME).await;
            job.is_some_and(|job| job.runs >= runs)
        })
        .await;
        shutdown.request();
        worker.await.unwrap().unwrap();
    };
    let executions = async || -> i64 {
        let count = client.query_one("SELECT count(*) FROM analytics.execution", &[]);
        count.await.unwrap().get(0)
    };
    // Nothing goes while some process may not know yet that events of its time are refused.
    once(1).await;
    let standing = retention::standing(&db).await.unwrap().unwrap();
    let limit = Utc::now() - TimeDelta::days(90);
    assert!(
        standing.refused_before <= limit && standing.refused_before > limit - TimeDelta::days(32)
    );
    assert_eq!((standing.gone_before, executions().await), (None, 3));
    let later = "UPDATE analytics.retention SET refused_at = refused_at - interval '1 hour'";
    let again = "UPDATE analytics.job SET next_run_at = now()";
    client
        .batch_execute(&format!("{later}; {again}"))
        .await
        .unwrap();
    // A run that audits, and one that drops.
    once(3).await;
    let standing = retention::standing(&db).await.unwrap().unwrap();
    assert_eq!(standing.gone_before, Some(standing.refused_before));
    assert_eq!(executions().await, 0);
    assert_eq!(opened(&db, Uuid::from_u128(1)).await, 2);
    assert_eq!(opened(&db, Uuid::from_u128(2)).await, 1);
    drop(client);
    connection.abort();
}
