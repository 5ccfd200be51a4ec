//! Databases, executions and raw SQL for tests.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use secrecy::SecretString;
use shadow_auth::Scope;
use shadow_domain::execution::{
    Currency, End, Execution, Feedback, Identity, Money, Outcome, Seen, Trigger,
};
use shadow_local::{TestDatabase, TestServers, postgres_versions};
use shadow_storage::ingest::{Batch, store};
use shadow_storage::{Config, Database, Error, migrations};
use tokio_postgres::error::SqlState;
use tokio_postgres::{NoTls, SimpleQueryMessage};
use uuid::Uuid;

/// A migrated database of its own.
pub(crate) struct Stage {
    pub(crate) url: String,
    pub(crate) db: Database,
    _database: TestDatabase,
}

/// Runs a test on each server.
pub(crate) async fn on_each_server(test: impl AsyncFn(Stage)) {
    let versions = postgres_versions();
    assert!(!versions.is_empty(), "no PostgreSQL is installed");
    for installation in versions {
        let servers = TestServers::postgres_of(&installation).await.unwrap();
        let database = TestDatabase::create_on(servers, migrate).await.unwrap();
        let url = database.url().to_owned();
        let db = Database::connect(&config(&url)).await.unwrap();
        test(Stage {
            url,
            db,
            _database: database,
        })
        .await;
    }
}

pub(crate) async fn migrate(url: String) -> Result<(), Error> {
    migrations::run(&url).await.map(drop)
}

pub(crate) fn config(url: &str) -> Config {
    Config {
        url: SecretString::from(url.to_owned()),
        pool_size: 8,
        statement_timeout: Duration::from_secs(30),
    }
}

/// Rows as text, as the superuser.
pub(crate) async fn sql(url: &str, statement: &str) -> Vec<Vec<Option<String>>> {
    try_sql(url, statement)
        .await
        .unwrap_or_else(|error| panic!("{error:?} in {statement}"))
}

pub(crate) async fn try_sql(
    url: &str,
    statement: &str,
) -> Result<Vec<Vec<Option<String>>>, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let running = tokio::spawn(connection);
    let messages = client.simple_query(statement).await;
    drop(client);
    running.abort();
    let rows = messages?.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(
            (0..row.len())
                .map(|column| row.get(column).map(str::to_owned))
                .collect(),
        ),
        _ => None,
    });
    Ok(rows.collect())
}

