//! `shadow demo`, and the demo of `shadow up`: the directory goes into the database, events through the API.

mod live;

use std::io::IsTerminal;

use anyhow::Context;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use shadow_auth::{PlatformRole, Role};
use shadow_client::Client;
use shadow_demo::{Directory, Loaded, Progress, SignIn};
use shadow_runtime::config::DatabaseConfig;
use shadow_storage::{Database, directory};
use uuid::Uuid;

use crate::connection::Connection;
use crate::data_folder::DataFolder;
use crate::database;

/// Every local stack has the same people, agents and history.
const SEED: u64 = 2026;

/// How much of the directory is written at the same time.
const AT_A_TIME: usize = 6;

/// The believable platform that `shadow up` loads
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Load it, or what has happened since it was loaded
    Load {
        #[command(flatten)]
        connection: Connection,
    },
    Live(live::Live),
}

impl Demo {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Load { connection } => Self::load(&connection).await,
            Command::Live(live) => live.run().await,
        }
    }

    #[expect(clippy::print_stdout, reason = "what was asked for")]
    async fn load(connection: &Connection) -> anyhow::Result<()> {
        let config = database::chosen(connection.data())?;
        let database = database::open(&config).await?;
        let client = connection.connect().await?;
        let folder = connection.data().folder()?;
        folder.create()?;
        let loaded = load(&database, &config, &client, &folder).await?;
        println!("{} events are new.", loaded.accepted);
        Ok(())
    }
}

/// How far a database has been filled.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    seed: u64,
    through: DateTime<Utc>,
}

/// Makes the demo's workspaces, people and agents, where they are not there.
async fn ready(connection: &Connection) -> anyhow::Result<()> {
    let database = database::connect(connection.data()).await?;
    let known = shadow_demo::Demo::new(SEED, Utc::now()).directory();
    if !is_there(&database, &known).await? {
        put(&database, &known)
            .await
            .context("the demo's directory could not be stored")?;
    }
    Ok(())
}

/// Brings the demo up to now. Loading again changes nothing; an interrupted load goes on where it was.
pub(crate) async fn load(
    database: &Database,
    config: &DatabaseConfig,
    client: &Client,
    folder: &DataFolder,
) -> anyhow::Result<Loaded> {
    let to = Utc::now();
    let demo = shadow_demo::Demo::new(SEED, to);
    let of_database = Uuid::new_v5(&Uuid::NAMESPACE_URL, config.url.expose_secret().as_bytes());
    let file = format!("demo-{of_database}.json");
    let known = demo.directory();
    // Without its people this is another database than the one whose state was kept.
    let through = if is_there(database, &known).await? {
        through(folder, &file)?
    } else {
        None
    };
    let from = through.unwrap_or_else(|| demo.start());
    if through.is_none() {
        put(database, &known)
            .await
            .context("the demo's directory could not be stored")?;
    }
    let bar = Bar::new(from, to);
    let loaded = demo
        .load(client, from, to, |progress| {
            bar.set(progress);
            let state = State {
                seed: SEED,
                through: progress.through,
            };
            // Without it the next load repeats more than it must, and that changes nothing.
            if let Err(error) = save(folder, &file, &state) {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "the demo's progress could not be kept"
                );
            }
        })
        .await?;
    save(
        folder,
        &file,
        &State {
            seed: SEED,
            through: to,
        },
    )?;
    bar.finish(&loaded);
    Ok(loaded)
}

/// The people that a visitor can sign in as.
pub(crate) fn sign_ins() -> Vec<SignIn> {
    shadow_demo::Demo::new(SEED, Utc::now())
        .directory()
        .sign_ins
}

async fn is_there(database: &Database, known: &Directory) -> anyhow::Result<bool> {
    let Some(role) = known.platform_roles.last() else {
        return Ok(false);
    };
    Ok(directory::viewer(database, &role.user_id)
        .await?
        .platform
        .is_some())
}

fn through(folder: &DataFolder, file: &str) -> anyhow::Result<Option<DateTime<Utc>>> {
    let state = folder
        .read(file)?
        .and_then(|text| serde_json::from_str::<State>(&text).ok());
    Ok(state
        .filter(|state| state.seed == SEED)
        .map(|state| state.through))
}

fn save(folder: &DataFolder, file: &str, state: &State) -> anyhow::Result<()> {
    folder.write(file, &serde_json::to_string(state)?)
}

/// Stores who and what the demo consists of; the platform roles last, since they tell that all of it is there.
async fn put(database: &Database, known: &Directory) -> anyhow::Result<()> {
    let workspaces = stream::iter(&known.workspaces)
        .map(|w| directory::put_workspace(database, w.workspace_id, w.name, w.zone));
    workspaces
        .buffer_unordered(AT_A_TIME)
        .try_collect::<()>()
        .await?;
    let users = stream::iter(&known.users)
        .map(|u| directory::put_user(database, &u.user_id, Some(&u.name)));
    users
        .buffer_unordered(AT_A_TIME)
        .try_collect::<()>()
        .await?;
    let agents = stream::iter(&known.agents)
        .map(|a| directory::put_agent(database, a.workspace_id, &a.agent_id, a.name));
    agents
        .buffer_unordered(AT_A_TIME)
        .try_collect::<()>()
        .await?;
    let memberships = stream::iter(&known.memberships).map(|m| async move {
        let role = Role::parse(m.role)
            .with_context(|| format!("the demo has an unknown role {}", m.role))?;
        anyhow::Ok(directory::put_membership(database, m.workspace_id, &m.user_id, role).await?)
    });
    memberships
        .buffer_unordered(AT_A_TIME)
        .try_collect::<()>()
        .await?;
    for holder in &known.platform_roles {
        let role = PlatformRole::parse(holder.role)
            .with_context(|| format!("the demo has an unknown role {}", holder.role))?;
        directory::put_platform_role(database, &holder.user_id, role).await?;
    }
    Ok(())
}

/// Progress by the time that has been filled: a bar on a terminal, else a line now and then.
struct Bar {
    from: DateTime<Utc>,
    bar: ProgressBar,
    plain: bool,
    said: std::cell::Cell<i64>,
}

impl Bar {
    fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        let minutes = u64::try_from((to - from).num_minutes()).unwrap_or(0).max(1);
        let plain = !std::io::stderr().is_terminal();
        let bar = if plain {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(minutes)
        };
        bar.set_length(minutes);
        if let Ok(style) = ProgressStyle::with_template(
            "Loading the demo {wide_bar} {percent} %  {msg}  {eta} left",
        ) {
            bar.set_style(style);
        }
        Self {
            from,
            bar,
            plain,
            said: std::cell::Cell::new(0),
        }
    }

    #[expect(
        clippy::print_stderr,
        reason = "progress for whoever started the program"
    )]
    fn set(&self, progress: Progress) {
        let minutes = u64::try_from((progress.through - self.from).num_minutes()).unwrap_or(0);
        self.bar.set_position(minutes);
        self.bar.set_message(format!("{} events", progress.events));
        let percent = i64::try_from(minutes * 100 / self.bar.length().unwrap_or(1)).unwrap_or(100);
        if self.plain && percent >= self.said.get() + 10 {
            self.said.set(percent);
            eprintln!("Loading the demo: {percent} %, {} events", progress.events);
        }
    }

    fn finish(&self, loaded: &Loaded) {
        self.bar.finish_and_clear();
        tracing::info!(
            accepted = loaded.accepted,
            repeated = loaded.repeated,
            "the demo is up to date"
        );
    }
}
