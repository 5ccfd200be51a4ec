//! The schema's versions: applied in order, by one process at a time.

use diesel::migration::MigrationVersion;
use diesel::sql_types::Integer;
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::Error;
use crate::database::establish;
use crate::error::While;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// The oldest major version of PostgreSQL that is supported.
pub const OLDEST_SERVER: i32 = 15;

/// Diesel takes no lock of its own. The lock lives as long as the connection, which is never pooled.
const LOCK: &str = "SELECT pg_advisory_lock(hashtextextended('analytics.migrations', 0))";

/// Applies what is missing and names it, waiting for whoever is doing the same. Needs a multi-threaded runtime.
pub async fn run(url: &str) -> Result<Vec<String>, Error> {
    harness(url, |harness| {
        let applied = harness
            .run_pending_migrations(MIGRATIONS)
            .map_err(Error::Migration)?;
        Ok(names(&applied))
    })
    .await
}

/// Takes every migration back, the last first, and names them. All data is lost.
pub async fn revert_all(url: &str) -> Result<Vec<String>, Error> {
    harness(url, |harness| {
        let reverted = harness
            .revert_all_migrations(MIGRATIONS)
            .map_err(Error::Migration)?;
        Ok(names(&reverted))
    })
    .await
}

/// The server's major version; an error where it is older than [`OLDEST_SERVER`].
pub async fn server_version(url: &str) -> Result<i32, Error> {
    check_version(&mut establish(url).await?).await
}

pub(crate) async fn check_version(connection: &mut AsyncPgConnection) -> Result<i32, Error> {
    let number = diesel::select(diesel::dsl::sql::<Integer>(
        "current_setting('server_version_num')::integer",
    ))
    .get_result::<i32>(connection)
    .await
    .doing("asking for the server's version")?;
    let found = number / 10_000;
    if found < OLDEST_SERVER {
        return Err(Error::TooOld {
            found,
            needed: OLDEST_SERVER,
        });
    }
    Ok(found)
}

async fn harness(
    url: &str,
    work: impl FnOnce(&mut AsyncMigrationHarness<AsyncPgConnection>) -> Result<Vec<String>, Error>,
) -> Result<Vec<String>, Error> {
    let mut connection = establish(url).await?;
    check_version(&mut connection).await?;
    connection
        .batch_execute(LOCK)
        .await
        .doing("waiting for the migrations' lock")?;
    work(&mut AsyncMigrationHarness::new(connection))
}

fn names(versions: &[MigrationVersion<'_>]) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}
