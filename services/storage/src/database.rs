//! Connections, and the transactions in which everything else happens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::sql_types::{Integer, Nullable, Oid, Text};
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncPgConnection, RunQueryDsl, TransactionManager,
};
use metrics::histogram;
use secrecy::{ExposeSecret, SecretString};
use shadow_auth::{Scope, Workspaces};

use crate::erasure::Known as Erasures;
use crate::error::While;
use crate::ingest::{Guess, Known};
use crate::ordinals::Ordinals;
use crate::partitions::Months;
use crate::pool::{CONNECTING, Connection, Pool};
use crate::retention::Known as Retention;
use crate::{Error, migrations};

/// How long a connection attempt may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a transaction may at least do nothing between two statements.
const IDLE: Duration = Duration::from_secs(5);

/// Connections of the jobs, which must never take those of requests.
const JOBS_CONNECTIONS: u32 = 6;

/// What the pools are called where they are measured.
pub(crate) const POOLS: [&str; 3] = [APP, JOBS, READINESS];
const APP: &str = "app";
const JOBS: &str = "jobs";
const READINESS: &str = "readiness";

/// Where the database is and how it is used.
#[derive(Debug, Clone)]
pub struct Config {
    /// `postgresql://…`, with a user that may `SET ROLE` to `shadow_app` and `shadow_jobs`.
    pub url: SecretString,
    /// At most so many connections for requests.
    pub pool_size: u32,
    /// No statement of a request may take longer.
    pub statement_timeout: Duration,
}

/// The database. Clones share the connections and the caches.
#[derive(Clone, Debug)]
pub struct Database {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    app: Pool,
    jobs: Pool,
    readiness: Pool,
    statement_timeout: Duration,
    /// Names this database among all: the server's own number, and the database's on it.
    identity: String,
    /// The oid of the type `analytics.execution_input_3`, which differs between databases.
    execution_input: u32,
    ordinals: Ordinals,
    known: Known,
    guess: Guess,
    months: Months,
    retention: Retention,
    erasures: Erasures,
}

impl Database {
    /// Connects, and checks that the server and the schema will do.
    pub async fn connect(config: &Config) -> Result<Self, Error> {
        let mut probe = establish(config.url.expose_secret()).await?;
        migrations::check_version(&mut probe).await?;
        let execution_input = diesel::select(diesel::dsl::sql::<Nullable<Oid>>(
            "to_regtype('analytics.execution_input_3')::oid",
        ))
        .get_result::<Option<u32>>(&mut probe)
        .await
        .doing("looking for the schema")?
        .ok_or(Error::NotMigrated)?;
        let identity = diesel::select(diesel::dsl::sql::<Text>(
            "(SELECT system_identifier::text FROM pg_control_system()) || '-'
             || (SELECT oid::text FROM pg_database WHERE datname = current_database())",
        ))
        .get_result::<String>(&mut probe)
        .await
        .doing("asking which database this is")?;
        Ok(Self {
            shared: Arc::new(Shared {
                app: Pool::new(config, APP, "shadow_app", config.pool_size),
                jobs: Pool::new(config, JOBS, "shadow_jobs", JOBS_CONNECTIONS),
                readiness: Pool::new(config, READINESS, "shadow_app", 1),
                statement_timeout: config.statement_timeout,
                identity,
                execution_input,
                ordinals: Ordinals::default(),
                known: Known::default(),
                guess: Guess::default(),
                months: Months::default(),
                retention: Retention::default(),
                erasures: Erasures::default(),
            }),
        })
    }

    /// Asks the database for an answer, for readiness: through a connection of its own, since all others may be waited for
    /// where nothing is wrong.
    pub async fn ping(&self) -> Result<(), Error> {
        let mut connection = self.shared.readiness.connection(CONNECTING).await?;
        let one = diesel::select(diesel::dsl::sql::<Integer>("1"))
            .get_result::<i32>(&mut *connection)
            .await
            .doing("answering a ping")?;
        debug_assert_eq!(one, 1);
        Ok(())
    }

    /// Notes how many connections are in use, for Prometheus.
    pub fn measure(&self) {
        self.shared.app.measure();
        self.shared.jobs.measure();
        self.shared.readiness.measure();
    }

    pub(crate) async fn app(&self) -> Result<Connection, Error> {
        self.shared.app.connection(CONNECTING).await
    }

    pub(crate) async fn jobs(&self) -> Result<Connection, Error> {
        self.shared.jobs.connection(CONNECTING).await
    }

    /// Begins a transaction of the application that reads and writes.
    pub(crate) async fn write(&self, scope: &Scope) -> Result<Transaction, Error> {
        let timeout = self.shared.statement_timeout;
        Transaction::begin((APP, self.app().await?), "READ WRITE", scope, timeout).await
    }

