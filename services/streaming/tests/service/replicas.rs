//! Two replicas and a Redis between them, which is taken away in every way there is.

use std::sync::Arc;
use std::time::Duration;

use prost::Message as _;
use secrecy::SecretString;
use shadow_local::{TestDatabase, TestRedis};
use shadow_proto::streaming::v1::watch_response::Message;
use shadow_proto::streaming::v1::{ExecutionChange, WatchResponse};
use shadow_storage::feed::{self, Stream};

use crate::support::{Client, ENGINEER, Run, Stack, Watch};
use crate::watch::{ONE, after, everything};

/// Within so long of its return everything goes by Redis again.
const RETURN: Duration = Duration::from_secs(5);

struct Pair {
    database: Arc<TestDatabase>,
    redis: TestRedis,
    replicas: [Stack; 2],
    clients: [Client; 2],
    watches: [Watch; 2],
    stream: Stream,
    published: u128,
}

impl Pair {
    async fn start() -> Self {
        let database = Stack::empty_database().await;
        let redis = TestRedis::start().await.unwrap();
        let one = Stack::start_with_redis(Arc::clone(&database), redis.url()).await;
        let other = Stack::start_with_redis(Arc::clone(&database), redis.url()).await;
        let clients = [one.client(ENGINEER).await, other.client(ENGINEER).await];
        let mut watches = [
            clients[0].watch(everything()).await.unwrap(),
            clients[1].watch(everything()).await.unwrap(),
        ];
        for watch in &mut watches {
            watch.snapshot().await;
        }
        let stream = Stream::new(&one.db, &SecretString::from(redis.url())).unwrap();
        Self {
            database,
            redis,
            replicas: [one, other],
            clients,
            watches,
            stream,
            published: 0,
        }
    }

    /// Publishes through both and sees that both watches get all of it, once and in order.
    async fn publish(&mut self) {
        let mut expected = Vec::new();
        for _ in 0..5 {
            for client in &self.clients {
                self.published += 1;
                let run = Run::new(ONE, self.published);
                client.publish(vec![run.opened()]).await.unwrap();
                expected.push(self.published);
            }
        }
        for watch in &mut self.watches {
            for expected in &expected {
                assert_eq!(id(&watch.change().await.1), *expected);
            }
        }
    }

    /// The last position of the feed.
    async fn last(&self) -> i64 {
        feed::position(&self.replicas[0].db).await.unwrap().last
    }

