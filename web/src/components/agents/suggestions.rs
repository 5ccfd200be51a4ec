//! What the owner of an agent should look at, each with its evidence.

use shadow_proto::metrics::v1::{AgentSuggestion, SuggestionRule, Unit};
use yew::prelude::*;

use crate::{
    components::ui::{Badge, BadgeTone},
    format,
};

/// Properties of [`Suggestions`].
#[derive(Properties, PartialEq)]
pub struct SuggestionsProps {
    /// The gravest first.
    pub suggestions: Vec<AgentSuggestion>,
}

/// What to look at; nothing where all is well.
#[component]
pub fn Suggestions(props: &SuggestionsProps) -> Html {
    if props.suggestions.is_empty() {
        return Html::default();
    }
    html! {
        <section class="panel" aria-label="Suggestions">
            <header class="panel__header"><h2 class="panel__title">{ "What to look at" }</h2></header>
            <ul class="facts">
                { for props.suggestions.iter().map(|one| {
                    let (tone, name, text) = words(one);
                    html! { <li><Badge {tone}>{ name }</Badge><span>{ text }</span></li> }
                }) }
            </ul>
        </section>
    }
}

/// A tone, a word, and the evidence.
fn words(suggestion: &AgentSuggestion) -> (BadgeTone, &'static str, String) {
    let value = |unit| format::value(unit, Some(suggestion.value));
    let bound = |unit| format::value(unit, Some(suggestion.bound));
    match suggestion.rule() {
        SuggestionRule::Failing => (
            BadgeTone::Bad,
            "Failing",
            format!(
                "Even the upper bound of its success rate, {}, is under {}. Look at its errors below.",
                value(Unit::Ratio),
                bound(Unit::Ratio)
            ),
        ),
        SuggestionRule::Slow => (
            BadgeTone::Warning,
            "Slow",
            format!(
                "One completed run in twenty takes {} or longer, more than {}.",
                value(Unit::Microseconds),
                bound(Unit::Microseconds)
            ),
        ),
        SuggestionRule::Costly => (
            BadgeTone::Warning,
            "Costly",
            format!(
                "A run takes {} tokens on average, more than {}. Compare its models below.",
                value(Unit::Tokens),
                bound(Unit::Tokens)
            ),
        ),
        SuggestionRule::Idle | SuggestionRule::Unspecified => (
            BadgeTone::Neutral,
            "Idle",
            format!("It has not run in the last {} days.", suggestion.bound),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn each_suggestion_has_its_evidence() {
        let html = rendering::signed_in("/agents", || {
            let suggestions = [
                (SuggestionRule::Failing, 0.812, 0.9),
                (SuggestionRule::Slow, 42_000_000.0, 30_000_000.0),
                (SuggestionRule::Costly, 12_400.0, 10_000.0),
                (SuggestionRule::Idle, 0.0, 30.0),
            ]
            .map(|(rule, value, bound)| AgentSuggestion {
                rule: rule.into(),
                value,
                bound,
            });
            html! { <Suggestions suggestions={suggestions.to_vec()} /> }
        })
        .await;
        for text in ["81.2 %", "90 %", "42 s", "30 s", "12.4K", "last 30 days"] {
            assert!(html.contains(text), "{text} in {html}");
        }
        let html = rendering::signed_in("/agents", || {
            html! { <Suggestions suggestions={Vec::new()} /> }
        })
        .await;
        assert!(!html.contains("panel"), "{html}");
    }
}
