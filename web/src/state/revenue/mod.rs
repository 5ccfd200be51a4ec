//! Recurring revenue: which months are asked for, what each number of a month means, and how revenue moved over several.

mod numbers;

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use shadow_domain::time::{Range, Zone, day_start, local_date};
use shadow_proto::metrics::v1::{
    CurrencyRevenue, GetRevenueResponse, RevenueMonth, RevenueMovementKind, Unit,
};

pub use numbers::{FIRST, MORE, Number};

use super::query::instant;

/// The most months that are answered.
const MOST_MONTHS: u32 = 60;
/// How many months are asked for at least, so that a number is seen with its year.
const LEAST_MONTHS: u32 = 13;

/// Kinds of movements, with their word in the address, their name, and the design token of their colour.
pub const MOVEMENTS: [(RevenueMovementKind, &str, &str, &str); 5] = [
    (RevenueMovementKind::New, "new", "New", "data-good"),
    (
        RevenueMovementKind::Reactivation,
        "reactivation",
        "Reactivation",
        "data-2",
    ),
    (
        RevenueMovementKind::Expansion,
        "expansion",
        "Expansion",
        "data-1",
    ),
    (
        RevenueMovementKind::Contraction,
        "contraction",
        "Contraction",
        "data-warning",
    ),
    (RevenueMovementKind::Churn, "churn", "Churn", "data-bad"),
];

/// Whole months of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The months that a range touches: movements are of these.
    pub shown: Range,
    /// The same with the months before them that make a year.
    pub with_before: Range,
    /// Whether the range touches more months than are answered.
    pub cut: bool,
}

impl Asked {
    /// The months of a range.
    pub fn of(range: &Range, zone: &dyn Zone) -> Self {
        let first_of = |date: NaiveDate| date.with_day(1).unwrap_or(date);
        let touched = first_of(local_date(zone, range.start));
        let last = first_of(local_date(zone, range.end - TimeDelta::microseconds(1)));
        let end = day_start(zone, last + Months::new(1));
        let back = |months: u32| last - Months::new(months - 1);
        let first = touched.max(back(MOST_MONTHS));
        let months = |first| Range {
            start: day_start(zone, first),
            end,
        };
        Self {
            shown: months(first),
            with_before: months(first.min(back(LEAST_MONTHS))),
            cut: first > touched,
        }
    }

    /// Those of the answered months that the range touches.
    pub fn shown_of<'a>(&self, months: &'a [RevenueMonth]) -> &'a [RevenueMonth] {
        let before = months
            .iter()
            .take_while(|month| {
                instant(month.start.as_ref()).is_none_or(|start| start < self.shown.start)
            })
            .count();
        &months[before..]
    }
}

/// The currency that is shown: the chosen one, else the one in which most customers pay.
pub fn currency<'a>(
    response: &'a GetRevenueResponse,
    chosen: Option<&str>,
) -> Option<&'a CurrencyRevenue> {
    let customers =
        |of: &CurrencyRevenue| of.months.last().map_or(0, |month| month.paying_customers);
    let currencies = &response.currencies;
    currencies
        .iter()
        .find(|of| Some(of.currency.as_str()) == chosen)
        // Of equals the first.
        .or_else(|| currencies.iter().rev().max_by_key(|of| customers(of)))
}

/// The unit of amounts in a currency. Only dollars have a sign; other amounts are numbers, beside the name of their
/// currency.
pub fn amount_unit(currency: &str) -> Unit {
    match currency {
        "USD" => Unit::MoneyMicro,
        _ => Unit::CreditsMicro,
    }
}

/// How revenue moved over months that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bridge {
    /// What it was at the start of the first.
    pub start_micros: i64,
    /// By how much it moved, in the order of [`MOVEMENTS`]; all are zero or more.
    pub moved_micros: [i64; 5],
    /// What it is at the end of the last.
    pub end_micros: i64,
}

impl Bridge {
    /// Adds months up.
    pub fn over(months: &[RevenueMonth]) -> Self {
        let mut bridge = Self {
            start_micros: months
                .first()
                .and_then(|month| month.waterfall.as_ref())
                .map_or(0, |waterfall| waterfall.start_micros),
            end_micros: months.last().map_or(0, |month| month.mrr_micros),
            ..Self::default()
        };
        for waterfall in months.iter().filter_map(|month| month.waterfall.as_ref()) {
            let moved = [
                waterfall.new_micros,
                waterfall.reactivation_micros,
                waterfall.expansion_micros,
                waterfall.contraction_micros,
                waterfall.churn_micros,
            ];
            for (sum, moved) in bridge.moved_micros.iter_mut().zip(moved) {
                *sum = sum.saturating_add(moved);
            }
        }
        bridge
    }

    /// Each movement as a step from one height to another, beginning with the start.
    pub fn steps(&self) -> Vec<(f64, f64)> {
        let mut height = self.start_micros as f64;
        let movements = self.moved_micros.iter().enumerate().map(|(at, micros)| {
            let takes = matches!(
                MOVEMENTS[at].0,
                RevenueMovementKind::Contraction | RevenueMovementKind::Churn
            );
            let from = height;
            height += if takes {
                -*micros as f64
            } else {
                *micros as f64
            };
            (from, height)
        });
        movements.collect()
    }
}

/// Whether asking for months again may answer something else.
pub fn is_live(asked: &Asked, now: DateTime<Utc>) -> bool {
    asked.shown.end > now
}

/// The kind of movements of a word.
pub fn movement(word: &str) -> Option<RevenueMovementKind> {
    let found = MOVEMENTS.into_iter().find(|(_, one, ..)| *one == word);
    found.map(|(kind, ..)| kind)
}

#[cfg(test)]
pub(crate) mod tests;
