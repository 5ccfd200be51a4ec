//! What an entry of the catalogue states.

use std::fmt;

use crate::cell::Dimension;
use crate::execution::Currency;
use crate::partial::{Partial, Sections};

/// An entry of the catalogue.
#[derive(Debug, Clone)]
pub struct Metric {
    /// The stable id.
    pub id: &'static str,
    /// What a person reads.
    pub name: &'static str,
    /// One sentence.
    pub meaning: &'static str,
    /// The unit of the values.
    pub unit: Unit,
    /// The formula in words.
    pub formula: &'static str,
    /// Whether more is better.
    pub direction: Direction,
    /// How values of parts make the value of the whole.
    pub additivity: Additivity,
    /// How it is computed.
    pub kind: Kind,
    /// The parts of a partial that its formulas look at, beside those of every metric: [`Sections::RUNS`].
    pub reads: Sections,
    /// The cells that can answer it.
    pub dimensions: &'static [Dimension],
    /// Whether it can be asked for by the minute.
    pub minute: bool,
    /// The bound of the relative error; zero where the metric is exact.
    pub relative_error: f64,
    /// The catalogue's version in which the formula last changed.
    pub definition_version: u32,
    /// From how many executions a value is computed.
    pub sample: Sample,
    /// How many executions had the value, of how many that could have had it; absent where the
    /// metric counts executions themselves.
    pub known: Option<Known>,
}

/// A formula over a merged partial.
pub type OfPartial = fn(&Partial, &Context) -> Option<Value>;
/// The number of executions behind a value.
pub type Sample = fn(&Partial, &Context) -> u64;
/// How many executions had a value, of how many.
pub type Known = fn(&Partial, &Context) -> (u64, u64);

/// How a metric is computed for a bucket.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// From the partial of the bucket.
    OfPartial(OfPartial),
    /// From the partial of so many local days that end with the last day of the bucket.
    Trailing {
        /// How many days.
        days: u32,
        /// The formula.
        of: OfPartial,
    },
    /// By [`super::stickiness`], from each of the 30 local days that end with the last day of the
    /// bucket, and from all of them together.
    Stickiness,
}

/// What a formula needs to know beside the partial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// The currency in which money is answered.
    pub currency: Currency,
}

/// A value in the metric's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Exact.
    Integer(i128),
    /// A ratio or a mean.
    Real(f64),
}

/// A value that is larger than an answer can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is larger than an answer can carry")]
pub struct TooLarge(
    /// The value.
    pub i128,
);

/// The unit of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Executions, agents or users.
    Count,
    /// 1 means 100 %.
    Ratio,
    /// Microseconds.
    Microseconds,
    /// Tokens.
    Tokens,
    /// Millionths of a credit.
    CreditsMicro,
    /// Millionths of the unit of the currency asked for.
    MoneyMicro,
    /// From 1, bad, to 5, good.
    Rating,
}

/// Whether a rise is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// More is better.
    UpIsGood,
    /// Less is better.
    DownIsGood,
    /// Neither.
    Neutral,
}

/// How values of parts make the value of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Additivity {
    /// Parts add up.
    Additive,
    /// Parts overlap and are merged.
    Distinct,
    /// Distributions are merged.
    Percentile,
    /// Numerators and denominators are merged.
    Ratio,
}

impl Value {
    /// The nearest floating-point number.
    pub fn as_f64(self) -> f64 {
        match self {
            Value::Integer(value) => value as f64,
            Value::Real(value) => value,
        }
    }

    pub(super) fn count(count: u64) -> Option<Value> {
        Some(Value::Integer(i128::from(count)))
    }

    pub(super) fn sum(sum: u128) -> Option<Value> {
        Some(Value::Integer(i128::try_from(sum).unwrap_or(i128::MAX)))
    }

    /// Absent where the denominator is zero.
    pub(super) fn quotient(numerator: u128, denominator: u64) -> Option<Value> {
        (denominator > 0).then(|| Value::Real(numerator as f64 / denominator as f64))
    }
}

/// The whole number that an answer carries.
impl TryFrom<Value> for i64 {
    type Error = TooLarge;

    fn try_from(value: Value) -> Result<i64, TooLarge> {
        let whole = match value {
            Value::Integer(whole) => whole,
            Value::Real(real) => real.round() as i128,
        };
        i64::try_from(whole).map_err(|_| TooLarge(whole))
    }
}

impl Unit {
    /// The name, in lower case with underscores.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Count => "count",
            Unit::Ratio => "ratio",
            Unit::Microseconds => "microseconds",
            Unit::Tokens => "tokens",
            Unit::CreditsMicro => "credits_micro",
            Unit::MoneyMicro => "money_micro",
            Unit::Rating => "rating",
        }
    }
}

impl Direction {
    /// The name, in words.
    pub fn name(self) -> &'static str {
        match self {
            Direction::UpIsGood => "up is good",
            Direction::DownIsGood => "down is good",
            Direction::Neutral => "neutral",
        }
    }
}

impl Additivity {
    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Additivity::Additive => "additive",
            Additivity::Distinct => "distinct",
            Additivity::Percentile => "percentile",
            Additivity::Ratio => "ratio",
        }
    }
}

impl PartialEq for Metric {
    fn eq(&self, other: &Metric) -> bool {
        self.id == other.id
    }
}

impl Eq for Metric {}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// Cells in which everything from the opening on is counted.
pub(super) const OPENING: &[Dimension] = &[
    Dimension::Total,
    Dimension::Agent,
    Dimension::Trigger,
    Dimension::Environment,
    Dimension::AgentVersion,
    Dimension::AgentTrigger,
];

/// Cells in which ends are counted.
pub(super) const ENDING: &[Dimension] = &[
    Dimension::Total,
    Dimension::Agent,
    Dimension::Trigger,
    Dimension::Environment,
    Dimension::Model,
    Dimension::Provider,
    Dimension::AgentVersion,
    Dimension::AgentModel,
    Dimension::AgentTrigger,
];

/// Cells in which failures are counted.
pub(super) const FAILING: &[Dimension] = Dimension::ALL;

/// Where a formula has no entry of its own to say: exact, by the quarter-hour, of the first version.
pub(super) const TEMPLATE: Metric = Metric {
    id: "",
    name: "",
    meaning: "",
    unit: Unit::Count,
    formula: "",
    direction: Direction::Neutral,
    additivity: Additivity::Additive,
    kind: Kind::OfPartial(|_, _| None),
    reads: Sections::RUNS,
    dimensions: OPENING,
    minute: false,
    relative_error: 0.0,
    definition_version: 1,
    sample: runs,
    known: None,
};

/// The runs of a cell; cells that are keyed by what is known at the end count no openings.
pub(super) fn runs(partial: &Partial, _: &Context) -> u64 {
    partial.opened.max(partial.ended())
}

/// The runs of a cell that ended.
pub(super) fn ended(partial: &Partial, _: &Context) -> u64 {
    partial.ended()
}
