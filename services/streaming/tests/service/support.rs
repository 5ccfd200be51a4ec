//! A server of this service alone.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use shadow_auth::key::{self, ServiceKey};
use shadow_auth::token::{Claims, SharedVerifier, Signer, Verifier, VerifierConfig};
use shadow_auth::{Permission, PlatformRole, Workspaces};
use shadow_local::TestDatabase;
use shadow_rpc::{Gate, Members, Server};
use shadow_runtime::readiness::Readiness;
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::feed::Stream;
use shadow_storage::{Database, directory, migrations};
use shadow_streaming::{Config, Streaming};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::transport::Endpoint;
use uuid::Uuid;

pub(crate) use crate::client::{Client, Watch};
pub(crate) use crate::run::Run;

const SECRET: &str = "a secret of these tests, which is long enough for HS256";
pub(crate) const ENGINEER: &str = "engineer@test";
/// No statement takes longer, where a test does not say otherwise.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A running server with a database of its own.
pub(crate) struct Stack {
    pub(crate) db: Database,
    /// Absent where the test has a server of its own.
    database: Option<Arc<TestDatabase>>,
    database_url: String,
    pub(crate) shutdown: Shutdown,
    url: String,
    serving: JoinHandle<()>,
    streaming: Streaming,
}

async fn migrate(url: String) -> Result<(), shadow_storage::Error> {
    migrations::run(&url).await.map(drop)
}

/// Quick enough for tests to wait for.
pub(crate) fn config() -> Config {
    Config {
        recheck: Duration::from_millis(50),
        heartbeat: Duration::from_millis(200),
        ..Config::default()
    }
}

impl Stack {
    pub(crate) async fn start() -> Self {
        Self::start_with(config()).await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        // What the server logs is shown with the test that fails; only the first test of a process can set it up.
        drop(
            tracing_subscriber::fmt()
                .with_test_writer()
                .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
                .try_init(),
        );
        Self::start_on(Self::empty_database().await, config).await
    }

    /// Another replica of the same service.
    pub(crate) async fn beside(&self, config: Config) -> Self {
        Self::start_on(self.own_database(), config).await
    }

    pub(crate) async fn start_on(database: Arc<TestDatabase>, config: Config) -> Self {
        let db = connect(database.url(), TIMEOUT).await;
        Self::on(database, db, config).await
    }

    /// A replica that gets its changes from a Redis.
    pub(crate) async fn start_with_redis(database: Arc<TestDatabase>, url: &str) -> Self {
        let db = connect(database.url(), TIMEOUT).await;
        let stream = Stream::new(&db, &SecretString::from(url)).unwrap();
        let config = Config {
            stream: Some(stream),
            ..config()
        };
        Self::on(database, db, config).await
    }

    /// One whose statements have a limit.
    pub(crate) async fn start_limited(statement_timeout: Duration) -> Self {
        let database = Self::empty_database().await;
        let db = connect(database.url(), statement_timeout).await;
        Self::on(database, db, config()).await
    }

    /// One on a database that the test looks after.
    pub(crate) async fn start_at(database_url: String) -> Self {
        migrate(database_url.clone()).await.unwrap();
        let db = connect(&database_url, TIMEOUT).await;
        Self::serve(database_url, db, config()).await
    }

    pub(crate) async fn empty_database() -> Arc<TestDatabase> {
        Arc::new(TestDatabase::create(migrate).await.unwrap())
    }

    async fn on(database: Arc<TestDatabase>, db: Database, config: Config) -> Self {
        let mut stack = Self::serve(database.url().to_owned(), db, config).await;
        stack.database = Some(database);
        stack
    }

    async fn serve(database_url: String, db: Database, config: Config) -> Self {
        directory::put_user(&db, ENGINEER, None).await.unwrap();
        directory::put_platform_role(&db, ENGINEER, PlatformRole::Engineer)
            .await
            .unwrap();
        let verifier = Verifier::new(VerifierConfig {
            issuer: "shadow-analytics".to_owned(),
            audience: "shadow-analytics".to_owned(),
            hs256_secret: Some(SecretString::from(SECRET)),
            jwks: None,
        });
        let gate = Gate {
            verifier: Arc::new(SharedVerifier::new(verifier.unwrap())),
            members: Members::new(db.clone()),
            request_timeout: Duration::from_secs(30),
            max_requests: 100,
        };
        let shutdown = Shutdown::new();
        let streaming = Streaming::start(db.clone(), config, shutdown.token());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Server::new(gate).add(streaming.service());
        let (stop, deadline) = (shutdown.clone(), Duration::from_secs(20));
        let serving = tokio::spawn(async move {
            server
                .serve(listener, Readiness::new(), stop, deadline)
                .await
                .unwrap();
        });
        Self {
            db,
            database: None,
            database_url,
            shutdown,
            url,
            serving,
            streaming,
        }
    }

    fn own_database(&self) -> Arc<TestDatabase> {
        let database = self.database.as_ref();
        Arc::clone(database.expect("the database is the test's"))
    }

    /// Stops as a process would; the database goes when it is dropped.
    pub(crate) async fn stop(self) -> Arc<TestDatabase> {
        let database = self.own_database();
        self.end().await;
        database
    }

