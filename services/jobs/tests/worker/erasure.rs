//! People are erased one by one, whatever becomes of the others.

use chrono::{DateTime, TimeDelta};
use shadow_auth::Scope;
use shadow_domain::fact::{Activity, ActivityType, Content, Erasure as Asked, Fact};
use shadow_jobs::work::{Erasure, Work};
use shadow_jobs::{Config, run};
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::{Database, erasure, ingest};
use uuid::Uuid;

use crate::support::*;

async fn say(db: &Database, id: u128, content: Content) {
    let fact = Fact {
        workspace_id: Uuid::from_u128(1),
        occurred_at: DateTime::from_timestamp(1_750_000_000, 0).unwrap()
            + TimeDelta::seconds(id as i64),
        event_id: Uuid::from_u128(id),
        content,
    };
    let stored = ingest::store_facts(db, &Scope::system("a test"), &[fact]).await;
    assert!(stored.unwrap().failed.is_empty());
}

fn active(user: &str) -> Content {
    Content::Activity(Activity {
        user_id: user.to_owned(),
        activity_type: ActivityType::PageView,
        session_id: None,
        name: None,
        path: None,
        device: None,
    })
}

fn erase(user: &str) -> Content {
    Content::Erasure(Asked {
        user_id: user.to_owned(),
        requested_by: "olga".to_owned(),
    })
}

/// Whose erasures are finished, by the event's id.
async fn finished(db: &Database) -> Vec<u128> {
    let scope = Scope::system("a test");
    let record = erasure::list(db, &scope, None, 10).await.unwrap();
    let mut finished: Vec<u128> = record
        .iter()
        .filter(|one| one.finished_at.is_some())
        .map(|one| one.event_id.as_u128())
        .collect();
    finished.sort();
    finished
}

#[tokio::test(flavor = "multi_thread")]
async fn one_erasure_that_fails_stops_no_other() {
    let (database, db) = database().await;
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    for (id, user) in [(1, "ada"), (2, "bob"), (3, "eve")] {
        say(&db, id, active(user)).await;
    }
    // What nobody can change is neither the first nor the last.
    client
        .batch_execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN RAISE EXCEPTION 'this one stays'; END $$;
             CREATE TRIGGER refuse BEFORE UPDATE ON analytics.activity
               FOR EACH ROW WHEN (OLD.user_id = 'bob') EXECUTE FUNCTION refuse()",
        )
        .await
        .unwrap();
    for (id, user) in [(11, "ada"), (12, "bob"), (13, "eve")] {
        say(&db, id, erase(user)).await;
    }
    let shutdown = Shutdown::new();
    // One at a time: the one that fails is all that a run has at hand.
    let config = Config {
        work: vec![Work::Erasure(Erasure {
            most: 1,
            ..Erasure::default()
        })],
        retry: std::time::Duration::from_millis(50),
        ..quick()
    };
    let worker = tokio::spawn(run(db.clone(), shutdown.clone(), config));
    eventually("the erasure of the others", || async {
        finished(&db).await == [11, 13]
    })
    .await;
    eventually("a failure that is told", || async {
        let job = job(&db, Erasure::NAME).await;
        job.is_some_and(|job| {
            job.last_error
                .is_some_and(|text| text.contains("this one stays"))
        })
    })
    .await;
    client
        .batch_execute("DROP TRIGGER refuse ON analytics.activity")
        .await
        .unwrap();
    eventually("the erasure of all", || async {
        finished(&db).await == [11, 12, 13]
    })
    .await;
    shutdown.request();
    worker.await.unwrap().unwrap();
    drop(client);
    connection.abort();
}
