//! Revenue month by month: what it was, how it moved, and how much of it stayed.

use std::rc::Rc;

use shadow_proto::{
    common::v1::Granularity,
    metrics::v1::{CurrencyRevenue, RevenueMonth, Unit},
};
use yew::prelude::*;

use crate::{
    components::charts::{Bars, ChartPanel, Column, Curve, Figure, Plot},
    format,
    state::{query::instant, revenue::amount_unit},
    zone::Zone,
};

/// Properties of [`OverMonths`].
#[derive(Properties, PartialEq)]
pub struct OverMonthsProps {
    /// Revenue in one currency.
    pub revenue: Rc<CurrencyRevenue>,
    /// The zone of the months.
    pub zone: Zone,
}

/// A line or a stack: its name, the token of its colour, its value in a month.
type Drawn = (&'static str, &'static str, fn(&RevenueMonth) -> Option<f64>);

/// What takes is below the line.
const MOVED: [Drawn; 5] = [
    ("New", "data-good", |month| moved(month, 0)),
    ("Reactivation", "data-2", |month| moved(month, 1)),
    ("Expansion", "data-1", |month| moved(month, 2)),
    ("Contraction", "data-warning", |month| moved(month, 3)),
    ("Churn", "data-bad", |month| moved(month, 4)),
];
const STAYED: [Drawn; 2] = [
    ("NRR", "data-1", |month| month.retention.as_ref()?.nrr),
    ("GRR", "data-2", |month| month.retention.as_ref()?.grr),
];
const LEFT: [Drawn; 1] = [("Logo churn", "data-bad", |month| {
    month.retention.as_ref()?.logo_churn
})];
const RECURRING: [Drawn; 1] = [("MRR", "data-1", |month| Some(month.mrr_micros as f64))];

/// Revenue month by month.
#[component]
pub fn OverMonths(props: &OverMonthsProps) -> Html {
    let currency = &props.revenue.currency;
    let amounts = format!("in {currency}");
    html! {
        <div class="columns">
            { chart(props, "MRR by month", &format!("at the end of each, {amounts}"), &RECURRING, false) }
            { chart(props, "Movements by month", &amounts, &MOVED, true) }
            { chart(props, "Revenue that stayed", "net and gross retention of each month", &STAYED, false) }
            { chart(props, "Customers that left", "of those that paid at the start of the month", &LEFT, false) }
        </div>
    }
}

fn moved(month: &RevenueMonth, kind: usize) -> Option<f64> {
    let of = month.waterfall.as_ref()?;
    let micros = [
        of.new_micros,
        of.reactivation_micros,
        of.expansion_micros,
        -of.contraction_micros,
        -of.churn_micros,
    ];
    micros.get(kind).map(|micros| *micros as f64)
}

fn chart(
    props: &OverMonthsProps,
    title: &'static str,
    note: &str,
    drawn: &[Drawn],
    stacked: bool,
) -> Html {
    let months = &props.revenue.months;
    let open = months.last().is_some_and(|month| !month.complete);
    let names = months.iter().filter_map(|month| {
        let start = instant(month.start.as_ref())?;
        Some((
            format::bucket(Granularity::Month, start, &*props.zone),
            format::bucket_in_full(Granularity::Month, start, &*props.zone),
        ))
    });
    let shares = drawn
        .iter()
        .any(|(name, ..)| matches!(*name, "NRR" | "Logo churn"));
    let figure = Figure {
        names: names.collect(),
        open,
        unit: if shares {
            Unit::Ratio
        } else {
            amount_unit(&props.revenue.currency)
        },
    };
    let columns: Vec<Column> = drawn
        .iter()
        .map(|(name, token, value)| Column {
            name: (*name).to_owned(),
            token,
            values: months.iter().map(value).collect(),
        })
        .collect();
    let plot = match stacked {
        true => Plot::Bars(columns.iter().map(bars).collect()),
        false => Plot::Curves(
            columns
                .iter()
                .map(|column| curve(column, columns.len() == 1 && !shares))
                .collect(),
        ),
    };
    html! { <ChartPanel {title} note={note.to_owned()} figure={Rc::new(figure)} {columns} plot={Rc::new(plot)} /> }
}

fn bars(column: &Column) -> Bars {
    Bars {
        name: column.name.clone(),
        token: column.token,
        values: column.values.clone(),
    }
}

fn curve(column: &Column, filled: bool) -> Curve {
    Curve {
        name: column.name.clone(),
        token: column.token,
        values: column.values.clone(),
        previous: Vec::new(),
        filled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::revenue::tests::months;

    #[test]
    fn what_takes_is_below_the_line() {
        let months = months();
        let values = MOVED.map(|(.., value)| value(&months[1]));
        assert_eq!(values, [60e6, 20e6, 30e6, -15e6, -30e6].map(Some));
        assert_eq!(moved(&RevenueMonth::default(), 0), None);
    }
}
