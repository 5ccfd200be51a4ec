//! The metrics and the streaming service on a database of their own, and commands against them.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use secrecy::SecretString;
use shadow_auth::PlatformRole;
use shadow_auth::token::{Claims, SharedVerifier, Signer, Verifier, VerifierConfig};
use shadow_client::{Client, Retry};
use shadow_local::TestDatabase;
use shadow_metrics::State;
use shadow_rpc::{Gate, Members, Server};
use shadow_runtime::readiness::Readiness;
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::cache::Cache;
use shadow_storage::{Database, directory, migrations};
use shadow_streaming::Streaming;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::task::JoinHandle;
use uuid::Uuid;

const SECRET: &str = "a secret of these tests, which is long enough for HS256";
const ENGINEER: &str = "engineer@test";

/// The workspace of the tests, and its name.
pub(crate) const WORKSPACE: Uuid = Uuid::from_u128(0x0190_a5b4_7b1c_7c3e_9d1f_2a3b_4c5d_6e7f);
pub(crate) const NAME: &str = "Trace";

pub(crate) struct Stack {
    pub(crate) db: Database,
    database: TestDatabase,
    folder: tempfile::TempDir,
    address: SocketAddr,
    token: String,
    server: Option<Running>,
}

struct Running {
    shutdown: Shutdown,
    serving: JoinHandle<()>,
    streaming: Streaming,
}

/// What a command printed.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

async fn migrate(url: String) -> Result<(), shadow_storage::Error> {
    migrations::run(&url).await.map(drop)
}

fn name() -> String {
    "shadow-analytics".to_owned()
}

fn token(user: &str) -> String {
    let claims = Claims {
        sub: user.to_owned(),
        iss: name(),
        aud: vec![name()],
        exp: (Utc::now() + TimeDelta::hours(1)).timestamp(),
        nbf: None,
        iat: None,
        auth_time: None,
        sid: None,
        permissions: None,
        name: None,
    };
    let secret = SecretString::from(SECRET);
    Signer::new(&secret).unwrap().sign(&claims)
}

impl Stack {
    pub(crate) async fn start() -> Self {
        let database = TestDatabase::create(migrate).await.unwrap();
        let config = shadow_storage::Config {
            url: SecretString::from(database.url()),
            pool_size: 8,
            statement_timeout: Duration::from_secs(20),
        };
        let db = Database::connect(&config).await.unwrap();
        directory::put_user(&db, ENGINEER, None).await.unwrap();
        directory::put_platform_role(&db, ENGINEER, PlatformRole::Engineer)
            .await
            .unwrap();
        directory::put_workspace(&db, WORKSPACE, NAME, "UTC")
            .await
            .unwrap();
        let mut stack = Self {
            db,
            database,
            folder: tempfile::tempdir().unwrap(),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            token: token(ENGINEER),
            server: None,
        };
        stack.start_server().await;
        stack
    }

    /// Starts the server where it was before.
    pub(crate) async fn start_server(&mut self) {
        let verifier = VerifierConfig {
            issuer: name(),
            audience: name(),
            hs256_secret: Some(SecretString::from(SECRET)),
            jwks: None,
        };
        let gate = Gate {
            verifier: Arc::new(SharedVerifier::new(Verifier::new(verifier).unwrap())),
            members: Members::new(self.db.clone()),
            request_timeout: Duration::from_secs(30),
            max_requests: 100,
        };
        let shutdown = Shutdown::new();
        let config = shadow_streaming::Config::default();
        let streaming = Streaming::start(self.db.clone(), config, shutdown.token());
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let metrics = shadow_metrics::service(State {
            database: self.db.clone(),
            cache: Cache::new(None, 1).unwrap(),
        });
        let server = Server::new(gate).add(metrics).add(streaming.service());
        let stop = shutdown.clone();
        let serving = tokio::spawn(async move {
            server
                .serve(listener, Readiness::new(), stop, Duration::from_secs(20))
                .await
                .unwrap();
        });
        self.server = Some(Running {
            shutdown,
            serving,
            streaming,
        });
    }

    /// Stops the server; the database stays.
    pub(crate) async fn stop_server(&mut self) {
        let running = self.server.take().unwrap();
        running.shutdown.request();
        running.serving.await.unwrap();
        running.streaming.finish().await;
    }

    pub(crate) async fn stop(mut self) {
        self.stop_server().await;
    }

    /// A client that tries again soon and often.
    pub(crate) fn client(&self) -> Client {
        self.client_of(ENGINEER)
    }

    /// The same for somebody else.
    pub(crate) fn client_of(&self, user: &str) -> Client {
        let retry = Retry {
            attempts: 1_000,
            first: Duration::from_millis(5),
            longest: Duration::from_millis(50),
        };
        let config = shadow_client::Config {
            retry,
            ..shadow_client::Config::default()
        };
        Client::lazy(&self.url(), &token(user), config).unwrap()
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A program that knows the server and who calls, and nothing else of our environment that it would heed.
    pub(crate) fn program(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env("SHADOW_SERVER", self.url())
            .env("SHADOW_TOKEN", &self.token)
            .env("SHADOW_DATA", self.path())
            .env("DATABASE_URL", self.database.url())
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_shadow"));
        command.args(arguments);
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Output {
        Output::from(self.command(arguments).output().await.unwrap())
    }
}

impl From<std::process::Output> for Output {
    fn from(output: std::process::Output) -> Self {
        Self {
            success: output.status.success(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
