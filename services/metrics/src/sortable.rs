//! Values that lists are ordered by, and how a page token spells them.

use std::cmp::Ordering;

use shadow_proto::metrics::v1::value::Number;

/// A value that a list is ordered by; those of one order are of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sortable {
    Integer(i64),
    Real(f64),
    Text(String),
}

impl From<Number> for Sortable {
    fn from(number: Number) -> Self {
        match number {
            Number::Integer(integer) => Self::Integer(integer),
            Number::Real(real) => Self::Real(real),
        }
    }
}

impl Sortable {
    /// The largest first, and names from A to Z.
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(mine), Self::Text(theirs)) => mine.cmp(theirs),
            (Self::Integer(mine), Self::Integer(theirs)) => theirs.cmp(mine),
            (Self::Real(mine), Self::Real(theirs)) => theirs.total_cmp(mine),
            // Values of one order are of one kind; tokens are checked when they are read.
            _ => Ordering::Equal,
        }
    }

    /// What a token spells, where it is a text as it should be, or a number.
    pub(crate) fn parse(text: &str, is_text: bool) -> Option<Self> {
        let (kind, text) = text.split_at_checked(1)?;
        match kind {
            "t" if is_text => Some(Self::Text(text.to_owned())),
            "i" if !is_text => text.parse().ok().map(Self::Integer),
            "r" if !is_text => {
                let bits = u64::from_str_radix(text, 16).ok()?;
                Some(Self::Real(f64::from_bits(bits)))
            }
            _ => None,
        }
    }

    /// How a token spells it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Integer(integer) => format!("i{integer}"),
            Self::Real(real) => format!("r{:x}", real.to_bits()),
            Self::Text(text) => format!("t{text}"),
        }
    }
}

/// Absent values come last, also where the order is turned around.
pub(crate) fn compare(a: Option<&Sortable>, b: Option<&Sortable>, reversed: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if reversed => b.compare(a),
        (Some(a), Some(b)) => a.compare(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// How a token spells the direction.
pub(crate) fn direction(reversed: bool) -> &'static str {
    if reversed { "reversed" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_spells_each_kind_and_takes_no_other() {
        for (value, is_text) in [
            (Sortable::Integer(-7), false),
            (Sortable::Real(0.1), false),
            (Sortable::Text("tä".to_owned()), true),
        ] {
            assert_eq!(Sortable::parse(&value.text(), is_text), Some(value.clone()));
            assert_eq!(Sortable::parse(&value.text(), !is_text), None);
        }
        assert_eq!(Sortable::parse("", true), None);
        assert_eq!(Sortable::parse("ix", false), None);
    }

    #[test]
    fn what_is_absent_comes_last_either_way() {
        let (less, more) = (Sortable::Integer(1), Sortable::Integer(2));
        assert_eq!(compare(Some(&more), Some(&less), false), Ordering::Less);
        assert_eq!(compare(Some(&more), Some(&less), true), Ordering::Greater);
        for reversed in [false, true] {
            assert_eq!(compare(None, Some(&less), reversed), Ordering::Greater);
            assert_eq!(compare(Some(&less), None, reversed), Ordering::Less);
            assert_eq!(compare(None, None, reversed), Ordering::Equal);
        }
    }
}
