//! The database that a command works on.

use anyhow::Context;
use secrecy::SecretString;
use shadow_runtime::config::{DatabaseConfig, Environment};
use shadow_storage::{Config, Database};

use crate::data_folder::Chosen;

/// The database that `DATABASE_URL` names, else that of the running local stack.
pub(crate) fn chosen(data: &Chosen) -> anyhow::Result<DatabaseConfig> {
    let environment = Environment::process();
    if environment.has_secret("DATABASE_URL") {
        return Ok(DatabaseConfig::from_environment(&environment)?);
    }
    let stack = data.folder()?.stack()?;
    Ok(DatabaseConfig::with_url(
        SecretString::from(stack.database),
        &environment,
    )?)
}

/// Connects to the database that `DATABASE_URL` names, else to that of the running local stack.
pub(crate) async fn connect(data: &Chosen) -> anyhow::Result<Database> {
    open(&chosen(data)?).await
}

/// Connects, and checks that server and schema will do.
pub(crate) async fn open(config: &DatabaseConfig) -> anyhow::Result<Database> {
    let DatabaseConfig {
        url,
        pool_size,
        statement_timeout,
    } = config.clone();
    Database::connect(&Config {
        url,
        pool_size,
        statement_timeout,
    })
    .await
    .context("the database cannot be used")
}
