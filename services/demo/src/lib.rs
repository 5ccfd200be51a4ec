//! A believable platform: twelve workspaces, their people and agents, and what the agents did.
//!
//! For people who try the product, for tests and for the bench. What happened on a day is a function of the seed and of
//! that day alone, so two loads over neighbouring spans give what one load over both would have given, and a platform
//! that was started weeks ago is brought up to now by generating just the time since.
//!
//! It must never know tables, services or the clock: events go in through the published API like everybody's, and the
//! directory is a plain value that its caller stores.

mod agents;
mod day;
mod directory;
mod execution;
mod live;
mod load;
mod models;
mod money;
mod people;
mod random;
mod rhythm;
mod workspaces;

use chrono::{DateTime, Utc};
use shadow_domain::time::UtcDay;
use shadow_proto::streaming::v1::Event;

pub use directory::{Agent, Directory, Membership, PlatformRole, SignIn, User, Workspace};
pub use live::Live;
pub use load::{LoadError, Loaded, Progress};

/// How many days of history a new platform has.
pub const HISTORY_DAYS: i32 = 90;

/// Events of one batch: under the limits of PublishBatch, and large, so that many executions share a cell.
const BATCH_EVENTS: usize = 4_000;

/// Days that are generated workspace by workspace: a batch then holds long runs of one workspace.
const WINDOW_DAYS: i32 = 10;

/// A platform, up to an instant.
#[derive(Debug)]
pub struct Demo {
    seed: u64,
    end: DateTime<Utc>,
    workspaces: Vec<workspaces::Profile>,
}

impl Demo {
    /// The platform of a seed, with [`HISTORY_DAYS`] days of history before the day of `end`.
    #[must_use]
    pub fn new(seed: u64, end: DateTime<Utc>) -> Self {
        Self {
            seed,
            end,
            workspaces: workspaces::profiles(seed),
        }
    }

    /// The beginning of the history: nothing was opened before it.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        UtcDay(UtcDay::of(self.end).0 - HISTORY_DAYS).start()
    }

    /// The end that it was made with.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// Who and what the platform consists of; the same for every end.
    #[must_use]
    pub fn directory(&self) -> Directory {
        directory::of(&self.workspaces)
    }

    /// What happened in `[from, to)`, in batches. An execution that ended in it comes as one event, which tells all;
    /// one that is still open comes as what is known of it. Beside it comes what goes along with it: steps of some, ratings,
    /// what people did.
    pub fn events(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Vec<Event>> + '_ {
        self.batches(from, to).map(|batch| batch.events)
    }

    fn batches(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> impl Iterator<Item = Batch> + '_ {
        let first = UtcDay::of(from - execution::LONGEST).0;
        let last = UtcDay::of(to).0;
        (first..=last)
            .step_by(WINDOW_DAYS as usize)
            .flat_map(move |day| {
                let after = (day + WINDOW_DAYS).min(last + 1);
                self.window(day..after, from, to)
            })
    }

    /// The batches of some days; the last one says how far everything has come with it.
    fn window(
        &self,
        days: std::ops::Range<i32>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Vec<Batch> {
        let earliest = self.start().min(from);
        let mut batches = vec![Batch::default()];
        for workspace in &self.workspaces {
            for day in days.clone() {
                for execution in day::executions(self.seed, workspace, UtcDay(day)) {
                    if execution.opened_at < earliest {
                        continue;
                    }
                    let beside = execution.beside(workspace, from, to);
                    let event = execution.event(workspace, from, to);
                    for event in event.into_iter().chain(beside) {
                        push(&mut batches, event);
                    }
                }
                for (at, event) in money::events(self.seed, workspace, UtcDay(day)) {
                    if at >= earliest && (from..to).contains(&at) {
                        push(&mut batches, event);
                    }
                }
            }
        }
        if let Some(batch) = batches.last_mut() {
            // Whatever happens before midnight was opened before it.
            batch.through = Some(UtcDay(days.end).start().clamp(from, to));
        }
        batches
    }
}

fn push(batches: &mut Vec<Batch>, event: Event) {
    if batches.last().is_none_or(Batch::is_full) {
        batches.push(Batch::default());
    }
    if let Some(batch) = batches.last_mut() {
        batch.events.push(event);
    }
}

/// Some events that are published together.
#[derive(Debug, Default)]
struct Batch {
    events: Vec<Event>,
    /// Where this and all batches before it hold everything before an instant: that instant.
    through: Option<DateTime<Utc>>,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.events.len() >= BATCH_EVENTS
    }
}