    /// Begins a transaction of the application that sees one state of everything. A reader waits in turn for as long as
    /// there is time, and what that took is no longer there for statements.
    pub(crate) async fn read(
        &self,
        scope: &Scope,
        deadline: Option<Duration>,
    ) -> Result<Transaction, Error> {
        let (began, timeout) = (Instant::now(), self.shared.statement_timeout);
        let patience = deadline.unwrap_or(timeout);
        let app = &self.shared.app;
        let connection = app.reader(patience).await?;
        let left = deadline.map(|deadline| deadline.saturating_sub(began.elapsed()));
        let timeout = left.map_or(timeout, |left| left.min(timeout));
        let mode = "ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Transaction::begin((app.name(), connection), mode, scope, timeout).await
    }

    /// Begins a transaction of a job.
    pub(crate) async fn work(&self, scope: &Scope, limit: Duration) -> Result<Transaction, Error> {
        Transaction::begin((JOBS, self.jobs().await?), "READ WRITE", scope, limit).await
    }

    /// Begins a transaction of a job that sees one state of everything.
    pub(crate) async fn review(
        &self,
        scope: &Scope,
        limit: Duration,
    ) -> Result<Transaction, Error> {
        let mode = "ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Transaction::begin((JOBS, self.jobs().await?), mode, scope, limit).await
    }

    /// Begins a transaction of a job that writes what it concludes from one state of everything. It fails where somebody
    /// else has changed the same since.
    pub(crate) async fn repair(
        &self,
        scope: &Scope,
        limit: Duration,
    ) -> Result<Transaction, Error> {
        let mode = "ISOLATION LEVEL REPEATABLE READ READ WRITE";
        Transaction::begin((JOBS, self.jobs().await?), mode, scope, limit).await
    }

    /// Names this database among all.
    pub(crate) fn identity(&self) -> &str {
        &self.shared.identity
    }

    /// The oid of the type in which a batch of executions is given.
    pub(crate) fn execution_input(&self) -> u32 {
        self.shared.execution_input
    }

    pub(crate) fn ordinals(&self) -> &Ordinals {
        &self.shared.ordinals
    }

    pub(crate) fn known(&self) -> &Known {
        &self.shared.known
    }

    pub(crate) fn guess(&self) -> &Guess {
        &self.shared.guess
    }

    pub(crate) fn months(&self) -> &Months {
        &self.shared.months
    }

    pub(crate) fn retention(&self) -> &Retention {
        &self.shared.retention
    }

    pub(crate) fn erasures(&self) -> &Erasures {
        &self.shared.erasures
    }
}

/// A transaction that sees the rows of its scope. Dropped without a commit it never happened: the pool throws its
/// connection away, and the server rolls back.
pub(crate) struct Transaction {
    /// What its pool is called.
    pool: &'static str,
    connection: Connection,
}

impl Transaction {
    async fn begin(
        (pool, mut connection): (&'static str, Connection),
        mode: &str,
        scope: &Scope,
        timeout: Duration,
    ) -> Result<Self, Error> {
        // A process that is paused in the middle must not keep its locks from the others.
        let idle = timeout.max(IDLE);
        let begin = format!(
            "BEGIN {mode}; SET LOCAL app.workspaces = '{}'; SET LOCAL statement_timeout = {};
             SET LOCAL idle_in_transaction_session_timeout = {}",
            setting(scope),
            timeout.as_millis().clamp(1, i32::MAX as u128),
            idle.as_millis().clamp(1, i32::MAX as u128),
        );
        AnsiTransactionManager::begin_transaction_sql(&mut *connection, &begin)
            .await
            .doing("beginning a transaction")?;
        Ok(Self { pool, connection })
    }

    pub(crate) fn connection(&mut self) -> &mut AsyncPgConnection {
        &mut self.connection
    }

    pub(crate) async fn commit(mut self) -> Result<(), Error> {
        let began = Instant::now();
        let committed = AnsiTransactionManager::commit_transaction(&mut *self.connection).await;
        histogram!("shadow_database_commit_seconds", "pool" => self.pool).record(began.elapsed());
        committed.doing("committing")
    }

    pub(crate) async fn rollback(mut self) -> Result<(), Error> {
        AnsiTransactionManager::rollback_transaction(&mut *self.connection)
            .await
            .doing("rolling back")
    }

    /// Commits what went well; rolls back what did not, so that the connection can be used again.
    pub(crate) async fn end<T>(self, result: Result<T, Error>) -> Result<T, Error> {
        match result {
            Ok(value) => self.commit().await.map(|()| value),
            Err(error) => {
                // The first error is the one to tell; a failed rollback costs the connection and nothing else.
                self.rollback().await.ok();
                Err(error)
            }
        }
    }
}

/// The scope as policies read it. UUIDs hold nothing that could end the string.
fn setting(scope: &Scope) -> String {
    match scope.workspaces() {
        Workspaces::All => "all".to_owned(),
        Workspaces::Some(some) => {
            let ids: Vec<String> = some.iter().map(ToString::to_string).collect();
            ids.join(",")
        }
    }
}

/// A connection outside the pools.
pub(crate) async fn establish(url: &str) -> Result<AsyncPgConnection, Error> {
    tokio::time::timeout(PATIENCE, AsyncPgConnection::establish(url))
        .await
        .map_err(|_| Error::Unresponsive)?
        .map_err(Error::Unreachable)
}
