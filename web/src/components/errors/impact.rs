//! Whom errors hit: a number each, with what it means.

use std::rc::Rc;

use shadow_proto::metrics::v1::ErrorGroup;
use yew::prelude::*;

use crate::{
    catalogue::Catalogue,
    components::ui::Help,
    format,
    state::errors::{self, OCCURRENCES},
};

/// What is shown, in this order.
const NUMBERS: [&str; 4] = [OCCURRENCES, "users", "agents", "credits_lost"];

/// Properties of [`Impact`].
#[derive(Properties, PartialEq)]
pub struct ImpactProps {
    /// What has the impact; its other fields are not looked at.
    pub group: ErrorGroup,
    /// The version of definitions.
    pub catalogue: Rc<Catalogue>,
    /// When the data was read, in words.
    pub as_of: AttrValue,
}

/// Whom errors hit.
#[component]
pub fn Impact(props: &ImpactProps) -> Html {
    let number = |id: &str| {
        let metric = errors::definition(&props.catalogue, id)?;
        let (unit, value) = (errors::unit(id), errors::number(&props.group, id));
        Some(html! {
            <article class="metric metric--large" data-metric={metric.id.clone()}>
                <div class="metric__name">
                    <h3 title={metric.name.clone()}>{ &metric.name }</h3>
                    <Help id={format!("help-impact-{id}")} metric={metric.clone()} as_of={props.as_of.clone()} />
                </div>
                <p class="metric__value" title={format::exact(unit, value)}>{ format::value(unit, value) }</p>
                <p class="metric__as-of">{ format!("as of {}", props.as_of) }</p>
            </article>
        })
    };
    html! {
        <section class="panel metrics metrics--large" aria-labelledby="impact-title">
            <h2 id="impact-title" class="only-read">{ "Impact" }</h2>
            { for NUMBERS.iter().filter_map(|id| number(id)) }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::ErrorImpact;

    use super::*;
    use crate::{catalogue::tests::catalogue, rendering};

    #[tokio::test]
    async fn each_number_has_its_meaning_and_what_is_not_known_is_a_dash() {
        let html = rendering::signed_in("/errors", || {
            let group = ErrorGroup {
                impact: Some(ErrorImpact {
                    occurrences: 12_345,
                    users: 67,
                    agents: 8,
                    credits_lost_micro: None,
                }),
                ..ErrorGroup::default()
            };
            html! { <Impact {group} catalogue={Rc::new(catalogue())} as_of="21:00:00" /> }
        })
        .await;
        for text in [
            "12.3K",
            "12,345",
            ">67<",
            "Users hit",
            r#"<p title="—" class="metric__value">—</p>"#,
            "help-impact-credits_lost",
            "as of 21:00:00",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }
}
