//! `shadow key`: service keys, with which producers and other programs say who they are.

mod table;

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;

use anyhow::{Context, bail, ensure};
use chrono::{Duration, Utc};
use shadow_auth::key::{self, MAX_DAYS, MAX_NAME_BYTES, MAX_WORKSPACES, ServiceKey, ShownKey};
use shadow_auth::{Permission, Scope, Workspaces};
use shadow_runtime::config::parse_duration;
use shadow_storage::Database;
use shadow_storage::directory::{self, MAX_KEYS};
use uuid::Uuid;

use super::token::permission;
use crate::data_folder::Chosen;
use crate::{database, random};

/// How many rows are asked for at a time.
const PAGE: i64 = 500;
/// The longest name of whoever does something.
const MAX_BY_BYTES: usize = 128;

/// Create, list and revoke service keys, in the database that DATABASE_URL names, else in the local stack
#[derive(Debug, clap::Args)]
pub(crate) struct Key {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    data: Chosen,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Create a key and print it, once: only a hash of it is kept
    Create(Create),
    /// Print every key, the newest first, those that ended included
    List,
    /// End keys: within seconds nothing is answered to them any more, and their open streams end
    Revoke {
        /// Ids of the keys, or the keys themselves
        #[arg(required = true, value_name = "KEY", value_parser = id)]
        keys: Vec<Uuid>,
        #[command(flatten)]
        by: By,
    },
}

#[derive(Debug, clap::Args)]
struct Create {
    /// What people call the program that will hold it
    #[arg(long)]
    name: String,
    /// What it may do, such as publish_events; may be repeated
    #[arg(long = "permission", value_name = "NAME", required = true, value_parser = permission)]
    permissions: Vec<Permission>,
    /// A workspace, by its id or its name, in which it may do that; may be repeated
    #[arg(
        long = "workspace",
        value_name = "ID|NAME",
        required_unless_present = "all_workspaces"
    )]
    workspaces: Vec<String>,
    /// Let it do that in every workspace, those made later included
    #[arg(long, conflicts_with = "workspaces")]
    all_workspaces: bool,
    /// How long it lasts, such as 12h or 90d
    #[arg(long, default_value = "90d", value_parser = duration)]
    expires: Duration,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, clap::Args)]
struct By {
    /// Who does this, for the record [default: the system's user]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

impl Key {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let database = database::connect(&self.data).await?;
        match self.command {
            Command::Create(create) => create.run(&database).await,
            Command::List => list(&database).await,
            Command::Revoke { keys, by } => revoke(&database, &keys, &by.name()?).await,
        }
    }
}

impl Create {
    async fn run(self, database: &Database) -> anyhow::Result<()> {
        check_name("--name", &self.name, MAX_NAME_BYTES)?;
        let by = self.by.name()?;
        let workspaces = match self.all_workspaces {
            true => Workspaces::All,
            false => Workspaces::Some(resolve(database, &self.workspaces).await?),
        };
        let (id, now) = (Uuid::now_v7(), Utc::now());
        let (text, hash) = key::spell(id, &random::secret()?);
        let key = ServiceKey {
            id,
            name: self.name,
            hash,
            permissions: self.permissions.into_iter().collect(),
            workspaces,
            expires_at: now + self.expires,
        };
        let put = directory::put_key(database, &key, &by, now)
            .await
            .context("the key could not be created")?;
        ensure!(
            put,
            "{MAX_KEYS} keys are in force, which is the limit: revoke some first"
        );
        show(&text, &key);
        Ok(())
    }
}

/// The key alone is on standard output, so that a script can take it.
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what was asked for, and what to know of it"
)]
fn show(text: &str, key: &ServiceKey) {
    println!("{text}");
    eprintln!(
        "Key {} ends {}. It is shown this once, and accepted everywhere within 5 seconds.",
        key.id,
        table::time(key.expires_at)
    );
}

#[expect(clippy::print_stdout, reason = "what was asked for")]
async fn list(database: &Database) -> anyhow::Result<()> {
    let mut keys = Vec::new();
    loop {
        let page = directory::list_keys(database, keys.last(), PAGE)
            .await
            .context("the keys could not be listed")?;
        let more = page.len() as i64 == PAGE;
        keys.extend(page);
        if !more {
            print!("{}", table::keys(&keys, Utc::now()));
            return Ok(());
        }
    }
}

async fn revoke(database: &Database, keys: &[Uuid], by: &str) -> anyhow::Result<()> {
    for key in keys {
        let found = directory::revoke_key(database, *key, by, Utc::now())
            .await
            .with_context(|| format!("key {key} could not be revoked"))?;
        ensure!(found, "there is no key {key}");
    }
    Ok(())
}

