//! What a chart shows: buckets, a unit, and bars or lines over them.

use shadow_proto::metrics::v1::Unit;

/// What a chart and the table behind it are made of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figure {
    /// The short and the long name of each bucket.
    pub names: Vec<(String, String)>,
    /// Whether the last bucket is not over.
    pub open: bool,
    /// The unit of every value.
    pub unit: Unit,
}

/// One stack of a chart of bars.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// What it is called.
    pub name: String,
    /// The design token of its colour.
    pub token: &'static str,
    /// By bucket.
    pub values: Vec<Option<f64>>,
}

/// One line of a chart of lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// What it is called.
    pub name: String,
    /// The design token of its colour.
    pub token: &'static str,
    /// By bucket.
    pub values: Vec<Option<f64>>,
    /// By bucket of the compared period; empty where nothing is compared.
    pub previous: Vec<Option<f64>>,
    /// Whether the space under it is filled.
    pub filled: bool,
}

/// One bar of a waterfall, which begins where the one before ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// The design token of its colour.
    pub token: &'static str,
}

/// What a chart draws over its buckets.
#[derive(Debug, Clone, PartialEq)]
pub enum Plot {
    /// Bars that lead from one height to another; a bucket each.
    Waterfall(Vec<Step>),
    /// Bars on top of each other.
    Bars(Vec<Bars>),
    /// Lines.
    Curves(Vec<Curve>),
}

/// The word by which the drawing asks for a unit's function.
pub(super) fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Ratio => "ratio",
        Unit::Microseconds => "microseconds",
        Unit::Tokens => "tokens",
        Unit::CreditsMicro => "credits",
        Unit::MoneyMicro => "money",
        Unit::Rating => "rating",
        Unit::Count | Unit::Unspecified => "count",
    }
}

/// Reads the word of a unit.
pub(super) fn parse_unit(word: &str) -> Unit {
    const UNITS: [Unit; 6] = [
        Unit::Ratio,
        Unit::Microseconds,
        Unit::Tokens,
        Unit::CreditsMicro,
        Unit::MoneyMicro,
        Unit::Rating,
    ];
    UNITS
        .into_iter()
        .find(|unit| unit_word(*unit) == word)
        .unwrap_or(Unit::Count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_units_are_read_again() {
        for unit in [
            Unit::Count,
            Unit::Ratio,
            Unit::Microseconds,
            Unit::Tokens,
            Unit::CreditsMicro,
            Unit::MoneyMicro,
        ] {
            assert_eq!(parse_unit(unit_word(unit)), unit);
        }
    }
}
