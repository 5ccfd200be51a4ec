//! Random executions, and what is asked of them.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use shadow_domain::catalogue::{self, Context, Kind, Metric, Value};
use shadow_domain::cell::{Delta, Dimension, Page};
use shadow_domain::execution::{
    Currency, End, Execution, Feedback, Identity, Money, Outcome, Seen, Trigger,
};
use shadow_domain::partial::Partial;
use uuid::Uuid;

/// 2026-03-01, a week before New York changes its clocks.
pub(crate) const START: i64 = 1_772_323_200;

/// An execution of the two weeks after [`START`], and the ordinals of its agent and user.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) execution: Execution,
    pub(crate) agent: u32,
    pub(crate) user: Option<u32>,
    /// How many steps it has, and how many of them failed.
    pub(crate) steps: (u64, u64),
}

pub(crate) fn cases(max: usize) -> impl Strategy<Value = Vec<Case>> {
    let parts = (
        0i64..14 * 86_400_000_000,
        0u32..4,
        option::of(0u32..30),
        select(Trigger::ALL.to_vec()),
        option::of(select(vec!["1", "2"])),
        option::of(select(vec!["production", "staging"])),
        option::of(0i64..4_000_000_000),
        option::of(end()),
        option::of((0i64..1_000_000_000_000, 1i16..=5)),
        (0u64..4, 0u64..4),
    );
    let case = parts.prop_map(
        |(offset, agent, user, trigger, version, environment, wait, end, feedback, steps)| {
            let opened_at = at(offset);
            let started_at = wait.map(|wait| opened_at + TimeDelta::microseconds(wait));
            let identity = Identity {
                workspace_id: Uuid::from_u128(1),
                execution_id: Uuid::from_u128(2),
                opened_at,
                agent_id: format!("agent-{agent}"),
                agent_version: version.map(str::to_owned),
                trigger,
                environment: environment.map(str::to_owned),
                user_id: user.map(|user| format!("user-{user}")),
                timeout_micros: None,
            };
            let end = end.map(|(after, end)| End {
                ended_at: started_at.unwrap_or(opened_at) + TimeDelta::microseconds(after),
                ..end
            });
            let feedback = feedback.map(|(after, rating)| {
                Box::new(Feedback {
                    given_at: opened_at + TimeDelta::microseconds(after),
                    rating,
                    comment: None,
                    given_by: None,
                })
            });
            Case {
                execution: Execution {
                    start_named_by: Seen::NONE,
                    identity,
                    started_at,
                    end,
                    feedback,
                },
                agent,
                user,
                steps: (steps.0, steps.1.min(steps.0)),
            }
        },
    );
    prop::collection::vec(case, 0..max)
}

fn end() -> impl Strategy<Value = (i64, End)> {
    let measured = (
        option::of(prop_oneof![0i64..1000, 0i64..90_000_000]),
        option::of(0i64..1_000_000_000),
        option::of(0i64..5000),
        option::of(0i64..1_000_000),
        option::of((select(vec!["USD", "EUR"]), 0i64..1_000_000)),
    );
    let named = (
        option::of(select(vec!["small", "large"])),
        option::of(select(vec!["north", "south"])),
        option::of(select(vec!["rate_limited", "timeout"])),
    );
    let parts = (
        0i64..100_000_000_000,
        select(Outcome::ALL.to_vec()),
        measured,
        named,
    );
    parts.prop_map(
        |(after, outcome, (duration, input, output, credits, cost), (model, provider, error))| {
            let cost = cost.map(|(code, micros)| Money {
                currency: Currency::parse(code).expect("a currency"),
                micros,
            });
            let end = End {
                ended_at: at(0),
                outcome,
                duration_micros: duration,
                model: model.map(str::to_owned),
                provider: provider.map(str::to_owned),
                input_tokens: input,
                output_tokens: output,
                credits_micro: credits,
                cost,
                error_kind: error.map(str::to_owned),
                error_message: None,
            };
            (after, end)
        },
    )
}

fn at(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(START, 0).expect("a time") + TimeDelta::microseconds(micros)
}

/// What all transitions of these executions add.
pub(crate) fn delta(cases: &[Case]) -> Delta {
    let mut delta = Delta::default();
    for case in cases {
        delta.add(
            &case.execution,
            case.execution.seen(),
            case.agent,
            case.user,
        );
        let (steps, failed) = case.steps;
        delta.add_steps(&case.execution.identity, steps, failed);
    }
    delta
}

/// The transitions of an execution as events that tell one each.
pub(crate) fn events(execution: &Execution) -> Vec<Execution> {
    let transitions = [Seen::OPENED, Seen::STARTED, Seen::ENDED, Seen::FEEDBACK];
    let known = transitions
        .into_iter()
        .filter(|seen| execution.seen().contains(*seen));
    known.map(|seen| execution.masked(seen)).collect()
}

/// One page of all quarter-hours of a dimension and key.
pub(crate) fn page(delta: &Delta, dimension: Dimension, key: &str) -> Page {
    let mut page = Page::default();
    for (cell, partial) in &delta.0 {
        if cell.dimension == dimension && cell.key == key {
            page.merge_quarter(cell.quarter, partial.clone());
        }
    }
    page
}

pub(crate) const CONTEXT: Context = Context {
    currency: Currency::USD,
};

pub(crate) fn value(metric: &Metric, partial: &Partial) -> Option<Value> {
    match metric.kind {
        Kind::OfPartial(of) | Kind::Trailing { of, .. } => of(partial, &CONTEXT),
        Kind::Stickiness => None,
    }
}

pub(crate) fn number(id: &str, partial: &Partial) -> i128 {
    match value(
        catalogue::find(id).expect("an id of the catalogue"),
        partial,
    ) {
        Some(Value::Integer(number)) => number,
        other => panic!("{id} is {other:?}"),
    }
}

pub(crate) fn merged<'a>(partials: impl IntoIterator<Item = &'a Partial>) -> Partial {
    partials
        .into_iter()
        .fold(Partial::default(), |mut all, partial| {
            all.merge(partial);
            all
        })
}

pub(crate) fn total(delta: &Delta) -> Partial {
    page(delta, Dimension::Total, "").day
}

pub(crate) fn bytes(partial: &Partial) -> Vec<u8> {
    let mut out = Vec::new();
    partial.encode(&mut out);
    out
}
