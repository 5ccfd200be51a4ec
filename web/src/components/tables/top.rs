//! The busiest agents and the most used models: a share bar, a change, a sparkline.

use std::rc::Rc;

use shadow_proto::metrics::v1::Group;
use yew::prelude::*;

use crate::{
    catalogue::Catalogue,
    components::metrics::{Change, Sparkline},
    format, scales,
    state::{
        answer,
        query::{AGENT_METRICS, MODEL_METRICS},
    },
};

/// Properties of both tables.
#[derive(Properties, PartialEq)]
pub struct TopProps {
    /// The groups, largest first, "other" last.
    pub groups: Vec<Group>,
    /// What the metrics mean.
    pub catalogue: Rc<Catalogue>,
    /// Whether there is a compared period.
    pub compared: bool,
}

/// The busiest agents.
#[component]
pub fn AgentTable(props: &TopProps) -> Html {
    table(props, "Top agents", "Agent", &AGENT_METRICS)
}

/// The most used models.
#[component]
pub fn ModelTable(props: &TopProps) -> Html {
    table(props, "Top models", "Model", &MODEL_METRICS)
}

fn table(props: &TopProps, title: &'static str, what: &'static str, metrics: &[&str]) -> Html {
    let Some((first, rest)) = metrics.split_first() else {
        return Html::default();
    };
    let totals = || {
        props
            .groups
            .iter()
            .filter_map(|group| answer::trend(group, first)?.total)
    };
    let largest = totals().fold(0.0, f64::max);
    html! {
        <section class="panel">
            <header class="panel__header"><h2 class="panel__title">{ title }</h2></header>
            <div class="table-scroll" tabindex="0" role="region" aria-label={title}>
                <table class="table">
                    <caption class="only-read">{ title }</caption>
                    <thead>
                        <tr>
                            <th scope="col">{ what }</th>
                            <th scope="col" class="number">{ props.catalogue.name(first) }</th>
                            if props.compared {
                                <th scope="col" class="number">{ "Change" }</th>
                            }
                            <th scope="col" class="trend-column">{ "Trend" }</th>
                            { for rest.iter().map(|metric| html! {
                                <th scope="col" class="number">{ props.catalogue.name(metric) }</th>
                            }) }
                        </tr>
                    </thead>
                    <tbody>{ for props.groups.iter().map(|group| row(props, group, first, rest, largest)) }</tbody>
                </table>
            </div>
        </section>
    }
}

fn row(props: &TopProps, group: &Group, first: &str, rest: &[&str], largest: f64) -> Html {
    let leading = answer::trend(group, first).unwrap_or_default();
    let metric = props.catalogue.find(first);
    let unit = props.catalogue.unit(first);
    let share = format!("{:.1}", scales::share(leading.total, largest));
    html! {
        <tr class={(group.other_groups > 0).then_some("is-other")}>
            <th scope="row" class="top__name">
                <span>{ answer::label(group) }</span>
                <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <rect width={share} height="4" />
                </svg>
            </th>
            <td class="number" title={format::exact(unit, leading.total)}>{ format::value(unit, leading.total) }</td>
            if props.compared {
                <td class="number">
                    if let Some(metric) = metric {
                        <Change {unit} direction={metric.direction} trend={leading.clone()} />
                    }
                </td>
            }
            <td class="trend-column"><Sparkline values={leading.values} /></td>
            { for rest.iter().map(|id| {
                let (unit, total) = (props.catalogue.unit(id), answer::trend(group, id).and_then(|trend| trend.total));
                html! { <td class="number" title={format::exact(unit, total)}>{ format::value(unit, total) }</td> }
            }) }
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalogue::tests::catalogue,
        rendering,
        state::{answer::tests::response, query::AGENTS},
    };

    #[tokio::test]
    async fn agents_have_a_share_a_change_and_a_trend_and_the_rest_comes_last() {
        let html = rendering::signed_in("/executive", || {
            let groups = answer::result(&response(), AGENTS).unwrap().groups.clone();
            html! { <AgentTable {groups} catalogue={Rc::new(catalogue())} compared=true /> }
        })
        .await;
        for text in [
            "Invoice reader",
            "3 others",
            "is-other",
            r#"<rect width="100.0""#,
            "sparkline__line",
            "+25 %",
            "1.23M",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
        assert!(
            html.find("Invoice reader") < html.find("3 others"),
            "{html}"
        );
    }
}
