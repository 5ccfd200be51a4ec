//! What one user's page lists: agents, features, and the latest events.

use shadow_proto::metrics::v1::{Unit, UserAgent, UserEvent, UserFeature};
use yew::prelude::*;

use crate::{
    components::{
        tables::agent_link,
        ui::{Badge, BadgeTone},
    },
    format,
    state::{query::instant, view::View},
    zone::Zone,
};

/// Agents that a user ran.
pub fn agents(agents: &[UserAgent], view: &View) -> Html {
    let rows = agents.iter().map(|agent| {
        let credits = agent.credits_micro.map(|micro| micro as f64);
        html! {
            <tr>
                <th scope="row">{ agent_link(view, &agent.workspace_id, &agent.agent_id, &agent.name) }</th>
                <td class="number">{ format::count(agent.runs) }</td>
                <td class="number">{ format::value(Unit::Ratio, agent.success_rate) }</td>
                <td class="number">{ format::value(Unit::CreditsMicro, credits) }</td>
            </tr>
        }
    });
    panel(
        "Agents",
        "No agent was run.",
        &["Agent", "Runs", "Success rate", "Credits"],
        rows.collect(),
    )
}

/// Features that a user used.
pub fn features(features: &[UserFeature], zone: &Zone) -> Html {
    let rows = features.iter().map(|feature| {
        html! {
            <tr>
                <th scope="row">{ &feature.feature }</th>
                <td class="number">{ format::count(feature.uses) }</td>
                <td class="number">{ moment(feature.last_used_at.as_ref(), zone) }</td>
            </tr>
        }
    });
    panel(
        "Features",
        "No feature was used.",
        &["Feature", "Uses", "Last used"],
        rows.collect(),
    )
}

/// The latest that a user ran and did.
pub fn recent(events: &[UserEvent], view: &View, zone: &Zone) -> Html {
    let rows = events.iter().map(|event| {
        let name = match event.kind.as_str() {
            "run" => agent_link(view, &event.workspace_id, &event.name, &event.name),
            _ => html! { &event.name },
        };
        html! {
            <tr>
                <th scope="row">{ moment(event.occurred_at.as_ref(), zone) }</th>
                <td>{ words(&event.kind) }</td>
                <td>{ name }</td>
                <td>{ outcome(event) }</td>
            </tr>
        }
    });
    panel(
        "Latest",
        "Nothing.",
        &["When", "What", "Which", "Outcome"],
        rows.collect(),
    )
}

fn outcome(event: &UserEvent) -> Html {
    let tone = match (event.kind.as_str(), event.outcome.as_str()) {
        ("run", "") => return html! { <Badge>{ "Open" }</Badge> },
        (_, "") => return Html::default(),
        (_, "completed") => BadgeTone::Good,
        (_, "failed" | "timed_out") => BadgeTone::Bad,
        _ => BadgeTone::Neutral,
    };
    html! { <Badge {tone}>{ words(&event.outcome) }</Badge> }
}

/// A word of the API as people write it.
fn words(word: &str) -> String {
    let text = word.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn moment(at: Option<&prost_types::Timestamp>, zone: &Zone) -> String {
    instant(at).map_or_else(
        || format::ABSENT.to_owned(),
        |at| format::moment(at, &**zone),
    )
}

fn panel(
    title: &'static str,
    nothing: &'static str,
    columns: &[&'static str],
    rows: Vec<Html>,
) -> Html {
    html! {
        <section class="panel">
            <header class="panel__header"><h2 class="panel__title">{ title }</h2></header>
            if rows.is_empty() {
                <p class="panel__empty">{ nothing }</p>
            } else {
                <div class="table-scroll" tabindex="0" role="region" aria-label={title}>
                    <table class="table">
                        <caption class="only-read">{ title }</caption>
                        <thead>
                            <tr>{ for columns.iter().map(|name| html! { <th scope="col" class={number(name)}>{ *name }</th> }) }</tr>
                        </thead>
                        <tbody>{ for rows }</tbody>
                    </table>
                </div>
            }
        </section>
    }
}

fn number(column: &str) -> Option<&'static str> {
    ["Runs", "Success rate", "Credits", "Uses", "Last used"]
        .contains(&column)
        .then_some("number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_written_as_people_do() {
        assert_eq!(words("page_view"), "Page view");
        assert_eq!(words(""), "");
    }
}
