//! Days that are over are summed up by user, again when they change, and by any number of workers.

use chrono::TimeDelta;
use shadow_jobs::work::{Compaction, Summaries, Work};
use shadow_jobs::{Config, run};
use shadow_runtime::shutdown::Shutdown;

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn days_are_summed_up_once_and_again_when_something_comes_late() {
    let (database, db) = database().await;
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let made = async |versions: &str| -> bool {
        let row = client
            .query_one(
                "SELECT COALESCE(string_agg(made.version::text, ',' ORDER BY workspace_id), ''),
                   count(*) = (SELECT count(*) FROM analytics.page_version) AND NOT EXISTS (
                     SELECT FROM analytics.partial_delta)
                 FROM analytics.user_day_made AS made
                 JOIN analytics.page_version AS counted USING (workspace_id, day, version)",
                &[],
            )
            .await
            .unwrap();
        row.get::<_, &str>(0) == versions && row.get(1)
    };
    let work = vec![
        Work::Compaction(Compaction::default()),
        Work::Summaries(Summaries {
            every: std::time::Duration::from_millis(10),
            days: 2,
            again: TimeDelta::zero(),
            ..Summaries::default()
        }),
    ];
    // Workers come and go.
    for (workspaces, name, versions) in [(3, 1, "1,1,1"), (1, 2, "2,1,1"), (2, 3, "3,2,1")] {
        store(&db, workspaces, name).await;
        let shutdown = Shutdown::new();
        let config = Config {
            work: work.clone(),
            ..quick()
        };
        let workers =
            [1, 2].map(|_| tokio::spawn(run(db.clone(), shutdown.clone(), config.clone())));
        eventually("summaries", || made(versions)).await;
        shutdown.request();
        for worker in workers {
            worker.await.unwrap().unwrap();
        }
    }
    let job = job(&db, Summaries::NAME).await.unwrap();
    assert_eq!(job.last_error, None);
    drop(client);
    connection.abort();
}
