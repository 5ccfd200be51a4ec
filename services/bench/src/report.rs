//! What was measured, as a table for people and as JSON for programs.

use std::fmt::Write;

use anyhow::Result;
use serde::Serialize;

use crate::rounds::Estimate;
use crate::stack::Stack;

/// One figure.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// What was compared with; absent where there is nothing.
    pub(crate) baseline: Option<String>,
    /// The ratio to the baseline, or the figure itself.
    pub(crate) estimate: Estimate,
    /// "×" for a ratio.
    pub(crate) unit: &'static str,
    /// What it must keep to.
    pub(crate) target: Option<Target>,
    /// Whether the bad end of the interval does; absent without a target.
    pub(crate) passes: Option<bool>,
    /// Everything that one has to know beside it.
    pub(crate) beside: Vec<(String, String)>,
}

/// What a figure must keep to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    /// No less.
    AtLeast(f64),
    /// No more.
    AtMost(f64),
}

impl Figure {
    /// A figure that has only itself.
    pub(crate) fn alone(name: &str, unit: &'static str, estimate: Estimate) -> Self {
        Self {
            name: name.to_owned(),
            baseline: None,
            estimate,
            unit,
            target: None,
            passes: None,
            beside: Vec::new(),
        }
    }

    /// A ratio to a baseline.
    pub(crate) fn ratio(name: &str, baseline: &str, estimate: Estimate) -> Self {
        Self {
            baseline: Some(baseline.to_owned()),
            ..Self::alone(name, "×", estimate)
        }
    }

    /// With what it must keep to.
    pub(crate) fn must(mut self, target: Target) -> Self {
        self.passes = Some(match target {
            Target::AtLeast(bound) => self.estimate.low >= bound,
            Target::AtMost(bound) => self.estimate.high <= bound,
        });
        self.target = Some(target);
        self
    }

    /// With something beside it.
    pub(crate) fn beside(mut self, what: &str, value: impl Into<String>) -> Self {
        self.beside.push((what.to_owned(), value.into()));
        self
    }
}

/// All figures of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Vec<(String, String)>,
    figures: Vec<Figure>,
}

impl Report {
    pub(crate) async fn new(stack: &Stack) -> Result<Self> {
        Ok(Self {
            machine: stack.describe().await?,
            figures: Vec::new(),
        })
    }

    /// Takes a figure, and tells whoever waits that it is there.
    pub(crate) fn add(&mut self, figure: Figure) {
        let (name, median) = (&figure.name, number(figure.estimate.median));
        eprintln!("{name}: {median} {}", figure.unit);
        self.figures.push(figure);
    }

    pub(crate) fn extend(&mut self, figures: Vec<Figure>) {
        for figure in figures {
            self.add(figure);
        }
    }

    pub(crate) fn json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = String::new();
        let machine: Vec<_> = self
            .machine
            .iter()
            .map(|(what, value)| format!("{what}: {value}"))
            .collect();
        let _infallible = writeln!(text, "{}\n", machine.join("; "));
        text.push_str("| figure | median | 95 % interval | goal | beside it |\n");
        text.push_str("| --- | ---: | ---: | ---: | --- |\n");
        for figure in &self.figures {
            let name = match &figure.baseline {
                Some(baseline) => format!("{} ÷ {baseline}", figure.name),
                None => figure.name.clone(),
            };
            let (unit, estimate) = (figure.unit, figure.estimate);
            let interval = if estimate.low == estimate.high {
                String::new()
            } else {
                format!("{}–{}", number(estimate.low), number(estimate.high))
            };
            let goal = match (figure.target, figure.passes) {
                (Some(Target::AtLeast(bound)), Some(passes)) => {
                    format!("≥ {} {}", number(bound), mark(passes))
                }
                (Some(Target::AtMost(bound)), Some(passes)) => {
                    format!("≤ {} {}", number(bound), mark(passes))
                }
                _ => String::new(),
            };
            let beside: Vec<_> = figure
                .beside
                .iter()
                .map(|(what, value)| format!("{what}: {value}"))
                .collect();
            let median = number(estimate.median);
            let beside = beside.join("; ");
            let _infallible = writeln!(
                text,
                "| {name} | {median} {unit} | {interval} | {goal} | {beside} |"
            );
        }
        text
    }
}

fn mark(passes: bool) -> &'static str {
    if passes { "✓" } else { "✗" }
}

/// Three significant digits, or all of a whole number.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
