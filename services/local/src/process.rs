//! One server process: started under a shell that outlives us just long enough to stop it, and found again by its
//! pid file after a `kill -9`.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::error::{Context, Error};
use crate::owner::Owner;

/// How long a server may take to come up. Recovery after a crash is the slow case.
const START: Duration = Duration::from_secs(60);
/// How long a server may take to stop before it is killed.
const STOP: Duration = Duration::from_secs(30);
/// How often a starting or stopping server is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Runs the server in the background and waits for it; a second shell waits for our end of the pipe to close, which
/// the kernel does when we stop the server and also when we die. `$1` is the signal that stops the server, `$2` a
/// folder to remove afterwards (empty: none), the rest is the server's command line.
const SUPERVISOR: &str = r#"
signal=$1 folder=$2
shift 2
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{ cat <&3 >/dev/null; kill -s "$signal" "$server"; } 2>/dev/null &
watcher=$!
exec 3<&-
wait "$server"
status=$?
kill "$watcher" 2>/dev/null
[ -z "$folder" ] || rm -rf "$folder"
exit "$status"
"#;

/// What to start, and how to tell that it is up.
pub(crate) struct Launch<'a> {
    /// The name for people.
    pub(crate) name: &'static str,
    /// Program and arguments.
    pub(crate) command: Vec<&'a std::ffi::OsStr>,
    /// The signal that stops it without waiting for its clients.
    pub(crate) signal: &'static str,
    /// Where its output goes.
    pub(crate) log: PathBuf,
    /// A folder to remove when it has stopped.
    pub(crate) remove: Option<&'a Path>,
    /// Whether it answers now.
    pub(crate) ready: &'a dyn Fn() -> bool,
}

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Server {
    name: &'static str,
    supervisor: Child,
    /// Closing it is the request to stop.
    lifeline: Option<ChildStdin>,
}

impl Server {
    /// Starts a server and waits until it answers.
    pub(crate) fn start(owner: Owner, launch: &Launch<'_>) -> Result<Self, Error> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&launch.log)
            .context(|| format!("could not open {}", launch.log.display()))?;
        let errors = log
            .try_clone()
            .context(|| "could not share the log file".into())?;
        let mut command: Command = owner.command("/bin/sh");
        command.args(["-c", SUPERVISOR, "shadow-server", launch.signal]);
        command
            .arg(launch.remove.unwrap_or(Path::new("")))
            .args(&launch.command);
        command.stdin(Stdio::piped()).stdout(log).stderr(errors);
        let mut supervisor = command
            .spawn()
            .context(|| format!("could not start {}", launch.name))?;
        let lifeline = supervisor.stdin.take();
        let mut server = Self {
            name: launch.name,
            supervisor,
            lifeline,
        };
        let deadline = Instant::now() + START;
        while !(launch.ready)() {
            let ended = server
                .supervisor
                .try_wait()
                .context(|| format!("could not watch {}", launch.name))?;
            if ended.is_some() || Instant::now() > deadline {
                let reason =
                    last_line(&launch.log).unwrap_or_else(|| "it did not answer in time".into());
                return Err(Error::DidNotStart {
                    program: launch.name,
                    reason,
                    log: launch.log.clone(),
                });
            }
            std::thread::sleep(LOOK);
        }
        Ok(server)
    }

    /// Whether the server has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.supervisor.try_wait(), Ok(None))
    }

    /// Stops the server and waits for its end.
    pub(crate) fn stop(&mut self) -> Result<(), Error> {
        drop(self.lifeline.take());
        let deadline = Instant::now() + STOP;
        loop {
            let ended = self
                .supervisor
                .try_wait()
                .context(|| format!("could not wait for {}", self.name))?;
            if ended.is_some() {
                return Ok(());
            }
            if Instant::now() > deadline {
                let group = Pid::from_raw(self.supervisor.id().cast_signed());
                killpg(group, Signal::SIGKILL)
                    .map_err(std::io::Error::from)
                    .context(|| format!("could not kill {}", self.name))?;
            }
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody is left to tell: the supervisor has been asked, and the next start looks at the pid file.
        let _unheard = self.stop();
    }
}

/// Stops the process that a pid file names, if it still runs in `folder`. True when one had to be stopped.
///
/// The working folder tells our server from an unrelated process that got the same id since.
pub(crate) fn stop_leftover(pid_file: &Path, folder: &Path, gentle: Signal) -> Result<bool, Error> {
    let Some(pid) = fs::read_to_string(pid_file)
        .ok()
        .and_then(|text| text.lines().next()?.trim().parse::<i32>().ok())
    else {
        return Ok(false);
    };
    let runs = || fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == folder);
    if pid <= 1 || !runs() {
        return Ok(false);
    }
    let deadline = Instant::now() + STOP;
    let mut signal = gentle;
    while runs() {
        if Instant::now() > deadline {
            signal = Signal::SIGKILL;
        }
        match kill(Pid::from_raw(pid), signal) {
            Ok(()) | Err(nix::errno::Errno::ESRCH) => {}
            Err(error) => {
                return Err(Error::Io {
                    context: format!(
                        "could not stop process {pid}, left over in {}",
                        folder.display()
                    ),
                    source: error.into(),
                });
            }
        }
        std::thread::sleep(LOOK * 10);
    }
    Ok(true)
}

/// The last line of a log that says something.
pub(crate) fn last_line(log: &Path) -> Option<String> {
    let bytes = fs::read(log).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    text.lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .map(str::to_owned)
}
