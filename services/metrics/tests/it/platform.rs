//! A platform of one test: its database, its service behind the gate, and tokens for whoever asks.

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use secrecy::SecretString;
use shadow_auth::{
    Permission, Scope, Workspaces,
    key::{self, ServiceKey},
    token::{Claims, SharedVerifier, Signer, Verifier, VerifierConfig},
};
use shadow_domain::execution::Execution;
use shadow_domain::fact::Fact;
use shadow_local::TestDatabase;
use shadow_metrics::State;
use shadow_proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use shadow_rpc::{Gate, Guarded, Members};
use shadow_runtime::shutdown::Shutdown;
use shadow_storage::{Config, Database, cache::Cache, directory, ingest, migrations};
use tonic::{Request, Status, service::Routes};
use uuid::Uuid;

const SECRET: &str = "a secret that is only used in tests";
const AUDIENCE: &str = "shadow-analytics";

/// Calls the service as a client would, without a network between.
pub(crate) type Client = MetricsServiceClient<Guarded>;

pub(crate) struct Platform {
    pub(crate) database: Database,
    pub(crate) url: String,
    pub(crate) client: Client,
    _dropped_last: TestDatabase,
}

impl Platform {
    pub(crate) async fn new() -> Self {
        Self::with_cache(Cache::new(None, 1).unwrap()).await
    }

    pub(crate) async fn with_cache(cache: Cache) -> Self {
        let test = TestDatabase::create(migrate).await.unwrap();
        let config = Config {
            url: SecretString::from(test.url().to_owned()),
            pool_size: 8,
            statement_timeout: Duration::from_secs(30),
        };
        let database = Database::connect(&config).await.unwrap();
        let client = client(&database, cache);
        Self {
            database,
            url: test.url().to_owned(),
            client,
            _dropped_last: test,
        }
    }

    /// A connection that no wall stands before.
    pub(crate) async fn owner(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.url, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client
    }

    pub(crate) async fn store(&self, executions: &[Execution]) {
        let batch = ingest::store(
            &self.database,
            &Scope::system("test"),
            executions,
            Utc::now(),
        )
        .await
        .unwrap();
        assert!(batch.failed.is_empty(), "{:?}", batch.failed);
        assert!(
            batch
                .stored
                .iter()
                .all(|stored| stored.conflicts.is_empty()),
            "{:?}",
            batch.stored
        );
    }

    pub(crate) async fn store_facts(&self, facts: &[Fact]) {
        let scope = Scope::system("test");
        let batch = ingest::store_facts(&self.database, &scope, facts)
            .await
            .unwrap();
        assert!(batch.failed.is_empty(), "{:?}", batch.failed);
    }
}

async fn migrate(url: String) -> Result<(), shadow_storage::Error> {
    migrations::run(&url).await.map(|_| ())
}

/// Another process of the same platform.
pub(crate) fn client(database: &Database, cache: Cache) -> Client {
    let service = shadow_metrics::service(State {
        database: database.clone(),
        cache,
    });
    let guarded = guard(database, Routes::default().add_service(service));
    MetricsServiceClient::new(guarded).max_decoding_message_size(64 << 20)
}

/// The gate before services, of which only the one of metrics is there.
pub(crate) fn gate(database: &Database) -> Guarded {
    let service = shadow_metrics::service(State {
        database: database.clone(),
        cache: Cache::new(None, 1).unwrap(),
    });
    guard(database, Routes::default().add_service(service))
}

fn guard(database: &Database, routes: Routes) -> Guarded {
    let verifier = Verifier::new(VerifierConfig {
        issuer: AUDIENCE.to_owned(),
        audience: AUDIENCE.to_owned(),
        hs256_secret: Some(SecretString::from(SECRET)),
        jwks: None,
    });
    let gate = Gate {
        verifier: Arc::new(SharedVerifier::new(verifier.unwrap())),
        members: Members::new(database.clone()),
        request_timeout: Duration::from_secs(30),
        max_requests: 64,
    };
    gate.guard(routes.prepare(), &Shutdown::new())
}

/// A request of somebody.
pub(crate) fn from<T>(subject: &str, message: T) -> Request<T> {
    signed(subject, None, message)
}

/// A request of somebody whose token allows no more than these.
pub(crate) fn narrowed<T>(subject: &str, permissions: &[Permission], message: T) -> Request<T> {
    let names = permissions.iter().map(ToString::to_string).collect();
    signed(subject, Some(names), message)
}

fn signed<T>(subject: &str, permissions: Option<Vec<String>>, message: T) -> Request<T> {
    let claims = Claims {
        sub: subject.to_owned(),
        iss: AUDIENCE.to_owned(),
        aud: vec![AUDIENCE.to_owned()],
        exp: Utc::now().timestamp() + 600,
        nbf: None,
        iat: None,
        auth_time: None,
        sid: None,
        permissions,
        name: None,
    };
    let token = Signer::new(&SecretString::from(SECRET))
        .unwrap()
        .sign(&claims);
    showing(&token, message)
}

/// A request of whoever shows this token or key.
pub(crate) fn showing<T>(bearer: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("authorization", format!("Bearer {bearer}").parse().unwrap());
    request
}

/// Puts a key in force for an hour, and spells it.
pub(crate) async fn put_key(
    database: &Database,
    permissions: impl IntoIterator<Item = Permission>,
    workspaces: Workspaces,
) -> String {
    let (id, now) = (Uuid::now_v7(), Utc::now());
    let (text, hash) = key::spell(id, id.as_bytes().repeat(2).first_chunk().unwrap());
    let key = ServiceKey {
        id,
        name: "a service".to_owned(),
        hash,
        permissions: permissions.into_iter().collect(),
        workspaces,
        expires_at: now + Duration::from_secs(3_600),
    };
    assert!(
        directory::put_key(database, &key, "test", now)
            .await
            .unwrap()
    );
    text
}

/// The fields that an answer says are wrong.
pub(crate) fn wrong_fields(status: &Status) -> Vec<String> {
    use tonic_types::StatusExt;
    assert_eq!(status.code(), tonic::Code::InvalidArgument, "{status:?}");
    let details = status.get_details_bad_request().unwrap();
    details
        .field_violations
        .into_iter()
        .map(|violation| violation.field)
        .collect()
}
