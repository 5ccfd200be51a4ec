//! The private servers under everything, and a process of the product on top of them.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use chrono::Utc;
use secrecy::SecretString;
use shadow_auth::PlatformRole;
use shadow_auth::token::Claims;
use shadow_client::Client;
use shadow_local::{Options, Servers};
use shadow_storage::{Database, directory};
use tempfile::{NamedTempFile, TempDir};
use tokio_postgres::NoTls;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::keys::Keys;
use crate::process::{self, Process};

/// Who publishes.
pub(crate) const PUBLISHER: &str = "publisher@bench";
/// Who asks.
pub(crate) const EXECUTIVE: &str = "executive@bench";

/// How long a server may take to answer.
const START: Duration = Duration::from_secs(30);

/// PostgreSQL and Redis of this run, and the program that is measured.
#[derive(Debug)]
pub(crate) struct Stack {
    servers: Servers,
    program: PathBuf,
    /// Verified by the servers as those of an identity provider are.
    keys: Keys,
    key_set: NamedTempFile,
    // After the servers, which live in it. None where the data is kept.
    _folder: Option<TempDir>,
}

/// A running process of the product.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) process: Process,
    pub(crate) url: String,
}

impl Stack {
    /// Starts the servers under a program, or under the one of this workspace in the profile of this one. Their data is
    /// kept where somebody says where, and is gone with this otherwise. Blocks.
    pub(crate) fn start(root: &Path, program: Option<&Path>, kept: Option<&Path>) -> Result<Self> {
        let program = match program {
            Some(program) => program.to_owned(),
            None => build(root)?,
        };
        let (folder, data) = match kept {
            Some(kept) => (None, kept.to_owned()),
            None => {
                let folder = tempfile::Builder::new().prefix("shadow-bench-").tempdir()?;
                // As root, the servers run as somebody else, who passes through here.
                set_mode(folder.path(), 0o711)?;
                let data = folder.path().join("data");
                (Some(folder), data)
            }
        };
        let servers = Servers::start(&data, &Options::default())?;
        let keys = Keys::generate()?;
        let mut key_set = NamedTempFile::new()?;
        key_set.write_all(keys.document()?.as_bytes())?;
        Ok(Self {
            servers,
            program,
            keys,
            key_set,
            _folder: folder,
        })
    }

    /// The program that is measured.
    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    /// What it runs on.
    pub(crate) async fn describe(&self) -> Result<Vec<(String, String)>> {
        let client = connect(&self.url("postgres")?).await?;
        let mut described = Vec::new();
        for setting in [
            "server_version",
            "fsync",
            "synchronous_commit",
            "shared_buffers",
        ] {
            let row = client
                .query_one("SELECT current_setting($1)", &[&setting])
                .await?;
            described.push((setting.to_owned(), row.get(0)));
        }
        ensure!(
            described[1].1 == "on" && described[2].1 == "on",
            "a database that does not wait for the disk measures nothing"
        );
        let cores = std::fs::read_to_string("/proc/cpuinfo")?
            .matches("processor\t")
            .count();
        described.push(("cores".to_owned(), cores.to_string()));
        let profile = if cfg!(debug_assertions) {
            "dev"
        } else {
            "release"
        };
        described.push(("profile".to_owned(), profile.to_owned()));
        Ok(described)
    }

    /// The URL of a database as its owner.
    pub(crate) fn url(&self, database: &str) -> Result<String> {
        self.servers
            .database_url(database)
            .context("no private PostgreSQL")
    }

    /// A new database with the product's schema, and people with a role in it.
    pub(crate) async fn database(&self, name: &str) -> Result<String> {
        let url = self.servers.create_database(name).await?;
        let migrated = Command::new(&self.program)
            .arg("migrate")
            .env("DATABASE_URL", &url)
            .output()?;
        ensure!(
            migrated.status.success(),
            "the migration failed: {}",
            String::from_utf8_lossy(&migrated.stderr)
        );
        let database = self.storage(&url).await?;
        for (user, role) in [
            (PUBLISHER, PlatformRole::Engineer),
            (EXECUTIVE, PlatformRole::Executive),
        ] {
            directory::put_user(&database, user, None).await?;
            directory::put_platform_role(&database, user, role).await?;
        }
        Ok(url)
    }

