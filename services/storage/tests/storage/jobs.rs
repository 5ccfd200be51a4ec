//! Leases of recurring work.

use std::time::Duration;

use shadow_storage::jobs::{finish, heartbeat, lease, list, register};

use crate::support::*;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_job_has_one_holder_at_a_time() {
    on_each_server(async |stage| {
        let db = &stage.db;
        register(db, &["compaction", "partitions"]).await.unwrap();
        register(db, &["compaction"]).await.unwrap();
        let takers: Vec<_> = (0..8)
            .map(|worker| {
                let db = db.clone();
                tokio::spawn(async move {
                    lease(&db, &["compaction"], &format!("worker-{worker}"), MINUTE)
                        .await
                        .unwrap()
                })
            })
            .collect();
        let mut held = Vec::new();
        for taker in takers {
            held.extend(taker.await.unwrap());
        }
        assert_eq!(held.len(), 1);
        let held = held.remove(0);
        assert!(heartbeat(db, &held, MINUTE).await.unwrap());
        assert!(finish(db, &held, Ok("3 deltas"), MINUTE).await.unwrap());
        assert!(!heartbeat(db, &held, MINUTE).await.unwrap());
        assert_eq!(
            lease(db, &["compaction"], "worker", MINUTE).await.unwrap(),
            None,
            "not due yet"
        );
        let other = lease(db, &["compaction", "partitions"], "worker", MINUTE)
            .await
            .unwrap();
        assert_eq!(other.unwrap().name, "partitions");
        let job = list(db).await.unwrap().remove(0);
        assert_eq!(
            (job.name.as_str(), job.runs, job.failures),
            ("compaction", 1, 0)
        );
        assert_eq!(job.last_result.as_deref(), Some("3 deltas"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_ran_out_goes_to_another() {
    on_each_server(async |stage| {
        let db = &stage.db;
        register(db, &["compaction"]).await.unwrap();
        let dead = lease(db, &["compaction"], "one", Duration::ZERO)
            .await
            .unwrap()
            .unwrap();
        let next = lease(db, &["compaction"], "one", MINUTE)
            .await
            .unwrap()
            .unwrap();
        assert!(!heartbeat(db, &dead, MINUTE).await.unwrap());
        assert!(!finish(db, &dead, Ok(""), MINUTE).await.unwrap());
        assert!(
            finish(db, &next, Err("it broke"), Duration::ZERO)
                .await
                .unwrap()
        );
        let job = list(db).await.unwrap().remove(0);
        assert_eq!(
            (job.failures, job.last_error.as_deref()),
            (1, Some("it broke"))
        );
        let again = lease(db, &["compaction"], "one", MINUTE)
            .await
            .unwrap()
            .unwrap();
        assert!(finish(db, &again, Ok("well"), MINUTE).await.unwrap());
        let job = list(db).await.unwrap().remove(0);
        assert_eq!((job.runs, job.failures, job.last_error), (2, 0, None));
    })
    .await;
}
