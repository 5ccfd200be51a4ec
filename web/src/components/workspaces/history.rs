//! The health of a workspace over time.

use std::rc::Rc;

use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{HealthPoint, Unit, WorkspaceHealth},
};
use yew::prelude::*;

use crate::{
    components::charts::{ChartPanel, Column, Curve, Figure, Plot},
    format,
    state::query::instant,
    zone::Zone,
};

/// A part of a health, in percent.
type Part = fn(&WorkspaceHealth) -> Option<f64>;

/// The lines, the score first: what they are called, and the design token of their colour.
const LINES: [(&str, &str, Part); 3] = [
    ("Health", "data-1", |health| health.score),
    ("Activity", "data-2", |health| {
        health.activity.map(|share| share * 100.0)
    }),
    ("Engagement", "data-3", |health| {
        health.engagement.map(|share| share * 100.0)
    }),
];

/// Properties of [`HealthHistory`].
#[derive(Properties, PartialEq)]
pub struct HealthHistoryProps {
    /// From the first on.
    pub history: Vec<HealthPoint>,
    /// The zone of the page.
    pub zone: Zone,
    /// Whether the last point is of a day that is not over.
    #[prop_or_default]
    pub open: bool,
}

/// The health of a workspace over time.
#[component]
pub fn HealthHistory(props: &HealthHistoryProps) -> Html {
    let names = props.history.iter().map(|point| {
        // A point is the end of its day.
        let at = instant(point.time.as_ref()).unwrap_or_default() - chrono::TimeDelta::seconds(1);
        (
            format::bucket(Granularity::Day, at, &*props.zone),
            format::bucket_in_full(Granularity::Day, at, &*props.zone),
        )
    });
    let figure = Figure {
        names: names.collect(),
        open: props.open,
        unit: Unit::Count,
    };
    let values = |part: Part| -> Vec<Option<f64>> {
        let health = |point: &HealthPoint| point.health.as_ref().and_then(part);
        // Tenths of points are noise.
        let rounded = |value: f64| value.round();
        props
            .history
            .iter()
            .map(|point| health(point).map(rounded))
            .collect()
    };
    let columns: Vec<Column> = LINES
        .iter()
        .map(|(name, token, part)| Column {
            name: (*name).to_owned(),
            token,
            values: values(*part),
        })
        .collect();
    let curves = columns.iter().map(|column| Curve {
        name: column.name.clone(),
        token: column.token,
        values: column.values.clone(),
        previous: Vec::new(),
        filled: false,
    });
    let plot = Plot::Curves(curves.collect());
    html! {
        <ChartPanel
            title="Health over time"
            note="0 to 100, at the end of each day or week · for those who are members now"
            figure={Rc::new(figure)}
            plot={Rc::new(plot)}
            {columns}
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rendering, state::query::timestamp};

    #[tokio::test]
    async fn a_point_is_named_by_the_day_that_it_ends() {
        let html = rendering::signed_in("/workspaces/w1", || {
            let point = |day: u32, score| HealthPoint {
                time: Some(timestamp(format!("2026-03-{day:02}T00:00:00Z").parse().unwrap())),
                health: Some(WorkspaceHealth {
                    score,
                    ..WorkspaceHealth::default()
                }),
            };
            html! { <HealthHistory history={vec![point(2, Some(61.4)), point(3, None)]} zone={Zone::utc()} /> }
        })
        .await;
        for text in ["Health over time", "Engagement", "members now"] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
