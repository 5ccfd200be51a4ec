//! Credits day by day: what was left, and what was consumed.

use std::rc::Rc;

use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{CreditDay, GetCreditsResponse, Unit},
};
use yew::prelude::*;

use crate::{
    components::charts::{Bars, ChartPanel, Column, Curve, Figure, Plot},
    format,
    state::{answer, query::instant},
    zone::Zone,
};

/// Properties of [`Days`].
#[derive(Properties, PartialEq)]
pub struct DaysProps {
    /// What came back.
    pub response: Rc<GetCreditsResponse>,
    /// The zone of the days.
    pub zone: Zone,
}

/// Credits day by day.
#[component]
pub fn Days(props: &DaysProps) -> Html {
    let response = &*props.response;
    let read = answer::as_of(response.provenance.as_ref());
    // What has not begun is not shown.
    let days: Vec<&CreditDay> = response
        .days
        .iter()
        .take_while(|day| {
            let start = instant(day.start.as_ref());
            start.zip(read).is_none_or(|(start, read)| start <= read)
        })
        .collect();
    let open = days.last().is_some_and(|day| {
        let end = instant(day.end.as_ref());
        end.zip(read).is_some_and(|(end, read)| end > read)
    });
    let names = days.iter().filter_map(|day| {
        let start = instant(day.start.as_ref())?;
        Some((
            format::bucket(Granularity::Day, start, &*props.zone),
            format::bucket_in_full(Granularity::Day, start, &*props.zone),
        ))
    });
    let figure = Rc::new(Figure {
        names: names.collect(),
        open,
        unit: Unit::CreditsMicro,
    });
    let column = |name: &str, token, value: fn(&CreditDay) -> i64| Column {
        name: name.to_owned(),
        token,
        values: days.iter().map(|day| Some(value(day) as f64)).collect(),
    };
    let balance = column("Balance", "data-1", |day| day.balance_micro);
    let consumed = column("Consumed", "data-2", |day| day.consumed_micro);
    let line = Plot::Curves(vec![Curve {
        name: balance.name.clone(),
        token: balance.token,
        values: balance.values.clone(),
        previous: Vec::new(),
        filled: true,
    }]);
    let bars = Plot::Bars(vec![Bars {
        name: consumed.name.clone(),
        token: consumed.token,
        values: consumed.values.clone(),
    }]);
    html! {
        <div class="columns">
            <ChartPanel title="Balance" note="left at the end of each day" plot={Rc::new(line)} figure={figure.clone()} columns={vec![balance]} />
            <ChartPanel title="Consumed credits" note="by day, when executions ended" plot={Rc::new(bars)} {figure} columns={vec![consumed]} />
        </div>
    }
}
