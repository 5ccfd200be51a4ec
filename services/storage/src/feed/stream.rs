//! The end of the feed in Redis, where every replica reads it without asking the database.
//!
//! Each change is an entry whose id is its position, so whoever reads knows at once when one is missing, and one that is
//! there already is refused. The stream may be empty, late, or gone: what it lacks is in the database. Every command
//! names one key, and all keys of a shard lie in one slot.

use std::sync::Arc;
use std::time::Duration;

use bb8_redis::redis::aio::MultiplexedConnection;
use bb8_redis::redis::{Client, Pipeline, RedisError, cmd};
use secrecy::SecretString;

use super::read::SHARD;
use crate::redis::{self, Connections};
use crate::{Database, Error};

/// How many changes are kept, roughly. Whoever is further behind reads the database.
const KEPT: usize = 10_000;

/// How many changes are read at once.
const PAGE: usize = 1_000;

/// How long an answer may take; after that the database is the better source.
const PATIENCE: Duration = Duration::from_millis(500);

/// Connections of one process, beside those that wait for what comes.
const CONNECTIONS: u32 = 2;

/// How long it is remembered that somebody watches.
const WATCHED: Duration = Duration::from_secs(15);

/// The name of an entry's only field, which is the version of what it holds.
const FIELD: &str = "1";

/// The stream of one feed. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Stream {
    client: Arc<Client>,
    pool: bb8::Pool<Connections>,
    key: String,
}

/// Waits for what is new, on a connection of its own.
pub struct Reader {
    client: Arc<Client>,
    key: String,
    connection: Option<(MultiplexedConnection, Duration)>,
}

/// What the server says of a stream's entries, by key: their ids and fields.
type Reply = Vec<(String, Vec<(String, Vec<(String, Vec<u8>)>)>)>;

impl Stream {
    /// The stream of a database's feed, on a server that is not asked yet. Feeds of different databases never meet.
    pub fn new(db: &Database, url: &SecretString) -> Result<Self, Error> {
        let client = redis::client(url)?;
        Ok(Self {
            pool: redis::pool(Arc::clone(&client), CONNECTIONS, PATIENCE),
            client,
            key: format!("shadow:feed:{{{SHARD}}}:{}", db.identity()),
        })
    }

    /// The last position of the stream; 0 where it is empty.
    pub async fn top(&self) -> Result<i64, Error> {
        let last = self
            .ask(async |connection| {
                cmd("XREVRANGE")
                    .arg(&self.key)
                    .arg("+")
                    .arg("-")
                    .arg("COUNT")
                    .arg(1)
                    .query_async::<Vec<(String, Vec<(String, Vec<u8>)>)>>(connection)
                    .await
            })
            .await?;
        match last.first() {
            Some((id, _)) => position(id),
            None => Ok(0),
        }
    }

    /// Appends changes in the order of their positions. What is there already, or comes after what is, stays as it is.
    pub async fn append(&self, entries: &[(i64, impl AsRef<[u8]>)]) -> Result<(), Error> {
        let mut pipeline = Pipeline::with_capacity(entries.len());
        for (position, bytes) in entries {
            pipeline
                .cmd("XADD")
                .arg(&self.key)
                .arg("MAXLEN")
                .arg("~")
                .arg(KEPT)
                .arg(format!("{position}-0"))
                .arg(FIELD)
                .arg(bytes.as_ref());
        }
        pipeline.ignore_errors();
        let answers: Vec<Result<String, RedisError>> = self
            .ask(async |connection| pipeline.query_async(connection).await)
            .await?;
        answers
            .into_iter()
            .filter_map(Result::err)
            .find(|error| !is_repeat(error))
            .map_or(Ok(()), |error| Err(Error::Redis(error)))
    }

    /// Empties the stream.
    pub async fn clear(&self) -> Result<(), Error> {
        self.ask(async |connection| cmd("DEL").arg(&self.key).query_async(connection).await)
            .await
    }

