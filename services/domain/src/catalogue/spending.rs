//! Tokens, credits and cost. Amounts that no run reported are absent; unknown is not free.

use super::metric::{
    Additivity, Context, Direction, ENDING, FAILING, Kind, Known, Metric, OfPartial, TEMPLATE,
    Unit, Value,
};
use crate::partial::{Partial, Sections, Spend, Usage};

pub(super) const METRICS: &[Metric] = &[
    Metric {
        id: "total_tokens",
        name: "Tokens",
        meaning: "Tokens that runs read and wrote.",
        formula: "input tokens + output tokens",
        kind: Kind::OfPartial(|p, _| {
            amount(
                p,
                with_tokens(p),
                used(p, |usage| usage.input.sum + usage.output.sum),
            )
        }),
        sample: |p, _| with_tokens(p),
        known: Some(|p, _| (with_tokens(p), p.ended())),
        ..TOKENS
    },
    Metric {
        id: "input_tokens",
        name: "Input tokens",
        meaning: "Tokens that runs read.",
        formula: "Σ input tokens",
        kind: Kind::OfPartial(|p, _| amount(p, input_known(p), used(p, |usage| usage.input.sum))),
        sample: |p, _| input_known(p),
        known: Some(|p, _| (input_known(p), p.ended())),
        ..TOKENS
    },
    Metric {
        id: "output_tokens",
        name: "Output tokens",
        meaning: "Tokens that runs wrote.",
        formula: "Σ output tokens",
        kind: Kind::OfPartial(|p, _| amount(p, output_known(p), used(p, |usage| usage.output.sum))),
        sample: |p, _| output_known(p),
        known: Some(|p, _| (output_known(p), p.ended())),
        ..TOKENS
    },
    Metric {
        id: "tokens_mean",
        name: "Tokens per run",
        meaning: "Tokens read and written, per ended run of which any are known.",
        formula: "(input tokens + output tokens) ÷ runs with tokens",
        direction: Direction::DownIsGood,
        additivity: Additivity::Ratio,
        kind: Kind::OfPartial(|p, _| {
            Value::quotient(
                used(p, |usage| usage.input.sum + usage.output.sum),
                with_tokens(p),
            )
        }),
        sample: |p, _| with_tokens(p),
        known: Some(|p, _| (with_tokens(p), p.ended())),
        ..TOKENS
    },
    Metric {
        id: "credits",
        name: "Credits",
        meaning: "Credits that runs consumed.",
        formula: "Σ credits",
        ..spent(
            Unit::CreditsMicro,
            |p, _| amount(p, credits(p).known, credits(p).sum),
            CREDITS_KNOWN,
        )
    },
    Metric {
        id: "credits_per_run",
        name: "Credits per run",
        meaning: "Credits consumed, per ended run whose credits are known.",
        formula: "credits ÷ runs with credits",
        direction: Direction::DownIsGood,
        additivity: Additivity::Ratio,
        ..spent(
            Unit::CreditsMicro,
            |p, _| Value::quotient(credits(p).sum, credits(p).known),
            CREDITS_KNOWN,
        )
    },
    Metric {
        id: "credits_per_success",
        name: "Credits per completed run",
        meaning: "Credits that all runs consumed, per run that completed.",
        formula: "credits ÷ completed",
        direction: Direction::DownIsGood,
        additivity: Additivity::Ratio,
        ..spent(
            Unit::CreditsMicro,
            |p, _| {
                Some(credits(p))
                    .filter(|credits| credits.known > 0)
                    .and_then(|credits| Value::quotient(credits.sum, p.completed()))
            },
            CREDITS_KNOWN,
        )
    },
    Metric {
        id: "wasted_credits",
        name: "Wasted credits",
        meaning: "Credits consumed by runs that failed or timed out.",
        formula: "Σ credits of failed and timed out runs",
        ..wasted(
            Unit::CreditsMicro,
            |p, _| lost(p, credits(p)),
            |p, _| (credits(p).wasted_known, failures(p)),
        )
    },
    Metric {
        id: "cost",
        name: "Provider cost",
        meaning: "What providers charge for the runs, in one currency; amounts of other currencies are left out and named.",
        formula: "Σ cost",
        ..spent(
            Unit::MoneyMicro,
            |p, c| amount(p, cost(p, c).known, cost(p, c).sum),
            COST_KNOWN,
        )
    },
    Metric {
        id: "cost_per_run",
        name: "Cost per run",
        meaning: "What providers charge, per ended run whose cost is known in the currency.",
        formula: "cost ÷ runs with a cost",
        direction: Direction::DownIsGood,
        additivity: Additivity::Ratio,
        ..spent(
            Unit::MoneyMicro,
            |p, c| Value::quotient(cost(p, c).sum, cost(p, c).known),
            COST_KNOWN,
        )
    },
    Metric {
        id: "cost_per_success",
        name: "Cost per completed run",
        meaning: "What providers charge for all runs, per run that completed.",
        formula: "cost ÷ completed",
        direction: Direction::DownIsGood,
        additivity: Additivity::Ratio,
        ..spent(
            Unit::MoneyMicro,
            |p, c| {
                Some(cost(p, c))
                    .filter(|cost| cost.known > 0)
                    .and_then(|cost| Value::quotient(cost.sum, p.completed()))
            },
            COST_KNOWN,
        )
    },
    Metric {
        id: "wasted_cost",
        name: "Wasted cost",
        meaning: "What providers charge for runs that failed or timed out.",
        formula: "Σ cost of failed and timed out runs",
        ..wasted(
            Unit::MoneyMicro,
            |p, c| lost(p, cost(p, c)),
            |p, c| (cost(p, c).wasted_known, failures(p)),
        )
    },
];

