//! Numbers, charts and tables.

use std::rc::Rc;

use shadow_proto::metrics::v1::{Direction, Unit};
use yew::prelude::*;

use super::{
    samples::{figure, groups, metric, trend, wave},
    specimen,
};
use crate::{
    catalogue::Catalogue,
    components::{
        charts::{Bars, ChartPanel, Column, Curve, Plot},
        metrics::{CardSize, IntervalBar, MetricCard, Sparkline},
        tables::{AgentTable, DataCell, DataColumn, DataRow, DataTable},
        ui::Skeleton,
    },
    state::answer::Trend,
};

/// Numbers, charts and tables.
pub(super) fn specimens() -> Html {
    html! {
        <>
            { cards() }
            { sparklines() }
            { charts() }
            { specimen("Table of the largest", [
                ("compared", html! { <AgentTable groups={groups()} catalogue={Rc::<Catalogue>::default()} compared=true /> }),
            ]) }
            { intervals() }
            { lists() }
        </>
    }
}

fn intervals() -> Html {
    let bar = |value: f64, low: f64, high: f64| html! { <IntervalBar {value} {low} {high} /> };
    specimen(
        "Interval",
        [
            ("many runs", bar(0.97, 0.915, 0.99)),
            ("one run", bar(1.0, 0.207, 1.0)),
            ("none completed", bar(0.0, 0.0, 0.278)),
        ],
    )
}

fn lists() -> Html {
    let column = |id, name: &'static str, is_number: bool| DataColumn {
        id,
        name: name.into(),
        metric: is_number.then(|| metric(id, name, Unit::Count, Direction::UpIsGood)),
        sorts: id != "owner",
    };
    let row = |key: &str, cells: [&'static str; 3]| DataRow {
        key: key.to_owned(),
        cells: cells
            .map(|text| DataCell {
                shown: html! { text },
                text: text.to_owned(),
            })
            .to_vec(),
    };
    let table = |file: &'static str, next: &'static str| {
        html! {
            <DataTable
                title="Agents"
                {file}
                columns={vec![column("name", "Agent", false), column("owner", "Owner", false), column("runs", "Executions", true)]}
                rows={vec![row("a", ["Shipment assistant", "Olivia", "7,200"]), row("b", ["Ticket router", "Otto", "3,100"])]}
                sort="runs"
                total={5_u32}
                {next}
                as_of="21:00:00"
            >
                <h2 class="panel__title">{ "Agents" }</h2>
            </DataTable>
        }
    };
    specimen(
        "List",
        [
            ("more to come", table("specimen-first", "AQ")),
            ("the last page", table("specimen-last", "")),
        ],
    )
}

fn cards() -> Html {
    let card = |id, name, unit, direction, trend: Trend, size| {
        html! {
            <div class="panel metrics">
                <MetricCard metric={metric(id, name, unit, direction)} {trend} {size} open=true as_of="21:00:00" against="vs previous" />
            </div>
        }
    };
    let small = CardSize::Small;
    let new = Trend {
        total: Some(12.0),
        previous: Some(0.0),
        values: vec![Some(0.0), Some(4.0), Some(8.0)],
        ..Trend::default()
    };
    specimen(
        "Metric card",
        [
            (
                "large, better",
                card(
                    "specimen-large",
                    "Executions",
                    Unit::Count,
                    Direction::UpIsGood,
                    trend(99_100.0, 0.011),
                    CardSize::Large,
                ),
            ),
            (
                "worse",
                card(
                    "specimen-worse",
                    "Wasted credits",
                    Unit::CreditsMicro,
                    Direction::DownIsGood,
                    trend(28.2e9, 0.17),
                    small,
                ),
            ),
            (
                "neither",
                card(
                    "specimen-neutral",
                    "Tokens",
                    Unit::Tokens,
                    Direction::Neutral,
                    trend(687e6, -0.005),
                    small,
                ),
            ),
            (
                "new",
                card(
                    "specimen-new",
                    "Active agents",
                    Unit::Count,
                    Direction::UpIsGood,
                    new,
                    small,
                ),
            ),
            (
                "absent",
                card(
                    "specimen-absent",
                    "Provider cost",
                    Unit::MoneyMicro,
                    Direction::Neutral,
                    Trend::default(),
                    small,
                ),
            ),
        ],
    )
}

fn sparklines() -> Html {
    let spark = |values: Vec<Option<f64>>, open| html! { <Sparkline {values} {open} /> };
    let mut gap = wave(10.0, 10.0);
    gap[5..8].fill(None);
    specimen(
        "Sparkline",
        [
            ("over", spark(wave(10.0, 10.0), false)),
            ("so far", spark(wave(10.0, 10.0), true)),
            ("with a gap", spark(gap, false)),
            ("nothing but zeros", spark(vec![Some(0.0); 14], false)),
        ],
    )
}

fn charts() -> Html {
    let columns: Vec<_> = [
        ("Completed", "data-completed", 900.0),
        ("Failed", "data-bad", 60.0),
    ]
    .into_iter()
    .map(|(name, token, around)| Column {
        name: name.to_owned(),
        token,
        values: wave(around, around),
    })
    .collect();
    let bars = columns
        .iter()
        .map(|column| Bars {
            name: column.name.clone(),
            token: column.token,
            values: column.values.clone(),
        })
        .collect();
    let median = Column {
        name: "Median".to_owned(),
        token: "data-1",
        values: wave(2e6, 3e6),
    };
    let curve = Curve {
        name: median.name.clone(),
        token: median.token,
        values: median.values.clone(),
        previous: wave(3e6, 2e6),
        filled: true,
    };
    specimen(
        "Chart",
        [
            (
                "bars, the last so far",
                html! {
                    <ChartPanel title="Executions by outcome" note="by day in UTC" figure={Rc::new(figure(Unit::Count))} {columns} plot={Rc::new(Plot::Bars(bars))} large=true />
                },
            ),
            (
                "a line, compared",
                html! {
                    <ChartPanel title="Duration" note="by day · dotted: the compared period" figure={Rc::new(figure(Unit::Microseconds))} columns={vec![median]} plot={Rc::new(Plot::Curves(vec![curve]))} />
                },
            ),
            (
                "loading",
                html! { <div class="panel chart"><Skeleton class="skeleton--chart" /></div> },
            ),
        ],
    )
}
