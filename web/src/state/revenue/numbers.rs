//! What each number of a month of revenue means, and how it came along.

use std::rc::Rc;

use shadow_proto::metrics::v1::{Direction, RevenueMonth, Unit};

use super::amount_unit;
use crate::{
    catalogue::Definition,
    state::{answer::Trend, view::Compare},
};

/// What one number of a month is.
pub struct Number {
    /// What it is called in the page.
    pub id: &'static str,
    name: &'static str,
    meaning: &'static str,
    formula: &'static str,
    unit: Of,
    direction: Direction,
    value: fn(&RevenueMonth) -> Option<f64>,
}

/// The kind of a number.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    /// An amount of the currency as it is at the end of a month, so far too.
    Amount,
    /// A count as it is at the end of a month, so far too.
    Count,
    /// A share of what was there at the start, which grows over the month.
    Share,
    /// A factor of what happened in the month.
    Factor,
}

impl Number {
    /// What it means.
    pub fn definition(&self, currency: &str, version: u32) -> Rc<Definition> {
        Rc::new(Definition {
            id: self.id.into(),
            name: self.name.into(),
            meaning: self.meaning.into(),
            formula: self.formula.into(),
            unit: match self.unit {
                Of::Amount => amount_unit(currency),
                Of::Count => Unit::Count,
                Of::Share => Unit::Ratio,
                Of::Factor => Unit::Rating,
            },
            direction: self.direction,
            relative_error: 0.0,
            version,
        })
    }

    /// How it came along; the change is that of the last month. A share or a factor of a month that is not over is
    /// compared with nothing: it is of fewer days.
    pub fn trend(&self, months: &[RevenueMonth], compare: Compare) -> Trend {
        let values: Vec<Option<f64>> = months.iter().map(self.value).collect();
        let back = match compare {
            Compare::Previous => Some(1),
            Compare::Year => Some(12),
            Compare::Off => None,
        };
        let at_end = matches!(self.unit, Of::Amount | Of::Count);
        let comparable = at_end || months.last().is_some_and(|month| month.complete);
        let previous = back
            .filter(|_| comparable)
            .and_then(|back| values.len().checked_sub(1 + back))
            .and_then(|at| values[at]);
        let total = values.last().copied().flatten();
        let change = total
            .zip(previous)
            .and_then(|(now, before)| match self.unit {
                Of::Share => Some(now - before),
                _ if before > 0.0 => Some((now - before) / before),
                _ => None,
            });
        Trend {
            total,
            previous,
            change,
            values,
            ..Trend::default()
        }
    }
}

/// What matters first.
pub const FIRST: [Number; 6] = [
    Number {
        id: "mrr",
        name: "MRR",
        meaning: "Monthly recurring revenue: what active subscriptions bring per month. One-offs, usage and tax are not in it.",
        formula: "Σ price × quantity less recurring discount, to a month",
        unit: Of::Amount,
        direction: Direction::UpIsGood,
        value: |month| Some(month.mrr_micros as f64),
    },
    Number {
        id: "arr",
        name: "ARR",
        meaning: "Annual recurring revenue: what a year brings if nothing changes.",
        formula: "12 × MRR",
        unit: Of::Amount,
        direction: Direction::UpIsGood,
        value: |month| Some(month.arr_micros as f64),
    },
    Number {
        id: "nrr",
        name: "NRR",
        meaning: "Net revenue retention: of what customers paid at the start of the month, what the same pay at its end.",
        formula: "Σ end ÷ Σ start, of customers that paid at the start",
        unit: Of::Share,
        direction: Direction::UpIsGood,
        value: |month| month.retention.as_ref()?.nrr,
    },
    Number {
        id: "grr",
        name: "GRR",
        meaning: "Gross revenue retention: the same, but nobody counts for more than at the start.",
        formula: "Σ min(end, start) ÷ Σ start, of customers that paid at the start",
        unit: Of::Share,
        direction: Direction::UpIsGood,
        value: |month| month.retention.as_ref()?.grr,
    },
    Number {
        id: "logo_churn",
        name: "Logo churn",
        meaning: "The share of customers that paid at the start of the month and pay nothing at its end.",
        formula: "lost customers ÷ customers that paid at the start",
        unit: Of::Share,
        direction: Direction::DownIsGood,
        value: |month| month.retention.as_ref()?.logo_churn,
    },
    Number {
        id: "arpa",
        name: "ARPA",
        meaning: "Average revenue per account: what a paying customer brings per month.",
        formula: "MRR ÷ paying customers",
        unit: Of::Amount,
        direction: Direction::UpIsGood,
        value: |month| month.arpa_micros.map(|micros| micros as f64),
    },
];

