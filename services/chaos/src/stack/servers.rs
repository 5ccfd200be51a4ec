//! The private servers under the campaign: killed, stopped in their tracks, and started again on the same data.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use shadow_local::{Options, SUPERUSER, Servers};

use super::{DATABASE, LOOK, PATIENCE};

/// How long a server may take to stop before it is told to do so at once.
const DRAIN: Duration = Duration::from_secs(5);

/// A server of one kind in a folder of its own.
#[derive(Debug)]
struct Server {
    servers: Option<Servers>,
    folder: PathBuf,
    options: Options,
    pid_file: &'static str,
}

/// The private PostgreSQL. It waits for the disk, as in production.
#[derive(Debug)]
pub(crate) struct Postgres(Server);

/// The private Redis. It keeps nothing.
#[derive(Debug)]
pub(crate) struct Redis(Server);

impl Postgres {
    pub(super) async fn start(folder: &Path) -> Result<Self> {
        let mut server = Server {
            servers: None,
            folder: folder.to_owned(),
            options: Options {
                postgres: true,
                redis: false,
                installation: None,
            },
            pid_file: "postgres/data/postmaster.pid",
        };
        server.start().await?;
        Ok(Self(server))
    }

    pub(super) async fn create_database(&self, name: &str) -> Result<String> {
        let servers = self.0.servers.as_ref().context("PostgreSQL is away")?;
        Ok(servers.create_database(name).await?)
    }

    /// Kills one of the processes that serve a connection: PostgreSQL ends all others, and recovers by itself.
    pub(crate) async fn kill_backend(&self, choice: u64) -> Result<()> {
        let serving = self.serving().await?;
        let index = choice as usize % serving.len();
        // One that has just ended was a connection lost all the same.
        kill(serving[index], Signal::SIGKILL).ok();
        Ok(())
    }

    /// The processes that serve a connection. While PostgreSQL recovers there are none, and they are waited for.
    async fn serving(&self) -> Result<Vec<Pid>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let backends = backends(self.0.pid()?)?;
            if !backends.is_empty() {
                return Ok(backends);
            }
            ensure!(Instant::now() < deadline, "PostgreSQL serves nobody");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Stops it as a loss of power would, and starts it again.
    pub(crate) async fn crash(&mut self) -> Result<()> {
        self.0.restart(Signal::SIGQUIT).await
    }

    /// Stops it as an operator would, with everybody connected, and starts it again.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        // Nobody asks it to stop while it recovers, and PostgreSQL 15 may hang when somebody does.
        self.serving().await?;
        self.0.restart(Signal::SIGINT).await
    }

    /// Stops all its processes in their tracks for a while.
    pub(crate) async fn pause(&self, how_long: Duration) -> Result<()> {
        let postmaster = self.0.pid()?;
        // The first one first: it can start no others then.
        let mut all = vec![postmaster];
        kill(postmaster, Signal::SIGSTOP).context("PostgreSQL is not there to be paused")?;
        all.extend(children(postmaster)?.into_iter().map(|(pid, _)| pid));
        for pid in &all[1..] {
            kill(*pid, Signal::SIGSTOP).ok();
        }
        tokio::time::sleep(how_long).await;
        for pid in all.iter().rev() {
            kill(*pid, Signal::SIGCONT).ok();
        }
        Ok(())
    }
}

impl Redis {
    pub(super) async fn start(folder: &Path) -> Result<Self> {
        let mut server = Server {
            servers: None,
            folder: folder.to_owned(),
            options: Options {
                postgres: false,
                redis: true,
                installation: None,
            },
            pid_file: "redis/redis.pid",
        };
        server.start().await?;
        Ok(Self(server))
    }

    pub(super) fn url(&self) -> Result<String> {
        let url = self.0.servers.as_ref().and_then(Servers::redis_url);
        url.context("Redis is away")
    }

    /// Kills it and starts it again, empty.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        self.0.restart(Signal::SIGKILL).await
    }

    /// Stops it in its tracks for a while.
    pub(crate) async fn pause(&self, how_long: Duration) -> Result<()> {
        let pid = self.0.pid()?;
        kill(pid, Signal::SIGSTOP).context("Redis is not there to be paused")?;
        tokio::time::sleep(how_long).await;
        kill(pid, Signal::SIGCONT).context("Redis is not there to go on")?;
        Ok(())
    }
}

impl Server {
    async fn start(&mut self) -> Result<()> {
        let (folder, options) = (self.folder.clone(), self.options.clone());
        let started =
            tokio::task::spawn_blocking(move || Servers::start(&folder, &options)).await?;
        self.servers = Some(started?);
        Ok(())
    }

    /// Tells it to end in one way or another, waits until it has, and starts it again on the same data.
    async fn restart(&mut self, signal: Signal) -> Result<()> {
        kill(self.pid()?, signal).context("a server is not there to be stopped")?;
        if let Some(mut stopped) = self.servers.take() {
            let began = Instant::now();
            while stopped.ended().is_none() {
                ensure!(began.elapsed() < PATIENCE, "a server does not end");
                // Without a pid file it is about to have ended.
                if began.elapsed() > DRAIN
                    && let Ok(pid) = self.pid()
                {
                    kill(pid, Signal::SIGQUIT).ok();
                }
                tokio::time::sleep(LOOK).await;
            }
            // It holds the folder.
            tokio::task::spawn_blocking(move || stopped.stop()).await??;
        }
        self.start().await
    }

    fn pid(&self) -> Result<Pid> {
        let file = self.folder.join(self.pid_file);
        let text = fs::read_to_string(&file)
            .with_context(|| format!("could not read {}", file.display()))?;
        let pid = text.lines().next().unwrap_or_default().trim().parse()?;
        Ok(Pid::from_raw(pid))
    }
}

/// The processes of PostgreSQL that serve a connection to the campaign's database, by their titles.
fn backends(postmaster: Pid) -> Result<Vec<Pid>> {
    let title = format!(": {SUPERUSER} {DATABASE}");
    let mut found: Vec<Pid> = children(postmaster)?
        .into_iter()
        .filter(|(_, command)| command.contains(&title))
        .map(|(pid, _)| pid)
        .collect();
    found.sort();
    Ok(found)
}

/// The children of a process, with their command lines.
fn children(parent: Pid) -> Result<Vec<(Pid, String)>> {
    let parent = parent.to_string();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(pid) = name.and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process may end while it is looked at.
        let read = |name: &str| fs::read_to_string(path.join(name)).unwrap_or_default();
        let status = read("status");
        let of = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        if of.map(str::trim) == Some(parent.as_str()) {
            found.push((Pid::from_raw(pid), read("cmdline")));
        }
    }
    Ok(found)
}
