//! Events that come one by one, as they would while somebody looks on: without end, in the order of time.

mod beside;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::time::UtcDay;
use shadow_proto::streaming::v1::{Event, ExecutionEnd, Outcome, UserChanged, event};
use uuid::Uuid;

use crate::execution::{self, Context};
use crate::random::Random;
use crate::{Demo, day};

/// How long one swell of the rate is.
const SWELL_SECONDS: f64 = 180.0;

/// What part of an ordinary hour is at work at any hour, so that every workspace is seen now and then.
const AT_ANY_HOUR: f64 = 0.01;

/// What happens from an instant on: at random times, more in some minutes than in others, by the workspaces and agents
/// that are at work at that hour. The same seed, rate and beginning give the same.
#[derive(Debug)]
pub struct Live<'a> {
    demo: &'a Demo,
    random: Random,
    began: DateTime<Utc>,
    /// Executions that are opened in a second, on average.
    rate: f64,
    /// When the next one is opened.
    next: DateTime<Utc>,
    /// What follows from the executions that were drawn, by time and a number of its own.
    ahead: BTreeMap<(DateTime<Utc>, u64), Event>,
    drawn: u64,
}

impl Demo {
    /// What happens from `begin` on, with so many executions opened in a second on average. `seed` decides which; the
    /// workspaces, people and agents are those of this platform.
    ///
    /// A rate that is not above zero is taken as one execution in an hour.
    #[must_use]
    pub fn live(&self, seed: u64, begin: DateTime<Utc>, rate: f64) -> Live<'_> {
        let mut live = Live {
            demo: self,
            random: Random::new(seed, [7, 0, 0]),
            began: begin,
            rate: rate.max(1.0 / 3_600.0),
            next: begin,
            ahead: BTreeMap::new(),
            drawn: 0,
        };
        live.next = begin + live.gap();
        live
    }
}

impl Iterator for Live<'_> {
    type Item = (DateTime<Utc>, Event);

    fn next(&mut self) -> Option<Self::Item> {
        self.at();
        let ((at, _), event) = self.ahead.pop_first()?;
        Some((at, event))
    }
}

impl Live<'_> {
    /// When the next event happens.
    pub fn at(&mut self) -> DateTime<Utc> {
        loop {
            match self.ahead.first_key_value() {
                Some(((at, _), _)) if *at <= self.next => return *at,
                _ => self.draw(),
            }
        }
    }

    /// Ends what is open: the ends of executions that were opened, as if somebody had stopped them now, and of agents that
    /// were made for a while.
    #[must_use]
    pub fn cancel(self, now: DateTime<Utc>) -> Vec<Event> {
        let (mut unopened, mut unstarted) = (BTreeSet::new(), BTreeSet::new());
        for event in self.ahead.values() {
            let (identity, ids) = match &event.event {
                Some(event::Event::ExecutionOpened(opened)) => (&opened.identity, &mut unopened),
                Some(event::Event::ExecutionStarted(started)) => {
                    (&started.identity, &mut unstarted)
                }
                _ => continue,
            };
            ids.extend(
                identity
                    .iter()
                    .map(|identity| identity.execution_id.clone()),
            );
        }
        self.ahead
            .into_values()
            .filter_map(|event| cancelled(event, now, &unopened, &unstarted))
            .collect()
    }

    fn draw(&mut self) {
        let opened_at = self.next;
        let gap = self.gap();
        self.next += gap;
        let (workspace, agent) = self.agent(opened_at);
        let profile = &self.demo.workspaces[workspace];
        let today = UtcDay::of(opened_at);
        let world = &self.demo.world;
        let name = [6, workspace as i64, i64::from(today.0)];
        let present = day::present(world, profile, today, &mut Random::new(world.seed, name));
        let context = Context {
            world,
            workspace: profile,
            agent,
            day: today,
            present: &present,
        };
        let execution = execution::draw(&context, opened_at, &mut self.random);
        let beside = beside::events(world, profile, opened_at, &mut self.random);
        for (at, event) in beside {
            self.drawn += 1;
            self.ahead.insert((at, self.drawn), event);
        }
        for (at, event) in execution.steps(profile) {
            self.drawn += 1;
            self.ahead.insert((at, self.drawn), event);
        }
    }

    /// The time to the next one: exponential, by a rate that swells and ebbs.
    fn gap(&mut self) -> TimeDelta {
        let turn = (self.next - self.began).as_seconds_f64() / SWELL_SECONDS;
        let swell = 1.0 + 0.5 * libm::sin(std::f64::consts::TAU * turn);
        let seconds = -libm::log(1.0 - self.random.unit()) / (self.rate * swell);
        // Two are never opened in the same microsecond.
        execution::span(seconds).max(TimeDelta::microseconds(1))
    }

    /// Who works at this hour: a workspace, and an agent of it.
    fn agent(&mut self, at: DateTime<Utc>) -> (usize, usize) {
        let demo = self.demo;
        let today = UtcDay::of(at);
        let busy: Vec<f64> = demo
            .workspaces
            .iter()
            .map(|workspace| workspace.busy(&demo.world, today))
            .collect();
        let agents = demo
            .workspaces
            .iter()
            .flat_map(|workspace| (0..workspace.agents.len()).map(move |agent| (workspace, agent)));
        let weights = agents.clone().map(|(workspace, agent)| {
            let habits = workspace.agents[agent].work.habits();
            let share = habits.curve.share(&workspace.zone, at).max(AT_ANY_HOUR);
            busy[workspace.number] * habits.daily * share
        });
        let chosen = self.random.weighted(weights);
        agents
            .map(|(workspace, agent)| (workspace.number, agent))
            .nth(chosen)
            .unwrap_or_default()
    }
}

fn is_for_a_while(user: &UserChanged) -> bool {
    let name = user.name.as_deref();
    name.is_some_and(|name| name.ends_with(beside::ON_CALL))
}

/// The end that an execution has where it is stopped now; none where it was not opened.
fn cancelled(
    mut event: Event,
    now: DateTime<Utc>,
    unopened: &BTreeSet<String>,
    unstarted: &BTreeSet<String>,
) -> Option<Event> {
    let ended = match &mut event.event {
        Some(event::Event::ExecutionEnded(ended)) => ended,
        Some(event::Event::AgentChanged(agent)) if agent.deleted => {
            event.occurred_at = Some(execution::timestamp(now));
            return Some(event);
        }
        // What somebody is called again at the end.
        Some(event::Event::UserChanged(user)) if !is_for_a_while(user) => {
            event.occurred_at = Some(execution::timestamp(now));
            return Some(event);
        }
        _ => return None,
    };
    let id = &ended.identity.as_ref()?.execution_id;
    if unopened.contains(id) {
        return None;
    }
    let end = ended.end.as_mut()?;
    let started_at = end
        .started_at
        .filter(|_| !unstarted.contains(id))
        .and_then(|at| DateTime::from_timestamp(at.seconds, at.nanos.cast_unsigned()));
    *end = ExecutionEnd {
        outcome: Outcome::Cancelled.into(),
        duration: started_at.map(|at| execution::duration(now - at)),
        model: end.model.take(),
        provider: end.provider.take(),
        started_at: started_at.map(execution::timestamp),
        ..ExecutionEnd::default()
    };
    // It is another event than the end that will not come.
    let id = Uuid::try_parse(&event.event_id).ok()?;
    event.event_id = Uuid::new_v5(&id, b"cancelled").to_string();
    event.occurred_at = Some(execution::timestamp(now));
    Some(event)
}
