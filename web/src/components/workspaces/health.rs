//! The health of a workspace: a badge with its score, and what the score is made of.

use shadow_proto::metrics::v1::{Direction, HealthBand, Unit, WorkspaceHealth};
use yew::prelude::*;

use crate::{
    catalogue::Definition,
    components::ui::{Badge, BadgeTone},
    format, scales,
    state::workspaces::{band_name, components, score},
};

/// Properties of [`HealthBadge`] and [`HealthParts`].
#[derive(Properties, PartialEq)]
pub struct HealthProps {
    /// The health.
    pub health: WorkspaceHealth,
}

/// The score and its band; a dash where nothing is known.
#[component]
pub fn HealthBadge(props: &HealthProps) -> Html {
    let Some(text) = score(Some(&props.health)) else {
        return html! { format::ABSENT };
    };
    let band = props.health.band();
    let tone = match band {
        HealthBand::Healthy => BadgeTone::Good,
        HealthBand::Fair => BadgeTone::Active,
        HealthBand::Weak => BadgeTone::Warning,
        HealthBand::Critical => BadgeTone::Bad,
        HealthBand::Unspecified => BadgeTone::Neutral,
    };
    html! { <Badge {tone}>{ format!("{text} {}", band_name(band)) }</Badge> }
}

/// What a score is made of, each part with its weight. What is unknown is said to have left.
#[component]
pub fn HealthParts(props: &HealthProps) -> Html {
    let parts = components(&props.health);
    let unknown: Vec<&str> = parts
        .iter()
        .filter(|(.., value)| value.is_none())
        .map(|(name, ..)| *name)
        .collect();
    html! {
        <section class="panel" aria-labelledby="health-title">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title" id="health-title">{ "Health" }</h2>
                    <p class="panel__note">{ "0 to 100: the weighted sum of four parts" }</p>
                </div>
                <HealthBadge health={props.health} />
            </header>
            <ul class="parts">
                { for parts.iter().map(|(name, meaning, weight, value)| {
                    let width = format!("{:.1}", scales::share(*value, 1.0));
                    html! {
                        <li class="parts__part" title={*meaning}>
                            <span>{ *name }<span class="parts__meaning">{ format!("{meaning} · weight {weight} %") }</span></span>
                            <span class="number">{ format::value(Unit::Ratio, *value) }</span>
                            <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                                <rect {width} height="4" />
                            </svg>
                        </li>
                    }
                }) }
            </ul>
            if !unknown.is_empty() && unknown.len() < parts.len() {
                <p class="panel__note parts__note">
                    { format!("{} not known: the other weights are scaled up to the whole.", listed(&unknown)) }
                </p>
            }
        </section>
    }
}

/// Words as a person lists them, with the verb that they take.
fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => format!("{one} is"),
        [others @ .., last] => format!("{} and {last} are", others.join(", ")),
    }
}

/// The health is no metric of the catalogue, but made of some.
pub fn health_definition(version: u32) -> Definition {
    Definition {
        id: "health".into(),
        name: "Health".into(),
        meaning: "How a workspace does, from 0 to 100. What is unknown leaves, and the other weights are scaled up.".into(),
        formula: "100 × (0.3 activity + 0.3 engagement + 0.2 efficiency + 0.2 reliability)".into(),
        unit: Unit::Count,
        direction: Direction::UpIsGood,
        relative_error: 0.0,
        version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn a_score_has_its_band_and_its_parts() {
        let html = rendering::signed_in("/workspaces/w1", || {
            let health = WorkspaceHealth {
                score: Some(66.6),
                band: Some(HealthBand::Fair.into()),
                activity: Some(0.5),
                engagement: Some(0.25),
                efficiency: None,
                reliability: Some(0.97),
            };
            html! { <HealthParts {health} /> }
        })
        .await;
        for text in [
            "66 Fair",
            "50 %",
            "97 %",
            "weight 30 %",
            "Efficiency is not known: the other weights",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn where_nothing_is_known_there_is_no_score() {
        let html = rendering::signed_in("/workspaces/w1", || {
            html! { <HealthParts health={WorkspaceHealth::default()} /> }
        })
        .await;
        assert!(
            html.contains(format::ABSENT) && !html.contains("scaled up"),
            "{html}"
        );
    }

    #[test]
    fn words_are_listed_as_a_person_does() {
        assert_eq!(listed(&["A"]), "A is");
        assert_eq!(listed(&["A", "B", "C"]), "A, B and C are");
    }
}
