//! The pair of servers behind `shadow up`.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::{Context, Error, sql};
use crate::owner::Owner;
use crate::postgres::{Durability, Installation, Postgres};
use crate::redis::Redis;

/// What [`Servers::ended`] calls Redis.
pub const REDIS: &str = "Redis";

/// What to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// Start a PostgreSQL.
    pub postgres: bool,
    /// Start a Redis.
    pub redis: bool,
    /// The PostgreSQL for new data; the newest one when absent. Existing data keeps the version that made it.
    pub installation: Option<Installation>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            postgres: true,
            redis: true,
            installation: None,
        }
    }
}

/// Private servers of one data folder. They stop when this is dropped, and when the process ends in any way.
#[derive(Debug)]
pub struct Servers {
    // Redis stops first: it is the one that nothing depends on.
    redis: Option<Redis>,
    postgres: Option<Postgres>,
    sockets: PathBuf,
    _lock: File,
}

impl Servers {
    /// Starts the servers of a data folder and waits until they answer; creates the folder if there is none.
    ///
    /// Blocks for as long as that takes. What an earlier, killed process left running is stopped first.
    ///
    /// # Errors
    /// When another process holds the folder, a program is missing, or a server does not come up.
    pub fn start(folder: &Path, options: &Options) -> Result<Self, Error> {
        let mut builder = fs::DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o711)
            .create(folder)
            .context(|| format!("could not create the data folder {}", folder.display()))?;
        let folder = folder
            .canonicalize()
            .context(|| format!("could not resolve the data folder {}", folder.display()))?;
        let lock = lock(&folder)?;
        let owner = Owner::of(&folder.join("postgres"))?;
        let sockets = owner.socket_folder(&folder)?;
        let mut servers = Self {
            redis: None,
            postgres: None,
            sockets,
            _lock: lock,
        };
        if options.postgres {
            let wanted = options.installation.as_ref();
            let started = Postgres::start(
                &folder.join("postgres"),
                &servers.sockets,
                owner,
                wanted,
                Durability::Durable,
            )?;
            servers.postgres = Some(started);
        }
        if options.redis {
            servers.redis = Some(Redis::start(
                &folder.join("redis"),
                &servers.sockets,
                owner,
                false,
            )?);
        }
        Ok(servers)
    }

    /// The URL of a database of the private PostgreSQL; `postgres` is the one that always exists.
    pub fn database_url(&self, database: &str) -> Option<String> {
        self.postgres
            .as_ref()
            .map(|postgres| postgres.url(database))
    }

    /// The URL of a database of the private PostgreSQL, which is created if it is not there.
    ///
    /// # Errors
    /// When there is no private PostgreSQL, or it refuses.
    pub async fn create_database(&self, name: &str) -> Result<String, Error> {
        let postgres = self.postgres.as_ref().ok_or(Error::Failed {
            program: "CREATE DATABASE",
            reason: "no private PostgreSQL was started".into(),
        })?;
        let client = postgres.client().await?;
        let known = "SELECT FROM pg_database WHERE datname = $1";
        let rows = client
            .query(known, &[&name])
            .await
            .map_err(sql("could not look for the database"))?;
        if rows.is_empty() {
            client
                .batch_execute(&format!("CREATE DATABASE \"{name}\""))
                .await
                .map_err(sql("could not create the database"))?;
        }
        Ok(postgres.url(name))
    }

    /// The URL of the private Redis.
    pub fn redis_url(&self) -> Option<String> {
        self.redis.as_ref().map(Redis::url)
    }

    /// The name of a server that has ended by itself.
    pub fn ended(&mut self) -> Option<&'static str> {
        if self
            .postgres
            .as_mut()
            .is_some_and(|postgres| postgres.server.has_ended())
        {
            return Some("PostgreSQL");
        }
        self.redis
            .as_mut()
            .is_some_and(|redis| redis.server.has_ended())
            .then_some(REDIS)
    }

    /// Stops Redis, then PostgreSQL, and removes the folder of their sockets.
    ///
    /// # Errors
    /// When a server neither stops nor can be killed.
    pub fn stop(mut self) -> Result<(), Error> {
        self.stop_all()
    }

    fn stop_all(&mut self) -> Result<(), Error> {
        if let Some(mut redis) = self.redis.take() {
            redis.server.stop()?;
        }
        if let Some(mut postgres) = self.postgres.take() {
            postgres.server.stop()?;
        }
        match fs::remove_dir_all(&self.sockets) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).context(|| format!("could not remove {}", self.sockets.display()))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // Nobody is left to tell, and the next start cleans up.
        let _unheard = self.stop_all();
    }
}

/// Holds the folder for this process. The kernel lets go of the lock when the process ends, so no start finds a stale one.
fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .context(|| format!("could not open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse {
            folder: folder.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(Error::Io {
            context: format!("could not lock {}", path.display()),
            source,
        }),
    }
}
