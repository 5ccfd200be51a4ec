//! Two `shadow serve streaming` on one database and one Redis, behind a balancer.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use secrecy::SecretString;
use shadow_auth::PlatformRole;
use shadow_auth::token::{Claims, Signer};
use shadow_client::{Client, Config};
use shadow_local::{TestDatabase, TestRedis};
use shadow_storage::{Database, directory, migrations};

use crate::balancer::Balancer;

const SECRET: &str = "development-only-0123456789abcdef0123456789";
const ENGINEER: &str = "engineer@test";

pub(crate) struct Stack {
    replicas: [Option<Child>; 2],
    addresses: [SocketAddr; 2],
    balancer: Balancer,
    database: TestDatabase,
    redis: TestRedis,
}

async fn migrate(url: String) -> Result<(), shadow_storage::Error> {
    migrations::run(&url).await.map(drop)
}

impl Stack {
    pub(crate) async fn start() -> Self {
        let database = TestDatabase::create(migrate).await.unwrap();
        let config = shadow_storage::Config {
            url: SecretString::from(database.url()),
            pool_size: 2,
            statement_timeout: Duration::from_secs(20),
        };
        let db = Database::connect(&config).await.unwrap();
        directory::put_user(&db, ENGINEER, None).await.unwrap();
        directory::put_platform_role(&db, ENGINEER, PlatformRole::Engineer)
            .await
            .unwrap();
        // Both at once, so that they differ.
        let free = [0, 1].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let addresses = free.map(|listener| listener.local_addr().unwrap());
        let mut stack = Self {
            replicas: [None, None],
            addresses,
            balancer: Balancer::start(addresses).await,
            database,
            redis: TestRedis::start().await.unwrap(),
        };
        for replica in [0, 1] {
            stack.restart(replica).await;
        }
        stack
    }

    /// Starts a replica where there is none, and waits until it accepts.
    pub(crate) async fn restart(&mut self, replica: usize) {
        let child = Command::new(env!("CARGO_BIN_EXE_shadow"))
            .args(["serve", "streaming"])
            .env("DATABASE_URL", self.database.url())
            .env("REDIS_URL", self.redis.url())
            .env("SHADOW_DEPLOYMENT", "development")
            .env("SHADOW_AUTH_SECRET", SECRET)
            .env("SHADOW_LISTEN", self.addresses[replica].to_string())
            .env("SHADOW_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        self.replicas[replica] = Some(child);
        let address = format!("http://{}", self.addresses[replica]);
        let accepts = async {
            while Client::connect(&address, "nobody").await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), accepts)
            .await
            .expect("a replica did not start");
    }

    /// Kills a replica.
    pub(crate) fn kill(&mut self, replica: usize) {
        let mut child = self.replicas[replica].take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub(crate) fn connections(&self) -> [usize; 2] {
        self.balancer.connections()
    }

    /// How much memory a replica has.
    pub(crate) fn resident_bytes(&self, replica: usize) -> u64 {
        let id = self.replicas[replica].as_ref().unwrap().id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
            * 1024
    }

    /// A caller with a connection of its own, to whichever replica.
    pub(crate) async fn client(&self) -> Client {
        connect(self.balancer.address).await
    }

    /// A caller with a connection of its own to one replica.
    pub(crate) async fn client_of(&self, replica: usize) -> Client {
        connect(self.addresses[replica]).await
    }
}

async fn connect(address: SocketAddr) -> Client {
    let claims = Claims {
        sub: ENGINEER.to_owned(),
        iss: "shadow-analytics".to_owned(),
        aud: vec!["shadow-analytics".to_owned()],
        exp: (Utc::now() + TimeDelta::hours(1)).timestamp(),
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
    let url = format!("http://{address}");
    Client::connect_with(&url, &token, Config::default())
        .await
        .unwrap()
}

impl Drop for Stack {
    fn drop(&mut self) {
        for child in self.replicas.iter_mut().flatten() {
            // Both fail when it has ended, which is what they are for.
            child.kill().ok();
            child.wait().ok();
        }
    }
}
