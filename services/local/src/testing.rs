//! Servers and databases for tests: one PostgreSQL of each version and one Redis per test process, started when first
//! asked for; a database per test.

use std::any::TypeId;
use std::collections::HashMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use tokio::sync::{Mutex, OnceCell};
use tokio_postgres::NoTls;

use crate::error::{Context, Error, sql};
use crate::owner::Owner;
use crate::postgres::{Durability, Installation, Postgres, postgres_versions};
use crate::redis::Redis;

/// The servers that the tests of one process share. They are disposable: nothing waits for the disk, and their folders
/// go with the process.
#[derive(Debug)]
pub struct TestServers {
    postgres: Postgres,
    version: u32,
    /// Template databases by the callback that filled them.
    templates: Mutex<HashMap<TypeId, Arc<OnceCell<String>>>>,
}

type Shared<T> = LazyLock<Mutex<HashMap<u32, Arc<OnceCell<T>>>>>;
static POSTGRES: Shared<&'static TestServers> = LazyLock::new(Mutex::default);
static REDIS: OnceCell<Redis> = OnceCell::const_new();
static DATABASES: AtomicU64 = AtomicU64::new(0);

impl TestServers {
    /// The PostgreSQL of the oldest installed version.
    ///
    /// # Errors
    /// When none is installed, or it does not start.
    pub async fn postgres() -> Result<&'static Self, Error> {
        let missing = Error::Missing {
            program: "PostgreSQL 15 or newer",
            package: "postgresql",
        };
        let installation = postgres_versions().into_iter().next().ok_or(missing)?;
        Self::postgres_of(&installation).await
    }

    /// The PostgreSQL of one installation, for tests that run on each of [`postgres_versions`].
    ///
    /// # Errors
    /// When it does not start.
    pub async fn postgres_of(installation: &Installation) -> Result<&'static Self, Error> {
        let cell = Arc::clone(
            POSTGRES
                .lock()
                .await
                .entry(installation.version)
                .or_default(),
        );
        let servers = cell
            .get_or_try_init(|| async {
                let installation = installation.clone();
                let version = installation.version;
                let postgres = blocking(move || {
                    let (folder, owner) = temporary_folder("postgres")?;
                    let sockets = folder.join("s");
                    owner.private_folder(&sockets)?;
                    Postgres::start(
                        &folder,
                        &sockets,
                        owner,
                        Some(&installation),
                        Durability::Disposable,
                    )
                })
                .await?;
                let servers = Self {
                    postgres,
                    version,
                    templates: Mutex::default(),
                };
                Ok::<_, Error>(&*Box::leak(Box::new(servers)))
            })
            .await?;
        Ok(servers)
    }

    /// The major version of this PostgreSQL.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The URL of a database of this PostgreSQL.
    pub fn url(&self, database: &str) -> String {
        self.postgres.url(database)
    }

    /// The URL of the Redis of this process.
    ///
    /// # Errors
    /// When none is installed, or it does not start.
    pub async fn redis_url() -> Result<String, Error> {
        let redis = REDIS
            .get_or_try_init(|| {
                blocking(|| {
                    let (folder, owner) = temporary_folder("redis")?;
                    Redis::start(&folder, &folder, owner, true)
                })
            })
            .await?;
        Ok(redis.url())
    }

    /// The template that `fill` fills: made once per process, by whoever comes first.
    async fn template<F, E>(&self, fill: F) -> Result<String, Error>
    where
        F: AsyncFnOnce(String) -> Result<(), E> + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let cell = Arc::clone(
            self.templates
                .lock()
                .await
                .entry(TypeId::of::<F>())
                .or_default(),
        );
        let name = cell
            .get_or_try_init(|| async {
                let name = next_name("template");
                let client = self.postgres.client().await?;
                let create = format!("CREATE DATABASE {name}");
                client.batch_execute(&create).await.map_err(sql("could not create a template"))?;
                fill(self.url(&name)).await.map_err(|error| Error::Template(error.into()))?;
                // A template can be copied only while nobody is connected, and a pool may still be closing.
                let close = format!(
                    "ALTER DATABASE {name} ALLOW_CONNECTIONS false;
                     SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}';"
                );
                client.batch_execute(&close).await.map_err(sql("could not close a template"))?;
                Ok::<_, Error>(name)
            })
            .await?;
        Ok(name.clone())
    }
}

/// A database of one test. It is dropped with this value, connections and all.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    url: String,
    admin_url: String,
}

impl TestDatabase {
    /// A copy of the template that `fill` fills, on the PostgreSQL of the oldest installed version. `fill` gets the
    /// template's URL, and runs once per process for each function or closure that is passed here.
    ///
    /// # Errors
    /// When the server does not start, or `fill` fails.
    pub async fn create<F, E>(fill: F) -> Result<Self, Error>
    where
        F: AsyncFnOnce(String) -> Result<(), E> + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Self::create_on(TestServers::postgres().await?, fill).await
    }

    /// As [`TestDatabase::create`], on a given server.
    ///
    /// # Errors
    /// When `fill` fails, or the server refuses the copy.
    pub async fn create_on<F, E>(servers: &'static TestServers, fill: F) -> Result<Self, Error>
    where
        F: AsyncFnOnce(String) -> Result<(), E> + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let template = servers.template(fill).await?;
        Self::copy(servers, &template).await
    }

    /// An empty database, for tests of what fills one.
    ///
    /// # Errors
    /// When the server refuses it.
    pub async fn empty_on(servers: &'static TestServers) -> Result<Self, Error> {
        Self::copy(servers, "template1").await
    }

    async fn copy(servers: &'static TestServers, template: &str) -> Result<Self, Error> {
        let name = next_name("test");
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        let client = servers.postgres.client().await?;
        client
            .batch_execute(&create)
            .await
            .map_err(sql("could not copy the template"))?;
        Ok(Self {
            url: servers.url(&name),
            admin_url: servers.url("postgres"),
            name,
        })
    }

    /// The URL of this database, as its superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The name of this database.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // Aside, since a destructor cannot await. A failure costs disk space until the process ends, no more.
        let (url, drop) = (
            self.admin_url.clone(),
            format!("DROP DATABASE {} WITH (FORCE)", self.name),
        );
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .ok()?;
            runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(&url, NoTls).await.ok()?;
                tokio::spawn(connection);
                client.batch_execute(&drop).await.ok()
            })
        });
    }
}

fn next_name(prefix: &str) -> String {
    format!("{prefix}_{}", DATABASES.fetch_add(1, Ordering::Relaxed))
}

/// A new folder for one disposable server. Root's is in `/tmp`, which the servers' user can enter whatever `TMPDIR` says.
pub(crate) fn temporary_folder(name: &str) -> Result<(PathBuf, Owner), Error> {
    let base = if nix::unistd::geteuid().is_root() {
        PathBuf::from("/tmp")
    } else {
        std::env::temp_dir()
    };
    let folder = tempfile::Builder::new()
        .prefix(&format!("shadow-{name}-"))
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(&base)
        .context(|| format!("could not create a folder in {}", base.display()))?
        .keep();
    let owner = Owner::of(&folder)?;
    owner.private_folder(&folder)?;
    Ok((folder, owner))
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(panic) => Err(Error::Io {
            context: "a server's start was interrupted".into(),
            source: panic.into(),
        }),
    }
}
