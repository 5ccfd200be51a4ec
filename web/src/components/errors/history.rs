//! What people have said of a group of errors, the latest first.

use shadow_proto::metrics::v1::ErrorGroupChange;
use yew::prelude::*;

use super::StateBadges;
use crate::{
    format,
    state::{errors, query::instant},
    zone::Zone,
};

/// Properties of [`StateHistory`].
#[derive(Properties, PartialEq)]
pub struct StateHistoryProps {
    /// The latest first.
    pub changes: Vec<ErrorGroupChange>,
    /// The zone of the page.
    pub zone: Zone,
}

/// What people have said.
#[component]
pub fn StateHistory(props: &StateHistoryProps) -> Html {
    html! {
        <section class="panel" aria-label="History of states">
            <header class="panel__header"><h2 class="panel__title">{ "History of states" }</h2></header>
            if props.changes.is_empty() {
                <p class="panel__text">{ "Nobody has said anything yet, so it is new." }</p>
            } else {
                <ol class="facts facts--wide">
                    { for props.changes.iter().map(|change| {
                        let at = instant(change.changed_at.as_ref())
                            .map_or_else(|| format::ABSENT.to_owned(), |at| format::moment(at, &*props.zone));
                        html! {
                            <li>
                                <StateBadges state={errors::state_of(change.state())} />
                                <span>
                                    <strong title={change.changed_by.clone()}>{ &change.changed_by_name }</strong>
                                    { format!(" · {at}") }
                                    if let Some(note) = &change.note {
                                        <span class="facts__note">{ note }</span>
                                    }
                                </span>
                            </li>
                        }
                    }) }
                </ol>
            }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use shadow_proto::metrics::v1::ErrorGroupState;

    use super::*;
    use crate::{rendering, state::query::timestamp};

    #[tokio::test]
    async fn who_said_what_when_and_why() {
        let html = rendering::signed_in("/errors", || {
            let changes = vec![ErrorGroupChange {
                state: ErrorGroupState::Resolved.into(),
                changed_at: Some(timestamp("2026-11-22T12:00:00Z".parse().unwrap())),
                changed_by: "ada".to_owned(),
                changed_by_name: "Ada".to_owned(),
                note: Some("mended in 2.3".to_owned()),
            }];
            html! { <StateHistory {changes} zone={Zone::utc()} /> }
        })
        .await;
        for text in ["Resolved", "Ada", "12:00:00", "mended in 2.3"] {
            assert!(html.contains(text), "{text} in {html}");
        }
        let html = rendering::signed_in("/errors", || {
            html! { <StateHistory changes={Vec::new()} zone={Zone::utc()} /> }
        })
        .await;
        assert!(html.contains("Nobody has said anything"), "{html}");
    }
}
