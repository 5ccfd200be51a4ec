//! `shadow workspace`: workspaces of the directory.

use anyhow::{Context, ensure};
use chrono_tz::Tz;
use shadow_auth::Scope;
use shadow_storage::directory::{self, After};

use crate::data_folder::Chosen;
use crate::database;

/// How many workspaces are asked for at a time.
const PAGE: i64 = 500;

/// Create and list workspaces, in the database that DATABASE_URL names, else in the local stack
#[derive(Debug, clap::Args)]
pub(crate) struct Workspace {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    data: Chosen,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Create a workspace and print its id
    Create {
        /// What people call it
        #[arg(long)]
        name: String,
        /// The time zone in which its people think, such as Europe/Berlin
        #[arg(long, default_value = "UTC")]
        zone: Tz,
    },
    /// Print each workspace's id, zone and name
    List,
}

impl Workspace {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let database = database::connect(&self.data).await?;
        match self.command {
            Command::Create { name, zone } => create(&database, &name, zone).await,
            Command::List => list(&database).await,
        }
    }
}

#[expect(clippy::print_stdout, reason = "what was asked for")]
async fn create(database: &shadow_storage::Database, name: &str, zone: Tz) -> anyhow::Result<()> {
    let fits = !name.trim().is_empty() && name.len() <= 128 && !name.chars().any(char::is_control);
    ensure!(
        fits,
        "--name must have 1 to 128 bytes and no control characters"
    );
    let id = directory::create_workspace(database, name, zone.name())
        .await
        .context("the workspace could not be created")?;
    println!("{id}");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what was asked for")]
async fn list(database: &shadow_storage::Database) -> anyhow::Result<()> {
    let scope = Scope::system("workspaces for the operator");
    let mut after: Option<After> = None;
    loop {
        let page = directory::workspaces(database, &scope, "", after.as_ref(), PAGE).await?;
        for workspace in &page {
            println!(
                "{}  {:<20}  {}",
                workspace.workspace_id, workspace.zone, workspace.name
            );
        }
        match page.last() {
            Some(last) if page.len() as i64 == PAGE => {
                after = Some(After {
                    name: last.name.clone(),
                    workspace_id: last.workspace_id,
                });
            }
            _ => return Ok(()),
        }
    }
}
