//! What matters first of revenue, and more numbers.

use std::rc::Rc;

use shadow_proto::metrics::v1::CurrencyRevenue;
use yew::prelude::*;

use crate::{
    components::metrics::{CardSize, MetricCard},
    state::{
        revenue::{FIRST, MORE, Number},
        view::Compare,
    },
};

/// Properties of [`Numbers`].
#[derive(Properties, PartialEq)]
pub struct NumbersProps {
    /// Revenue in one currency, with the months before the range.
    pub revenue: Rc<CurrencyRevenue>,
    /// The version of the definitions.
    pub version: u32,
    /// What the last month is compared with.
    pub compare: Compare,
    /// When the data was read, in words.
    pub as_of: AttrValue,
    /// The last month, in words.
    pub month: AttrValue,
}

/// Numbers of the last month.
#[component]
pub fn Numbers(props: &NumbersProps) -> Html {
    let months = &props.revenue.months;
    let open = months.last().is_some_and(|month| !month.complete);
    let card = |number: &Number, size: CardSize| {
        let trend = number.trend(months, props.compare);
        let against = match props.compare {
            Compare::Previous => "vs month before",
            Compare::Year => "vs last year",
            Compare::Off => "",
        };
        // What is compared with nothing says so: it is of a month that is not over.
        let against = trend.previous.map(|_| AttrValue::from(against));
        let note = if open { "month so far" } else { "" };
        html! {
            <MetricCard
                metric={number.definition(&props.revenue.currency, props.version)}
                {trend}
                {against}
                {note}
                {open}
                {size}
                as_of={props.as_of.clone()}
            />
        }
    };
    html! {
        <>
            <section class="panel metrics metrics--large" aria-labelledby="revenue-first">
                <h2 id="revenue-first" class="only-read">{ format!("What matters first, {}", props.month) }</h2>
                { for FIRST.iter().map(|number| card(number, CardSize::Large)) }
            </section>
            <section class="panel metrics" aria-labelledby="revenue-more">
                <h2 id="revenue-more" class="only-read">{ format!("More numbers, {}", props.month) }</h2>
                { for MORE.iter().map(|number| card(number, CardSize::Small)) }
            </section>
        </>
    }
}
