//! What is kept for a moment is never older than asked, never of another scope, and nothing that is missed.

use std::path::PathBuf;

use futures_util::stream::{self, StreamExt};
use prost_types::Duration;
use secrecy::SecretString;
use shadow_auth::Role;
use shadow_local::TestServers;
use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{QueryRequest, QueryResponse},
};
use shadow_storage::{cache::Cache, directory};
use uuid::Uuid;

use crate::{
    ask::{first, range, request, selection},
    facts,
    platform::{Client, Platform, client, from},
};

const START: &str = "2026-03-01T00:00:00Z";

pub(crate) async fn redis() -> Cache {
    let url = SecretString::from(TestServers::redis_url().await.unwrap());
    let cache = Cache::new(Some(&url), 4).unwrap();
    // The first connection takes longer than anybody waits for it.
    while cache.answers().await != Some(true) {
        tokio::task::yield_now().await;
    }
    cache
}

pub(crate) async fn ask(
    client: &Client,
    subject: &str,
    request: QueryRequest,
    staleness: Duration,
) -> QueryResponse {
    let request = QueryRequest {
        max_staleness: Some(staleness),
        ..request
    };
    client
        .clone()
        .query(from(subject, request))
        .await
        .unwrap()
        .into_inner()
}

pub(crate) fn is_kept(response: &QueryResponse) -> bool {
    response.results[0]
        .provenance
        .as_ref()
        .unwrap()
        .age
        .is_some()
}

fn question(workspaces: &[Uuid]) -> QueryRequest {
    let executions = selection("a", &["executions"], Granularity::Day);
    request(
        range(START, "2026-03-11T00:00:00Z", "UTC"),
        workspaces,
        vec![executions],
    )
}

/// A workspace with an owner and some executions.
pub(crate) async fn workspace(platform: &Platform, owner: &str, count: usize) -> Uuid {
    let workspace = directory::create_workspace(&platform.database, "one", "UTC")
        .await
        .unwrap();
    directory::put_user(&platform.database, owner, None)
        .await
        .unwrap();
    directory::put_membership(&platform.database, workspace, owner, Role::Owner)
        .await
        .unwrap();
    platform
        .store(&facts::executions(
            7,
            count,
            &[workspace],
            START.parse().unwrap(),
            10,
        ))
        .await;
    workspace
}

