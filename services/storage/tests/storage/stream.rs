//! The feed's stream in Redis, and the lease of whoever appends to it.

use std::time::Duration;

use secrecy::SecretString;
use shadow_local::TestRedis;
use shadow_storage::Error;
use shadow_storage::feed::{Lease, Stream, number};

use crate::support::*;

const MOMENT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(20);

fn stream(stage: &Stage, redis: &TestRedis) -> Stream {
    Stream::new(&stage.db, &SecretString::from(redis.url())).unwrap()
}

fn entries(positions: &[i64]) -> Vec<(i64, Vec<u8>)> {
    let entry = |position: &i64| (*position, format!("change {position}").into_bytes());
    positions.iter().map(entry).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_come_in_order_once_and_as_soon_as_they_are_appended() {
    on_each_server(async |stage| {
        let redis = TestRedis::start().await.unwrap();
        let stream = stream(&stage, &redis);
        let mut reader = stream.reader();
        assert_eq!(stream.top().await.unwrap(), 0);
        assert_eq!(reader.read(0, MOMENT).await.unwrap(), []);
        stream.append(&entries(&[4, 5])).await.unwrap();
        // Two that append beside each other: what is there, or comes too late, is refused and nothing else happens.
        stream.append(&entries(&[3, 4, 5, 6])).await.unwrap();
        stream.append(&entries(&[2])).await.unwrap();
        assert_eq!(stream.top().await.unwrap(), 6);
        assert_eq!(reader.read(0, MOMENT).await.unwrap(), entries(&[4, 5, 6]));
        assert_eq!(reader.read(5, MOMENT).await.unwrap(), entries(&[6]));

        // Whoever waits is told.
        let seven = entries(&[7]);
        let (read, appended) = tokio::join!(reader.read(6, LONG), stream.append(&seven));
        appended.unwrap();
        assert_eq!(read.unwrap(), seven);
        stream.clear().await.unwrap();
        assert_eq!(stream.top().await.unwrap(), 0);
        // What it knows of erasures is gone where the server is emptied, as all of it is.
        assert_eq!(stream.forgotten().await.unwrap(), None);
        stream.append(&entries(&[8])).await.unwrap();
        stream.forget(3).await.unwrap();
        assert_eq!(
            (
                stream.top().await.unwrap(),
                stream.forgotten().await.unwrap()
            ),
            (0, Some(3))
        );
        assert_eq!(redis.tell("FLUSHALL").await.unwrap(), "+OK");
        assert_eq!(stream.forgotten().await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_full_gone_or_silent_is_an_error_in_time() {
    on_each_server(async |stage| {
        let mut redis = TestRedis::start().await.unwrap();
        let stream = stream(&stage, &redis);
        let mut reader = stream.reader();
        stream.append(&entries(&[1])).await.unwrap();
        for command in [
            "CONFIG SET maxmemory-policy noeviction",
            "CONFIG SET maxmemory 1",
        ] {
            assert_eq!(redis.tell(command).await.unwrap(), "+OK");
        }
        assert!(matches!(
            stream.append(&entries(&[2])).await,
            Err(Error::Redis(_))
        ));
        assert_eq!(reader.read(0, MOMENT).await.unwrap(), entries(&[1]));
        assert_eq!(redis.tell("CONFIG SET maxmemory 0").await.unwrap(), "+OK");
        stream.append(&entries(&[2])).await.unwrap();
        assert_eq!(redis.tell("CLIENT PAUSE 60000 ALL").await.unwrap(), "+OK");
        assert!(stream.top().await.is_err());
        assert!(reader.read(0, MOMENT).await.is_err());
        redis.stop().await.unwrap();
        assert!(stream.top().await.is_err());
        assert!(reader.read(0, MOMENT).await.is_err());
        redis.restart().await.unwrap();
        // It is asked anew, by connections of its own.
        while stream.top().await.is_err() {}
        stream.append(&entries(&[3])).await.unwrap();
        assert_eq!(reader.read(0, MOMENT).await.unwrap(), entries(&[3]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_is_known_and_feeds_do_not_meet() {
    on_each_server(async |one| {
        let redis = TestRedis::start().await.unwrap();
        let stream_of_one = stream(&one, &redis);
        assert!(!stream_of_one.is_watched().await.unwrap());
        stream_of_one.announce().await.unwrap();
        assert!(stream_of_one.is_watched().await.unwrap());
        stream_of_one.append(&entries(&[1])).await.unwrap();
        on_each_server(async |other| {
            let other = stream(&other, &redis);
            assert_eq!(other.top().await.unwrap(), 0);
            assert!(!other.is_watched().await.unwrap());
        })
        .await;
        // All keys of a shard are in one slot.
        assert_eq!(redis.tell("DBSIZE").await.unwrap(), ":2");
        let slot = redis.tell("CLUSTER KEYSLOT 0").await.unwrap();
        for key in ["shadow:feed:{0}:1-2", "shadow:feed:{0}:1-2:watched"] {
            let command = format!("CLUSTER KEYSLOT {key}");
            assert_eq!(redis.tell(&command).await.unwrap(), slot);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_at_a_time_has_the_lease_and_it_ends_with_its_connection() {
    on_each_server(async |stage| {
        let mut held = Lease::take(&stage.db, LONG).await.unwrap().unwrap();
        assert!(Lease::take(&stage.db, MOMENT).await.unwrap().is_none());
        // Whoever has it sees what is numbered meanwhile.
        put(&stage.db, &[whole(WORKSPACE, 1), whole(OTHER, 2)]).await;
        assert_eq!(held.read_after(0, 10).await.unwrap().changes, []);
        number(&stage.db).await.unwrap();
        assert_eq!(held.position().await.unwrap().last, 2);
        let read = held.read_after(0, 1).await.unwrap();
        assert_eq!((read.changes.len(), read.next), (1, 1));
        assert_eq!(held.read_after(1, 10).await.unwrap().next, 2);
        held.finish().await.unwrap();

        let lost = Lease::take(&stage.db, LONG).await.unwrap().unwrap();
        let terminate =
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'";
        sql(&stage.url, terminate).await;
        let next = Lease::take(&stage.db, LONG).await.unwrap();
        assert!(next.is_some());
        assert!(lost.finish().await.is_err());
    })
    .await;
}
