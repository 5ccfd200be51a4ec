//! The streaming service on a database of its own, and the command against it.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use shadow_auth::token::{Claims, SharedVerifier, Signer, Verifier, VerifierConfig};
use shadow_auth::{PlatformRole, Scope};
use shadow_domain::execution::Outcome;
use shadow_local::TestDatabase;
use shadow_rpc::{Gate, Members, Server};
use shadow_runtime::readiness::Readiness;
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::{Database, directory, feed, migrations};
use shadow_streaming::{Config, Streaming};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::task::JoinHandle;

const SECRET: &str = "a secret of these tests, which is long enough for HS256";
const WORKSPACE: &str = "0190a5b4-7b1c-7c3e-9d1f-2a3b4c5d6e7f";
const ENGINEER: &str = "engineer@test";

pub(crate) struct Stack {
    db: Database,
    _database: TestDatabase,
    folder: tempfile::TempDir,
    url: String,
    token: String,
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

/// What is stored of all executions.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) executions: usize,
    pub(crate) input_tokens: i64,
    pub(crate) output_tokens: i64,
    pub(crate) with_duration: usize,
    pub(crate) unknown_outcomes: usize,
    pub(crate) opened_at: BTreeSet<DateTime<Utc>>,
}

async fn migrate(url: String) -> Result<(), shadow_storage::Error> {
    migrations::run(&url).await.map(drop)
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
        let name = || "shadow-analytics".to_owned();
        let secret = SecretString::from(SECRET);
        let verifier = VerifierConfig {
            issuer: name(),
            audience: name(),
            hs256_secret: Some(secret.clone()),
            jwks: None,
        };
        let gate = Gate {
            verifier: Arc::new(SharedVerifier::new(Verifier::new(verifier).unwrap())),
            members: Members::new(db.clone()),
            request_timeout: Duration::from_secs(30),
            max_requests: 100,
        };
        let shutdown = Shutdown::new();
        let streaming = Streaming::start(db.clone(), Config::default(), shutdown.token());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Server::new(gate).add(streaming.service());
        let stop = shutdown.clone();
        let serving = tokio::spawn(async move {
            server
                .serve(listener, Readiness::new(), stop, Duration::from_secs(20))
                .await
                .unwrap();
        });
        let claims = Claims {
            sub: ENGINEER.to_owned(),
            iss: name(),
            aud: vec![name()],
            exp: (Utc::now() + TimeDelta::hours(1)).timestamp(),
            nbf: None,
            iat: None,
            auth_time: None,
            permissions: None,
            name: None,
        };
        let token = Signer::new(&secret).unwrap().sign(&claims);
        let folder = tempfile::tempdir().unwrap();
        Self {
            db,
            _database: database,
            folder,
            url,
            token,
            shutdown,
            serving,
            streaming,
        }
    }

    /// Runs the command on a file with this content.
    pub(crate) async fn import(&self, name: &str, content: &str, arguments: &[&str]) -> Output {
        let file = self.folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_shadow"))
            .args([
                "import",
                "--workspace",
                WORKSPACE,
                "--server",
                &self.url,
                "--token",
                &self.token,
                "--file",
            ])
            .arg(&file)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        Output {
            success: output.status.success(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) async fn stored(&self) -> Stored {
        let scope = Scope::system("a test");
        let (_, recent) = feed::snapshot(&self.db, &scope, &feed::Filter::default(), 100_000)
            .await
            .unwrap();
        let mut stored = Stored {
            executions: recent.len(),
            ..Stored::default()
        };
        for one in recent {
            let end = one.execution.end.unwrap();
            stored.opened_at.insert(one.execution.identity.opened_at);
            stored.input_tokens += end.input_tokens.unwrap_or(0);
            stored.output_tokens += end.output_tokens.unwrap_or(0);
            stored.with_duration += usize::from(end.duration_micros.is_some());
            stored.unknown_outcomes += usize::from(end.outcome == Outcome::Unknown);
        }
        stored
    }

    pub(crate) async fn stop(self) {
        self.shutdown.request();
        self.serving.await.unwrap();
        self.streaming.finish().await;
    }
}