    /// Publishes, and waits until the stream reaches as far as the feed: then both replicas follow it.
    async fn followed(&mut self) {
        self.publish().await;
        let last = self.last().await;
        let reached = async {
            while self.stream.top().await.ok() != Some(last) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(RETURN, reached).await.unwrap();
    }

    /// The first position of the stream, and none where it is empty.
    async fn first(&self) -> Option<i64> {
        let read = self.stream.reader().read(0, Duration::from_millis(1)).await;
        read.unwrap().first().map(|(position, _)| *position)
    }

    /// Leaves only the last change in the stream, so that it is known when everything is appended anew.
    async fn cut(&self) {
        self.stream.clear().await.unwrap();
        let last = self.last().await;
        self.stream
            .append(&[(last, b"cut".to_vec())])
            .await
            .unwrap();
    }

    /// Waits until the stream was emptied, and what it lacks appended.
    async fn emptied(&self) {
        let emptied = async {
            while self.first().await != Some(1) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(RETURN, emptied).await.unwrap();
    }

    async fn tell(&self, command: &str) {
        assert_eq!(self.redis.tell(command).await.unwrap(), "+OK", "{command}");
    }

    async fn stop(self) {
        for replica in self.replicas {
            replica.stop().await;
        }
    }
}

fn id(execution: &shadow_proto::streaming::v1::Execution) -> u128 {
    let id: uuid::Uuid = execution
        .identity
        .as_ref()
        .unwrap()
        .execution_id
        .parse()
        .unwrap();
    id.as_u128()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sees_what_is_published_to_the_other_and_goes_on_where_the_other_was() {
    let mut pair = Pair::start().await;
    pair.followed().await;
    let mut cursors = Vec::new();
    for replica in [0, 1] {
        pair.published += 1;
        let run = Run::new(ONE, pair.published);
        pair.clients[replica]
            .publish(vec![run.opened()])
            .await
            .unwrap();
        for watch in &mut pair.watches {
            let (cursor, execution) = watch.change().await;
            assert_eq!(id(&execution), pair.published);
            cursors.push(cursor);
        }
    }
    let mut elsewhere = pair.clients[1].watch(after(&cursors[0])).await.unwrap();
    let (cursor, execution) = elsewhere.change().await;
    assert_eq!((id(&execution), &cursor), (pair.published, &cursors[2]));
    assert_eq!(cursors[2], cursors[3]);
    pair.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_come_by_redis_and_what_it_lacks_from_the_database() {
    let mut pair = Pair::start().await;
    pair.followed().await;
    // What only Redis has is seen, so it is Redis that is read: a change of the next position, under another name.
    let forged = pair.last().await + 1;
    let mut again = pair.clients[0].watch(everything()).await.unwrap();
    let (_, snapshot) = again.snapshot().await;
    let mut execution = snapshot[0].clone();
    execution.identity.as_mut().unwrap().execution_id = uuid::Uuid::from_u128(77).to_string();
    let mut message = WatchResponse {
        cursor: String::new(),
        message: Some(Message::Change(ExecutionChange {
            execution: Some(execution),
            commit_time: Some(prost_types::Timestamp::default()),
        })),
    };
    // The cursor of a position, as the service writes it.
    message.cursor = {
        use base64::Engine as _;
        let mut bytes = vec![1];
        bytes.extend(forged.to_be_bytes());
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    };
    pair.stream
        .append(&[(forged, message.encode_to_vec())])
        .await
        .unwrap();
    for watch in &mut pair.watches {
        assert_eq!(id(&watch.change().await.1), 77);
    }
    pair.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_to_redis_nothing_is_missing() {
    let mut pair = Pair::start().await;
    pair.followed().await;

    pair.tell("FLUSHALL").await;
    pair.publish().await;
    pair.followed().await;

    for command in [
        "CONFIG SET maxmemory-policy noeviction",
        "CONFIG SET maxmemory 1",
    ] {
        pair.tell(command).await;
    }
    pair.publish().await;
    pair.publish().await;
    pair.tell("CONFIG SET maxmemory 0").await;
    pair.followed().await;

    // It answers nobody for a while.
    pair.tell("CLIENT PAUSE 1500 ALL").await;
    pair.publish().await;
    pair.publish().await;
    pair.followed().await;

    pair.redis.stop().await.unwrap();
    pair.publish().await;
    pair.publish().await;
    pair.redis.restart().await.unwrap();
    pair.followed().await;

    // A stream of another history: it ends where this feed has not been.
    let beyond = pair.last().await + 1_000;
    pair.stream
        .append(&[(beyond, b"of another life".to_vec())])
        .await
        .unwrap();
    pair.publish().await;
    pair.followed().await;
    pair.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_away_for_a_minute_keeps_nobody_waiting() {
    let mut pair = Pair::start().await;
    pair.followed().await;
    pair.redis.stop().await.unwrap();
    // Pauses between attempts grow while it is away; a minute shows that they stop growing.
    let away = tokio::time::Instant::now();
    while away.elapsed() < Duration::from_secs(60) {
        pair.publish().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    pair.redis.restart().await.unwrap();
    pair.followed().await;
    pair.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_starts_without_redis_follows_it_when_it_comes() {
    let mut pair = Pair::start().await;
    pair.redis.stop().await.unwrap();
    let [one, other] = pair.replicas;
    drop(pair.watches);
    one.stop().await;
    other.stop().await;
    let one = Stack::start_with_redis(Arc::clone(&pair.database), pair.redis.url()).await;
    let other = Stack::start_with_redis(Arc::clone(&pair.database), pair.redis.url()).await;
    pair.clients = [one.client(ENGINEER).await, other.client(ENGINEER).await];
    pair.watches = [
        pair.clients[0].watch(everything()).await.unwrap(),
        pair.clients[1].watch(everything()).await.unwrap(),
    ];
    for watch in &mut pair.watches {
        watch.snapshot().await;
    }
    pair.replicas = [one, other];
    pair.publish().await;
    pair.redis.restart().await.unwrap();
    pair.followed().await;
    pair.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_is_emptied_once_for_each_erasure_that_was_finished() {
    let mut pair = Pair::start().await;
    let (client, connection) = tokio_postgres::connect(pair.database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let sql = async |sql: &str| client.batch_execute(sql).await.unwrap();
    // Whose end is committed later, though it began earlier than that of the other.
    let asked = |id: u8| {
        format!(
            "INSERT INTO analytics.erasure (workspace_id, occurred_at, event_id, pseudonym, user_id, requested_by)
             VALUES ('{0}', now(), '{0}', 'erased-{id}', 'user-{id}', 'olga')",
            uuid::Uuid::from_u128(id.into())
        )
    };
    let ended = |id: u8| {
        format!(
            "SELECT analytics.finish_erasure(workspace_id, occurred_at, event_id)
             FROM analytics.erasure WHERE pseudonym = 'erased-{id}'"
        )
    };
    sql(&asked(1)).await;
    sql(&asked(2)).await;
    pair.followed().await;
    pair.cut().await;
    sql(&ended(1)).await;
    pair.emptied().await;
    pair.cut().await;
    sql(&format!(
        "{}; UPDATE analytics.erasure SET finished_at = finished_at - interval '1 hour' WHERE pseudonym = 'erased-2'",
        ended(2)
    ))
    .await;
    pair.emptied().await;
    pair.followed().await;

    // A replica that begins has nothing to empty.
    pair.cut().await;
    let another = Stack::start_with_redis(Arc::clone(&pair.database), pair.redis.url()).await;
    let watching = another.client(ENGINEER).await;
    let mut watch = watching.watch(everything()).await.unwrap();
    watch.snapshot().await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(pair.first().await, Some(pair.last().await));
    another.stop().await;
    pair.stop().await;
}