    /// Empties the stream of what was read before so many erasures were finished, and notes how many.
    pub async fn forget(&self, erasures: i64) -> Result<(), Error> {
        // The note comes after it: where it does not come, the stream is emptied once more.
        self.clear().await?;
        self.ask(async |connection| {
            cmd("SET")
                .arg(self.forgotten_key())
                .arg(erasures)
                .query_async(connection)
                .await
        })
        .await
    }

    /// How many erasures were finished when the stream was emptied last; none where that is not known.
    pub async fn forgotten(&self) -> Result<Option<i64>, Error> {
        self.ask(async |connection| {
            cmd("GET")
                .arg(self.forgotten_key())
                .query_async(connection)
                .await
        })
        .await
    }

    /// Says, for a few seconds, that somebody watches.
    pub async fn announce(&self) -> Result<(), Error> {
        let millis = u64::try_from(WATCHED.as_millis()).unwrap_or(u64::MAX);
        self.ask(async |connection| {
            cmd("SET")
                .arg(self.watched_key())
                .arg(1)
                .arg("PX")
                .arg(millis)
                .query_async(connection)
                .await
        })
        .await
    }

    /// Whether somebody watches, on any replica.
    pub async fn is_watched(&self) -> Result<bool, Error> {
        self.ask(async |connection| {
            cmd("EXISTS")
                .arg(self.watched_key())
                .query_async(connection)
                .await
        })
        .await
    }

    /// Who waits for what is new.
    pub fn reader(&self) -> Reader {
        Reader {
            client: Arc::clone(&self.client),
            key: self.key.clone(),
            connection: None,
        }
    }

    fn watched_key(&self) -> String {
        format!("{}:watched", self.key)
    }

    fn forgotten_key(&self) -> String {
        format!("{}:forgotten", self.key)
    }

    async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&mut MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Result<T, Error> {
        let answer = tokio::time::timeout(PATIENCE, async {
            let mut kept = self.pool.get().await.map_err(|error| match error {
                bb8::RunError::User(error) => Error::Redis(error),
                bb8::RunError::TimedOut => Error::RedisSilent,
            })?;
            kept.ask(question).await.map_err(Error::Redis)
        });
        answer.await.map_err(|_| Error::RedisSilent)?
    }
}

impl Reader {
    /// What comes after a position, in order, as soon as there is any; nothing where none came within `wait`.
    pub async fn read(&mut self, after: i64, wait: Duration) -> Result<Vec<(i64, Vec<u8>)>, Error> {
        // A connection that is not put back is dropped: one that has failed does not come back by itself.
        let mut connection = match self.connection.take() {
            Some((connection, waits)) if waits == wait => connection,
            _ => redis::connect(&self.client, wait + PATIENCE)
                .await
                .map_err(Error::Redis)?,
        };
        let reply = cmd("XREAD")
            .arg("COUNT")
            .arg(PAGE)
            .arg("BLOCK")
            // 0 would be for ever.
            .arg(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1))
            .arg("STREAMS")
            .arg(&self.key)
            .arg(format!("{after}-0"))
            .query_async::<Option<Reply>>(&mut connection)
            .await
            .map_err(Error::Redis)?;
        self.connection = Some((connection, wait));
        let entries = reply
            .unwrap_or_default()
            .into_iter()
            .flat_map(|(_, all)| all);
        entries
            .map(|(id, fields)| {
                let known = fields.into_iter().find(|(field, _)| field == FIELD);
                // What another version wrote is as good as nothing: the database has it.
                Ok((
                    position(&id)?,
                    known.map(|(_, bytes)| bytes).unwrap_or_default(),
                ))
            })
            .collect()
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Reader")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// The position that an id names.
fn position(id: &str) -> Result<i64, Error> {
    let (position, _) = id.split_once('-').unwrap_or((id, ""));
    position
        .parse()
        .map_err(|error| Error::malformed("the id of a change", error))
}

/// Whether the server refused an entry because it, or one after it, is there.
fn is_repeat(error: &RedisError) -> bool {
    error
        .detail()
        .is_some_and(|detail| detail.contains("equal or smaller"))
}
