//! Visits and features.

use std::rc::Rc;

use shadow_proto::metrics::v1::{FeatureAdoption, SessionStatistics, Unit};
use yew::prelude::*;

use super::definitions::{BOUNCE, EVENTS, MEAN, MEDIAN, SESSIONS, term_card};
use crate::{catalogue::Catalogue, format, scales, state::query::instant, zone::Zone};

/// Properties of [`Visits`].
#[derive(Properties, PartialEq)]
pub struct VisitsProps {
    /// What visits amount to.
    pub sessions: SessionStatistics,
    /// What metrics mean, for their version.
    pub catalogue: Rc<Catalogue>,
    /// When the data was read, in words.
    pub as_of: AttrValue,
    /// Of which time they are, where it is not the page's.
    #[prop_or_default]
    pub note: AttrValue,
}

/// What visits amount to.
#[component]
pub fn Visits(props: &VisitsProps) -> Html {
    let one = &props.sessions;
    let micros = |duration: Option<prost_types::Duration>| {
        duration.map(|one| one.seconds as f64 * 1e6 + f64::from(one.nanos) / 1e3)
    };
    let card = |term, total| term_card(term, &props.catalogue, total, &props.as_of);
    html! {
        <section class="panel metrics" aria-labelledby="visits-title">
            <h2 id="visits-title" class="only-read">{ "Visits" }</h2>
            { card(SESSIONS, Some(one.sessions as f64)) }
            { card(BOUNCE, one.bounce_rate) }
            { card(EVENTS, one.events_mean) }
            { card(MEAN, micros(one.mean_duration)) }
            { card(MEDIAN, micros(one.median_duration)) }
            if !props.note.is_empty() {
                <p class="panel__note metrics__note">{ &props.note }</p>
            }
        </section>
    }
}

/// Properties of [`Features`].
#[derive(Properties, PartialEq)]
pub struct FeaturesProps {
    /// The one with most users first.
    pub features: Vec<FeatureAdoption>,
    /// Of how many users.
    pub active_users: u64,
    /// The zone of the page.
    pub zone: Zone,
}

/// Which features people use.
#[component]
pub fn Features(props: &FeaturesProps) -> Html {
    html! {
        <section class="panel">
            <header class="panel__header">
                <div>
                    <h2 class="panel__title">{ "Features" }</h2>
                    <p class="panel__note">{ format!("adoption = users of the feature ÷ {} active users", format::count(props.active_users)) }</p>
                </div>
            </header>
            if props.features.is_empty() {
                <p class="panel__empty">{ "No feature was used in this range. Publish activities of the type feature_use to see them." }</p>
            } else {
                <div class="table-scroll" tabindex="0" role="region" aria-label="Features">
                    <table class="table">
                        <caption class="only-read">{ "Features by their users" }</caption>
                        <thead>
                            <tr>
                                <th scope="col">{ "Feature" }</th>
                                <th scope="col" class="share-column">{ "Adoption" }</th>
                                <th scope="col" class="number">{ "Users" }</th>
                                <th scope="col" class="number">{ "Uses" }</th>
                                <th scope="col" class="number">{ "Last used" }</th>
                            </tr>
                        </thead>
                        <tbody>{ for props.features.iter().map(|feature| row(feature, &props.zone)) }</tbody>
                    </table>
                </div>
            }
        </section>
    }
}

fn row(feature: &FeatureAdoption, zone: &Zone) -> Html {
    let last = instant(feature.last_used_at.as_ref());
    html! {
        <tr>
            <th scope="row">{ &feature.feature }</th>
            <td>{ share_bar(feature.adoption) }</td>
            <td class="number">{ format::count(feature.users) }</td>
            <td class="number">{ format::count(feature.uses) }</td>
            <td class="number">{ last.map_or_else(|| format::ABSENT.to_owned(), |at| format::moment(at, &**zone)) }</td>
        </tr>
    }
}

/// A share as a bar with its number.
pub(super) fn share_bar(share: Option<f64>) -> Html {
    let width = format!("{:.1}", scales::share(share, 1.0));
    html! {
        <>
            { format::value(Unit::Ratio, share) }
            <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect {width} height="4" />
            </svg>
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalogue::tests::catalogue, rendering};

    #[tokio::test]
    async fn visits_are_explained_and_what_is_absent_is_a_dash() {
        let html = rendering::signed_in("/users", || {
            let sessions = SessionStatistics {
                sessions: 120,
                bounce_rate: Some(0.25),
                mean_duration: Some(prost_types::Duration { seconds: 90, nanos: 0 }),
                ..SessionStatistics::default()
            };
            html! { <Visits {sessions} catalogue={Rc::new(catalogue())} as_of="21:00:00" note="of the last 9 days" /> }
        })
        .await;
        for text in [
            "120",
            "25 %",
            "1 m 30 s",
            "—",
            "30 minutes",
            "of the last 9 days",
            "help-bounce_rate",
        ] {
            assert!(html.contains(text), "{text} in {html}");
        }
    }

    #[tokio::test]
    async fn features_have_their_adoption_and_nothing_says_how_to_get_some() {
        let html = rendering::signed_in("/users", || {
            let features = vec![FeatureAdoption {
                feature: "export".to_owned(),
                users: 30,
                uses: 1_200,
                adoption: Some(0.3),
                last_used_at: None,
            }];
            html! { <Features {features} active_users={100} zone={Zone::utc()} /> }
        })
        .await;
        for text in ["export", "30 %", "1,200", "100 active users"] {
            assert!(html.contains(text), "{text} in {html}");
        }
        let html = rendering::signed_in("/users", || {
            html! { <Features features={Vec::new()} active_users={0} zone={Zone::utc()} /> }
        })
        .await;
        assert!(html.contains("feature_use"), "{html}");
    }
}
