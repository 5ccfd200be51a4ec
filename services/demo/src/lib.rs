//! A believable platform and its year: workspaces, their people and agents, what the agents did, and what was paid.
//!
//! For people who try the product, for tests and for the bench. What happened on a day is a function of the seed, of the
//! day on which the year ends and of that day alone, so two loads over neighbouring spans give what one load over both
//! would have given, and a platform that was started weeks ago is brought up to now by generating just the time since.
//!
//! It must never know tables, services or the clock: events go in through the published API like everybody's, and the
//! directory is a plain value that its caller stores.

mod agents;
mod calendar;
mod credits;
mod day;
mod directory;
mod execution;
mod live;
mod load;
mod models;
mod people;
mod random;
mod rhythm;
mod scale;
mod story;
mod subscriptions;
mod visits;
mod workspaces;

use chrono::{DateTime, Utc};
use shadow_domain::time::UtcDay;
use shadow_proto::streaming::v1::Event;

pub use directory::{Agent, Directory, Membership, PlatformRole, SignIn, User, Workspace};
pub use live::Live;
pub use load::{LoadError, Loaded, Pace, Progress};
pub use scale::Scale;

use random::Random;
use scale::World;
use story::Plan;

/// Events of one batch: under the limits of PublishBatch, and large, so that many executions share a cell.
const BATCH_EVENTS: usize = 4_000;

/// Days that are generated workspace by workspace: a batch then holds long runs of one workspace.
const WINDOW_DAYS: i32 = 10;

/// A platform, whose story ends at an instant.
#[derive(Debug)]
pub struct Demo {
    world: World,
    end: DateTime<Utc>,
    workspaces: Vec<workspaces::Profile>,
}

impl Demo {
    /// The platform of a seed, of which as much history as its scale has lies before the day of `end`. It goes on behind
    /// that; whoever wants to go on with a platform has to make it with the end that it was first made with.
    #[must_use]
    pub fn new(seed: u64, scale: Scale, end: DateTime<Utc>) -> Self {
        Self {
            world: World::new(seed, scale, end),
            end,
            workspaces: workspaces::profiles(seed, scale),
        }
    }

    /// The beginning of the history: nothing was opened before it.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        self.world.first_day().start()
    }

    /// The beginning of the part that is worth looking at before the rest is there.
    #[must_use]
    pub fn recent(&self) -> DateTime<Utc> {
        let days = self.world.scale.recent_days();
        let first = self.world.calendar.utc(calendar::LAST_DAY - days);
        first.start()
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

    /// What became of subscriptions in `[from, to)`, in the order of time. They are few, and older than the history:
    /// what is paid is known only by whoever knows all of them.
    #[must_use]
    pub fn subscriptions(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Event> {
        let mut events = Vec::new();
        for workspace in &self.workspaces {
            let changes = subscriptions::changes(&self.world, workspace);
            for change in changes {
                if (from..to).contains(&change.at) {
                    let name = [8, workspace.number as i64, change.at.timestamp_micros()];
                    let bytes = Random::new(self.world.seed, name).bytes();
                    events.push((change.at, change.event(workspace, bytes)));
                }
            }
        }
        events.sort_by_key(|(at, _)| *at);
        events.into_iter().map(|(_, event)| event).collect()
    }

    /// What the plans are, told to each workspace whose first subscription is in `[from, to)`, when it has it.
    #[must_use]
    pub fn plans(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Event> {
        let mut events = Vec::new();
        for workspace in &self.workspaces {
            let changes = subscriptions::changes(&self.world, workspace);
            let Some(at) = changes.first().map(|change| change.at) else {
                continue;
            };
            if (from..to).contains(&at) {
                events.extend(Plan::ALL.into_iter().map(|plan| {
                    let name = [15, workspace.number as i64, plan as i64];
                    let bytes = Random::new(self.world.seed, name).bytes();
                    subscriptions::listed(plan, workspace, at, bytes)
                }));
            }
        }
        events
    }

    /// What else happened in `[from, to)`, in batches. An execution that ended in it comes as one event, which tells all;
    /// one that is still open comes as what is known of it. Beside it comes what goes along with it: steps of some, ratings,
    /// what people did; and credits.
    pub fn events(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = Vec<Event>> + '_ {
        self.batches(from, to).map(|batch| batch.events)
    }

    /// All days of some of the workspaces at a time: a batch then holds long runs of one workspace, and not all is held
    /// in memory.
    fn batches(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> impl Iterator<Item = Batch> + '_ {
        let first = UtcDay::of(from - execution::LONGEST).0;
        let last = UtcDay::of(to).0;
        let windows = ((last - first).max(0) / WINDOW_DAYS + 1) as usize;
        let parts = (0..windows).flat_map(|window| {
            (0..self.workspaces.len()).map(move |workspace| (window, workspace))
        });
        let mut left = Batch::default();
        parts.flat_map(move |(window, workspace)| {
            let day = first + window as i32 * WINDOW_DAYS;
            let after = (day + WINDOW_DAYS).min(last + 1);
            let mut ready = Vec::new();
            let mut fill = |event| {
                left.events.push(event);
                if left.is_full() {
                    ready.push(std::mem::take(&mut left));
                }
            };
            let profile = &self.workspaces[workspace];
            for day in day..after {
                self.day(profile, UtcDay(day), from, to, &mut fill);
            }
            let done = window * self.workspaces.len() + workspace + 1;
            if done == windows * self.workspaces.len() {
                ready.push(std::mem::take(&mut left));
            }
            let share = done as f64 / (windows * self.workspaces.len()) as f64;
            for batch in &mut ready {
                batch.share = share;
            }
            ready
        })
    }

    /// What happened in a workspace on a day, as far as it is within a span.
    fn day(
        &self,
        workspace: &workspaces::Profile,
        day: UtcDay,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        fill: &mut impl FnMut(Event),
    ) {
        if day.start() < self.start() {
            return;
        }
        let (executions, present) = day::executions(&self.world, workspace, day);
        for execution in executions {
            for event in execution.beside(workspace, from, to) {
                fill(event);
            }
            if let Some(event) = execution.event(workspace, from, to) {
                fill(event);
            }
        }
        let visits = visits::events(&self.world, workspace, day, &present);
        let credits = credits::events(&self.world, workspace, day);
        for (at, event) in visits.into_iter().chain(credits) {
            if (from..to).contains(&at) {
                fill(event);
            }
        }
    }
}

/// Some events that are published together.
#[derive(Debug, Default)]
struct Batch {
    events: Vec<Event>,
    /// The part of its span that is done with it.
    share: f64,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.events.len() >= BATCH_EVENTS
    }
}
