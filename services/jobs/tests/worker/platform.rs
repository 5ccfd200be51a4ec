//! Days that are over are merged over all workspaces, again when they change, and checked.

use chrono::TimeDelta;
use shadow_domain::data_health::Identity;
use shadow_jobs::work::{Compaction, DataHealth, PlatformFold, Work};
use shadow_jobs::{Config, run};
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::{Database, data_health};

use crate::support::*;

/// Two workers do some work until something holds.
async fn until<F: Future<Output = bool>>(
    db: &Database,
    work: Vec<Work>,
    what: &str,
    holds: impl FnMut() -> F,
) {
    let shutdown = Shutdown::new();
    let config = Config { work, ..quick() };
    let workers = [1, 2].map(|_| tokio::spawn(run(db.clone(), shutdown.clone(), config.clone())));
    eventually(what, holds).await;
    shutdown.request();
    for worker in workers {
        worker.await.unwrap().unwrap();
    }
}

fn work() -> Vec<Work> {
    vec![
        Work::Compaction(Compaction::default()),
        Work::PlatformFold(PlatformFold {
            every: std::time::Duration::from_millis(10),
            again: TimeDelta::zero(),
            ..PlatformFold::default()
        }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_merged_once_and_again_when_something_comes_late() {
    let (database, db) = database().await;
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let merged = async |version: i64| -> bool {
        let row = client
            .query_opt(
                "SELECT folded.version, (SELECT sum(version)::bigint FROM analytics.page_version)
                 FROM analytics.platform_day AS folded",
                &[],
            )
            .await
            .unwrap();
        row.is_some_and(|row| row.get::<_, i64>(0) == version && row.get::<_, i64>(1) == version)
    };
    store(&db, 3, 1).await;
    until(&db, work(), "a merged day", || merged(3)).await;
    store(&db, 1, 2).await;
    until(&db, work(), "another merge", || merged(4)).await;

    // What is wrong with it is found by the check of what must hold.
    let check = vec![Work::DataHealth(DataHealth::default())];
    let platform = async || {
        let since = chrono::DateTime::UNIX_EPOCH;
        let scope = data_health::scope();
        let report = data_health::report(&db, &scope, since, 100, None).await;
        let checks = report.unwrap().checks.into_iter();
        let ours = checks.filter(|day| day.identity == Identity::Platform);
        ours.fold((0, 0), |sum, day| {
            (sum.0 + day.compared, sum.1 + day.broken)
        })
    };
    until(&db, check.clone(), "a check", async || {
        platform().await.0 > 0
    })
    .await;
    assert_eq!(platform().await.1, 0);
    let damage = "UPDATE analytics.platform_page SET whole_day = '\\x00' WHERE dimension = 0;
        UPDATE analytics.job SET next_run_at = now()";
    client.batch_execute(damage).await.unwrap();
    until(&db, check, "a finding", async || platform().await.1 == 1).await;
    assert!(!merged(4).await);
    until(&db, work(), "a merge anew", || merged(4)).await;
    drop(client);
    connection.abort();
}
