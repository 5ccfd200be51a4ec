//! The faults: which there are, how often each comes, and what it does.

use std::time::Duration;

use anyhow::Result;

use crate::random::Random;
use crate::stack::{REPLICAS, Stack};

/// A way to break something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Kill,
    Pause,
    Restart,
    Cut,
    Mute,
    KillBackend,
    CrashPostgres,
    RestartPostgres,
    PausePostgres,
    KillRedis,
    PauseRedis,
}

impl Fault {
    /// Every fault, with how often it comes beside the others. Our own processes come most often.
    pub(crate) const ALL: [(Self, u64); 11] = [
        (Self::Kill, 34),
        (Self::Pause, 17),
        (Self::Restart, 9),
        (Self::Cut, 12),
        (Self::Mute, 12),
        (Self::KillBackend, 4),
        (Self::CrashPostgres, 2),
        (Self::RestartPostgres, 1),
        (Self::PausePostgres, 3),
        (Self::KillRedis, 4),
        (Self::PauseRedis, 2),
    ];

    /// Draws the next one.
    pub(crate) fn draw(random: &mut Random) -> Self {
        let weights = Self::ALL.map(|(_, weight)| weight);
        Self::ALL[random.weighted(&weights)].0
    }

    /// Whether it is PostgreSQL that breaks.
    pub(crate) fn is_postgres(self) -> bool {
        matches!(
            self,
            Self::KillBackend | Self::CrashPostgres | Self::RestartPostgres | Self::PausePostgres
        )
    }

    /// Breaks something; when this returns, what broke is back or on its way.
    pub(crate) async fn strike(self, stack: &mut Stack, random: &mut Random) -> Result<()> {
        // Drawn whatever the fault is, so that the draws after it are the same.
        let process = random.below(stack.processes.len() as u64) as usize;
        let replica = random.below(REPLICAS as u64) as usize;
        let choice = random.below(1_000);
        let while_long = Duration::from_millis(50 + random.below(350));
        match self {
            Self::Kill => stack.processes[process].kill(),
            Self::Pause => stack.processes[process].pause(while_long).await,
            Self::Restart => stack.processes[process].restart().await,
            Self::Cut => stack.proxy.cut(replica),
            Self::Mute => stack.proxy.mute(replica, while_long).await,
            Self::KillBackend => stack.postgres.kill_backend(choice).await?,
            Self::CrashPostgres => stack.postgres.crash().await?,
            Self::RestartPostgres => stack.postgres.restart().await?,
            Self::PausePostgres => stack.postgres.pause(while_long).await?,
            Self::KillRedis => stack.redis.kill().await?,
            Self::PauseRedis => stack.redis.pause(while_long).await?,
        }
        Ok(())
    }

    /// What it is, for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill -9 of a process of ours",
            Self::Pause => "pause of a process of ours",
            Self::Restart => "restart of a process of ours",
            Self::Cut => "connections cut",
            Self::Mute => "answers lost, then connections cut",
            Self::KillBackend => "kill -9 of a process of PostgreSQL",
            Self::CrashPostgres => "immediate shutdown of PostgreSQL",
            Self::RestartPostgres => "restart of PostgreSQL",
            Self::PausePostgres => "pause of PostgreSQL",
            Self::KillRedis => "kill -9 of Redis",
            Self::PauseRedis => "pause of Redis",
        }
    }
}
