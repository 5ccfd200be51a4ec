//! A chart with its title, its legend, and the table behind it.

use std::rc::Rc;

use yew::prelude::*;

use super::{Figure, Plot, drawing::Drawing};
use crate::{
    components::ui::{Button, ButtonKind, Symbol},
    format,
};

/// One entry of a legend, and one column of the table behind the chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// The design token of its colour.
    pub token: &'static str,
    /// By bucket.
    pub values: Vec<Option<f64>>,
}

/// Properties of [`ChartPanel`].
#[derive(Properties, PartialEq)]
pub struct ChartPanelProps {
    /// What it shows.
    pub title: AttrValue,
    /// A few words more, such as active filters and what is still open.
    #[prop_or_default]
    pub note: AttrValue,
    /// The buckets and the unit.
    pub figure: Rc<Figure>,
    /// The legend and the table.
    pub columns: Vec<Column>,
    /// What is drawn.
    pub plot: Rc<Plot>,
    /// What the buckets are where they are no periods; the table behind keeps their order.
    #[prop_or_default]
    pub steps: Option<AttrValue>,
    /// Whether it is the one that matters most.
    #[prop_or_default]
    pub large: bool,
}

/// A chart with the table behind it.
#[component]
pub fn ChartPanel(props: &ChartPanelProps) -> Html {
    let as_table = use_state_eq(|| false);
    let failed = use_state_eq(|| false);
    let toggle = {
        let as_table = as_table.clone();
        Callback::from(move |_| as_table.set(!*as_table))
    };
    let on_failure = {
        let failed = failed.clone();
        use_callback((), move |(), ()| failed.set(true))
    };
    let label = if *as_table {
        "Show the chart"
    } else {
        "Show the numbers as a table"
    };
    html! {
        <section class={classes!("panel", "chart", props.large.then_some("chart--large"))} aria-label={props.title.clone()}>
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ &props.title }</h2>
                    <p class="panel__note">{ &props.note }</p>
                </div>
                <ul class="legend">
                    { for props.columns.iter().map(|column| html! {
                        <li class={classes!("legend__item", format!("legend__item--{}", column.token))}>{ &column.name }</li>
                    }) }
                </ul>
                <Button
                    kind={ButtonKind::Quiet}
                    symbol={if *as_table { Symbol::Chart } else { Symbol::Table }}
                    label={label}
                    pressed={*as_table}
                    onclick={toggle}
                />
            </header>
            <div class="chart__body">
                if *as_table || *failed {
                    { table(props) }
                } else {
                    <Drawing figure={props.figure.clone()} plot={props.plot.clone()} label={format!("{}: chart; its numbers are in the table", props.title)} {on_failure} />
                }
            </div>
        </section>
    }
}

fn table(props: &ChartPanelProps) -> Html {
    let unit = props.figure.unit;
    let last = props.figure.names.len().saturating_sub(1);
    let mut buckets: Vec<_> = props.figure.names.iter().enumerate().collect();
    if props.steps.is_none() {
        buckets.reverse();
    }
    html! {
        <div class="table-scroll" tabindex="0" role="region" aria-label={format!("{}: numbers", props.title)}>
            <table class="table">
                <caption class="only-read">{ &props.title }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ props.steps.clone().unwrap_or_else(|| "Period".into()) }</th>
                        { for props.columns.iter().map(|column| html! { <th scope="col" class="number">{ &column.name }</th> }) }
                    </tr>
                </thead>
                <tbody>
                    { for buckets.into_iter().map(|(at, (_, long))| html! {
                        <tr>
                            <th scope="row">
                                { long }
                                if props.figure.open && at == last {
                                    <span class="so-far">{ " so far" }</span>
                                }
                            </th>
                            { for props.columns.iter().map(|column| html! {
                                <td class="number">{ format::exact(unit, column.values.get(at).copied().flatten()) }</td>
                            }) }
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::Unit;

    use super::*;
    use crate::{components::charts::Bars, rendering};

    fn props() -> ChartPanelProps {
        let names = [("22 Nov", "Sun 22 Nov 2026"), ("23 Nov", "Mon 23 Nov 2026")];
        let values = vec![Some(1_500.0), None];
        ChartPanelProps {
            title: "Executions by outcome".into(),
            note: "by day".into(),
            figure: Rc::new(Figure {
                names: names
                    .map(|(short, long)| (short.to_owned(), long.to_owned()))
                    .to_vec(),
                open: true,
                unit: Unit::Count,
            }),
            columns: vec![Column {
                name: "Completed".to_owned(),
                token: "data-good",
                values: values.clone(),
            }],
            plot: Rc::new(Plot::Bars(vec![Bars {
                name: "Completed".to_owned(),
                token: "data-good",
                values,
            }])),
            steps: None,
            large: false,
        }
    }

    #[tokio::test]
    async fn a_chart_says_what_it_shows_and_offers_its_numbers() {
        let html = rendering::signed_in("/executive", || html! { <ChartPanel ..props() /> }).await;
        for text in [
            r#"role="img""#,
            "its numbers are in the table",
            "Show the numbers as a table",
            "legend__item--data-good",
            "by day",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn the_table_behind_has_the_latest_first_and_dashes_for_gaps() {
        let html = rendering::signed_in("/executive", || table(&props())).await;
        let (latest, earlier) = (
            html.find("Mon 23 Nov").unwrap(),
            html.find("Sun 22 Nov").unwrap(),
        );
        assert!(latest < earlier, "{html}");
        assert!(
            html.contains("so far") && html.contains(">—<") && html.contains("1,500"),
            "{html}"
        );
    }
}
