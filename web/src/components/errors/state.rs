//! The state of a group of errors, as a word with a colour.

use shadow_domain::error_group::State;
use yew::prelude::*;

use crate::components::ui::{Badge, BadgeTone};

/// Properties of [`StateBadges`].
#[derive(Properties, PartialEq)]
pub struct StateBadgesProps {
    /// The state.
    pub state: State,
    /// Whether it was resolved and has come again.
    #[prop_or_default]
    pub regressed: bool,
    /// How many hours of the range were a spike.
    #[prop_or_default]
    pub spike_hours: usize,
}

/// The state, whether it has come again, and whether it is too much.
#[component]
pub fn StateBadges(props: &StateBadgesProps) -> Html {
    let (tone, name) = match props.state {
        State::New => (BadgeTone::Active, "New"),
        State::Acknowledged => (BadgeTone::Warning, "Acknowledged"),
        State::Resolved => (BadgeTone::Good, "Resolved"),
        State::Ignored => (BadgeTone::Neutral, "Ignored"),
    };
    let hours = match props.spike_hours {
        1 => "Spike of 1 hour".to_owned(),
        hours => format!("Spikes of {hours} hours"),
    };
    html! {
        <span class="badges">
            if props.regressed {
                <Badge tone={BadgeTone::Bad}>{ "Regressed" }</Badge>
            } else {
                <Badge {tone}>{ name }</Badge>
            }
            if props.spike_hours > 0 {
                <Badge tone={BadgeTone::Bad}>{ hours }</Badge>
            }
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn each_state_has_its_word_and_a_regression_comes_first() {
        for (state, regressed, spike_hours, expected) in [
            (State::New, false, 0, "New"),
            (State::Acknowledged, false, 1, "Spike of 1 hour"),
            (State::Resolved, false, 0, "badge--good"),
            (State::Resolved, true, 3, "Regressed"),
            (State::Ignored, false, 3, "Spikes of 3 hours"),
        ] {
            let html = rendering::signed_in("/errors", move || {
                html! { <StateBadges {state} {regressed} {spike_hours} /> }
            })
            .await;
            assert!(html.contains(expected), "{expected} in {html}");
            assert_eq!(
                html.contains("Resolved"),
                state == State::Resolved && !regressed
            );
        }
    }
}
