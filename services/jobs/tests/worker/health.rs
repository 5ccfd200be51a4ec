//! What must hold of numbers is checked on live data, and what does not is told.

use chrono::Utc;
use shadow_domain::data_health::Identity;
use shadow_domain::time::UtcDay;
use shadow_jobs::work::{DataHealth, Work};
use shadow_jobs::{Config, run};
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::{Database, compaction, data_health, summaries};
use uuid::Uuid;

use crate::support::*;

async fn check(db: &Database) -> data_health::Report {
    let before = job(db, DataHealth::NAME).await.map_or(0, |job| job.runs);
    let shutdown = Shutdown::new();
    let config = Config {
        work: vec![Work::DataHealth(DataHealth {
            every: std::time::Duration::from_millis(5),
            ..DataHealth::default()
        })],
        ..quick()
    };
    let worker = tokio::spawn(run(db.clone(), shutdown.clone(), config));
    eventually("checks", || async {
        let job = job(db, DataHealth::NAME).await;
        job.is_some_and(|job| job.runs > before)
    })
    .await;
    shutdown.request();
    worker.await.unwrap().unwrap();
    let since = chrono::DateTime::UNIX_EPOCH;
    let job = job(db, DataHealth::NAME).await.unwrap();
    assert_eq!((job.failures, job.last_error), (0, None));
    data_health::report(db, &data_health::scope(), since, 100, None)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_wrong_breaks_what_must_hold() {
    let (database, db) = database().await;
    // One execution each, of which the second workspace gets another one.
    store(&db, 2, 1).await;
    store(&db, 2, 2).await;
    for workspace in [1, 2].map(Uuid::from_u128) {
        compaction::compact(&db, workspace, 10).await.unwrap();
    }
    let now = Utc::now();
    let before = UtcDay(UtcDay::of(now).0 + 1);
    let days = summaries::stale(&db, before, now, summaries::Asked::ALL, None, 10).await;
    for day in days.unwrap().0 {
        summaries::make(&db, day).await.unwrap();
    }
    let report = check(&db).await;
    let compared = |identity| {
        let days = report.checks.iter();
        days.filter(|day| day.identity == identity)
            .map(|day| (day.compared, day.broken))
            .fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1))
    };
    for identity in [
        Identity::Outcomes,
        Identity::Keys,
        Identity::Quarters,
        Identity::Workspaces,
        Identity::Credits,
        Identity::Openings,
        Identity::Summaries,
    ] {
        let (compared, broken) = compared(identity);
        assert!(compared > 0, "{identity:?} was not checked");
        assert_eq!(broken, 0, "{identity:?}: {:?}", report.broken);
    }
    assert_eq!(report.broken, []);

    // The day of all executions of a workspace says what its quarter-hours do not: it has the bytes of a later time.
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let keep = "CREATE TABLE kept AS SELECT * FROM analytics.partial_page";
    client.batch_execute(keep).await.unwrap();
    store(&db, 1, 3).await;
    compaction::compact(&db, Uuid::from_u128(1), 10)
        .await
        .unwrap();
    let damage = "UPDATE analytics.partial_page AS page SET whole_day = kept.whole_day
        FROM kept WHERE (kept.workspace_id, kept.dimension, kept.day, kept.key)
            = (page.workspace_id, page.dimension, page.day, page.key)
          AND page.dimension = 0 AND page.workspace_id = '00000000-0000-0000-0000-000000000001'";
    assert_eq!(client.execute(damage, &[]).await.unwrap(), 1);
    let report = check(&db).await;
    let wrong: Vec<_> = report
        .broken
        .iter()
        .map(|one| (one.workspace_id, one.identity))
        .collect();
    assert!(
        wrong.contains(&(Some(Uuid::from_u128(1)), Identity::Quarters)),
        "{wrong:?}"
    );
    assert!(wrong.contains(&(Some(Uuid::from_u128(1)), Identity::Keys)));
    assert!(wrong.iter().all(|one| one.0 == Some(Uuid::from_u128(1))));
    let quarters = report
        .broken
        .iter()
        .find(|one| one.identity == Identity::Quarters)
        .unwrap();
    assert!(
        quarters.example.contains("executions of 2025-06-15"),
        "{}",
        quarters.example
    );
    drop(client);
    connection.abort();
}
