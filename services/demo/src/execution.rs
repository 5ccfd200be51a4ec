//! One execution: how it is drawn, and the events that tell of it.

mod beside;
mod failure;

use chrono::{DateTime, TimeDelta, Utc};
use shadow_domain::time::UtcDay;
use shadow_proto::common::v1::Money;
use shadow_proto::streaming::v1::{
    Event, ExecutionEnd, ExecutionEnded, ExecutionIdentity, ExecutionOpened, ExecutionStarted,
    Outcome, Trigger, event,
};
use uuid::Uuid;

use crate::agents::{INPUT_SPREAD, OUTPUT_SPREAD};
use crate::models::{MODELS, Model, UNSTEADY_PROVIDER};
use crate::random::Random;
use crate::scale::World;
use crate::workspaces::Profile;
use failure::Trouble;

/// The agent that has the bad version: of the first workspace, its second.
const HAS_BAD_VERSION: (usize, usize) = (0, 1);

/// No execution ends later than this after it was opened: what a span holds depends on nothing older.
pub(crate) const LONGEST: TimeDelta = TimeDelta::hours(2);

/// The longest time in a queue.
const LONGEST_WAIT_SECONDS: f64 = 1_200.0;

/// The part of the executions of which nobody ever hears again.
const LOST: f64 = 0.000_15;

/// An execution with its whole future.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) execution_id: Uuid,
    pub(crate) opened_at: DateTime<Utc>,
    identity: ExecutionIdentity,
    starts_at: DateTime<Utc>,
    /// Absent where its producer does not tell when it began.
    started_at: Option<DateTime<Utc>>,
    /// Absent where it is lost.
    ended: Option<(DateTime<Utc>, ExecutionEnd)>,
    event_bytes: [u8; 10],
}

/// What an execution is drawn from.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) world: &'a World,
    pub(crate) workspace: &'a Profile,
    pub(crate) agent: usize,
    pub(crate) day: UtcDay,
    pub(crate) present: &'a [(usize, f64)],
}

impl Context<'_> {
    /// What is the matter when a run on a model is opened.
    fn trouble(&self, opened_at: DateTime<Utc>, model: &Model) -> Trouble {
        let calendar = &self.world.calendar;
        if model.provider == UNSTEADY_PROVIDER && calendar.is_outage(opened_at) {
            Trouble::Outage
        } else if self.runs_bad_version(opened_at) {
            Trouble::BadVersion
        } else if calendar.is_index_broken(self.day) {
            Trouble::BrokenIndex
        } else {
            Trouble::None
        }
    }

    fn runs_bad_version(&self, at: DateTime<Utc>) -> bool {
        (self.workspace.number, self.agent) == HAS_BAD_VERSION
            && self.world.calendar.is_bad_version(at)
    }
}