    /// The same where the database is the test's.
    pub(crate) async fn end(self) {
        self.shutdown.request();
        self.serving.await.unwrap();
        self.streaming.finish().await;
    }

    pub(crate) async fn client(&self, subject: &str) -> Client {
        self.client_until(subject, Utc::now() + TimeDelta::hours(1))
            .await
    }

    /// A caller whose token ends at `expires_at`, before the minute of grace that every token has.
    pub(crate) async fn client_until(&self, subject: &str, expires_at: DateTime<Utc>) -> Client {
        let claims = Claims {
            sub: subject.to_owned(),
            iss: "shadow-analytics".to_owned(),
            aud: vec!["shadow-analytics".to_owned()],
            exp: expires_at.timestamp(),
            nbf: None,
            iat: None,
            auth_time: None,
            sid: None,
            permissions: None,
            name: None,
        };
        let token = Signer::new(&SecretString::from(SECRET))
            .unwrap()
            .sign(&claims);
        self.showing(token).await
    }

    /// A caller who shows this token or key.
    pub(crate) async fn showing(&self, token: String) -> Client {
        let channel = Endpoint::from_shared(self.url.clone())
            .unwrap()
            .connect()
            .await
            .unwrap();
        Client::new(channel, token)
    }

    /// Puts a key in force that ends then; its id and itself.
    pub(crate) async fn put_key(
        &self,
        permissions: impl IntoIterator<Item = Permission>,
        workspaces: Workspaces,
        expires_at: DateTime<Utc>,
    ) -> (Uuid, String) {
        let (id, now) = (Uuid::now_v7(), Utc::now());
        let (text, hash) = key::spell(id, &[7; 32]);
        let key = ServiceKey {
            id,
            name: "a producer".to_owned(),
            hash,
            permissions: permissions.into_iter().collect(),
            workspaces,
            expires_at,
        };
        let put = directory::put_key(&self.db, &key, ENGINEER, now).await;
        assert!(put.unwrap());
        (id, text)
    }

    /// A caller with a role in some workspaces.
    pub(crate) async fn member(
        &self,
        subject: &str,
        workspaces: &[Uuid],
        role: shadow_auth::Role,
    ) -> Client {
        directory::put_user(&self.db, subject, None).await.unwrap();
        for workspace in workspaces {
            directory::put_workspace(&self.db, *workspace, "A workspace", "UTC")
                .await
                .unwrap();
            directory::put_membership(&self.db, *workspace, subject, role)
                .await
                .unwrap();
        }
        self.client(subject).await
    }

    /// Lets nothing be written until it is released.
    pub(crate) async fn block(&self) -> Block {
        self.lock("LOCK TABLE analytics.execution IN EXCLUSIVE MODE")
            .await
    }

    /// Lets nothing be numbered until it is released, as another relay does while it is at it.
    pub(crate) async fn hold_numbering(&self) -> Block {
        self.lock("SELECT FROM analytics.feed_position FOR UPDATE")
            .await
    }

    async fn lock(&self, statement: &str) -> Block {
        let (holder, connection) =
            tokio_postgres::connect(&self.database_url, tokio_postgres::NoTls)
                .await
                .unwrap();
        let connection = tokio::spawn(connection);
        holder
            .batch_execute(&format!("BEGIN; {statement}"))
            .await
            .unwrap();
        Block { holder, connection }
    }

    /// The rows of a query of texts, as the owner of the database.
    pub(crate) async fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let (client, connection) =
            tokio_postgres::connect(&self.database_url, tokio_postgres::NoTls)
                .await
                .unwrap();
        let connection = tokio::spawn(connection);
        let messages = client.simple_query(query).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
        let rows = messages.into_iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => {
                let text = |column| row.get(column).unwrap_or_default().to_owned();
                Some((0..row.len()).map(text).collect())
            }
            _ => None,
        });
        rows.collect()
    }

    /// Runs a statement as the owner of the database.
    pub(crate) async fn execute(&self, statement: &str) {
        let (client, connection) =
            tokio_postgres::connect(&self.database_url, tokio_postgres::NoTls)
                .await
                .unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(statement).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    }
}

/// A lock that others wait for, or pass by.
pub(crate) struct Block {
    holder: tokio_postgres::Client,
    connection: JoinHandle<Result<(), tokio_postgres::Error>>,
}

impl Block {
    /// Returns when a writer waits.
    pub(crate) async fn reached(&self) {
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'analytics.execution'::regclass";
        let began = std::time::Instant::now();
        while self
            .holder
            .query_one(waiting, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            == 0
        {
            assert!(
                began.elapsed().as_secs() < 20,
                "no writer waits for the lock"
            );
        }
    }

    pub(crate) async fn release(self) {
        self.holder.batch_execute("COMMIT").await.unwrap();
        drop(self.holder);
        self.connection.await.unwrap().unwrap();
    }
}

async fn connect(url: &str, statement_timeout: Duration) -> Database {
    let config = shadow_storage::Config {
        url: SecretString::from(url),
        pool_size: 8,
        statement_timeout,
    };
    Database::connect(&config).await.unwrap()
}