/// The one value of the one row.
pub(crate) async fn value(url: &str, statement: &str) -> String {
    sql(url, statement).await[0][0].clone().unwrap_or_default()
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn everything() -> Scope {
    Scope::system("test")
}

pub(crate) async fn put(db: &Database, executions: &[Execution]) -> Batch {
    store(db, &everything(), executions, Utc::now())
        .await
        .unwrap()
}

pub(crate) const WORKSPACE: Uuid = Uuid::from_u128(0xA);
pub(crate) const OTHER: Uuid = Uuid::from_u128(0xB);

/// A finished execution with a value in each field.
pub(crate) fn whole(workspace: Uuid, id: u128) -> Execution {
    let opened_at = at("2026-11-20T10:00:00.000001Z");
    Execution {
        start_named_by: Seen::NONE,
        identity: Identity {
            workspace_id: workspace,
            execution_id: Uuid::from_u128(id),
            opened_at,
            agent_id: "billing".to_owned(),
            agent_version: Some("1.2".to_owned()),
            trigger: Trigger::User,
            environment: Some("production".to_owned()),
            user_id: Some("ada".to_owned()),
            timeout_micros: Some(60_000_000),
        },
        started_at: Some(opened_at + TimeDelta::milliseconds(250)),
        end: Some(End {
            ended_at: opened_at + TimeDelta::seconds(9),
            outcome: Outcome::Failed,
            duration_micros: Some(8_000_000),
            model: Some("large".to_owned()),
            provider: Some("acme".to_owned()),
            input_tokens: Some(1_000),
            output_tokens: Some(200),
            credits_micro: Some(3_000_000),
            cost: Some(Money {
                currency: Currency::USD,
                micros: 12_345,
            }),
            error_kind: Some("rate_limited".to_owned()),
            error_message: Some("slow down".to_owned()),
        }),
        feedback: Some(Box::new(Feedback {
            given_at: opened_at + TimeDelta::days(12),
            rating: 2,
            comment: Some("too slow".to_owned()),
            given_by: Some("bob".to_owned()),
        })),
    }
}

/// The events of an execution, each as what it alone makes known.
pub(crate) fn events(execution: &Execution) -> Vec<Execution> {
    [Seen::OPENED, Seen::STARTED, Seen::ENDED, Seen::FEEDBACK]
        .into_iter()
        .filter(|transition| execution.seen().contains(*transition))
        .map(|transition| execution.masked(transition))
        .collect()
}

/// A random run of workspaces, agents and times around a month's end.
pub(crate) struct Random(pub(crate) ChaCha8Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    pub(crate) fn execution(&mut self, id: u128, workspaces: &[Uuid]) -> Execution {
        let rng = &mut self.0;
        let opened_at = at("2026-10-31T22:00:00Z")
            + TimeDelta::microseconds(rng.random_range(0..14_400_000_000));
        let started_at = rng
            .random_bool(0.9)
            .then(|| opened_at + TimeDelta::microseconds(rng.random_range(0..90_000_000)));
        let end = rng.random_bool(0.8).then(|| {
            let ended_at = started_at.unwrap_or(opened_at)
                + TimeDelta::microseconds(rng.random_range(0..100_000_000_000));
            end(rng, ended_at)
        });
        let feedback = rng.random_bool(0.4).then(|| {
            Box::new(Feedback {
                given_at: opened_at
                    + TimeDelta::microseconds(rng.random_range(0..3_000_000_000_000)),
                rating: rng.random_range(1..=5),
                comment: rng.random_bool(0.5).then(|| "so so".to_owned()),
                given_by: rng.random_bool(0.5).then(|| "a reader".to_owned()),
            })
        });
        Execution {
            start_named_by: Seen::NONE,
            identity: Identity {
                workspace_id: *workspaces.choose(rng).unwrap(),
                execution_id: Uuid::from_u128(id),
                opened_at,
                agent_id: format!("agent-{}", rng.random_range(0..4)),
                agent_version: rng
                    .random_bool(0.7)
                    .then(|| format!("{}", rng.random_range(1..3))),
                trigger: *Trigger::ALL.choose(rng).unwrap(),
                environment: rng.random_bool(0.5).then(|| "production".to_owned()),
                user_id: rng
                    .random_bool(0.8)
                    .then(|| format!("user-{}", rng.random_range(0..90))),
                timeout_micros: None,
            },
            started_at,
            end,
            feedback,
        }
    }

    /// Every event of some executions, once or more, in any order, in batches. Events of one execution within a batch
    /// are joined, as those who call `store` do.
    pub(crate) fn batches(&mut self, executions: &[Execution], size: usize) -> Vec<Vec<Execution>> {
        let mut all: Vec<Execution> = executions.iter().flat_map(events).collect();
        let again: Vec<Execution> = all
            .choose_multiple(&mut self.0, all.len() / 4)
            .cloned()
            .collect();
        all.extend(again);
        all.shuffle(&mut self.0);
        all.chunks(size).map(joined).collect()
    }
}

fn end(rng: &mut ChaCha8Rng, ended_at: DateTime<Utc>) -> End {
    let outcome = *Outcome::ALL.choose(rng).unwrap();
    End {
        ended_at,
        outcome,
        duration_micros: rng
            .random_bool(0.9)
            .then(|| rng.random_range(0..90_000_000)),
        model: rng
            .random_bool(0.9)
            .then(|| format!("model-{}", rng.random_range(0..3))),
        provider: rng.random_bool(0.9).then(|| "acme".to_owned()),
        input_tokens: rng.random_bool(0.9).then(|| rng.random_range(0..100_000)),
        output_tokens: rng.random_bool(0.9).then(|| rng.random_range(0..10_000)),
        credits_micro: rng.random_bool(0.9).then(|| rng.random_range(0..5_000_000)),
        cost: rng.random_bool(0.9).then(|| Money {
            currency: Currency::parse(["USD", "EUR"].choose(rng).unwrap()).unwrap(),
            micros: rng.random_range(0..90_000),
        }),
        error_kind: (outcome == Outcome::Failed && rng.random_bool(0.8))
            .then(|| "rate_limited".to_owned()),
        error_message: None,
    }
}

fn joined(events: &[Execution]) -> Vec<Execution> {
    let mut batch: Vec<Execution> = Vec::new();
    for event in events {
        match batch
            .iter_mut()
            .find(|known| known.identity.execution_id == event.identity.execution_id)
        {
            Some(known) => {
                known.join(event).unwrap();
            }
            None => batch.push(event.clone()),
        }
    }
    batch
}

/// Notes a state from a transaction that is older than what `newer` does meanwhile, by a statement of the source with its
/// parameters in place. The server has to refuse it: that is how no older state ever replaces a newer one.
pub(crate) async fn an_older_note_is_refused(url: &str, note: &str, newer: impl AsyncFnOnce()) {
    let (slow, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let taken = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM analytics.page_version";
    slow.simple_query(taken).await.unwrap();
    newer().await;
    let refused = slow.simple_query(note).await.expect_err("it is older");
    assert_eq!(refused.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE));
    drop(slow);
    connection.abort();
}
