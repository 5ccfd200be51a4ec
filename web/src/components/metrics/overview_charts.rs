//! The charts of a page of metrics, from its answer.

use std::rc::Rc;

use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{QueryResponse, Unit},
};
use yew::prelude::*;

use crate::{
    catalogue::Catalogue,
    components::charts::{Bars, ChartPanel, Column, Curve, Figure, Plot},
    format,
    state::{
        answer::{self, Trend},
        query::{AUDIENCE, OVERVIEW},
        range,
    },
    zone::Zone,
};

/// What the charts are drawn from.
pub(crate) struct Source<'a> {
    pub response: &'a QueryResponse,
    pub catalogue: &'a Catalogue,
    pub zone: &'a Zone,
    pub granularity: Granularity,
    pub compared: bool,
    pub trimmed: bool,
}

/// Outcomes with the design tokens of their colours, from the bottom of the stack up. What has not ended is on top.
const OUTCOMES: [Drawn; 6] = [
    ("completed", "Completed", "data-completed"),
    ("failed", "Failed", "data-bad"),
    ("timed_out", "Timed out", "data-warning"),
    ("cancelled", "Cancelled", "data-neutral"),
    ("unknown_outcome", "Unknown", "data-unknown"),
    ("open_executions", "Open", "data-open"),
];

/// A metric, what it is called beside the title of its chart, and the design token of its colour.
type Drawn = (&'static str, &'static str, &'static str);

impl Source<'_> {
    /// Executions by outcome.
    pub(crate) fn outcomes(&self) -> Html {
        let (mut figure, skip) = self.figure(OVERVIEW, self.granularity, Unit::Count);
        figure.unit = Unit::Count;
        let columns: Vec<Column> = OUTCOMES
            .iter()
            .filter_map(|drawn| self.column(OVERVIEW, *drawn, skip))
            // An outcome that did not occur is no entry of the legend; nothing at all still shows the axis.
            .filter(|column| column.values.iter().flatten().any(|value| *value > 0.0))
            .collect();
        let stacks: Vec<Bars> = columns.iter().map(as_bars).collect();
        let open =
            answer::whole(self.response, OVERVIEW, "open_executions").and_then(|trend| trend.total);
        let (unit, zone) = (
            range::bucket_name(self.granularity),
            shadow_domain::time::Zone::name(&**self.zone),
        );
        let mut note = format!("by {unit} in {zone}, when they were opened");
        if let Some(open) = open.filter(|open| *open > 0.0) {
            note.push_str(&format!(
                " · {} still open, so rates may move",
                format::compact(open)
            ));
        }
        html! {
            <ChartPanel title="Executions by outcome" {note} plot={Rc::new(Plot::Bars(stacks))} figure={Rc::new(figure)} {columns} large=true />
        }
    }

    /// Several metrics of one unit as lines.
    pub(crate) fn lines(&self, title: &'static str, selection: &str, metrics: &[Drawn]) -> Html {
        let granularity = if selection == AUDIENCE {
            range::daily(self.granularity)
        } else {
            self.granularity
        };
        let unit = metrics
            .first()
            .map_or(Unit::Count, |(metric, _, _)| self.catalogue.unit(metric));
        let (figure, skip) = self.figure(selection, granularity, unit);
        let mut columns = Vec::new();
        let mut lines = Vec::new();
        for drawn @ (metric, _, token) in metrics {
            let (Some(column), Some(trend)) = (
                self.column(selection, *drawn, skip),
                self.trend(selection, metric, skip),
            ) else {
                continue;
            };
            lines.push(Curve {
                name: column.name.clone(),
                token,
                values: column.values.clone(),
                // One dotted line helps; several are a tangle.
                previous: if self.compared && metrics.len() == 1 {
                    trend.previous_values
                } else {
                    Vec::new()
                },
                filled: metrics.len() == 1 && unit != Unit::Ratio,
            });
            columns.push(column);
        }
        let note = match (self.compared && metrics.len() == 1, selection) {
            (true, _) => format!(
                "by {} · dotted: the compared period",
                range::bucket_name(granularity)
            ),
            (false, AUDIENCE) => format!(
                "distinct users of 1, 7 and 30 days, by {}",
                range::bucket_name(granularity)
            ),
            (false, _) => format!("by {}", range::bucket_name(granularity)),
        };
        html! { <ChartPanel {title} {note} plot={Rc::new(Plot::Curves(lines))} figure={Rc::new(figure)} {columns} /> }
    }

    /// Several metrics of one unit on top of each other.
    pub(crate) fn stacked(&self, title: &'static str, metrics: &[Drawn]) -> Html {
        let unit = metrics
            .first()
            .map_or(Unit::Count, |(metric, _, _)| self.catalogue.unit(metric));
        let (figure, skip) = self.figure(OVERVIEW, self.granularity, unit);
        let columns: Vec<Column> = metrics
            .iter()
            .filter_map(|drawn| self.column(OVERVIEW, *drawn, skip))
            .collect();
        let stacks: Vec<Bars> = columns.iter().map(as_bars).collect();
        let note = format!("by {}", range::bucket_name(self.granularity));
        html! { <ChartPanel {title} {note} plot={Rc::new(Plot::Bars(stacks))} figure={Rc::new(figure)} {columns} /> }
    }

    /// The buckets of a selection, and how many were left out at the beginning.
    fn figure(&self, selection: &str, granularity: Granularity, unit: Unit) -> (Figure, usize) {
        let slots = answer::result(self.response, selection)
            .map(answer::slots)
            .unwrap_or_default();
        // Where every year is asked about, the chart begins when the data does.
        let skip = match self.trimmed {
            true => answer::whole(self.response, OVERVIEW, "executions")
                .map_or(0, |trend| answer::leading_gap(&trend.values)),
            false => 0,
        };
        let open = slots.last().is_some_and(|slot| !slot.over);
        let names = slots
            .iter()
            .skip(skip)
            .map(|slot| {
                let long = format::bucket_in_full(granularity, slot.start, &**self.zone);
                let so_far = if slot.over { "" } else { " · so far" };
                (
                    format::bucket(granularity, slot.start, &**self.zone),
                    format!("{long}{so_far}"),
                )
            })
            .collect();
        (Figure { names, open, unit }, skip)
    }

    fn trend(&self, selection: &str, metric: &str, skip: usize) -> Option<Trend> {
        let mut trend = answer::whole(self.response, selection, metric)?;
        trend.values.drain(..skip.min(trend.values.len()));
        trend
            .previous_values
            .drain(..skip.min(trend.previous_values.len()));
        Some(trend)
    }

    fn column(&self, selection: &str, drawn: Drawn, skip: usize) -> Option<Column> {
        let (metric, name, token) = drawn;
        let values = self.trend(selection, metric, skip)?.values;
        Some(Column {
            name: name.to_owned(),
            token,
            values,
        })
    }
}

fn as_bars(column: &Column) -> Bars {
    Bars {
        name: column.name.clone(),
        token: column.token,
        values: column.values.clone(),
    }
}
