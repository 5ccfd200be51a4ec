//! Processes that are measured: where they run, what they use.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The core of the servers that are ours.
pub(crate) const SERVER_CORE: usize = 0;
/// The core of this process, which makes the load.
pub(crate) const GENERATOR_CORE: usize = 1;

/// Linux counts processor time in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// Keeps this thread, and those that it starts, on one core. A machine with one core has no choice.
pub(crate) fn pin_this(core: usize) -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores < 2 {
        return Ok(());
    }
    let mut set = CpuSet::new();
    set.set(core)?;
    sched_setaffinity(Pid::from_raw(0), &set).context("could not choose a core")
}

/// A child process, stopped when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts a program on a core, with nothing but the given variables.
    pub(crate) fn start(
        core: Option<usize>,
        program: &Path,
        arguments: &[&str],
        variables: &[(&str, String)],
    ) -> Result<Self> {
        // Without a choice: any, since what this process starts would be on the generator's core.
        let cores = core.map_or_else(|| "0-63".to_owned(), |core| core.to_string());
        let mut command = Command::new("taskset");
        command.arg("--cpu-list").arg(cores).arg(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let child = command
            .spawn()
            .with_context(|| format!("could not start {}", program.display()))?;
        Ok(Self { child })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it runs no more.
    pub(crate) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// The memory that it holds now, in bytes.
    pub(crate) fn memory_bytes(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        let kilobytes: u64 = kilobytes.context("no VmRSS in /proc")?.parse()?;
        Ok(kilobytes * 1024)
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_none() {
            kill(Pid::from_raw(self.pid().cast_signed()), Signal::SIGTERM)?;
            self.child.wait()?;
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _unheard = self.end();
    }
}

/// Processor time used so far by a process, its threads, and those of its children that it has waited for.
pub(crate) fn processor_time(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name of the program is in parentheses and may hold anything.
    let rest = stat.rsplit_once(')').context("a line of /proc")?.1;
    let ticks = rest
        .split_whitespace()
        .skip(11)
        .take(4)
        .map(str::parse::<u64>)
        .sum::<Result<u64, _>>()?;
    Ok(Duration::from_secs_f64(ticks as f64 / TICKS_PER_SECOND))
}

/// The same for a server with a process for each connection: the parent and all its children.
pub(crate) fn family_time(parent: u32) -> Result<Duration> {
    let mut total = processor_time(parent)?;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // A process may be gone by now; its parent has its time then.
        if parent_of(pid).is_ok_and(|found| found == parent) {
            total += processor_time(pid).unwrap_or_default();
        }
    }
    Ok(total)
}

/// The parent of a process.
pub(crate) fn parent_of(pid: u32) -> Result<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let rest = stat.rsplit_once(')').context("a line of /proc")?.1;
    let parent = rest.split_whitespace().nth(1).context("a line of /proc")?;
    Ok(parent.parse()?)
}
