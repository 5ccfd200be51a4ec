//! A database of one test, what it holds, and workers that are quick.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use shadow_auth::Scope;
use shadow_domain::execution::{Execution, Identity, Seen, Trigger};
use shadow_jobs::Config;
use shadow_local::TestDatabase;
use shadow_storage::{Database, ingest, jobs, migrations};
use uuid::Uuid;

async fn migrate(url: String) -> Result<(), shadow_storage::Error> {
    migrations::run(&url).await.map(drop)
}

pub(crate) async fn database() -> (TestDatabase, Database) {
    let database = TestDatabase::create(migrate).await.unwrap();
    let config = shadow_storage::Config {
        url: SecretString::from(database.url()),
        pool_size: 4,
        statement_timeout: Duration::from_secs(20),
    };
    let db = Database::connect(&config).await.unwrap();
    (database, db)
}

/// Stores one execution in each of so many workspaces.
pub(crate) async fn store(db: &Database, workspaces: u128, name: u128) {
    let opened_at = DateTime::from_timestamp(1_750_000_000, 0).unwrap();
    for workspace in 1..=workspaces {
        let identity = Identity {
            workspace_id: Uuid::from_u128(workspace),
            execution_id: Uuid::from_u128(name),
            opened_at,
            agent_id: "writer".to_owned(),
            agent_version: None,
            trigger: Trigger::Api,
            environment: None,
            user_id: None,
            timeout_micros: None,
        };
        let execution = Execution {
            start_named_by: Seen::NONE,
            identity,
            started_at: None,
            end: None,
            feedback: None,
        };
        let stored = ingest::store(db, &Scope::system("a test"), &[execution], Utc::now())
            .await
            .unwrap();
        assert!(stored.failed.is_empty());
    }
}

/// Waits until something holds, asking again and again.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let began = Instant::now();
    while !holds().await {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{what} did not happen"
        );
        tokio::task::yield_now().await;
    }
}

pub(crate) fn quick() -> Config {
    Config {
        poll: Duration::from_millis(5),
        relay: Duration::from_millis(5),
        ..Config::default()
    }
}

pub(crate) async fn job(db: &Database, name: &str) -> Option<jobs::Job> {
    jobs::list(db)
        .await
        .unwrap()
        .into_iter()
        .find(|job| job.name == name)
}

/// How many executions were opened, by the pages.
pub(crate) async fn opened(db: &Database, workspace: Uuid) -> u64 {
    use shadow_domain::cell::Dimension;
    use shadow_domain::time::UtcDay;
    use shadow_storage::partials::{Keys, Load, Quarters};
    let scope = Scope::system("a test").within([workspace]);
    let mut snapshot = db.snapshot(&scope, None).await.unwrap();
    let day = UtcDay::of(DateTime::from_timestamp(1_750_000_000, 0).unwrap());
    let load = Load {
        dimension: Dimension::Total,
        keys: Keys::All,
        days: (day, day),
        quarters: Quarters::None,
    };
    let pages = snapshot.load_pages(&load).await.unwrap();
    pages.iter().map(|page| page.page.day.opened).sum()
}
