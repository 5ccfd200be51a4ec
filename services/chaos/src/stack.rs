//! Everything that can break: private servers, our processes on top of them, the network before these.

mod process;
mod servers;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::Utc;
use secrecy::SecretString;
use shadow_auth::PlatformRole;
use shadow_auth::token::{Claims, Signer};
use shadow_storage::broken::Broken;
use shadow_storage::{Database, directory, migrations};
use uuid::Uuid;

use crate::proxy::Proxy;
use process::{Launch, Process};
use servers::{Postgres, Redis};

/// Who publishes and watches.
const ENGINEER: &str = "engineer@chaos";

/// The name of the database.
const DATABASE: &str = "chaos";

/// How long anything may take to come back.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often something that comes back is looked at.
pub(crate) const LOOK: Duration = Duration::from_millis(10);

/// The replicas of the streaming role, behind one address.
pub(crate) const REPLICAS: usize = 2;

/// The replicas of the jobs role.
const WORKERS: usize = 2;

/// Shorter than the longest pause, so that another worker takes over what one that goes on later believes to hold.
const JOB_LEASE: &str = "200ms";

/// Ports that no system gives to connections, so that nobody has taken one when its process comes back.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// Everything that can break.
#[derive(Debug)]
pub(crate) struct Stack {
    /// The network before the replicas.
    pub(crate) proxy: Proxy,
    /// Our processes: the replicas of streaming, then the jobs.
    pub(crate) processes: Vec<Process>,
    pub(crate) postgres: Postgres,
    pub(crate) redis: Redis,
    secret: SecretString,
    database_url: String,
}

impl Stack {
    /// Starts everything in a folder, with one of the rules broken where one is named.
    pub(crate) async fn start(
        folder: &Path,
        program: &Path,
        broken: Option<Broken>,
    ) -> Result<Self> {
        let postgres = Postgres::start(&folder.join("postgres")).await?;
        let redis = Redis::start(&folder.join("redis")).await?;
        let database_url = postgres.create_database(DATABASE).await?;
        migrations::run(&database_url).await?;
        let secret = format!("development-only-{}", Uuid::new_v4());
        let mut addresses = Vec::new();
        let mut processes = Vec::new();
        for number in 0..REPLICAS + WORKERS {
            let role = if number < REPLICAS {
                "streaming"
            } else {
                "jobs"
            };
            let address = free_address()?;
            addresses.push(address);
            let mut variables = vec![
                ("DATABASE_URL", database_url.clone()),
                ("REDIS_URL", redis.url()?),
                ("SHADOW_AUTH_SECRET", secret.clone()),
                ("SHADOW_LISTEN", address.to_string()),
                ("SHADOW_LOG", "warn".to_owned()),
                ("SHADOW_JOB_LEASE", JOB_LEASE.to_owned()),
            ];
            let name = broken.map(|rule| ("SHADOW_CHAOS_BROKEN", rule.name().to_owned()));
            variables.extend(name);
            processes.push(Process::start(Launch {
                program: program.to_owned(),
                arguments: vec!["serve", role],
                variables,
                log: folder.join(format!("{role}-{number}.log")),
            }));
        }
        let stack = Self {
            proxy: Proxy::start(&addresses[..REPLICAS]).await?,
            processes,
            postgres,
            redis,
            secret: SecretString::from(secret),
            database_url,
        };
        let db = stack.database().await?;
        directory::put_user(&db, ENGINEER, None).await?;
        directory::put_platform_role(&db, ENGINEER, PlatformRole::Engineer).await?;
        Ok(stack)
    }

    /// The database as the product's own code sees it.
    pub(crate) async fn database(&self) -> Result<Database> {
        let config = shadow_storage::Config {
            url: SecretString::from(self.database_url.as_str()),
            pool_size: 2,
            statement_timeout: PATIENCE,
        };
        Ok(Database::connect(&config).await?)
    }

    /// Where all of the database is seen, as nobody in the product sees it.
    pub(crate) fn database_url(&self) -> &str {
        &self.database_url
    }

    /// A token that outlasts every campaign.
    pub(crate) fn token(&self) -> Result<String> {
        let now = Utc::now().timestamp();
        let claims = Claims {
            sub: ENGINEER.to_owned(),
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
        Ok(Signer::new(&self.secret)?.sign(&claims))
    }
}

fn free_address() -> Result<SocketAddr> {
    let first = Uuid::new_v4().as_u128() as usize % PORTS.len();
    let mut ports = PORTS.cycle().skip(first).take(PORTS.len());
    ports
        .find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
        .context("no port is free")?
        .local_addr()
        .context("a port without an address")
}