/// Draws an execution that is opened at an instant.
pub(crate) fn draw(
    context: &Context<'_>,
    opened_at: DateTime<Utc>,
    random: &mut Random,
) -> Execution {
    let agent = &context.workspace.agents[context.agent];
    let habits = agent.work.habits();
    let version = match context.runs_bad_version(opened_at) {
        true => agent.bad_version(context.day),
        false => agent.version(context.day, random),
    };
    let model = &MODELS[random.weighted(agent.models.iter().copied())];
    let trouble = context.trouble(opened_at, model);
    let outage = trouble == Trouble::Outage;

    let execution_id = uuid(opened_at, random.bytes());
    let trigger = [
        Trigger::User,
        Trigger::Schedule,
        Trigger::Api,
        Trigger::Agent,
    ][random.weighted(habits.triggers.into_iter())];
    let identity = ExecutionIdentity {
        execution_id: execution_id.to_string(),
        opened_at: Some(timestamp(opened_at)),
        agent_id: agent.id.clone(),
        agent_version: (!random.chance(0.01)).then(|| version.name.clone()),
        trigger: trigger.into(),
        environment: environment(random),
        user_id: user(context, trigger, random),
        timeout: Some(seconds(i64::from(habits.timeout_seconds))),
    };

    let waited = random.lognormal(0.28, 1.0) * if outage { 18.0 } else { 1.0 };
    let starts_at = opened_at + span(waited.min(LONGEST_WAIT_SECONDS));
    let natural = random.lognormal(habits.median_seconds, habits.spread)
        * agent.pace
        * model.pace
        * if outage { 2.4 } else { 1.0 };
    let failing = habits.failing * agent.weakness * model.weakness * version.weakness;
    let failing = if outage { 0.6 } else { failing.min(0.5) };
    let outcome = outcome(failing, trigger, random);
    let timeout = f64::from(habits.timeout_seconds);
    let (outcome, worked) = match outcome {
        Outcome::Failed => (outcome, natural * random.between(0.03, 0.9)),
        Outcome::Cancelled => (outcome, natural * random.between(0.1, 1.0)),
        _ => (outcome, natural),
    };
    let (outcome, worked) = if worked >= timeout {
        (Outcome::TimedOut, timeout)
    } else {
        (outcome, worked)
    };

    let duration = span(worked.max(0.02));
    let started_at = (!random.chance(0.02)).then_some(starts_at);
    let mut end = end(outcome, model, duration);
    if outcome == Outcome::Failed {
        let failure = failure::draw(trouble, model, &version.name, random);
        (end.error_kind, end.error_message) = failure;
    }
    draw_usage(
        &mut end,
        model,
        habits.input_tokens,
        habits.output_tokens,
        random,
    );
    end.started_at = started_at.map(timestamp);
    let event_bytes = random.bytes();
    Execution {
        execution_id,
        opened_at,
        identity,
        starts_at,
        started_at,
        ended: (!random.chance(LOST)).then_some((starts_at + duration, end)),
        event_bytes,
    }
}

