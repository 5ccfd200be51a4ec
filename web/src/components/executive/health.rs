//! Whether the data can be trusted, in a sentence that leads to the whole story.

use shadow_proto::metrics::v1::ExecutiveDataHealth;
use yew::prelude::*;

use crate::{
    browser,
    components::ui::{Badge, BadgeTone},
    navigation::{Go, Route, use_place},
    state::executive,
};

/// Properties of [`HealthBanner`].
#[derive(Properties, PartialEq)]
pub struct HealthBannerProps {
    /// What is known of it.
    pub health: ExecutiveDataHealth,
}

/// Whether the data can be trusted.
#[component]
pub fn HealthBanner(props: &HealthBannerProps) -> Html {
    let view = use_place().view.elsewhere();
    let (sound, text) = executive::health(&props.health, browser::now());
    let (tone, word) = match (sound, props.health.checked_identities) {
        (true, 0) => (BadgeTone::Neutral, "Unchecked"),
        (true, _) => (BadgeTone::Good, "Healthy"),
        (false, _) => (BadgeTone::Warning, "Look at this"),
    };
    html! {
        <p class="panel health-banner">
            <Badge {tone}>{ word }</Badge>
            <span>{ text }</span>
            <Go to={Route::DataHealth} {view} class="link">{ "Data health" }</Go>
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendering;

    #[tokio::test]
    async fn it_leads_to_data_health() {
        let html = rendering::signed_in("/executive?range=7d", || {
            let health = ExecutiveDataHealth {
                broken_identities: 1,
                ..ExecutiveDataHealth::default()
            };
            html! { <HealthBanner {health} /> }
        })
        .await;
        for text in [
            "/data-health?range=7d",
            "1 identity does not hold",
            "badge--warning",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
