//! Connections to Redis, each with a timeout of its own.

use std::sync::Arc;
use std::time::Duration;

use bb8_redis::redis::aio::MultiplexedConnection;
use bb8_redis::redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, cmd};
use secrecy::{ExposeSecret, SecretString};

use crate::Error;

/// How long a new connection may take.
const CONNECTING: Duration = Duration::from_secs(2);

/// A server, which nobody is asked yet.
pub(crate) fn client(url: &SecretString) -> Result<Arc<Client>, Error> {
    Client::open(url.expose_secret())
        .map(Arc::new)
        .map_err(Error::CacheAddress)
}

/// A connection that waits so long for each answer.
pub(crate) async fn connect(
    client: &Client,
    patience: Duration,
) -> Result<MultiplexedConnection, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECTING))
        .set_response_timeout(Some(patience));
    client
        .get_multiplexed_async_connection_with_config(&config)
        .await
}

/// Connections that wait so long for each answer.
pub(crate) fn pool(client: Arc<Client>, size: u32, patience: Duration) -> bb8::Pool<Connections> {
    bb8::Pool::builder()
        .max_size(size)
        .connection_timeout(CONNECTING)
        .test_on_check_out(false)
        .build_unchecked(Connections { client, patience })
}

/// Makes connections with timeouts of our own: the manager that comes with the pool has none to set.
#[derive(Debug)]
pub(crate) struct Connections {
    client: Arc<Client>,
    patience: Duration,
}

/// A connection, and whether it is of any more use.
pub(crate) struct Kept {
    connection: MultiplexedConnection,
    broken: bool,
}

impl Kept {
    /// Asks. Until it has answered the connection counts as broken: it does not come back by itself, and one that is
    /// given up in the middle is not worth keeping.
    pub(crate) async fn ask<T>(
        &mut self,
        question: impl AsyncFnOnce(&mut MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Result<T, RedisError> {
        self.broken = true;
        let answer = question(&mut self.connection).await;
        self.broken = answer
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::Io);
        answer
    }
}

impl bb8::ManageConnection for Connections {
    type Connection = Kept;
    type Error = RedisError;

    async fn connect(&self) -> Result<Kept, RedisError> {
        Ok(Kept {
            connection: connect(&self.client, self.patience).await?,
            broken: false,
        })
    }

    async fn is_valid(&self, kept: &mut Kept) -> Result<(), RedisError> {
        cmd("PING").query_async::<()>(&mut kept.connection).await
    }

    fn has_broken(&self, kept: &mut Kept) -> bool {
        kept.broken
    }
}
