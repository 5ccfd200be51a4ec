//! Connections: whoever waits for one gets it in turn, and is refused no sooner than its time is over.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use shadow_storage::{Config, Database, Error, directory};

use crate::support::{Stage, config, everything, on_each_server};

/// Longer than a connection to a server may take that is away.
const LONG: Duration = Duration::from_secs(4);

async fn with(stage: &Stage, pool_size: u32) -> Database {
    let config = Config {
        pool_size,
        ..config(&stage.url)
    };
    Database::connect(&config).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_waits_for_as_long_as_it_has_time() {
    on_each_server(async |stage| {
        // One connection is left to writers.
        let db = with(&stage, 3).await;
        let held = (
            db.snapshot(&everything(), None).await.unwrap(),
            db.snapshot(&everything(), None).await.unwrap(),
        );
        let waiting = db.clone();
        let waiting = tokio::spawn(async move {
            let snapshot = waiting.snapshot(&everything(), Some(LONG * 5)).await;
            snapshot?.finish().await
        });
        tokio::time::sleep(LONG).await;
        assert!(!waiting.is_finished(), "refused while there was time");
        // Whether the database is there is another question than whether it has a connection left.
        assert!(db.ping().await.is_ok());
        held.0.finish().await.unwrap();
        waiting.await.unwrap().unwrap();
        held.1.finish().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reader_is_passed_by_another() {
    on_each_server(async |stage| {
        let db = with(&stage, 1).await;
        let held = db.snapshot(&everything(), None).await.unwrap();
        let served = Arc::new(Mutex::new(Vec::new()));
        let mut readers = Vec::new();
        for number in 0..20 {
            let (db, served) = (db.clone(), Arc::clone(&served));
            readers.push(tokio::spawn(async move {
                let snapshot = db.snapshot(&everything(), Some(LONG * 5)).await.unwrap();
                served.lock().unwrap().push(number);
                snapshot.finish().await.unwrap();
            }));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        held.finish().await.unwrap();
        for reader in readers {
            reader.await.unwrap();
        }
        assert_eq!(*served.lock().unwrap(), (0..20).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_more_time_is_told_so_and_costs_nobody_a_turn() {
    on_each_server(async |stage| {
        let db = with(&stage, 1).await;
        let held = db.snapshot(&everything(), None).await.unwrap();
        let short = Duration::from_millis(200);
        let began = Instant::now();
        let refused = db.snapshot(&everything(), Some(short)).await;
        assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
        assert!((short..LONG).contains(&began.elapsed()));
        held.finish().await.unwrap();
        let snapshot = db.snapshot(&everything(), Some(LONG)).await.unwrap();
        snapshot.finish().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_does_not_wait_for_a_line_of_readers() {
    on_each_server(async |stage| {
        let db = with(&stage, 3).await;
        let held = (
            db.snapshot(&everything(), None).await.unwrap(),
            db.snapshot(&everything(), None).await.unwrap(),
        );
        let line: Vec<_> = (0..20)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move {
                    let snapshot = db.snapshot(&everything(), Some(LONG * 5)).await;
                    snapshot?.finish().await
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let began = Instant::now();
        directory::put_user(&db, "ada", None).await.unwrap();
        assert!(began.elapsed() < LONG / 2);
        assert!(line.iter().all(|reader| !reader.is_finished()));
        held.0.finish().await.unwrap();
        held.1.finish().await.unwrap();
        for reader in line {
            reader.await.unwrap().unwrap();
        }
    })
    .await;
}
