//! What an error hits: versions of agents, and models.

use std::rc::Rc;

use shadow_proto::metrics::v1::{ErrorGroup, ErrorImpact, ErrorModel, ErrorVersion};
use yew::prelude::*;

use crate::{
    catalogue::Catalogue,
    components::tables::agent_link,
    format,
    navigation::use_place,
    scales,
    state::errors::{self, OCCURRENCES},
};

/// The numbers of a part; the first has the bars.
const NUMBERS: [&str; 3] = [OCCURRENCES, "users", "credits_lost"];

/// Properties of [`ErrorVersions`].
#[derive(Properties, PartialEq)]
pub struct ErrorVersionsProps {
    /// Those with the most occurrences first.
    pub versions: Vec<ErrorVersion>,
    /// The workspace that they belong to.
    pub workspace_id: AttrValue,
    /// What the numbers are called.
    pub catalogue: Rc<Catalogue>,
}

/// Versions of agents that had the error.
#[component]
pub fn ErrorVersions(props: &ErrorVersionsProps) -> Html {
    let view = use_place().view.elsewhere();
    let rows = props.versions.iter().map(|one| {
        let name = agent_link(&view, &props.workspace_id, &one.agent_id, &one.agent_name);
        let version = one.version.as_deref().unwrap_or("unknown");
        (html! { <>{ name }{ format!(" {version}") }</> }, one.impact)
    });
    table(
        "Agents and versions",
        "Agent and version",
        rows.collect(),
        &props.catalogue,
    )
}

/// Properties of [`ErrorModels`].
#[derive(Properties, PartialEq)]
pub struct ErrorModelsProps {
    /// Those with the most occurrences first.
    pub models: Vec<ErrorModel>,
    /// What the numbers are called.
    pub catalogue: Rc<Catalogue>,
}

/// Models that had the error.
#[component]
pub fn ErrorModels(props: &ErrorModelsProps) -> Html {
    let rows = props.models.iter().map(|one| {
        let model = one.model.clone().unwrap_or_else(|| "Unknown".to_owned());
        (html! { model }, one.impact)
    });
    table("Models hit", "Model", rows.collect(), &props.catalogue)
}

fn table(
    title: &'static str,
    what: &'static str,
    rows: Vec<(Html, Option<ErrorImpact>)>,
    catalogue: &Catalogue,
) -> Html {
    let rows: Vec<(Html, ErrorGroup)> = rows
        .into_iter()
        .map(|(name, impact)| {
            let group = ErrorGroup {
                impact,
                ..ErrorGroup::default()
            };
            (name, group)
        })
        .collect();
    let most = rows
        .iter()
        .filter_map(|(_, group)| errors::number(group, OCCURRENCES))
        .fold(0.0, f64::max);
    html! {
        <section class="panel">
            <header class="panel__header"><h2 class="panel__title">{ title }</h2></header>
            <div class="table-scroll" tabindex="0" role="region" aria-label={title}>
                <table class="table">
                    <caption class="only-read">{ title }</caption>
                    <thead>
                        <tr>
                            <th scope="col">{ what }</th>
                            { for NUMBERS.iter().filter_map(|id| errors::definition(catalogue, id)).map(|metric| html! {
                                <th scope="col" class="number" title={metric.meaning.clone()}>{ &metric.name }</th>
                            }) }
                        </tr>
                    </thead>
                    <tbody>
                        { for rows.into_iter().map(|(name, group)| {
                            let share = scales::share(errors::number(&group, OCCURRENCES), most);
                            html! {
                                <tr>
                                    <th scope="row" class="top__name">
                                        <span>{ name }</span>
                                        <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                                            <rect width={format!("{share:.1}")} height="4" />
                                        </svg>
                                    </th>
                                    { for NUMBERS.iter().map(|id| {
                                        let (unit, value) = (errors::unit(id), errors::number(&group, id));
                                        html! { <td class="number" title={format::exact(unit, value)}>{ format::value(unit, value) }</td> }
                                    }) }
                                </tr>
                            }
                        }) }
                    </tbody>
                </table>
            </div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalogue::tests::catalogue, rendering};

    #[tokio::test]
    async fn versions_lead_to_their_agents_and_what_is_not_known_says_so() {
        let html = rendering::signed_in("/errors/x?workspace=w1", || {
            let impact = |occurrences| {
                Some(ErrorImpact {
                    occurrences,
                    users: 3,
                    ..ErrorImpact::default()
                })
            };
            let versions = vec![ErrorVersion {
                agent_id: "a-1".to_owned(),
                agent_name: "Invoice reader".to_owned(),
                version: None,
                impact: impact(1_234),
            }];
            let models = vec![
                ErrorModel {
                    model: Some("large".to_owned()),
                    impact: impact(40),
                },
                ErrorModel {
                    model: None,
                    impact: impact(10),
                },
            ];
            let catalogue = Rc::new(catalogue());
            html! {
                <>
                    <ErrorVersions {versions} workspace_id="w1" catalogue={catalogue.clone()} />
                    <ErrorModels {models} {catalogue} />
                </>
            }
        })
        .await;
        for text in [
            "/agents/a-1",
            "Invoice reader",
            " unknown",
            "1.23K",
            "large",
            "Unknown",
            r#"<rect width="25.0""#,
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
