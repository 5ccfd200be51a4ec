//! `shadow migrate`: brings a database up to this version's schema.

use anyhow::Context;
use secrecy::ExposeSecret;
use shadow_runtime::config::{DatabaseConfig, Environment};

/// Bring the database that DATABASE_URL names up to this version's schema
#[derive(Debug, clap::Args)]
pub(crate) struct Migrate {}

impl Migrate {
    #[expect(clippy::print_stdout, reason = "what was asked for")]
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let config = DatabaseConfig::from_environment(&Environment::process())?;
        let applied = migrate(config.url.expose_secret()).await?;
        match applied.as_slice() {
            [] => println!("The database is up to date."),
            applied => println!("Applied {}.", applied.join(", ")),
        }
        Ok(())
    }
}

/// Applies what is missing and names it.
pub(crate) async fn migrate(url: &str) -> anyhow::Result<Vec<String>> {
    shadow_storage::migrations::run(url)
        .await
        .context("the database could not be migrated")
}