const MINUTE: Duration = Duration {
    seconds: 60,
    nanos: 0,
};
pub(crate) const AT_ONCE: Duration = Duration {
    seconds: 0,
    nanos: 1,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_shared_and_never_older_than_asked() {
    let platform = Platform::with_cache(redis().await).await;
    let other = client(&platform.database, redis().await);
    let workspace = workspace(&platform, "ada", 20).await;
    let question = || question(&[workspace]);

    let computed = ask(&platform.client, "ada", question(), MINUTE).await;
    assert_eq!((first(&computed), is_kept(&computed)), (20, false));
    let kept = ask(&platform.client, "ada", question(), MINUTE).await;
    assert_eq!((first(&kept), is_kept(&kept)), (20, true));
    let of_another_process = ask(&other, "ada", question(), MINUTE).await;
    assert_eq!(
        (first(&of_another_process), is_kept(&of_another_process)),
        (20, true)
    );

    platform
        .store(&facts::executions(
            8,
            5,
            &[workspace],
            START.parse().unwrap(),
            10,
        ))
        .await;
    assert_eq!(
        first(&ask(&platform.client, "ada", question(), MINUTE).await),
        20
    );
    for client in [&platform.client, &other] {
        let fresh = ask(client, "ada", question(), Duration::default()).await;
        assert_eq!((first(&fresh), is_kept(&fresh)), (25, false));
        // What one of them has computed since is found unchanged by the other.
        assert_eq!(first(&ask(client, "ada", question(), AT_ONCE).await), 25);
    }
    let age = ask(&other, "ada", question(), MINUTE).await.results[0]
        .provenance
        .as_ref()
        .unwrap()
        .age
        .unwrap();
    assert!(age.seconds < 60, "{age:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_shared_across_scopes_zones_or_currencies() {
    let platform = Platform::with_cache(redis().await).await;
    let (one, two) = (
        workspace(&platform, "ada", 20).await,
        workspace(&platform, "bob", 30).await,
    );
    directory::put_membership(&platform.database, two, "ada", Role::Viewer)
        .await
        .unwrap();
    // The same words, and each caller means the workspaces it may see.
    for _ in 0..2 {
        assert_eq!(
            first(&ask(&platform.client, "ada", question(&[]), MINUTE).await),
            50
        );
        assert_eq!(
            first(&ask(&platform.client, "bob", question(&[]), MINUTE).await),
            30
        );
        assert_eq!(
            first(&ask(&platform.client, "ada", question(&[one]), MINUTE).await),
            20
        );
    }
    // Order and repetition of ids change nothing, so they share.
    assert!(is_kept(
        &ask(&platform.client, "ada", question(&[two, one, two]), MINUTE).await
    ));
    let mut elsewhere = question(&[one]);
    elsewhere.range.as_mut().unwrap().zone = "Asia/Kolkata".to_owned();
    assert!(!is_kept(
        &ask(&platform.client, "ada", elsewhere, MINUTE).await
    ));
    let euros = QueryRequest {
        currency: "EUR".to_owned(),
        ..question(&[one])
    };
    assert!(!is_kept(&ask(&platform.client, "ada", euros, MINUTE).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_at_the_same_moment_share_one_computation() {
    let platform = Platform::with_cache(redis().await).await;
    let workspace = workspace(&platform, "ada", 20).await;
    let asking = (0..1_000).map(|_| ask(&platform.client, "ada", question(&[workspace]), MINUTE));
    // No more at a time than the server takes.
    let answers: Vec<QueryResponse> = stream::iter(asking).buffer_unordered(64).collect().await;
    assert_eq!(answers.len(), 1_000);
    assert!(answers.iter().all(|answer| first(answer) == 20));
    assert_eq!(answers.iter().filter(|answer| !is_kept(answer)).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_everything_is_answered() {
    let relay = Relay::start(&TestServers::redis_url().await.unwrap()).await;
    let url = SecretString::from(relay.url());
    let cache = Cache::new(Some(&url), 2).unwrap();
    while cache.answers().await != Some(true) {
        tokio::task::yield_now().await;
    }
    let platform = Platform::with_cache(cache.clone()).await;
    let workspace = workspace(&platform, "ada", 20).await;
    assert_eq!(
        first(&ask(&platform.client, "ada", question(&[workspace]), MINUTE).await),
        20
    );
    relay.stop().await;
    assert_eq!(cache.answers().await, Some(false));

    let other = client(&platform.database, cache);
    platform
        .store(&facts::executions(
            8,
            5,
            &[workspace],
            START.parse().unwrap(),
            10,
        ))
        .await;
    let computed = ask(&other, "ada", question(&[workspace]), MINUTE).await;
    assert_eq!((first(&computed), is_kept(&computed)), (25, false));
    let kept = ask(&other, "ada", question(&[workspace]), MINUTE).await;
    assert_eq!((first(&kept), is_kept(&kept)), (25, true));
}

/// Stands between a client and Redis, so that Redis can go away for one test alone.
struct Relay {
    folder: tempfile::TempDir,
    task: tokio::task::JoinHandle<()>,
}

impl Relay {
    async fn start(redis_url: &str) -> Self {
        let redis = PathBuf::from(redis_url.strip_prefix("redis+unix://").unwrap());
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::UnixListener::bind(folder.path().join("redis")).unwrap();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let mut server = tokio::net::UnixStream::connect(&redis).await.unwrap();
                connections.spawn(async move {
                    tokio::io::copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
        Self { folder, task }
    }

    fn url(&self) -> String {
        format!(
            "redis+unix://{}",
            self.folder.path().join("redis").display()
        )
    }

    /// Closes every connection, and takes none any more.
    async fn stop(self) {
        self.task.abort();
        self.task.await.expect_err("it was aborted");
    }
}