/// Numbers beside those.
pub const MORE: [Number; 9] = [
    Number {
        id: "paying_customers",
        name: "Paying customers",
        meaning: "Workspaces that pay at the end of the month.",
        formula: "count(customers whose MRR > 0)",
        unit: Of::Count,
        direction: Direction::UpIsGood,
        value: |month| Some(month.paying_customers as f64),
    },
    Number {
        id: "gross_churn",
        name: "Gross churn",
        meaning: "The share of the start's revenue that was lost to customers who pay less or nothing.",
        formula: "1 − GRR",
        unit: Of::Share,
        direction: Direction::DownIsGood,
        value: |month| month.retention.as_ref()?.gross_churn,
    },
    Number {
        id: "net_churn",
        name: "Net churn",
        meaning: "The same less what the others pay more; below zero they outweigh it.",
        formula: "1 − NRR",
        unit: Of::Share,
        direction: Direction::DownIsGood,
        value: |month| month.retention.as_ref()?.net_churn,
    },
    Number {
        id: "net_churn_with_reactivation",
        name: "Net churn, won back",
        meaning: "Net churn less what customers pay again that had stopped before.",
        formula: "net churn − reactivation ÷ Σ start",
        unit: Of::Share,
        direction: Direction::DownIsGood,
        value: |month| month.net_churn_with_reactivation,
    },
    Number {
        id: "nrr_12",
        name: "NRR, 12 months",
        meaning: "Net revenue retention of the customers that paid twelve months before the end of the month.",
        formula: "Σ end ÷ Σ start, twelve months apart",
        unit: Of::Share,
        direction: Direction::UpIsGood,
        value: |month| month.trailing_retention.as_ref()?.nrr,
    },
    Number {
        id: "grr_12",
        name: "GRR, 12 months",
        meaning: "Gross revenue retention of the customers that paid twelve months before the end of the month.",
        formula: "Σ min(end, start) ÷ Σ start, twelve months apart",
        unit: Of::Share,
        direction: Direction::UpIsGood,
        value: |month| month.trailing_retention.as_ref()?.grr,
    },
    Number {
        id: "quick_ratio",
        name: "Quick ratio",
        meaning: "How much is won for what is lost. Absent where nothing is lost.",
        formula: "(new + expansion) ÷ (churn + contraction)",
        unit: Of::Factor,
        direction: Direction::UpIsGood,
        value: |month| month.waterfall.as_ref()?.quick_ratio,
    },
    Number {
        id: "quick_ratio_with_reactivation",
        name: "Quick ratio, won back",
        meaning: "The same with reactivation as won.",
        formula: "(new + expansion + reactivation) ÷ (churn + contraction)",
        unit: Of::Factor,
        direction: Direction::UpIsGood,
        value: |month| month.waterfall.as_ref()?.quick_ratio_with_reactivation,
    },
    Number {
        id: "ltv",
        name: "LTV",
        meaning: "What a customer is worth over its life, at the assumed margin. Absent while no margin is stated or nobody leaves.",
        formula: "ARPA × margin ÷ monthly logo churn of the last six complete months",
        unit: Of::Amount,
        direction: Direction::UpIsGood,
        value: |month| month.ltv_micros.map(|micros| micros as f64),
    },
];
