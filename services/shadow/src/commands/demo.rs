//! `shadow demo`, and the demo of `shadow up`: the directory goes into the database, events through the API.

mod directory;
mod filling;
mod live;
mod progress;
mod state;

use anyhow::Context;
use chrono::Utc;
use shadow_demo::{Scale, SignIn};

use crate::connection::Connection;
use crate::database;

pub(crate) use filling::{Filling, UNKNOWN};

/// Every local stack has the same people and agents, and the same story up to the day of its first start.
const SEED: u64 = 2026;

/// The believable platform that `shadow up` loads
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Load it, or what is missing and what has happened since
    ///
    /// The most recent days come first, then those before them. It can be stopped at any time, and goes on where it was.
    Load {
        #[command(flatten)]
        size: Size,
        #[command(flatten)]
        connection: Connection,
    },
    Live(live::Live),
}

/// How large a demo is; one that has been begun keeps its size.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Size {
    /// How large the demo is: year (40 workspaces, two million executions), small (12 workspaces, 90 days), or tiny (4
    /// workspaces, 40 days); what has been begun keeps its size
    #[arg(long = "demo", value_name = "SIZE", default_value = "year", value_parser = scale)]
    pub(crate) scale: Scale,
}

fn scale(text: &str) -> Result<Scale, String> {
    Scale::parse(text).ok_or_else(|| {
        let names = Scale::ALL.map(Scale::name);
        format!("expected one of {}", names.join(", "))
    })
}

impl Demo {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Load { size, connection } => Self::load(size, &connection).await,
            Command::Live(live) => live.run().await,
        }
    }

    #[expect(clippy::print_stdout, reason = "what was asked for")]
    async fn load(size: Size, connection: &Connection) -> anyhow::Result<()> {
        let config = database::chosen(connection.data())?;
        let database = database::open(&config).await?;
        let client = connection.connect().await?;
        let folder = connection.data().folder()?;
        folder.create()?;
        let mut filling = Filling::begin(&database, &config, &client, &folder, size.scale)
            .await?
            .context(UNKNOWN)?;
        filling.recent().await?;
        filling.rest(shadow_demo::Pace::Fast).await?;
        println!("{} events are new.", filling.accepted());
        Ok(())
    }
}

/// The people that a visitor can sign in as.
pub(crate) fn sign_ins(size: Size) -> Vec<SignIn> {
    shadow_demo::Demo::new(SEED, size.scale, Utc::now())
        .directory()
        .sign_ins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_name() {
        assert_eq!(scale("year"), Ok(Scale::Year));
        assert_eq!(scale("tiny"), Ok(Scale::Tiny));
        assert!(scale("huge").unwrap_err().contains("year, small, tiny"));
    }
}