    /// A database as the product's own code sees it.
    pub(crate) async fn storage(&self, url: &str) -> Result<Database> {
        let config = shadow_storage::Config {
            url: SecretString::from(url),
            pool_size: 2,
            statement_timeout: Duration::from_secs(60),
        };
        Ok(Database::connect(&config).await?)
    }

    /// Starts a role on a database and waits until it serves.
    pub(crate) async fn serve(
        &self,
        role: &str,
        database: &str,
        core: Option<usize>,
    ) -> Result<Serving> {
        let address = free_address()?;
        let variables = self.variables(database, &[("SHADOW_LISTEN", address.to_string())]);
        let process = Process::start(core, &self.program, &["serve", role], &variables)?;
        let mut serving = Serving {
            process,
            url: format!("http://{address}"),
        };
        serving.wait().await?;
        Ok(serving)
    }

    /// Starts the gateway in front of a server.
    pub(crate) fn gateway(&self, root: &Path, upstream: &str) -> Result<(Process, SocketAddr)> {
        let address = free_address()?;
        let dist = root.join("web/dist").display().to_string();
        let variables = self.variables(
            "",
            &[
                ("SHADOW_PORT", address.port().to_string()),
                ("SHADOW_UPSTREAMS", upstream.to_owned()),
                ("SHADOW_WEB_DIST", dist),
            ],
        );
        let program = self.program.with_file_name("shadow-gateway");
        let process = Process::start(None, &program, &[], &variables)?;
        Ok((process, address))
    }

    fn variables<'a>(&self, database: &str, more: &[(&'a str, String)]) -> Vec<(&'a str, String)> {
        let mut variables = vec![
            ("DATABASE_URL", database.to_owned()),
            ("REDIS_URL", self.servers.redis_url().unwrap_or_default()),
            (
                "SHADOW_AUTH_JWKS_FILE",
                self.key_set.path().display().to_string(),
            ),
            ("SHADOW_LOG", "warn".to_owned()),
        ];
        variables.extend_from_slice(more);
        variables
    }

    /// A client of a server.
    pub(crate) async fn client(&self, url: &str, user: &str) -> Result<Client> {
        Ok(Client::connect(url, &self.token(user)?).await?)
    }

    /// A token that outlasts every run.
    pub(crate) fn token(&self, user: &str) -> Result<String> {
        let now = Utc::now().timestamp();
        let claims = Claims {
            sub: user.to_owned(),
            iss: "shadow-analytics".to_owned(),
            aud: vec!["shadow-analytics".to_owned()],
            exp: now + 86_400,
            nbf: None,
            iat: Some(now),
            auth_time: None,
            sid: None,
            permissions: None,
            name: None,
        };
        self.keys.sign(&claims)
    }
}

impl Serving {
    /// Waits until it says that it serves.
    async fn wait(&mut self) -> Result<()> {
        let deadline = Instant::now() + START;
        while !serves(&self.url).await {
            if self.process.has_ended()? {
                bail!("a server ended before it served");
            }
            ensure!(
                Instant::now() < deadline,
                "a server does not serve after {START:?}"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }
}

async fn serves(url: &str) -> bool {
    let Ok(endpoint) = Endpoint::from_shared(url.to_owned()) else {
        return false;
    };
    let Ok(channel) = endpoint.connect().await else {
        return false;
    };
    let request = HealthCheckRequest::default();
    let answer = HealthClient::new(channel).check(request).await;
    answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving)
}

/// Builds the program, and the gateway beside it.
fn build(root: &Path) -> Result<PathBuf> {
    let release = !cfg!(debug_assertions);
    let mut build = Command::new("cargo");
    build.args([
        "build",
        "--quiet",
        "--locked",
        "-p",
        "shadow",
        "-p",
        "shadow-gateway",
    ]);
    if release {
        build.arg("--release");
    }
    ensure!(
        build.current_dir(root).status()?.success(),
        "the program does not build"
    );
    Ok(std::env::current_exe()?.with_file_name("shadow"))
}

/// A connection as the database's owner.
pub(crate) async fn connect(url: &str) -> Result<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// The parent of PostgreSQL's processes.
pub(crate) async fn postgres_pid(client: &tokio_postgres::Client) -> Result<u32> {
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await?;
    process::parent_of(row.get::<_, i32>(0).cast_unsigned())
}

/// An address that nobody uses now.
pub(crate) fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?)
}

fn set_mode(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(
        path,
        std::fs::Permissions::from_mode(mode),
    )?)
}
