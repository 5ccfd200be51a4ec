//! What goes along with an execution: the steps of it, what a person says of it, and what that person does on the platform.

use chrono::{DateTime, TimeDelta, Utc};
use shadow_proto::streaming::v1::{
    Activity, ActivityType, ExecutionFeedback, ExecutionStep, Feedback, Outcome, Step, StepKind,
    StepStatus, Trigger, event,
};

use super::{Execution, LONGEST, span, timestamp};
use crate::random::Random;

/// The part of the executions whose producer tells of steps, where it does not tell of all.
pub(super) const SAMPLED: f64 = 0.04;

/// The part of what people ran that they say something of.
const RATED: f64 = 0.12;

/// The part of what people ran that they begin on the platform, and look at there in the end.
const BEGUN: f64 = 0.15;
const LOOKED_AT: f64 = 0.08;

/// Steps are told apart from other events of an execution by the marks from here on.
const STEPS: u8 = 16;

/// When something happened, what tells it apart from what else happened to the execution, and what it was.
pub(super) type Told = (DateTime<Utc>, u8, event::Event);

impl Execution {
    /// What goes along with it; of its steps a part only, as producers do.
    pub(super) fn goes_along(&self, traced: f64) -> Vec<Told> {
        // A source of its own, so that the execution is the same whether it is looked at or not.
        let id = self.execution_id.as_u128() as u64;
        let mut random = Random::new(id, [8, 0, 0]);
        let mut told = Vec::new();
        if random.chance(traced) {
            self.add_steps(&mut told, &mut random);
        }
        if self.identity.trigger() == Trigger::User {
            self.add_person(&mut told, &mut random);
        }
        told
    }

    /// Its work in equal parts: something is looked up, then a model and tools take turns.
    fn add_steps(&self, told: &mut Vec<Told>, random: &mut Random) {
        let Some((ended_at, end)) = &self.ended else {
            return;
        };
        let count = 1 + random.below(6) as i32;
        let worked = (*ended_at - self.starts_at).num_microseconds();
        let part = TimeDelta::microseconds(worked.unwrap_or_default() / i64::from(count));
        for number in 1..=count {
            let kind = match number {
                1 if count > 2 => StepKind::Retrieval,
                _ if (count - number) % 2 == 0 => StepKind::ModelCall,
                _ => StepKind::ToolCall,
            };
            let status = match end.outcome() {
                Outcome::Failed if number == count => StepStatus::Failed,
                Outcome::Cancelled | Outcome::TimedOut if number == count => StepStatus::Cancelled,
                _ => StepStatus::Completed,
            };
            let failed = status == StepStatus::Failed;
            let tokens = |all: Option<i64>| all.filter(|_| kind == StepKind::ModelCall);
            let step = Step {
                number: number.unsigned_abs(),
                kind: kind.into(),
                name: match kind {
                    StepKind::ModelCall => end.model.clone(),
                    StepKind::Retrieval => Some("documents".to_owned()),
                    _ => Some(["lookup", "search", "calendar"][random.below(3)].to_owned()),
                },
                started_at: Some(timestamp(self.starts_at + part * (number - 1))),
                status: status.into(),
                input_tokens: tokens(end.input_tokens.map(|all| all / i64::from(count))),
                output_tokens: tokens(end.output_tokens.map(|all| all / i64::from(count))),
                error_kind: end.error_kind.clone().filter(|_| failed),
                error_message: end.error_message.clone().filter(|_| failed),
            };
            let event = event::Event::ExecutionStep(ExecutionStep {
                identity: Some(self.identity.clone()),
                step: Some(step),
            });
            let at = self.starts_at + part * number;
            told.push((at, STEPS + number.unsigned_abs() as u8, event));
        }
    }

    /// What the person does on whose behalf it ran.
    fn add_person(&self, told: &mut Vec<Told>, random: &mut Random) {
        if random.chance(BEGUN) {
            let began = self.activity(ActivityType::FeatureUse, "run_agent", "/agents");
            told.push((self.opened_at, 3, began));
        }
        let Some((ended_at, end)) = &self.ended else {
            return;
        };
        let after = |told: &mut Vec<Told>, seconds: f64, mark, event| {
            let at = *ended_at + span(seconds);
            // What a span holds depends on nothing older.
            if at < self.opened_at + LONGEST {
                told.push((at, mark, event));
            }
        };
        if random.chance(LOOKED_AT) {
            let looked = self.activity(ActivityType::PageView, "executions", "/executions");
            after(told, random.lognormal(6.0, 0.8), 4, looked);
        }
        if random.chance(RATED) {
            let (rating, comment) = opinion(end.outcome(), random);
            let rated = event::Event::ExecutionFeedback(ExecutionFeedback {
                identity: Some(self.identity.clone()),
                feedback: Some(Feedback {
                    rating,
                    comment: comment.map(str::to_owned),
                    user_id: self.identity.user_id.clone(),
                }),
            });
            after(told, random.lognormal(90.0, 1.1), 5, rated);
        }
    }

    fn activity(&self, kind: ActivityType, name: &str, path: &str) -> event::Event {
        event::Event::Activity(Activity {
            user_id: self.identity.user_id.clone().unwrap_or_default(),
            r#type: kind.into(),
            name: Some(name.to_owned()),
            path: Some(path.to_owned()),
            device: Some("desktop".to_owned()),
            ..Activity::default()
        })
    }
}

/// A rating, and now and then why.
fn opinion(outcome: Outcome, random: &mut Random) -> (u32, Option<&'static str>) {
    let weights = match outcome {
        Outcome::Completed => [0.03, 0.05, 0.12, 0.35, 0.45],
        _ => [0.5, 0.25, 0.15, 0.07, 0.03],
    };
    let rating = 1 + random.weighted(weights.into_iter()) as u32;
    let comment = match rating {
        1 | 2 => [
            "it stopped in the middle",
            "not what I asked for",
            "too slow",
        ][random.below(3)],
        3 => "had to correct it by hand",
        _ => ["saved me an hour", "exactly right"][random.below(2)],
    };
    (rating, random.chance(0.25).then_some(comment))
}