/// The workspaces of these ids or names. An id need not be in the directory yet: workspaces may come with their events.
async fn resolve(database: &Database, texts: &[String]) -> anyhow::Result<BTreeSet<Uuid>> {
    let mut found = BTreeSet::new();
    for text in texts {
        found.insert(match Uuid::try_parse(text) {
            Ok(id) => id,
            Err(_) => named(database, text).await?,
        });
    }
    ensure!(
        !found.contains(&Uuid::nil()),
        "--workspace: the nil UUID names no workspace"
    );
    ensure!(
        found.len() <= MAX_WORKSPACES,
        "--workspace: a key names at most {MAX_WORKSPACES} workspaces; --all-workspaces is every one"
    );
    Ok(found)
}

async fn named(database: &Database, name: &str) -> anyhow::Result<Uuid> {
    let scope = Scope::system("workspaces of a service key");
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = directory::workspaces(database, &scope, name, after.as_ref(), PAGE).await?;
        let exact = page.iter().filter(|workspace| workspace.name == name);
        found.extend(exact.map(|workspace| workspace.workspace_id));
        let last = page.last().filter(|_| page.len() as i64 == PAGE);
        let Some(last) = last else { break };
        after = Some(directory::After {
            name: last.name.clone(),
            workspace_id: last.workspace_id,
        });
    }
    match found[..] {
        [one] => Ok(one),
        [] => bail!("--workspace: there is no workspace {name:?}"),
        _ => {
            let ids: Vec<_> = found.iter().map(Uuid::to_string).collect();
            bail!(
                "--workspace: several are called {name:?}; give the id of one: {}",
                ids.join(", ")
            )
        }
    }
}

impl By {
    fn name(&self) -> anyhow::Result<String> {
        let name = match &self.by {
            Some(by) => by.clone(),
            None => system_user()?,
        };
        check_name("--by", &name, MAX_BY_BYTES)?;
        Ok(name)
    }
}

/// The name that the shell has of whoever runs this, or the number of the user.
fn system_user() -> anyhow::Result<String> {
    let named = ["USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|name| !name.is_empty());
    match named {
        Some(name) => Ok(name),
        None => {
            let own = std::fs::metadata("/proc/self").context("say who does this with --by")?;
            Ok(format!("user {}", own.uid()))
        }
    }
}

fn check_name(option: &str, name: &str, limit: usize) -> anyhow::Result<()> {
    let fits =
        !name.trim().is_empty() && name.len() <= limit && !name.chars().any(char::is_control);
    ensure!(
        fits,
        "{option} must have 1 to {limit} bytes and no control characters"
    );
    Ok(())
}

/// Whoever finds a key where it should not be can end it without looking for its id.
fn id(text: &str) -> Result<Uuid, String> {
    let shown = ShownKey::parse(text).map(|shown| shown.id());
    shown
        .or_else(|| Uuid::try_parse(text).ok())
        .ok_or_else(|| "expected the id of a key, as in `shadow key list`, or a key".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let days = text
        .strip_suffix('d')
        .and_then(|days| days.parse().ok())
        .and_then(Duration::try_days);
    let other = || parse_duration(text).and_then(|other| Duration::from_std(other).ok());
    days.or_else(other)
        .filter(|asked| *asked > Duration::zero() && *asked <= Duration::days(MAX_DAYS))
        .ok_or_else(|| format!("expected a length of time such as 12h or 90d, at most {MAX_DAYS}d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_positive_and_bounded() {
        assert_eq!(duration("12h"), Ok(Duration::hours(12)));
        assert_eq!(duration("90d"), Ok(Duration::days(90)));
        assert_eq!(duration("3650d"), Ok(Duration::days(3_650)));
        for wrong in [
            "",
            "d",
            "0d",
            "0s",
            "-1d",
            "3651d",
            "99999999h",
            "9223372036854775807d",
            "5",
        ] {
            let error = duration(wrong).unwrap_err();
            assert!(error.contains("3650d"), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_key_is_named_by_its_id_or_by_itself() {
        let one = Uuid::from_u128(7);
        let (text, _) = key::spell(one, &[1; 32]);
        assert_eq!(id(&text), Ok(one));
        assert_eq!(id(&one.to_string()), Ok(one));
        assert!(id("producer").is_err());
    }

    #[test]
    fn names_have_limits_that_are_named() {
        assert!(check_name("--name", &"n".repeat(128), 128).is_ok());
        for wrong in ["", "  ", "a\nb", &"n".repeat(129)] {
            let error = check_name("--name", wrong, 128).unwrap_err().to_string();
            assert_eq!(
                error,
                "--name must have 1 to 128 bytes and no control characters"
            );
        }
    }
}
