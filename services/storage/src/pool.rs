//! Pools of connections, for which everybody waits in turn.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel_async::pooled_connection::bb8::{Pool as Connections, PooledConnection};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolableConnection, RecyclingMethod,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use metrics::{gauge, histogram};
use secrecy::ExposeSecret;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::database::Config;
use crate::{Error, trace};

/// How long whoever has a turn waits for a connection to the server. While the server is away the pool tries again after
/// pauses of up to half of this, so it is also how soon work goes on when the server is back.
pub(crate) const CONNECTING: Duration = Duration::from_secs(3);

/// Connections of one role.
///
/// There are as many turns as connections, given in the order in which they were asked for. So a turn is all that is ever
/// waited for while the server is there, for as long as each caller likes; the pool underneath has one patience for all.
/// Readers, who may wait long, have a line of their own before it, and one turn less: however many there are, a writer finds
/// a connection.
#[derive(Debug)]
pub(crate) struct Pool {
    name: &'static str,
    size: u32,
    readers: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    connections: Connections<AsyncPgConnection>,
    /// When a turn last ended without a connection, unless there was one since.
    away: Mutex<Option<Instant>>,
}

/// A connection that returns to its pool when dropped, and then the turn to the next who waits.
pub(crate) struct Connection {
    connection: PooledConnection<'static, AsyncPgConnection>,
    _turn: OwnedSemaphorePermit,
    _reader: Option<OwnedSemaphorePermit>,
}

impl Pool {
    /// So many connections at most, each made when it is first needed.
    pub(crate) fn new(config: &Config, name: &'static str, role: &'static str, size: u32) -> Self {
        Self {
            name,
            size,
            readers: Arc::new(Semaphore::new(size.saturating_sub(1).max(1) as usize)),
            turns: Arc::new(Semaphore::new(size as usize)),
            connections: connections(config, role, size),
            away: Mutex::default(),
        }
    }

    /// What it is called where it is measured.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// A connection, once it is this caller's turn; not later than `patience` allows.
    pub(crate) async fn connection(&self, patience: Duration) -> Result<Connection, Error> {
        let began = Instant::now();
        let connection = self.wait(began, patience, None).await;
        self.took(began);
        connection
    }

    /// The same for somebody who only reads.
    pub(crate) async fn reader(&self, patience: Duration) -> Result<Connection, Error> {
        let began = Instant::now();
        let connection = match turn(&self.readers, patience).await {
            Ok(reader) => self.wait(began, patience, Some(reader)).await,
            Err(error) => Err(error),
        };
        self.took(began);
        connection
    }

    fn took(&self, began: Instant) {
        histogram!("shadow_database_checkout_seconds", "pool" => self.name).record(began.elapsed());
    }

    async fn wait(
        &self,
        began: Instant,
        patience: Duration,
        reader: Option<OwnedSemaphorePermit>,
    ) -> Result<Connection, Error> {
        let turn = turn(&self.turns, patience.saturating_sub(began.elapsed())).await?;
        // Where the server went away meanwhile, not everybody in the line needs to find out one after the other.
        if self.is_empty() && self.away().is_some_and(|since| since >= began) {
            return Err(Error::Busy);
        }
        let left = patience.saturating_sub(began.elapsed());
        let connection = tokio::time::timeout(left, self.connections.get_owned()).await;
        match connection {
            Ok(Ok(connection)) => {
                *self.away() = None;
                Ok(Connection {
                    connection,
                    _turn: turn,
                    _reader: reader,
                })
            }
            Ok(Err(error)) => {
                *self.away() = Some(Instant::now());
                Err(Error::pool(error))
            }
            // It is this caller's time that is over, which says nothing of the server.
            Err(_) => Err(Error::Busy),
        }
    }

    /// Whether there is no connection at all, free or not.
    fn is_empty(&self) -> bool {
        self.connections.state().connections == 0
    }

    fn away(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how many connections are in use, for Prometheus.
    pub(crate) fn measure(&self) {
        let state = self.connections.state();
        let used = state.connections.saturating_sub(state.idle_connections);
        for (state, count) in [("used", used), ("idle", state.idle_connections)] {
            gauge!("shadow_database_connections", "pool" => self.name, "state" => state).set(count);
        }
        gauge!("shadow_database_connections_limit", "pool" => self.name).set(self.size);
    }
}

async fn turn(turns: &Arc<Semaphore>, patience: Duration) -> Result<OwnedSemaphorePermit, Error> {
    let turn = tokio::time::timeout(patience, Arc::clone(turns).acquire_owned()).await;
    // Nobody closes the turns.
    turn.map_err(|_| Error::Busy)?.map_err(|_| Error::Busy)
}

impl Deref for Connection {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        &self.connection
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.connection
    }
}

fn connections(config: &Config, role: &'static str, size: u32) -> Connections<AsyncPgConnection> {
    let mut manager = ManagerConfig::default();
    // Asking the server at each checkout would cost a round trip; a closed connection is known without it.
    manager.recycling_method =
        RecyclingMethod::CustomFunction(Box::new(|connection: &mut AsyncPgConnection| {
            let broken = PoolableConnection::is_broken(connection);
            let answer = if broken {
                Err(QueryError::DatabaseError(
                    DatabaseErrorKind::ClosedConnection,
                    Box::new("the connection was closed".to_owned()),
                ))
            } else {
                Ok(())
            };
            std::future::ready(answer).boxed()
        }));
    let timeout = config.statement_timeout.as_millis();
    manager.custom_setup = Box::new(move |url| {
        let url = url.to_owned();
        async move {
            let mut connection = AsyncPgConnection::establish(&url).await?;
            if trace::wanted() {
                connection.set_instrumentation(trace::Statements::default());
            }
            // Compiling costs more than it saves on queries of a few milliseconds.
            let setup = format!(
                "SET ROLE {role}; SET application_name = '{role}'; SET statement_timeout = {timeout};
                 SET jit = off"
            );
            connection
                .batch_execute(&setup)
                .await
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(connection)
        }
        .boxed()
    });
    Connections::builder()
        .max_size(size)
        .connection_timeout(CONNECTING)
        .build_unchecked(AsyncDieselConnectionManager::new_with_config(
            config.url.expose_secret(),
            manager,
        ))
}
