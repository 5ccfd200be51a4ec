//! A table of metrics by subject; each difference is against the first subject.

use std::rc::Rc;

use shadow_proto::metrics::v1::{
    CompareResponse, ComparedMetric, ComparedValue, Direction, SignificanceMethod, Unit, Verdict,
};
use yew::prelude::*;

use crate::{
    catalogue::Catalogue,
    components::{
        metrics::Change,
        tables::file_link,
        ui::{Badge, BadgeTone, Help},
    },
    format,
    state::answer::{self, Trend},
};

/// Properties of [`Comparison`].
#[derive(Properties, PartialEq)]
pub struct ComparisonProps {
    /// What was compared.
    pub response: Rc<CompareResponse>,
    /// What the subjects are called, in their order.
    pub names: Vec<String>,
    /// What the metrics mean.
    pub catalogue: Rc<Catalogue>,
}

/// A table of metrics by subject.
#[component]
pub fn Comparison(props: &ComparisonProps) -> Html {
    let (response, catalogue) = (&props.response, &props.catalogue);
    let baseline = props.names.first().map_or("", String::as_str);
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title" id="compared-title">{ "Side by side" }</h2>
                    <p class="panel__note">
                        { format!("differences from {baseline}; success rates are judged by Newcombe's 95 % interval of the difference, other numbers are not judged") }
                    </p>
                </div>
                <div class="table-tools">{ file(props) }</div>
            </header>
            <div class="table-scroll" tabindex="0" role="region" aria-label="Side by side">
                <table class="table">
                    <caption class="only-read">{ "Side by side" }</caption>
                    <thead>
                        <tr>
                            <th scope="col">{ "Metric" }</th>
                            { for props.names.iter().map(|name| html! { <th scope="col" class="number">{ name }</th> }) }
                        </tr>
                    </thead>
                    <tbody>{ for response.metrics.iter().map(|metric| row(metric, catalogue)) }</tbody>
                </table>
            </div>
        </section>
    }
}

/// A file of the values; what they differ by follows from them.
fn file(props: &ComparisonProps) -> Html {
    let header: Vec<String> = ["Metric".to_owned()]
        .into_iter()
        .chain(props.names.iter().cloned())
        .collect();
    let rows = props.response.metrics.iter().map(|metric| {
        let unit = props.catalogue.unit(&metric.metric);
        let values = metric
            .values
            .iter()
            .map(|value| answer::number(value.value.as_ref()));
        [props.catalogue.name(&metric.metric).to_string()]
            .into_iter()
            .chain(values.map(|value| format::plain(unit, value)))
            .collect()
    });
    file_link("comparison", &header, &rows.collect::<Vec<Vec<String>>>())
}

fn row(metric: &ComparedMetric, catalogue: &Catalogue) -> Html {
    let id = metric.metric.as_str();
    let definition = catalogue.find(id);
    let unit = catalogue.unit(id);
    let direction = definition
        .as_ref()
        .map_or(Direction::Neutral, |metric| metric.direction);
    let first = metric
        .values
        .first()
        .and_then(|value| answer::number(value.value.as_ref()));
    html! {
        <tr key={id.to_owned()}>
            <th scope="row">
                <span class="data__head">
                    { catalogue.name(id) }
                    if let Some(metric) = definition {
                        <Help id={format!("help-compared-{id}")} {metric} />
                    }
                </span>
            </th>
            { for metric.values.iter().enumerate().map(|(at, value)| {
                let total = answer::number(value.value.as_ref());
                let trend = Trend {
                    total,
                    previous: first,
                    change: if unit == Unit::Ratio { value.difference } else { value.relative_difference },
                    ..Trend::default()
                };
                html! {
                    <td class="number" title={format::exact(unit, total)}>
                        { format::value(unit, total) }
                        if at > 0 && total.is_some() {
                            { " " }
                            <Change {unit} {direction} {trend} />
                        }
                        { verdict(value) }
                    </td>
                }
            }) }
        </tr>
    }
}

fn verdict(value: &ComparedValue) -> Html {
    let (SignificanceMethod::Newcombe, Some(interval)) =
        (value.method(), value.difference_interval)
    else {
        return Html::default();
    };
    let (tone, word) = match value.verdict() {
        Verdict::Better => (BadgeTone::Good, "Better"),
        Verdict::Worse => (BadgeTone::Bad, "Worse"),
        Verdict::NotDistinguishable | Verdict::Unspecified => {
            (BadgeTone::Neutral, "Not distinguishable")
        }
    };
    let points = |share: f64| format::change(Unit::Ratio, Some(share), None, None);
    let title = format!(
        "the true difference lies between {} and {}",
        points(interval.low),
        points(interval.high)
    );
    html! {
        <span class="compared__verdict" title={title.clone()}>
            <Badge {tone}>{ word }</Badge>
            <span class="only-read">{ format!(", {title}") }</span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::Interval;

    use super::*;
    use crate::{
        catalogue::tests::catalogue,
        rendering,
        state::answer::tests::{integer, real},
    };

    #[tokio::test]
    async fn differences_are_told_and_judged_where_they_can_be() {
        let html = rendering::signed_in("/compare", || {
            let rate = ComparedMetric {
                metric: "success_rate".to_owned(),
                values: vec![
                    ComparedValue {
                        value: Some(real(0.9)),
                        ..ComparedValue::default()
                    },
                    ComparedValue {
                        value: Some(real(0.95)),
                        difference: Some(0.05),
                        method: SignificanceMethod::Newcombe.into(),
                        difference_interval: Some(Interval {
                            low: 0.01,
                            high: 0.09,
                        }),
                        verdict: Some(Verdict::Better.into()),
                        ..ComparedValue::default()
                    },
                ],
            };
            let executions = ComparedMetric {
                metric: "executions".to_owned(),
                values: vec![
                    ComparedValue {
                        value: Some(integer(1_000)),
                        ..ComparedValue::default()
                    },
                    ComparedValue {
                        value: Some(integer(1_500)),
                        difference: Some(500.0),
                        relative_difference: Some(0.5),
                        ..ComparedValue::default()
                    },
                ],
            };
            let response = CompareResponse {
                metrics: vec![rate, executions],
                ..CompareResponse::default()
            };
            html! {
                <Comparison
                    response={Rc::new(response)}
                    names={vec!["Old".to_owned(), "New".to_owned()]}
                    catalogue={Rc::new(catalogue())}
                />
            }
        })
        .await;
        for text in [
            "differences from Old",
            "+5 pp",
            "Better",
            "between +1 pp and +9 pp",
            "+50 %",
            "comparison.csv",
            "Metric%2COld%2CNew",
            "%2C1000%2C1500%0D%0A",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        assert_eq!(html.matches("Better").count(), 1, "{html}");
    }
}
