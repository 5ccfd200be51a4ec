//! The servers of a data folder.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::time::{Duration, Instant};

use shadow_local::{Error, Options, Servers, TestDatabase, TestServers, postgres_versions};
use tokio_postgres::{Client, NoTls};

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Processes whose working folder is in `folder`.
fn processes_in(folder: &Path) -> usize {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter(|entry| {
        std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
    })
    .count()
}

#[tokio::test]
async fn data_is_kept_and_nothing_is_left_running() {
    // Not in the default temporary folder: root's servers must be able to enter it.
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(
        folder.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o711),
    )
    .unwrap();
    let servers = Servers::start(folder.path(), &Options::default()).unwrap();

    let refused = Servers::start(folder.path(), &Options::default()).unwrap_err();
    assert!(matches!(refused, Error::InUse { .. }), "{refused}");

    let url = servers.create_database("mine").await.unwrap();
    assert_eq!(servers.create_database("mine").await.unwrap(), url);
    assert_eq!(servers.database_url("mine").unwrap(), url);
    let client = connect(&url).await;
    client
        .batch_execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)")
        .await
        .unwrap();
    let row = client.query_one("SHOW fsync", &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), "on");
    let row = client.query_one(
        "SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database LIMIT 1",
        &[],
    );
    let row = row.await.unwrap();
    assert_eq!(
        (
            row.get::<_, String>(0).as_str(),
            row.get::<_, String>(1).as_str()
        ),
        ("C.UTF-8", "UTF8")
    );
    let redis = servers.redis_url().unwrap();
    assert!(redis.starts_with("redis+unix:///"), "{redis}");
    assert!(processes_in(folder.path()) > 2);

    let socket = std::path::PathBuf::from(redis.strip_prefix("redis+unix://").unwrap());
    assert!(socket.exists());
    servers.stop().unwrap();
    assert!(!socket.exists());
    assert!(!socket.parent().unwrap().exists());
    assert_eq!(processes_in(folder.path()), 0);

    let mut servers = Servers::start(folder.path(), &Options::default()).unwrap();
    let client = connect(&servers.database_url("mine").unwrap()).await;
    assert_eq!(
        client
            .query_one("SELECT n FROM kept", &[])
            .await
            .unwrap()
            .get::<_, i32>(0),
        42
    );
    assert_eq!(servers.ended(), None);
}

#[tokio::test]
async fn data_of_a_version_that_is_not_installed_is_named() {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(
        folder.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o711),
    )
    .unwrap();
    std::fs::create_dir_all(folder.path().join("postgres/data")).unwrap();
    std::fs::write(folder.path().join("postgres/data/PG_VERSION"), "9.6\n").unwrap();
    let refused = Servers::start(folder.path(), &Options::default())
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("made by PostgreSQL 9.6, which is not installed"),
        "{refused}"
    );
}

#[tokio::test]
async fn each_test_gets_a_database_of_its_own_on_each_version() {
    async fn fill(url: String) -> Result<(), tokio_postgres::Error> {
        connect(&url)
            .await
            .batch_execute("CREATE TABLE filled AS SELECT 1 AS n")
            .await
    }
    for installation in postgres_versions() {
        let servers = TestServers::postgres_of(&installation).await.unwrap();
        assert_eq!(servers.version(), installation.version);
        let first = TestDatabase::create_on(servers, fill).await.unwrap();
        let second = TestDatabase::create_on(servers, fill).await.unwrap();
        connect(first.url())
            .await
            .batch_execute("INSERT INTO filled VALUES (2)")
            .await
            .unwrap();
        let client = connect(second.url()).await;
        assert_eq!(
            client
                .query_one("SELECT count(*) FROM filled", &[])
                .await
                .unwrap()
                .get::<_, i64>(0),
            1
        );
        let version: i32 = client
            .query_one(
                "SELECT current_setting('server_version_num')::int / 10000",
                &[],
            )
            .await
            .unwrap()
            .get(0);
        assert_eq!(u32::try_from(version).unwrap(), installation.version);

        let name = first.name().to_owned();
        drop(first);
        let deadline = Instant::now() + Duration::from_secs(20);
        let gone = "SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
        while !client
            .query_one(gone, &[&name])
            .await
            .unwrap()
            .get::<_, bool>(0)
        {
            assert!(Instant::now() < deadline, "{name} was not dropped");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_failing_template_is_an_error_and_is_tried_again() {
    async fn fail(_url: String) -> Result<(), std::io::Error> {
        Err(std::io::Error::other("no"))
    }
    for _attempt in 0..2 {
        let error = TestDatabase::create(fail).await.unwrap_err();
        assert!(matches!(error, Error::Template(_)), "{error}");
    }
}

#[tokio::test]
async fn redis_is_shared() {
    let url = TestServers::redis_url().await.unwrap();
    assert_eq!(url, TestServers::redis_url().await.unwrap());
    let socket = url.strip_prefix("redis+unix://").unwrap();
    assert!(std::os::unix::net::UnixStream::connect(socket).is_ok());
}
