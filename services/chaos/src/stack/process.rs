//! One of our processes, started again by a keeper whenever it ends.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::os::unix::process::ExitStatusExt;
use tokio::process::Command;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long a server may drain before it is killed, as a supervisor would.
const DRAIN: Duration = Duration::from_secs(2);

/// The pause before one that ended by itself, for want of a database for instance, is started again.
const PAUSE: Duration = Duration::from_millis(100);

/// How a process is started.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<&'static str>,
    pub(super) variables: Vec<(&'static str, String)>,
    pub(super) log: PathBuf,
}

/// A process that is there again a moment after it ended. It ends for good when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    /// Its id now; nothing between two lives.
    pid: watch::Receiver<Option<Pid>>,
    keeper: JoinHandle<Result<()>>,
}

impl Process {
    pub(super) fn start(launch: Launch) -> Self {
        let (sender, pid) = watch::channel(None);
        Self {
            pid,
            keeper: tokio::spawn(keep(launch, sender)),
        }
    }

    /// Kills it.
    pub(crate) fn kill(&self) {
        self.signal(Signal::SIGKILL);
    }

    /// Asks it to stop, and kills it when that takes too long.
    pub(crate) async fn restart(&self) {
        let life = *self.pid.borrow();
        self.signal(Signal::SIGTERM);
        let mut pid = self.pid.clone();
        let ended = tokio::time::timeout(DRAIN, pid.wait_for(|now| *now != life)).await;
        if ended.is_err() {
            self.kill();
        }
    }

    /// Stops it in its tracks for a while.
    pub(crate) async fn pause(&self, how_long: Duration) {
        self.signal(Signal::SIGSTOP);
        tokio::time::sleep(how_long).await;
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = *self.pid.borrow() {
            // One that has just ended needs no signal.
            kill(pid, signal).ok();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // What the keeper holds is killed when the keeper is dropped.
        self.keeper.abort();
    }
}

async fn keep(launch: Launch, pid: watch::Sender<Option<Pid>>) -> Result<()> {
    loop {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&launch.log)
            .with_context(|| format!("could not open {}", launch.log.display()))?;
        let mut child = Command::new(&launch.program)
            .args(&launch.arguments)
            .env_clear()
            .envs(launch.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("could not start {}", launch.program.display()))?;
        pid.send_replace(child.id().map(|id| Pid::from_raw(id.cast_signed())));
        let ended = child.wait().await?;
        pid.send_replace(None);
        if ended_by_itself(ended) {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn ended_by_itself(status: ExitStatus) -> bool {
    status.signal().is_none() && !status.success()
}