impl Execution {
    /// What happened to it in `[from, to)`, in one event; none where nothing did.
    pub(crate) fn event(
        self,
        workspace: &Profile,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Option<Event> {
        let within = |at: DateTime<Utc>| from <= at && at < to;
        let identity = Some(self.identity);
        let (occurred_at, mark, event) = match self.ended {
            Some((ended_at, end)) if ended_at < to => {
                let end = Some(end);
                let ended = ExecutionEnded { identity, end };
                (ended_at, 2, event::Event::ExecutionEnded(ended))
            }
            _ if self.starts_at < to && self.started_at.is_some() => {
                let started = ExecutionStarted { identity };
                (self.starts_at, 1, event::Event::ExecutionStarted(started))
            }
            _ => {
                let opened = ExecutionOpened { identity };
                (self.opened_at, 0, event::Event::ExecutionOpened(opened))
            }
        };
        let step = within(occurred_at).then_some((occurred_at, mark, event));
        step.map(|step| self::event(workspace, self.event_bytes, step))
    }

    /// What goes along with it in `[from, to)`.
    pub(crate) fn beside(
        &self,
        workspace: &Profile,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Vec<Event> {
        let told = self.goes_along(beside::SAMPLED).into_iter();
        told.filter(|(at, ..)| from <= *at && *at < to)
            .map(|told| self::event(workspace, self.event_bytes, told))
            .collect()
    }

    /// All that happens to it and goes along with it, each in an event of its own.
    pub(crate) fn steps(self, workspace: &Profile) -> Vec<(DateTime<Utc>, Event)> {
        let beside = self.goes_along(1.0);
        let identity = Some(self.identity);
        let opened = event::Event::ExecutionOpened(ExecutionOpened {
            identity: identity.clone(),
        });
        let started = self.started_at.map(|started_at| {
            let identity = identity.clone();
            let started = ExecutionStarted { identity };
            (started_at, 1, event::Event::ExecutionStarted(started))
        });
        let ended = self.ended.map(|(ended_at, end)| {
            let end = Some(end);
            let ended = ExecutionEnded { identity, end };
            (ended_at, 2, event::Event::ExecutionEnded(ended))
        });
        // Steps are over when it ends.
        [Some((self.opened_at, 0, opened)), started]
            .into_iter()
            .flatten()
            .chain(beside)
            .chain(ended)
            .map(|step| (step.0, self::event(workspace, self.event_bytes, step)))
            .collect()
    }
}

/// The event of what happened: when, which of all that happens to the execution, and what.
fn event(
    workspace: &Profile,
    mut bytes: [u8; 10],
    (occurred_at, mark, event): (DateTime<Utc>, u8, event::Event),
) -> Event {
    bytes[9] ^= mark;
    Event {
        event_id: uuid(occurred_at, bytes).to_string(),
        workspace_id: workspace.id.to_string(),
        occurred_at: Some(timestamp(occurred_at)),
        event: Some(event),
    }
}

fn environment(random: &mut Random) -> Option<String> {
    let names = [Some("production"), Some("staging"), None];
    names[random.weighted([0.9, 0.08, 0.02].into_iter())].map(str::to_owned)
}

/// On whose behalf it runs. A schedule has an owner more often than not, who is not active by it.
fn user(context: &Context<'_>, trigger: Trigger, random: &mut Random) -> Option<String> {
    let people = &context.workspace.people;
    match trigger {
        Trigger::User => {
            let weights = context.present.iter().map(|(_, weight)| *weight);
            let (person, _) = context.present[random.weighted(weights)];
            Some(people[person].id.clone())
        }
        Trigger::Schedule if random.chance(0.6) => {
            Some(people[context.agent % people.len()].id.clone())
        }
        _ => None,
    }
}

fn outcome(failing: f64, trigger: Trigger, random: &mut Random) -> Outcome {
    let cancelled = if trigger == Trigger::User {
        0.022
    } else {
        0.003
    };
    let unknown = 0.006;
    let draw = random.unit();
    if draw < failing {
        Outcome::Failed
    } else if draw < failing + cancelled {
        Outcome::Cancelled
    } else if draw < failing + cancelled + unknown {
        Outcome::Unknown
    } else {
        Outcome::Completed
    }
}

fn end(outcome: Outcome, model: &Model, duration: TimeDelta) -> ExecutionEnd {
    let (error_kind, error_message) = match outcome {
        Outcome::TimedOut => (
            Some("timeout".to_owned()),
            Some(format!("no answer after {} s", duration.num_seconds())),
        ),
        _ => (None, None),
    };
    ExecutionEnd {
        outcome: outcome.into(),
        duration: (outcome != Outcome::Unknown).then(|| self::duration(duration)),
        model: Some(model.name.to_owned()),
        provider: Some(model.provider.to_owned()),
        error_kind,
        error_message,
        ..ExecutionEnd::default()
    }
}

/// Tokens, credits and cost. Some producers do not tell; what never reached the model used nothing they know of.
fn draw_usage(end: &mut ExecutionEnd, model: &Model, input: f64, output: f64, random: &mut Random) {
    let input = random.lognormal(input, INPUT_SPREAD).clamp(16.0, 2e6);
    let output = random.lognormal(output, OUTPUT_SPREAD).clamp(1.0, 2e5);
    let silent = random.chance(0.03);
    let unreached = matches!(
        end.error_kind.as_deref(),
        Some("provider_unavailable" | "rate_limited" | "permission_denied")
    );
    if silent || unreached || end.outcome() == Outcome::Unknown {
        return;
    }
    let done = match end.outcome() {
        Outcome::Completed => 1.0,
        _ => random.between(0.1, 1.0),
    };
    let (input, output) = (libm::floor(input), libm::ceil(output * done));
    end.input_tokens = Some(input as i64);
    end.output_tokens = Some(output as i64);
    end.credits_micro = Some(((input + 4.0 * output) * model.credits * 1_000.0) as i64);
    end.cost = model.currency.map(|currency| Money {
        currency: currency.to_owned(),
        micros: libm::round(input * model.input_price + output * model.output_price) as i64,
    });
}

pub(crate) fn uuid(at: DateTime<Utc>, random: [u8; 10]) -> Uuid {
    let milliseconds = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
}

pub(crate) fn timestamp(at: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: at.timestamp_subsec_nanos().cast_signed(),
    }
}

pub(crate) fn duration(length: TimeDelta) -> prost_types::Duration {
    prost_types::Duration {
        seconds: length.num_seconds(),
        nanos: length.subsec_nanos(),
    }
}

fn seconds(seconds: i64) -> prost_types::Duration {
    prost_types::Duration { seconds, nanos: 0 }
}

/// A length of time to the microsecond.
pub(crate) fn span(seconds: f64) -> TimeDelta {
    TimeDelta::microseconds((seconds * 1e6) as i64)
}
