//! Executions and activities as they come in life: few and many, known and unknown, early and late, some never ending.

use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use shadow_domain::execution::{
    Currency, End, Execution, Feedback, Identity, Money, Outcome, Seen, Trigger,
};
use shadow_domain::fact::{Activity, ActivityType, Content, Fact, Step, StepKind, StepStatus};
use uuid::Uuid;

/// Executions of some workspaces, opened within so many days from a start. Agents have the same ids everywhere.
pub(crate) fn executions(
    seed: u64,
    count: usize,
    workspaces: &[Uuid],
    start: DateTime<Utc>,
    days: i64,
) -> Vec<Execution> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count)
        .map(|_| execution(&mut random, workspaces, start, days))
        .collect()
}

fn execution(
    random: &mut ChaCha8Rng,
    workspaces: &[Uuid],
    start: DateTime<Utc>,
    days: i64,
) -> Execution {
    let opened_at = start + TimeDelta::microseconds(random.random_range(0..days * 86_400_000_000));
    let started_at = random
        .random_bool(0.8)
        .then(|| opened_at + TimeDelta::milliseconds(random.random_range(0..5_000)));
    let trigger = [
        Trigger::User,
        Trigger::Schedule,
        Trigger::Api,
        Trigger::Agent,
    ][random.random_range(0..4)];
    let identity = Identity {
        workspace_id: workspaces[random.random_range(0..workspaces.len())],
        execution_id: Uuid::from_u128(random.random()),
        opened_at,
        // Some agents run far more often than others.
        agent_id: format!(
            "agent-{}",
            random.random_range(0..13) * random.random_range(0..2)
        ),
        agent_version: some(random, |random| format!("1.{}", random.random_range(0..3))),
        trigger,
        environment: some(random, |random| {
            ["production", "staging"][random.random_range(0..2)].to_owned()
        }),
        user_id: some(random, |random| {
            format!(
                "user-{}",
                random.random_range(0..120) * random.random_range(1..3)
            )
        }),
        timeout_micros: None,
    };
    let end = random
        .random_bool(0.93)
        .then(|| end(random, started_at.unwrap_or(opened_at)));
    let feedback = random
        .random_bool(0.3)
        .then(|| Box::new(feedback(random, opened_at)));
    Execution {
        start_named_by: Seen::NONE,
        identity,
        started_at,
        end,
        feedback,
    }
}

/// Most come soon, some after weeks.
fn feedback(random: &mut ChaCha8Rng, opened_at: DateTime<Utc>) -> Feedback {
    let after = (60_000_000.0 * 10f64.powf(random.random_range(0.0..4.5))) as i64;
    Feedback {
        given_at: opened_at + TimeDelta::microseconds(after),
        rating: random.random_range(1..=5),
        comment: some(random, |_| "as expected".to_owned()),
        given_by: some(random, |_| "a reader".to_owned()),
    }
}

/// What people did in some workspaces within so many days from a start; some of them run nothing.
pub(crate) fn activities(
    seed: u64,
    count: usize,
    workspaces: &[Uuid],
    start: DateTime<Utc>,
    days: i64,
) -> Vec<Fact> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let random = &mut random;
    (0..count)
        .map(|_| Fact {
            workspace_id: workspaces[random.random_range(0..workspaces.len())],
            occurred_at: start
                + TimeDelta::microseconds(random.random_range(0..days * 86_400_000_000)),
            event_id: Uuid::from_u128(random.random()),
            content: Content::Activity(Activity {
                user_id: format!("user-{}", random.random_range(60..360)),
                activity_type: ActivityType::ALL[random.random_range(0..ActivityType::ALL.len())],
                session_id: None,
                name: some(random, |_| "agents".to_owned()),
                path: None,
                device: None,
            }),
        })
        .collect()
}