const TOKENS: Metric = Metric {
    unit: Unit::Tokens,
    reads: Sections::TOKENS,
    dimensions: ENDING,
    ..TEMPLATE
};

const CREDITS_KNOWN: Known = |p, _| (credits(p).known, p.ended());
const COST_KNOWN: Known = |p, context| (cost(p, context).known, p.ended());

const fn spent(unit: Unit, of: OfPartial, known: Known) -> Metric {
    let sample = match unit {
        Unit::MoneyMicro => |p: &Partial, context: &Context| cost(p, context).known,
        _ => |p: &Partial, _: &Context| credits(p).known,
    };
    Metric {
        unit,
        kind: Kind::OfPartial(of),
        reads: amounts(unit),
        dimensions: ENDING,
        known: Some(known),
        sample,
        ..TEMPLATE
    }
}

const fn amounts(unit: Unit) -> Sections {
    match unit {
        Unit::MoneyMicro => Sections::COSTS,
        _ => Sections::CREDITS,
    }
}

const fn wasted(unit: Unit, of: OfPartial, known: Known) -> Metric {
    let sample = match unit {
        Unit::MoneyMicro => |p: &Partial, context: &Context| cost(p, context).wasted_known,
        _ => |p: &Partial, _: &Context| credits(p).wasted_known,
    };
    let direction = Direction::DownIsGood;
    Metric {
        unit,
        kind: Kind::OfPartial(of),
        reads: amounts(unit),
        direction,
        dimensions: FAILING,
        known: Some(known),
        sample,
        ..TEMPLATE
    }
}

/// Nothing ended: nothing was used. Runs ended and none reported the amount: it is unknown.
fn amount(partial: &Partial, known: u64, sum: u128) -> Option<Value> {
    if known > 0 || partial.ended() == 0 {
        Value::sum(sum)
    } else {
        None
    }
}

fn lost(partial: &Partial, spend: Spend) -> Option<Value> {
    if spend.wasted_known > 0 || failures(partial) == 0 {
        Value::sum(spend.wasted)
    } else {
        None
    }
}

fn failures(partial: &Partial) -> u64 {
    partial.failed() + partial.timed_out()
}

fn used(partial: &Partial, of: fn(&Usage) -> u128) -> u128 {
    partial.usage.as_deref().map_or(0, of)
}

fn with_tokens(partial: &Partial) -> u64 {
    partial.usage.as_ref().map_or(0, |usage| usage.with_tokens)
}

fn input_known(partial: &Partial) -> u64 {
    partial.usage.as_ref().map_or(0, |usage| usage.input.known)
}

fn output_known(partial: &Partial) -> u64 {
    partial.usage.as_ref().map_or(0, |usage| usage.output.known)
}

fn credits(partial: &Partial) -> Spend {
    partial
        .usage
        .as_ref()
        .map_or(Spend::default(), |usage| usage.credits)
}

fn cost(partial: &Partial, context: &Context) -> Spend {
    partial
        .usage
        .as_ref()
        .map_or(Spend::default(), |usage| usage.cost(context.currency))
}
