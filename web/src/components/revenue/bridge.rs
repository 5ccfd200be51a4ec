//! How revenue came from the start of the months to their end, as a waterfall. Each movement leads to who moved.

use std::rc::Rc;

use shadow_proto::metrics::v1::RevenueMonth;
use yew::prelude::*;

use crate::{
    components::charts::{ChartPanel, Column, Figure, Plot, Step},
    format,
    navigation::{Go, use_place},
    state::{
        list::List,
        money::Money,
        revenue::{Bridge, MOVEMENTS, amount_unit},
        view::View,
    },
};

/// Properties of [`MovementBridge`].
#[derive(Properties, PartialEq)]
pub struct MovementBridgeProps {
    /// The months of the range.
    pub months: Vec<RevenueMonth>,
    /// The currency.
    pub currency: AttrValue,
    /// The months, in words.
    pub period: AttrValue,
}

/// How revenue moved.
#[component]
pub fn MovementBridge(props: &MovementBridgeProps) -> Html {
    let bridge = Bridge::over(&props.months);
    let (start, end) = (bridge.start_micros as f64, bridge.end_micros as f64);
    let step = |from, to, token| Step { from, to, token };
    let mut names = vec!["Start"];
    let mut steps = vec![step(0.0, start, "data-neutral")];
    let mut amounts = vec![start];
    for ((_, _, name, token), (from, to)) in MOVEMENTS.into_iter().zip(bridge.steps()) {
        names.push(name);
        steps.push(step(from, to, token));
        amounts.push(to - from);
    }
    names.push("End");
    steps.push(step(0.0, end, "data-neutral"));
    amounts.push(end);
    let column = Column {
        name: format!("MRR, {}", props.currency),
        token: "data-neutral",
        values: amounts.into_iter().map(Some).collect(),
    };
    let figure = Figure {
        names: names
            .iter()
            .map(|name| ((*name).to_owned(), (*name).to_owned()))
            .collect(),
        open: false,
        unit: amount_unit(&props.currency),
    };
    html! {
        <>
            <ChartPanel
                title="How revenue moved"
                note={format!("MRR in {}, {}", props.currency, props.period)}
                figure={Rc::new(figure)}
                columns={vec![column]}
                plot={Rc::new(Plot::Waterfall(steps))}
                steps="Movement"
                large=true
            />
            { legs(props, &bridge) }
        </>
    }
}

/// Each movement with its amount, which leads to the list of who moved.
fn legs(props: &MovementBridgeProps, bridge: &Bridge) -> Html {
    html! {
        <ul class="panel legs" aria-label="Movements by kind">
            { for MOVEMENTS.into_iter().zip(bridge.moved_micros).map(|((_, word, name, token), micros)| html! {
                <li class={format!("legend__item legend__item--{token}")}>
                    <Leg {word} {name} amount={format::amount(&props.currency, micros as f64)} />
                </li>
            }) }
        </ul>
    }
}

/// Properties of [`Leg`].
#[derive(Properties, PartialEq)]
struct LegProps {
    word: &'static str,
    name: &'static str,
    amount: String,
}

#[component]
fn Leg(props: &LegProps) -> Html {
    let place = use_place();
    let view = View {
        money: Money {
            movement: Some(props.word.to_owned()),
            ..place.view.money.clone()
        },
        list: List::default(),
        ..place.view.clone()
    };
    html! {
        <Go to={place.route.clone()} {view} class="link">
            { format!("{} ", props.name) }<b>{ &props.amount }</b>
        </Go>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{rendering, state::revenue::tests::months};

    #[tokio::test]
    async fn each_movement_leads_to_who_moved() {
        let html = rendering::signed_in("/revenue?range=mtd", || {
            let months = months()[1..].to_vec();
            html! { <MovementBridge {months} currency="USD" period="November 2026" /> }
        })
        .await;
        for text in [
            "How revenue moved",
            "MRR in USD, November 2026",
            "/revenue?range=mtd&amp;movement=churn",
            "$60",
            "$15",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