/// Steps of every third execution.
pub(crate) fn steps(seed: u64, executions: &[Execution]) -> Vec<Fact> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let random = &mut random;
    let mut steps = Vec::new();
    for Execution { identity, .. } in executions.iter().step_by(3) {
        for number in 1..=random.random_range(1..7) {
            let ended_at = identity.opened_at + TimeDelta::seconds(i64::from(number));
            steps.push(Fact {
                workspace_id: identity.workspace_id,
                occurred_at: ended_at,
                event_id: Uuid::from_u128(random.random()),
                content: Content::Step(Box::new(Step {
                    identity: identity.clone(),
                    number,
                    kind: StepKind::ALL[random.random_range(0..StepKind::ALL.len())],
                    name: some(random, |_| "search".to_owned()),
                    started_at: None,
                    ended_at,
                    status: StepStatus::ALL[random.random_range(0..StepStatus::ALL.len())],
                    input_tokens: None,
                    output_tokens: None,
                    error_kind: None,
                    error_message: None,
                })),
            });
        }
    }
    steps
}

fn end(random: &mut ChaCha8Rng, started_at: DateTime<Utc>) -> End {
    use Outcome::{Cancelled, Completed, Failed, TimedOut, Unknown};
    let outcomes = [
        Completed, Completed, Completed, Completed, Failed, Cancelled, TimedOut, Unknown,
    ];
    let outcome = outcomes[random.random_range(0..outcomes.len())];
    // From a millisecond to about a quarter of an hour, evenly by order of magnitude.
    let duration = (1_000.0 * 10f64.powf(random.random_range(0.0..6.0))) as i64;
    let late = if random.random_bool(0.05) {
        TimeDelta::days(random.random_range(1..9))
    } else {
        TimeDelta::zero()
    };
    let failed = matches!(outcome, Failed | TimedOut);
    End {
        ended_at: started_at + TimeDelta::microseconds(duration) + late,
        outcome,
        duration_micros: some(random, |_| duration),
        model: some(random, |random| {
            format!("model-{}", random.random_range(0..12))
        }),
        provider: some(random, |random| {
            format!("provider-{}", random.random_range(0..3))
        }),
        input_tokens: some(random, |random| random.random_range(0..200_000)),
        output_tokens: some(random, |random| random.random_range(0..20_000)),
        credits_micro: some(random, |random| random.random_range(0..9_000_000)),
        cost: some(random, |random| Money {
            currency: Currency::parse(["USD", "USD", "EUR"][random.random_range(0..3)]).unwrap(),
            micros: random.random_range(0..900_000),
        }),
        error_kind: if failed {
            some(random, |random| {
                format!("kind-{}", random.random_range(0..4))
            })
        } else {
            None
        },
        error_message: None,
    }
}

fn some<T>(random: &mut ChaCha8Rng, value: impl FnOnce(&mut ChaCha8Rng) -> T) -> Option<T> {
    random.random_bool(0.8).then(|| value(random))
}

/// The same executions as events bring them: some at once, some transition by transition, in any order, some twice.
/// Each batch holds an execution at most once.
pub(crate) fn batches(seed: u64, executions: &[Execution], size: usize) -> Vec<Vec<Execution>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut arrivals: Vec<Execution> = Vec::new();
    for execution in executions {
        let parts: &[Seen] = match random.random_range(0..4) {
            0 => &[Seen::OPENED, Seen::STARTED, Seen::ENDED, Seen::FEEDBACK],
            1 => &[Seen::FEEDBACK, Seen::ENDED],
            _ => &[],
        };
        arrivals.extend(parts.iter().map(|part| execution.masked(*part)));
        arrivals.push(execution.clone());
    }
    arrivals.shuffle(&mut random);
    let mut batches: Vec<Vec<Execution>> = Vec::new();
    for arrival in arrivals {
        let id = arrival.identity.execution_id;
        match batches.last_mut() {
            Some(batch)
                if batch.len() < size
                    && batch.iter().all(|one| one.identity.execution_id != id) =>
            {
                batch.push(arrival);
            }
            _ => batches.push(vec![arrival]),
        }
    }
    batches
}
