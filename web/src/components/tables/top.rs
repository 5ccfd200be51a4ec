//! The busiest agents and the most used models: a share bar, a change, a sparkline.

use std::rc::Rc;

use shadow_proto::metrics::v1::Group;
use yew::prelude::*;

use crate::{
    catalogue::Catalogue,
    components::metrics::{Change, Sparkline},
    format,
    navigation::{Go, Route, use_place},
    scales,
    state::{
        answer,
        credits::CREDIT_METRICS,
        list::List,
        query::{AGENT_METRICS, MODEL_METRICS},
        view::View,
    },
};

/// Metrics of the models of an agent.
const AGENT_MODEL_METRICS: [&str; 6] = [
    "executions_ended",
    "success_rate",
    "duration_p95",
    "total_tokens",
    "cost",
    "cost_per_run",
];
/// Metrics of the kinds of errors of an agent.
const AGENT_ERROR_METRICS: [&str; 6] = [
    "failures",
    "failed",
    "timed_out",
    "wasted_credits",
    "wasted_cost",
    "active_users",
];

/// Properties of these tables.
#[derive(Properties, PartialEq)]
pub struct TopProps {
    /// The groups, largest first, "other" last.
    pub groups: Vec<Group>,
    /// What the metrics mean.
    pub catalogue: Rc<Catalogue>,
    /// Whether there is a compared period.
    pub compared: bool,
}

/// The busiest agents; each leads to its page.
#[component]
pub fn AgentTable(props: &TopProps) -> Html {
    let view = use_place().view.elsewhere();
    let shown = Shown {
        title: "Top agents",
        what: "Agent",
        metrics: &AGENT_METRICS,
        trend: true,
    };
    table(props, &shown, |group| lead_to_agent(&view, group))
}

fn lead_to_agent(view: &View, group: &Group) -> Option<Html> {
    let key = group.keys.first()?;
    let id = key.id.as_deref()?;
    Some(agent_link(
        view,
        &key.workspace_id,
        id,
        &answer::label(group),
    ))
}

/// The most used models.
#[component]
pub fn ModelTable(props: &TopProps) -> Html {
    let shown = Shown {
        title: "Top models",
        what: "Model",
        metrics: &MODEL_METRICS,
        trend: true,
    };
    table(props, &shown, |_| None)
}

/// The agents that consume most credits; each leads to its page.
#[component]
pub fn CreditAgents(props: &TopProps) -> Html {
    let view = use_place().view.elsewhere();
    let shown = Shown {
        title: "Credits by agent",
        what: "Agent",
        metrics: &CREDIT_METRICS,
        trend: true,
    };
    table(props, &shown, |group| lead_to_agent(&view, group))
}

/// The models that consume most credits.
#[component]
pub fn CreditModels(props: &TopProps) -> Html {
    let shown = Shown {
        title: "Credits by model",
        what: "Model",
        metrics: &CREDIT_METRICS,
        trend: true,
    };
    table(props, &shown, |_| None)
}

/// The models of an agent.
#[component]
pub fn AgentModels(props: &TopProps) -> Html {
    let shown = Shown {
        title: "Models",
        what: "Model",
        metrics: &AGENT_MODEL_METRICS,
        trend: false,
    };
    table(props, &shown, |_| None)
}

/// The kinds of errors of an agent.
#[component]
pub fn AgentErrors(props: &TopProps) -> Html {
    let place = use_place();
    let agent = match &place.route {
        Route::Agent { id } => Some(id.clone()),
        _ => None,
    };
    // What has no kind is asked for by the empty one; "other" has no key at all.
    let lead = |group: &Group| {
        let kind = group.keys.first()?.id.clone().unwrap_or_default();
        let view = View {
            agent: agent.clone(),
            list: List {
                kind: Some(kind),
                ..List::default()
            },
            ..place.view.elsewhere()
        };
        Some(html! { <Go to={Route::Errors} {view} class="link">{ answer::label(group) }</Go> })
    };
    let shown = Shown {
        title: "Errors by kind",
        what: "Kind",
        metrics: &AGENT_ERROR_METRICS,
        trend: false,
    };
    table(props, &shown, lead)
}

/// A link to the page of an agent.
pub fn agent_link(view: &View, workspace_id: &str, agent_id: &str, name: &str) -> Html {
    let to = Route::Agent {
        id: agent_id.to_owned(),
    };
    let view = View {
        workspace: Some(workspace_id.to_owned()),
        ..view.clone()
    };
    html! { <Go {to} {view} class="link"><span title={agent_id.to_owned()}>{ name }</span></Go> }
}

/// What a table shows.
struct Shown {
    title: &'static str,
    what: &'static str,
    /// The first has the bars.
    metrics: &'static [&'static str],
    /// Whether the first is shown over time.
    trend: bool,
}

fn table(props: &TopProps, shown: &Shown, lead: impl Fn(&Group) -> Option<Html>) -> Html {
    let Shown {
        title,
        what,
        metrics,
        trend,
    } = *shown;
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
                            if trend {
                                <th scope="col" class="trend-column">{ "Trend" }</th>
                            }
                            { for rest.iter().map(|metric| html! {
                                <th scope="col" class="number">{ props.catalogue.name(metric) }</th>
                            }) }
                        </tr>
                    </thead>
                    <tbody>{ for props.groups.iter().map(|group| row(props, group, lead(group), (first, rest, trend), largest)) }</tbody>
                </table>
            </div>
        </section>
    }
}

fn row(
    props: &TopProps,
    group: &Group,
    lead: Option<Html>,
    (first, rest, trend): (&str, &[&str], bool),
    largest: f64,
) -> Html {
    let leading = answer::trend(group, first).unwrap_or_default();
    let metric = props.catalogue.find(first);
    let unit = props.catalogue.unit(first);
    let share = format!("{:.1}", scales::share(leading.total, largest));
    html! {
        <tr class={(group.other_groups > 0).then_some("is-other")}>
            <th scope="row" class="top__name">
                <span>{ lead.unwrap_or_else(|| html! { answer::label(group) }) }</span>
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
            if trend {
                <td class="trend-column"><Sparkline values={leading.values} /></td>
            }
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
